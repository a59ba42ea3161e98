-- Grain: one row per Kantata story. Which part of the contract it delivers is a field of
-- the firm's own.
with

marked as (
    select
        own_fields.source_instance,
        own_fields.subject_id as task_id,
        max(own_fields.field_value) as obligation_code
    from {{ ref('stg_kantata__custom_field_values') }} as own_fields
    inner join {{ ref('stg_landing__settings') }} as own_names
        on own_fields.source_instance = own_names.source_instance
        and own_fields.field_name = own_names.setting_value
        and own_names.setting = 'fields.obligation'
    where own_fields.subject_type = 'Story' and not own_fields.is_deleted
    group by own_fields.source_instance, own_fields.subject_id
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
