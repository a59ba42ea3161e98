-- Grain: one row per Coupa expense line and report it was on. An itemised line is left
-- out: its items carry the same money, coded. Whose it is and whether it is approved, the
-- report says. The chart of accounts' currency is that of the company's books. Its taxes
-- of a line are not landed.
with

itemised as (
    select distinct
        source_instance,
        parent_line_id
    from {{ ref('stg_coupa__expense_lines') }}
    where parent_line_id is not null and not is_deleted
)

select
    expense_lines.expense_line_id,
    expense_lines.expense_report_id,
    reports.employee_number,
    expense_lines.project_code,
    expense_lines.cost_centre_code,
    expense_lines.category_name,
    expense_lines.expense_date,
    case
        when expense_lines.accounting_amount is null then expense_lines.currency_code
        else expense_lines.accounting_currency_code
    end as currency_code,
    coalesce(expense_lines.accounting_amount, expense_lines.amount) as amount,
    cast(null as decimal(18, 4)) as tax_amount,
    cast(null as decimal(9, 6)) as tax_rate,
    cast(null as decimal(18, 4)) as recoverable_tax_amount,
    case
        when reports.status in ('approved_for_payment', 'scheduled_for_payment', 'paid')
            then 'approved'
        when reports.status = 'rejected' then 'rejected'
        else 'pending'
    end as approval_status,
    coalesce(expense_lines.is_reimbursable, false) as is_reimbursable,
    expense_lines.is_rechargeable,
    {{ role_lineage('expense_lines') }}
from {{ ref('stg_coupa__expense_lines') }} as expense_lines
left join itemised
    on expense_lines.source_instance = itemised.source_instance
    and expense_lines.expense_line_id = itemised.parent_line_id
left join {{ ref('stg_coupa__expense_reports') }} as reports
    on expense_lines.source_instance = reports.source_instance
    and expense_lines.expense_report_id = reports.expense_report_id
    and not reports.is_deleted
where itemised.parent_line_id is null
