-- Grain: one row per live expense line, in its accounting currency. A project code nobody
-- knows stays on the row, without a key.
select
    {{ entity_key('expense', ['expense_lines.source_instance', 'expense_lines.expense_line_id']) }}
        as expense_key,
    projects.project_key,
    resources.resource_key,
    expense_lines.expense_line_id,
    expense_lines.expense_report_id,
    nullif(upper(trim(expense_lines.project_code)), '') as project_code,
    expense_lines.employee_number,
    expense_lines.expense_date,
    {{ period_start('periods', 'expense_lines.expense_date') }} as period_month,
    assignments.legal_entity_code,
    expense_lines.cost_centre_code,
    expense_lines.category_name,
    expense_lines.currency_code,
    expense_lines.approval_status,
    expense_lines.amount,
    taxes.recoverable_tax_amount,
    cast(expense_lines.amount - taxes.recoverable_tax_amount as decimal(18, 4))
        as net_amount,
    expense_lines.approval_status = 'approved' as is_approved,
    expense_lines.is_reimbursable,
    expense_lines.is_rechargeable,
    {{ correlation_id('expense_lines', 'expense_line') }} as correlation_id,
    {{ source_coordinates('expense_lines') }}
from {{ ref('spend_expense_lines') }} as expense_lines
left join {{ ref('int_expense_taxes') }} as taxes
    on expense_lines.source_instance = taxes.source_instance
    and expense_lines.expense_report_id = taxes.expense_report_id
    and expense_lines.expense_line_id = taxes.expense_line_id
left join {{ ref('dim_projects') }} as projects
    on nullif(upper(trim(expense_lines.project_code)), '') = projects.project_code
left join {{ ref('dim_resources') }} as resources
    on expense_lines.employee_number = resources.employee_number
left join {{ ref('dim_resource_assignments') }} as assignments
    on resources.resource_key = assignments.resource_key
    and expense_lines.expense_date >= assignments.valid_from
    and expense_lines.expense_date < assignments.valid_to
{{ join_period(
    'periods',
    'case when projects.project_key is null then assignments.legal_entity_code'
    ~ ' else projects.legal_entity_code end',
    'expense_lines.expense_date'
) }}
where not expense_lines.is_deleted
