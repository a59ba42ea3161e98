-- Grain: one row per rate.
with

source as (
    select * from {{ current_version(source('netsuite', 'currency_rates')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_id,
        cast(base_currency as varchar) as base_currency_id,
        cast(transaction_currency as varchar) as transaction_currency_id,
        cast(rate_type as varchar) as rate_type_id,

        -- dates
        cast(effective_date as date) as effective_date,

        -- rates
        cast(exchange_rate as decimal(18, 8)) as exchange_rate,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
