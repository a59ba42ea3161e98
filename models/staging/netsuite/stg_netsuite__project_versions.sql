-- Grain: one row per project and version of it that was landed.
with

source as (
    select * from {{ source('netsuite', 'projects') }}
),

renamed as (
    select
        cast(id as varchar) as project_id,
        cast(company_name as varchar) as project_name,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
