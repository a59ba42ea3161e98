-- Grain: one row per project and version of it that was landed.
with

source as (
    select * from {{ source('kantata', 'workspaces') }}
),

renamed as (
    select
        cast(id as varchar) as project_id,
        cast(title as varchar) as project_title,
        cast(percentage_complete as bigint) as percentage_complete,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
