-- Grain: one row per live expense line, in its accounting currency. A project code nobody
-- knows stays on the row, without a key, as does one of several PSAs that the entity of who
-- claims it does not tell apart. What is dated ahead counts from its day on, and what has
-- no day never.
select
    {{ entity_key('expense', ['expense_lines.source_instance', 'expense_lines.expense_line_id']) }}
        as expense_key,
    projects.project_key,
    people.resource_key,
    expense_lines.expense_line_id,
    expense_lines.expense_report_id,
    coalesce(projects.project_code, nullif(upper(trim(expense_lines.project_code)), ''))
        as project_code,
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
    expense_lines.approval_status = 'approved'
    and coalesce(expense_lines.expense_date <= as_of.as_of_date, false) as is_approved,
    coalesce(expense_lines.expense_date > as_of.as_of_date, false) as is_future,
    expense_lines.is_reimbursable,
    expense_lines.is_rechargeable,
    projects.project_key is null and coalesce(codes.is_contested, false)
        as is_project_contested,
    coalesce(people.is_ambiguous, false) as is_employee_ambiguous,
    {{ correlation_id('expense_lines', 'expense_line') }} as correlation_id,
    {{ source_coordinates('expense_lines') }}
from {{ ref('spend_expense_lines') }} as expense_lines
cross join {{ ref('dim_as_of') }} as as_of
left join {{ ref('int_expense_taxes') }} as taxes
    on expense_lines.source_instance = taxes.source_instance
    and expense_lines.expense_report_id = taxes.expense_report_id
    and expense_lines.expense_line_id = taxes.expense_line_id
left join {{ ref('int_spend_people') }} as people
    on expense_lines.source_instance = people.source_instance
    and expense_lines.employee_number = people.employee_number
left join {{ ref('dim_resource_assignments') }} as assignments
    on people.resource_key = assignments.resource_key
    and expense_lines.expense_date >= assignments.valid_from
    and expense_lines.expense_date < assignments.valid_to
left join {{ ref('int_spend_projects') }} as codes
    on expense_lines.source_instance = codes.source_instance
    and nullif(upper(trim(expense_lines.project_code)), '') = codes.stated_project_code
    and coalesce(codes.legal_entity_code, assignments.legal_entity_code, '')
    = coalesce(assignments.legal_entity_code, '')
left join {{ ref('dim_projects') }} as projects
    on codes.project_key = projects.project_key
{{ join_period(
    'periods',
    'case when projects.project_key is null then assignments.legal_entity_code'
    ~ ' else projects.legal_entity_code end',
    'expense_lines.expense_date'
) }}
where not expense_lines.is_deleted
