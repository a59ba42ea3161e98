-- Grain: one row per worker; rescinded hires stay, flagged as deleted.
with

source as (
    select * from {{ current_version(source('workday', 'workers')) }}
),

renamed as (
    select
        -- keys
        cast(employee_id as varchar) as employee_id,
        cast(employee_pseudonym as varchar) as employee_pseudonym,
        cast(payroll_file_pseudonym as varchar) as payroll_file_pseudonym,
        cast(pay_group as varchar) as payroll_group_code,

        -- attributes
        cast(full_name as varchar) as full_name,
        lower(work_email) as work_email,
        lower(worker_type) as worker_type,

        -- dates
        cast(hire_date as date) as hire_date,
        cast(termination_date as date) as termination_date,

        -- flags
        coalesce(is_active, false) as is_active,
        coalesce(hire_rescinded, false) as is_hire_rescinded,

        -- lineage
        {{ lineage('workday') }}
    from source
)

select * from renamed
