-- Grain: one row per live task or delivery milestone of the PSA.
select
    {{ entity_key('task', ['psa_tasks.source_instance', 'psa_tasks.task_id']) }} as task_key,
    {{ entity_key('project', ['crosswalk.project_code']) }} as project_key,
    psa_tasks.task_title,
    psa_tasks.task_type,
    psa_tasks.state,
    coalesce(psa_tasks.is_billable, false) as is_billable,
    {{ correlation_id('psa_tasks', 'task') }} as correlation_id,
    {{ source_coordinates('psa_tasks') }}
from {{ ref('stg_kantata__tasks') }} as psa_tasks
left join {{ ref('crosswalk_projects') }} as crosswalk
    on psa_tasks.source_instance = crosswalk.psa_source_instance
    and psa_tasks.project_id = crosswalk.psa_project_id
where not psa_tasks.is_deleted
