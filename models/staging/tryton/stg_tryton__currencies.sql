-- Grain: one row per currency.
with

source as (
    select * from {{ current_version(source('tryton', 'currencies')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as currency_id,

        -- attributes
        cast(code as varchar) as currency_code,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
