-- Grain: one row per legal entity; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'legal_entities')) }}
),

renamed as (
    select
        cast(id as varchar) as legal_entity_id,
        cast(name as varchar) as legal_entity_name,
        nullif(trim(cast(identifier as varchar)), '') as legal_entity_code,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
