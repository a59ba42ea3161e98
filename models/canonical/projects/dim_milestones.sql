-- Grain: one row per live billing milestone. It is accepted while its task is completed,
-- since the day the task was last completed; one that waits for no task is by the day that it
-- falls due, and of the project's first obligation. In its contract's currency it is worth
-- what it is at that day's rate of exchange; before, at that of the day it falls due.
with

completions as (
    select
        task_key,
        sum(direction) as standing,
        max(case when direction = 1 then event_date end) as completed_date
    from {{ ref('int_task_completions') }}
    group by task_key
),

milestones as (
    select
        stated.*,
        crosswalk.project_code,
        case when stated.task_id is null then stated.due_date else completions.completed_date end
            as completed_date,
        case
            when stated.task_id is null
                then coalesce(stated.due_date <= as_of.as_of_date, false)
            else coalesce(completions.standing = 1, false)
        end as is_accepted,
        case
            when stated.task_id is null then firsts.obligation_key
            else dim_tasks.obligation_key
        end as obligation_key,
        coalesce(projects.contract_currency_code, stated.currency_code)
            as contract_currency_code
    from {{ ref('psa_billing_milestones') }} as stated
    cross join {{ ref('dim_as_of') }} as as_of
    left join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'psa'
        and stated.source_instance = crosswalk.source_instance
        and stated.project_id = crosswalk.record_id
    left join {{ ref('dim_projects') }} as projects
        on crosswalk.project_code = projects.project_code
    left join completions
        on {{ entity_key('task', ['stated.source_instance', 'stated.task_id']) }}
        = completions.task_key
    left join {{ ref('dim_tasks') }} as dim_tasks
        on {{ entity_key('task', ['stated.source_instance', 'stated.task_id']) }}
        = dim_tasks.task_key
    left join {{ ref('dim_obligations') }} as firsts
        on crosswalk.project_code = firsts.project_code
        and firsts.is_first
    where not stated.is_deleted
)

select
    {{ entity_key('milestone', ['milestones.source_instance', 'milestones.milestone_id']) }}
        as milestone_key,
    {{ entity_key('project', ['milestones.project_code']) }} as project_key,
    case
        when milestones.task_id is not null
            then {{ entity_key('task', ['milestones.source_instance', 'milestones.task_id']) }}
    end as task_key,
    milestones.obligation_key,
    milestones.milestone_id,
    milestones.project_code,
    milestones.invoice_id,
    milestones.due_date,
    case when milestones.is_accepted then milestones.completed_date end as accepted_date,
    milestones.milestone_name as milestone_title,
    milestones.currency_code,
    milestones.amount,
    milestones.contract_currency_code,
    cast({{ translated(
        'milestones.amount', 'milestones.currency_code',
        'milestones.contract_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as contract_amount,
    milestones.is_accepted,
    {{ correlation_id('milestones', 'milestone') }} as correlation_id,
    {{ source_coordinates('milestones') }}
from milestones
{{ join_fx_rate(
    'fx_rates', 'milestones.currency_code', 'milestones.contract_currency_code',
    'coalesce(milestones.completed_date, milestones.due_date)'
) }}
