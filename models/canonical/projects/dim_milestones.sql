-- Grain: one row per live billing milestone. It is accepted on the day its task was
-- last moved to completed, as long as the task is completed still.
with

completions as (
    select
        source_instance,
        task_id,
        cast(max(changed_at) as date) as completed_date
    from {{ ref('stg_kantata__task_state_changes') }}
    where state = 'completed' and not is_deleted
    group by source_instance, task_id
),

completed_tasks as (
    select
        psa_tasks.source_instance,
        psa_tasks.task_id,
        completions.completed_date
    from {{ ref('stg_kantata__tasks') }} as psa_tasks
    inner join completions
        on psa_tasks.source_instance = completions.source_instance
        and psa_tasks.task_id = completions.task_id
    where psa_tasks.state = 'completed' and not psa_tasks.is_deleted
)

select
    {{ entity_key('milestone', ['milestones.source_instance', 'milestones.milestone_id']) }}
        as milestone_key,
    {{ entity_key('project', ['crosswalk.project_code']) }} as project_key,
    milestones.milestone_id,
    crosswalk.project_code,
    milestones.invoice_id,
    milestones.due_date,
    completed_tasks.completed_date as accepted_date,
    milestones.milestone_title,
    milestones.currency_code,
    milestones.amount,
    completed_tasks.completed_date is not null as is_accepted,
    {{ correlation_id('milestones', 'milestone') }} as correlation_id,
    {{ source_coordinates('milestones') }}
from {{ ref('stg_kantata__billing_milestones') }} as milestones
left join {{ ref('crosswalk_projects') }} as crosswalk
    on milestones.source_instance = crosswalk.psa_source_instance
    and milestones.project_id = crosswalk.psa_project_id
left join completed_tasks
    on milestones.source_instance = completed_tasks.source_instance
    and milestones.task_id = completed_tasks.task_id
where not milestones.is_deleted
