-- Grain: one row per live expense line, in its accounting currency. An itemised line
-- is left out: its items carry the same money, coded. A project code nobody knows
-- stays on the row, without a key.
with

lines as (
    select * from {{ ref('stg_coupa__expense_lines') }}
    where not is_deleted
),

itemised as (
    select distinct
        source_instance,
        parent_line_id
    from lines
    where parent_line_id is not null
)

select
    {{ entity_key('expense', ['lines.source_instance', 'lines.expense_line_id']) }}
        as expense_key,
    projects.project_key,
    resources.resource_key,
    lines.expense_line_id,
    lines.expense_report_id,
    nullif(upper(trim(lines.project_code)), '') as project_code,
    reports.employee_number,
    lines.expense_date,
    {{ month_start('lines.expense_date') }} as period_month,
    assignments.legal_entity_code,
    lines.cost_centre_code,
    lines.category_name,
    case
        when lines.accounting_amount is null then lines.currency_code
        else lines.accounting_currency_code
    end as currency_code,
    case
        when reports.status in ('approved_for_payment', 'paid') then 'approved'
        when reports.status = 'rejected' then 'rejected'
        else 'pending'
    end as approval_status,
    coalesce(lines.accounting_amount, lines.amount) as amount,
    coalesce(reports.status in ('approved_for_payment', 'paid'), false) as is_approved,
    coalesce(lines.is_reimbursable, false) as is_reimbursable,
    coalesce(lines.is_rechargeable, false) as is_rechargeable,
    {{ correlation_id('lines', 'expense_line') }} as correlation_id,
    {{ source_coordinates('lines') }}
from lines
left join itemised
    on lines.source_instance = itemised.source_instance
    and lines.expense_line_id = itemised.parent_line_id
left join {{ ref('stg_coupa__expense_reports') }} as reports
    on lines.source_instance = reports.source_instance
    and lines.expense_report_id = reports.expense_report_id
    and not reports.is_deleted
left join {{ ref('dim_projects') }} as projects
    on nullif(upper(trim(lines.project_code)), '') = projects.project_code
left join {{ ref('dim_resources') }} as resources
    on reports.employee_number = resources.employee_number
left join {{ ref('dim_resource_assignments') }} as assignments
    on resources.resource_key = assignments.resource_key
    and lines.expense_date >= assignments.valid_from
    and lines.expense_date < assignments.valid_to
where itemised.parent_line_id is null
