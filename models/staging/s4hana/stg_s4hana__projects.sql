-- Grain: one row per project; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'projects')) }}
),

renamed as (
    select
        -- keys
        cast(project_uuid as varchar) as project_uuid,
        cast(project as varchar) as project_code,
        cast(nullif(customer_uuid, '') as varchar) as customer_uuid,
        cast(nullif(company_code, '') as varchar) as company_code,
        cast(nullif(profit_center, '') as varchar) as profit_center,

        -- attributes
        cast(project_description as varchar) as project_name,
        cast(nullif(project_currency, '') as varchar) as currency_code,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
