-- Grain: one row per company.
with

source as (
    select * from {{ current_version(source('tryton', 'companies')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as company_id,

        -- attributes
        nullif(upper(trim(code)), '') as legal_entity_code,
        cast(name as varchar) as company_name,
        cast(currency_code as varchar) as currency_code,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
