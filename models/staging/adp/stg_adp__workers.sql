-- Grain: one row per worker on the payroll, who is known by pseudonym only.
with

source as (
    select * from {{ current_version(source('adp', 'workers')) }}
),

renamed as (
    select
        -- keys
        cast(associate_pseudonym as varchar) as associate_pseudonym,
        cast(payroll_file_pseudonym as varchar) as payroll_file_pseudonym,
        cast(payroll_group_code as varchar) as payroll_group_code,

        -- dates and attributes
        cast(status as varchar) as status,
        cast(hire_date as date) as hire_date,
        cast(rehire_date as date) as rehire_date,
        cast(termination_date as date) as termination_date,

        -- lineage
        {{ lineage('adp') }}
    from source
)

select * from renamed
