-- Grain: one row per subsidiary.
with

source as (
    select * from {{ current_version(source('netsuite', 'subsidiaries')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as subsidiary_id,
        cast(external_id as varchar) as legal_entity_code,
        cast(currency as varchar) as currency_id,

        -- attributes
        cast(name as varchar) as subsidiary_name,
        cast(country as varchar) as country_code,

        -- flags
        cast(is_inactive as boolean) as is_inactive,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
