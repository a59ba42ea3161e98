-- Grain: one row per project and version of it that was landed.
with

source as (
    select * from {{ source('s4hana', 'projects') }}
),

renamed as (
    select
        cast(project as varchar) as project_code,
        cast(project_description as varchar) as project_name,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
