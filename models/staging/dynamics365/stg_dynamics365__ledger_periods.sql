-- Grain: one row per ledger and period.
with

source as (
    select * from {{ current_version(source('dynamics365', 'ledger_periods')) }}
),

renamed as (
    select
        -- keys
        lower(cast(legal_entity_id as varchar)) as company_id,
        cast(calendar as varchar) as fiscal_calendar,
        cast(year_name as varchar) as fiscal_year,
        cast(period_name as varchar) as period_name,

        -- attributes
        cast(period_status as varchar) as period_status,
        cast(ledger_access_level as varchar) as ledger_access_level,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
