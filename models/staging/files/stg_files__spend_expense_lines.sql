-- Grain: one row per expense line and report it was on, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'spend_expense_lines')) }}
)

select
    expense_line_id,
    expense_report_id,
    employee_number,
    project_code,
    cost_centre_code,
    category_name,
    expense_date,
    currency_code,
    amount,
    tax_amount,
    tax_rate,
    recoverable_tax_amount,
    approval_status,
    is_reimbursable,
    is_rechargeable,
    {{ lineage('files') }}
from source
