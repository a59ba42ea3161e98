-- Grain: one row per rate.
with

source as (
    select * from {{ current_version(source('tryton', 'currency_rates')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as rate_id,
        cast(currency as varchar) as currency_id,

        -- dates
        cast(date as date) as effective_date,

        -- rates
        cast(rate as decimal(18, 8)) as units_rate,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
