-- Grain: one row per account of a customer and version of it that was landed.
with

source as (
    select * from {{ source('dynamics365', 'customers') }}
),

renamed as (
    select
        -- attributes
        cast(organization_name as varchar) as customer_name,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
