-- Grain: one row per project; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'projects')) }}
),

renamed as (
    select
        cast(id as varchar) as oracle_project_id,
        cast(number as varchar) as project_number,
        cast(name as varchar) as project_name,
        cast(legal_entity_id as varchar) as legal_entity_id,
        cast(organisation as varchar) as organisation_name,
        cast(currency_code as varchar) as currency_code,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
