-- Grain: one row per party.
with

source as (
    select * from {{ current_version(source('tryton', 'parties')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as party_id,

        -- attributes
        nullif(trim(code), '') as party_code,
        cast(name as varchar) as party_name,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
