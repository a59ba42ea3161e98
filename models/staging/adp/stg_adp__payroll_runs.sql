-- Grain: one row per payroll run; only status NTC is final and has lines.
with

source as (
    select * from {{ current_version(source('adp', 'payroll_runs')) }}
),

renamed as (
    select
        -- keys
        cast(item_id as varchar) as payroll_run_id,
        cast(payroll_group_code as varchar) as payroll_group_code,

        -- dates and attributes
        cast(period_start_date as date) as period_start_date,
        cast(period_end_date as date) as period_end_date,
        cast(pay_date as date) as pay_date,
        upper(status_code) as status_code,

        -- lineage
        {{ lineage('adp') }}
    from source
)

select * from renamed
