-- Grain: one row per legal entity.
with

source as (
    select * from {{ current_version(source('dynamics365', 'companies')) }}
),

renamed as (
    select
        -- keys
        lower(cast(legal_entity_id as varchar)) as company_id,
        upper(cast(legal_entity_id as varchar)) as legal_entity_code,

        -- attributes
        cast(name as varchar) as company_name,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
