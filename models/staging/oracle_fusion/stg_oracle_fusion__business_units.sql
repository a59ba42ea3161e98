-- Grain: one row per business unit, which says in which ledger a legal entity keeps its
-- books; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'business_units')) }}
),

renamed as (
    select
        cast(id as varchar) as business_unit_id,
        cast(name as varchar) as business_unit_name,
        cast(legal_entity_id as varchar) as legal_entity_id,
        cast(primary_ledger_id as varchar) as ledger_id,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
