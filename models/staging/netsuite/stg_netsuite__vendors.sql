-- Grain: one row per supplier.
with

source as (
    select * from {{ current_version(source('netsuite', 'vendors')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as vendor_id,
        cast(entity_id as varchar) as supplier_number,

        -- attributes
        cast(company_name as varchar) as supplier_name,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
