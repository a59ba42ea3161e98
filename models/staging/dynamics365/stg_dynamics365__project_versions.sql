-- Grain: one row per project and version of it that was landed.
with

source as (
    select * from {{ source('dynamics365', 'projects') }}
),

renamed as (
    select
        -- keys
        cast(lower(data_area_id) || '|' || project_id as varchar) as project_id,

        -- attributes
        cast(project_name as varchar) as project_name,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
