-- Grain: one row per currency.
with

source as (
    select * from {{ current_version(source('netsuite', 'currencies')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as currency_id,

        -- attributes
        cast(symbol as varchar) as currency_code,

        -- quantities
        cast(currency_precision as integer) as currency_precision,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
