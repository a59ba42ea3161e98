-- Grain: one row per planned range of work of a seat and version of it that was landed.
with

source as (
    select * from {{ source('kantata', 'workspace_allocations') }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as allocation_id,
        cast(workspace_resource_id as varchar) as project_resource_id,
        cast(workspace_id as varchar) as project_id,

        -- dates
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,

        -- quantities
        cast(minutes as bigint) as allocated_minutes,

        -- flags
        cast(hard as boolean) as is_hard,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
