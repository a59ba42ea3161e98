-- Grain: one row per rate type, pair and first day; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'exchange_rates')) }}
),

renamed as (
    select
        -- keys
        cast(rate_type as varchar) as rate_type,
        cast(source_currency as varchar) as source_currency_code,
        cast(target_currency as varchar) as target_currency_code,

        -- dates
        cast(valid_from as date) as valid_from,

        -- rates
        cast(exchange_rate as decimal(18, 5)) as exchange_rate,
        cast(source_units as bigint) as source_units,
        cast(target_units as bigint) as target_units,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
