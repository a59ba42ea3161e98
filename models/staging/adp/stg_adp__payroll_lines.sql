-- Grain: one row per amount of an associate in a final run.
with

source as (
    select * from {{ current_version(source('adp', 'payroll_lines')) }}
),

renamed as (
    select
        -- keys
        cast(item_id as varchar) as payroll_run_id,
        cast(line_number as bigint) as line_number,
        cast(associate_pseudonym as varchar) as associate_pseudonym,

        -- attributes
        cast(section as varchar) as section,
        cast(pay_code as varchar) as pay_code,
        upper(currency_code) as currency_code,

        -- quantities and amounts
        cast(paid_hours as decimal(9, 2)) as paid_hours,
        cast(amount as decimal(18, 4)) as amount,

        -- lineage
        {{ lineage('adp') }}
    from source
)

select * from renamed
