-- Grain: one row per supplier; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'suppliers')) }}
),

renamed as (
    select
        cast(id as varchar) as supplier_id,
        nullif(trim(cast(number as varchar)), '') as supplier_number,
        cast(name as varchar) as supplier_name,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
