-- Grain: one row per customer and sales area; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'customer_sales_areas')) }}
),

renamed as (
    select
        -- keys
        cast(ltrim(customer, '0') as varchar) as customer_id,
        cast(sales_organization as varchar) as sales_organization,
        cast(distribution_channel as varchar) as distribution_channel,
        cast(division as varchar) as division,

        -- attributes
        cast(nullif(currency, '') as varchar) as currency_code,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
