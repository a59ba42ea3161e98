-- Grain: one row per account of a customer in a company.
with

source as (
    select * from {{ current_version(source('dynamics365', 'customers')) }}
),

renamed as (
    select
        -- keys
        lower(cast(data_area_id as varchar)) as company_id,
        cast(customer_account as varchar) as customer_number,
        coalesce(nullif(trim(party_number), ''), data_area_id || '|' || customer_account)
            as party_id,

        -- attributes
        cast(organization_name as varchar) as customer_name,
        upper(cast(sales_currency_code as varchar)) as currency_code,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
