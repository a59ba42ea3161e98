-- Grain: one row per business partner; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'business_partners')) }}
),

renamed as (
    select
        -- keys
        cast(business_partner as varchar) as business_partner_id,
        cast(business_partner_uuid as varchar) as business_partner_uuid,
        cast(nullif(ltrim(customer, '0'), '') as varchar) as customer_id,
        cast(nullif(ltrim(supplier, '0'), '') as varchar) as supplier_id,

        -- attributes
        cast(full_name as varchar) as partner_name,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
