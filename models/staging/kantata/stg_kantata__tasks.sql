-- Grain: one row per task or delivery milestone; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'stories')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as task_id,
        cast(workspace_id as varchar) as project_id,
        cast(parent_id as varchar) as parent_task_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(due_date as date) as due_date,
        coalesce(cast(updated_date as date), cast(updated_at as date)) as updated_date,
        cast(title as varchar) as task_title,
        case when story_type = 'milestone' then 'milestone' else 'task' end as task_type,
        lower(state) as state,

        -- flags
        cast(billable as boolean) as is_billable,
        cast(fixed_fee as boolean) as is_fixed_fee,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
