-- Grain: one row per Salesforce user; users are deactivated, never deleted.
with

source as (
    select * from {{ current_version(source('salesforce', 'users')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as user_id,
        cast(employee_number as varchar) as employee_number,

        -- attributes
        cast(name as varchar) as full_name,
        lower(email) as email,

        -- flags
        coalesce(is_active, false) as is_active,

        -- lineage
        {{ lineage('salesforce') }}
    from source
)

select * from renamed
