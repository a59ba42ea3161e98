-- Grain: one row per account of a supplier in a company.
with

source as (
    select * from {{ current_version(source('dynamics365', 'vendors')) }}
),

renamed as (
    select
        -- keys
        lower(cast(data_area_id as varchar)) as company_id,
        cast(vendor_account_number as varchar) as supplier_number,
        coalesce(nullif(trim(party_number), ''), data_area_id || '|' || vendor_account_number)
            as party_id,

        -- attributes
        cast(organization_name as varchar) as supplier_name,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
