-- Grain: one row per expense line and report it was on; each column is as its feed declares it.
select
    said.expense_line_id,
    said.expense_report_id,
    said.employee_number,
    said.project_code,
    said.cost_centre_code,
    said.category_name,
    said.expense_date,
    said.currency_code,
    said.amount,
    said.tax_amount,
    said.tax_rate,
    said.recoverable_tax_amount,
    said.approval_status,
    said.is_reimbursable,
    said.is_rechargeable,
    {{ role_lineage('said') }}
from {{ ref('stg_files__spend_expense_lines') }} as said
