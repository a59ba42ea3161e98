-- Grain: one row per live task or delivery milestone of the PSA. What is done on a task
-- belongs to the obligation it is marked with, else to the project's first.
select
    {{ entity_key('task', ['psa_tasks.source_instance', 'psa_tasks.task_id']) }} as task_key,
    {{ entity_key('project', ['crosswalk.project_code']) }} as project_key,
    psa_tasks.task_id,
    coalesce(obligations.obligation_key, firsts.obligation_key) as obligation_key,
    psa_tasks.task_name as task_title,
    psa_tasks.task_type,
    psa_tasks.task_state as state,
    psa_tasks.is_billable,
    {{ correlation_id('psa_tasks', 'task') }} as correlation_id,
    {{ source_coordinates('psa_tasks') }}
from {{ ref('psa_tasks') }} as psa_tasks
left join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'psa'
    and psa_tasks.source_instance = crosswalk.source_instance
    and psa_tasks.project_id = crosswalk.record_id
left join {{ ref('dim_obligations') }} as obligations
    on crosswalk.project_code = obligations.project_code
    and psa_tasks.obligation_code = obligations.obligation_code
left join {{ ref('dim_obligations') }} as firsts
    on crosswalk.project_code = firsts.project_code
    and firsts.is_first
where not psa_tasks.is_deleted
