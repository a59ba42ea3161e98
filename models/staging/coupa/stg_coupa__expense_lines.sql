-- Grain: one row per expense line and report it was on; of an itemised line, parent and
-- parts both. A line that moved to another report stays under the old one, deleted.
with

source as (
    select * from {{ current_version(source('coupa', 'expense_lines')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as expense_line_id,
        cast(expense_report_id as varchar) as expense_report_id,
        cast(parent_expense_line_id as varchar) as parent_line_id,

        -- dates and attributes
        cast(project_code as varchar) as project_code,
        cast(cost_centre as varchar) as cost_centre_code,
        cast(category_name as varchar) as category_name,
        cast(expense_date as date) as expense_date,
        upper(currency_code) as currency_code,
        upper(accounting_currency_code) as accounting_currency_code,

        -- amounts
        cast(amount as decimal(18, 4)) as amount,
        cast(accounting_total as decimal(18, 4)) as accounting_amount,

        -- flags
        employee_reimbursable as is_reimbursable,
        coalesce(rechargeable, false) as is_rechargeable,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
