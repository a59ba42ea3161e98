-- Grain: one row per customer and version of it that was landed.
with

source as (
    select * from {{ source('netsuite', 'customers') }}
),

renamed as (
    select
        cast(id as varchar) as customer_id,
        cast(parent as varchar) as parent_customer_id,
        cast(company_name as varchar) as customer_name,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
