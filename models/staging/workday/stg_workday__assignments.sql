-- Grain: one row per staffing event of a worker, by effective date and entry.
with

source as (
    select * from {{ current_version(source('workday', 'assignments')) }}
),

renamed as (
    select
        -- keys
        cast(employee_id as varchar) as employee_id,

        -- dates
        cast(effective_date as date) as effective_date,
        cast(entered_at as timestamp) as entered_at,

        -- attributes
        upper(company) as legal_entity_code,
        cast(cost_centre as varchar) as cost_centre_code,
        cast(practice as varchar) as practice_code,
        cast(business_title as varchar) as business_title,
        cast(grade as varchar) as grade_code,
        cast(job_profile as varchar) as role_name,

        -- quantities
        cast(paid_fte as decimal(9, 4)) as fte_rate,
        cast(scheduled_weekly_hours as decimal(9, 2)) as weekly_hours,

        -- flags
        coalesce(is_rescinded, false) as is_rescinded,
        coalesce(is_primary, true) as is_primary,

        -- lineage
        {{ lineage('workday') }}
    from source
)

select * from renamed
