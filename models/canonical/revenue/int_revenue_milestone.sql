-- Grain: one row per billing milestone and day on which the customer accepted it or took
-- the acceptance back: its whole value is earned, or earned no more, on that day.
with

obligations as (
    select
        obligation_key,
        currency_code
    from {{ ref('dim_obligations') }}
    where revenue_method = 'milestone'
),

accepted as (
    select
        milestones.milestone_key,
        milestones.milestone_id,
        dim_tasks.obligation_key,
        milestones.currency_code,
        completions.event_date,
        completions.direction,
        milestones.amount * completions.direction as contract_amount
    from {{ ref('dim_milestones') }} as milestones
    inner join {{ ref('dim_tasks') }} as dim_tasks on milestones.task_key = dim_tasks.task_key
    inner join {{ ref('int_task_completions') }} as completions
        on milestones.task_key = completions.task_key
)

select
    accepted.obligation_key,
    accepted.event_date as revenue_date,
    case
        when accepted.direction > 0 then 'milestone:'
        else 'milestone_taken_back:'
    end || accepted.milestone_id || ':' || cast(accepted.event_date as varchar)
        as source_id,
    accepted.milestone_key as source_key,
    cast(accepted.contract_amount as decimal(18, 4)) as contract_amount,
    cast({{ translated(
        'accepted.contract_amount', 'accepted.currency_code',
        'obligations.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as recognised_amount
from accepted
inner join obligations on accepted.obligation_key = obligations.obligation_key
{{ join_fx_rate(
    'fx_rates', 'accepted.currency_code', 'obligations.currency_code',
    'accepted.event_date'
) }}
