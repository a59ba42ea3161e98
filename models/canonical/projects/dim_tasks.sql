-- Grain: one row per live task or delivery milestone of the PSA.
select
    {{ entity_key('task', ['tasks.source_instance', 'tasks.task_id']) }} as task_key,
    {{ entity_key('project', ['crosswalk.project_code']) }} as project_key,
    tasks.task_title,
    tasks.task_type,
    tasks.state,
    coalesce(tasks.is_billable, false) as is_billable,
    {{ correlation_id('tasks', 'task') }} as correlation_id,
    {{ source_coordinates('tasks') }}
from {{ ref('stg_kantata__tasks') }} as tasks
left join {{ ref('crosswalk_projects') }} as crosswalk
    on tasks.source_instance = crosswalk.psa_source_instance
    and tasks.project_id = crosswalk.psa_project_id
where not tasks.is_deleted
