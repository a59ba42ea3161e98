-- Grain: one row per change of the state of a delivery milestone or billed task.
with

source as (
    select * from {{ current_version(source('kantata', 'story_state_changes')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as state_change_id,
        cast(story_id as varchar) as task_id,

        -- dates and attributes
        cast(created_at as timestamp) as changed_at,
        coalesce(cast(created_date as date), cast(created_at as date)) as changed_date,
        lower(state) as state,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
