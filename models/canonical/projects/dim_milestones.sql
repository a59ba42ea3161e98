-- Grain: one row per live billing milestone. It is accepted while its task is completed,
-- since the day the task was last completed.
with

completions as (
    select
        task_key,
        sum(direction) as standing,
        max(case when direction = 1 then event_date end) as completed_date
    from {{ ref('int_task_completions') }}
    group by task_key
)

select
    {{ entity_key('milestone', ['milestones.source_instance', 'milestones.milestone_id']) }}
        as milestone_key,
    {{ entity_key('project', ['crosswalk.project_code']) }} as project_key,
    {{ entity_key('task', ['milestones.source_instance', 'milestones.task_id']) }} as task_key,
    milestones.milestone_id,
    crosswalk.project_code,
    milestones.invoice_id,
    milestones.due_date,
    case when completions.standing = 1 then completions.completed_date end
        as accepted_date,
    milestones.milestone_name as milestone_title,
    milestones.currency_code,
    milestones.amount,
    coalesce(completions.standing = 1, false) as is_accepted,
    {{ correlation_id('milestones', 'milestone') }} as correlation_id,
    {{ source_coordinates('milestones') }}
from {{ ref('psa_billing_milestones') }} as milestones
left join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'psa'
    and milestones.source_instance = crosswalk.source_instance
    and milestones.project_id = crosswalk.record_id
left join completions
    on {{ entity_key('task', ['milestones.source_instance', 'milestones.task_id']) }}
    = completions.task_key
where not milestones.is_deleted
