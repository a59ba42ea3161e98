-- Grain: one row per project and version of it that was landed.
with

source as (
    select * from {{ source('oracle_fusion', 'projects') }}
),

renamed as (
    select
        cast(number as varchar) as project_number,
        cast(name as varchar) as project_name,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
