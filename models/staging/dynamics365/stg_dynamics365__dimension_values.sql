-- Grain: one row per value of the dimension that stands for practices.
with

source as (
    select * from {{ current_version(source('dynamics365', 'dimension_values')) }}
),

renamed as (
    select
        -- keys
        cast(dimension_value as varchar) as dimension_value,
        lower(nullif(trim(legal_entity_id), '')) as company_id,

        -- attributes
        cast(description as varchar) as description,

        -- flags
        coalesce(is_suspended, false) as is_suspended,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
