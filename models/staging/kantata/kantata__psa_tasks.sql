-- Grain: one row per Kantata story. Which part of the contract it delivers is a field of
-- the firm's own.
with

marked as (
    {{ own_field('Story', 'fields.obligation', 'task_id', 'obligation_code') }}
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
