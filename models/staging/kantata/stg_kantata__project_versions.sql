-- Grain: one row per project and version of it that was landed.
with

source as (
    select * from {{ source('kantata', 'workspaces') }}
),

renamed as (
    select
        cast(id as varchar) as project_id,
        cast(title as varchar) as project_title,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
