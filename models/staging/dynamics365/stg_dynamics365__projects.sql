-- Grain: one row per project.
with

source as (
    select * from {{ current_version(source('dynamics365', 'projects')) }}
),

renamed as (
    select
        -- keys
        cast(lower(data_area_id) || '|' || project_id as varchar) as project_id,
        lower(cast(data_area_id as varchar)) as company_id,
        cast(project_id as varchar) as project_code,
        nullif(trim(customer_account), '') as customer_number,
        nullif(trim(department), '') as department,

        -- attributes
        cast(project_name as varchar) as project_name,
        cast(project_stage as varchar) as project_stage,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
