-- Grain: one row per type of rate, pair and day.
with

source as (
    select * from {{ current_version(source('dynamics365', 'exchange_rates')) }}
),

renamed as (
    select
        -- keys
        cast(rate_type_name as varchar) as rate_type,
        upper(cast(from_currency as varchar)) as from_currency_code,
        upper(cast(to_currency as varchar)) as to_currency_code,
        cast(start_date as date) as start_date,

        -- rates
        cast(rate as decimal(28, 12)) as rate,
        cast(conversion_factor as varchar) as conversion_factor,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
