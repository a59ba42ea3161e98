-- Grain: one row per exchange rate of a day; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'currency_rates')) }}
),

renamed as (
    select
        cast(from_currency as varchar) as from_currency_code,
        cast(to_currency as varchar) as to_currency_code,
        cast(rate_date as date) as rate_date,
        cast(rate as decimal(18, 8)) as fx_rate,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
