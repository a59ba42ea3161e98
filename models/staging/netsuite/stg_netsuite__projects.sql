-- Grain: one row per project.
with

source as (
    select * from {{ current_version(source('netsuite', 'projects')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as project_id,
        cast(customer as varchar) as customer_id,
        cast(subsidiary as varchar) as subsidiary_id,
        cast(department as varchar) as department_id,
        cast(currency as varchar) as currency_id,
        cast(entity_id as varchar) as project_code,

        -- attributes
        cast(company_name as varchar) as project_name,

        -- flags
        cast(is_inactive as boolean) as is_inactive,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
