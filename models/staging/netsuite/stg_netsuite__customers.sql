-- Grain: one row per customer.
with

source as (
    select * from {{ current_version(source('netsuite', 'customers')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as customer_id,
        cast(parent as varchar) as parent_customer_id,
        cast(entity_id as varchar) as customer_number,
        cast(currency as varchar) as currency_id,

        -- attributes
        cast(company_name as varchar) as customer_name,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
