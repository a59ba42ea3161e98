-- Grain: one row per company code; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'company_codes')) }}
),

renamed as (
    select
        -- keys
        cast(company_code as varchar) as company_code,
        cast(chart_of_accounts as varchar) as chart_of_accounts,
        cast(fiscal_year_variant as varchar) as fiscal_year_variant,
        cast(posting_period_variant as varchar) as posting_period_variant,

        -- attributes
        cast(company_name as varchar) as company_name,
        cast(country as varchar) as country_code,
        cast(currency as varchar) as currency_code,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
