-- Grain: one row per expense report.
with

source as (
    select * from {{ current_version(source('coupa', 'expense_reports')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as expense_report_id,
        cast(employee_number as varchar) as employee_number,

        -- dates and attributes
        lower(status) as status,
        upper(currency_code) as currency_code,
        cast(submitted_at as timestamp) as submitted_at,

        -- amounts
        cast(total as decimal(18, 4)) as total_amount,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
