-- Grain: one row per billing milestone and day on which the customer accepted it or took
-- the acceptance back (that it fell due, where it waits for no task), and per signed change of
-- a price that bounds them: what all that is accepted earns, which is never more than the
-- price in force, less what was earned before.
with

obligations as (
    select
        obligation_key,
        price_amount,
        contract_currency_code,
        currency_code
    from {{ ref('dim_obligations') }}
    where revenue_method = 'milestone'
),

completions as (

    select
        milestones.milestone_key,
        completions.event_date,
        completions.direction
    from {{ ref('dim_milestones') }} as milestones
    inner join {{ ref('int_task_completions') }} as completions
        on milestones.task_key = completions.task_key

    union all

    select
        milestone_key,
        accepted_date as event_date,
        1 as direction
    from {{ ref('dim_milestones') }}
    where task_key is null and is_accepted

),

events as (

    select
        milestones.obligation_key,
        completions.event_date,
        1 as place,
        case
            when completions.direction > 0 then 'milestone:'
            else 'milestone_taken_back:'
        end || milestones.milestone_id || ':' || cast(completions.event_date as varchar)
            as source_id,
        milestones.milestone_key as source_key,
        milestones.contract_currency_code as currency_code,
        coalesce(milestones.contract_amount, 0) * completions.direction as accepted_amount,
        0 as price_change_amount
    from {{ ref('dim_milestones') }} as milestones
    inner join completions on milestones.milestone_key = completions.milestone_key

    union all

    select
        changes.obligation_key,
        changes.effective_date as event_date,
        0 as place,
        'price_change:' || changes.modification_key as source_id,
        cast(null as varchar) as source_key,
        changes.currency_code,
        0 as accepted_amount,
        changes.price_change_amount
    from {{ ref('fct_contract_modifications') }} as changes
    inner join {{ ref('dim_as_of') }} as as_of
        on changes.effective_date <= as_of.as_of_date

),

to_date as (
    select
        events.*,
        obligations.currency_code as functional_currency_code,
        sum(events.accepted_amount) over so_far as accepted_to_date_amount,
        obligations.price_amount + sum(events.price_change_amount) over so_far
            as price_amount
    from events
    inner join obligations on events.obligation_key = obligations.obligation_key
    window so_far as (
        partition by events.obligation_key
        order by
            events.event_date nulls last, events.place nulls last, events.source_id nulls last
        rows between unbounded preceding and current row
    )
),

bounded as (
    select
        *,
        least(accepted_to_date_amount, coalesce(price_amount, accepted_to_date_amount))
            as earned_to_date_amount
    from to_date
),

moved as (
    select
        *,
        earned_to_date_amount - lag(earned_to_date_amount, 1, 0) over (
            partition by obligation_key
            order by event_date nulls last, place nulls last, source_id nulls last
        ) as contract_amount
    from bounded
)

select
    moved.obligation_key,
    moved.event_date as revenue_date,
    moved.source_id,
    moved.source_key,
    cast(moved.accepted_to_date_amount as decimal(18, 4)) as accepted_to_date_amount,
    cast(moved.price_amount as decimal(18, 4)) as price_amount,
    row_number() over (
        partition by moved.obligation_key
        order by
            moved.event_date desc nulls last,
            moved.place desc nulls last,
            moved.source_id desc nulls last
    ) = 1 as is_latest,
    cast(moved.contract_amount as decimal(18, 4)) as contract_amount,
    cast({{ translated(
        'moved.contract_amount', 'moved.currency_code',
        'moved.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as recognised_amount
from moved
{{ join_fx_rate(
    'fx_rates', 'moved.currency_code', 'moved.functional_currency_code',
    'moved.event_date'
) }}
