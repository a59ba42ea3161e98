-- Grain: one row per task of a project and per milestone; those of templates are left out.
-- Whether time is charged is not the task's to say: it is where its project's is.
with

stated as (

    select
        project_tasks.task_id,
        project_tasks.project_id,
        project_tasks.obligation_code,
        project_tasks.task_name,
        'task' as task_type,
        project_tasks.task_status as task_state,
        {{ role_lineage('project_tasks') }}
    from {{ ref('stg_certinia__tasks') }} as project_tasks

    union all

    select
        milestones.milestone_id as task_id,
        milestones.project_id,
        milestones.obligation_code,
        milestones.milestone_name as task_name,
        'milestone' as task_type,
        milestones.milestone_status as task_state,
        {{ role_lineage('milestones') }}
    from {{ ref('stg_certinia__milestones') }} as milestones

)

select
    stated.task_id,
    stated.project_id,
    stated.obligation_code,
    stated.task_name,
    stated.task_type,
    stated.task_state,
    coalesce(projects.is_billable, false) as is_billable,
    {{ role_lineage('stated') }}
from stated
left join {{ ref('stg_certinia__projects') }} as projects
    on stated.source_instance = projects.source_instance
    and stated.project_id = projects.project_id
where not coalesce(projects.is_pattern, false)
