-- Grain: one row per Kantata story. Which part of the contract it delivers is a field of
-- the firm's own.
with

marked as (
    select
        source_instance,
        subject_id as task_id,
        max(field_value) as obligation_code
    from {{ ref('stg_kantata__custom_field_values') }}
    where subject_type = 'Story' and field_name = 'Obligation' and not is_deleted
    group by source_instance, subject_id
)

select
    stories.task_id,
    stories.project_id,
    marked.obligation_code,
    stories.task_title as task_name,
    stories.task_type,
    stories.state as task_state,
    coalesce(stories.is_billable, false) as is_billable,
    {{ role_lineage('stories') }}
from {{ ref('stg_kantata__tasks') }} as stories
left join marked
    on stories.source_instance = marked.source_instance
    and stories.task_id = marked.task_id
