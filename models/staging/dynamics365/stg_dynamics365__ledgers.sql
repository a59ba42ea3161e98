-- Grain: one row per legal entity.
with

source as (
    select * from {{ current_version(source('dynamics365', 'ledgers')) }}
),

renamed as (
    select
        -- keys
        lower(cast(legal_entity_id as varchar)) as company_id,
        cast(fiscal_calendar as varchar) as fiscal_calendar,
        cast(chart_of_accounts as varchar) as chart_of_accounts,

        -- attributes
        upper(cast(accounting_currency as varchar)) as currency_code,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
