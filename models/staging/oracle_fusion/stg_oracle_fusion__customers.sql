-- Grain: one row per customer account; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'customers')) }}
),

renamed as (
    select
        cast(id as varchar) as customer_id,
        nullif(trim(cast(number as varchar)), '') as customer_number,
        cast(party_id as varchar) as party_id,
        cast(name as varchar) as customer_name,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
