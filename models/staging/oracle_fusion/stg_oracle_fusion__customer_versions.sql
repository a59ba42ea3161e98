-- Grain: one row per customer and version of it that was landed.
with

source as (
    select * from {{ source('oracle_fusion', 'customers') }}
),

renamed as (
    select
        cast(id as varchar) as customer_id,
        cast(name as varchar) as customer_name,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
