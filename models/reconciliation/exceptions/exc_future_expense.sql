-- An expense that is approved for a day to come: it costs and earns nothing before that day.
select
    'future_expense' as kind,
    expenses.category_name || ' of ' || cast(expenses.expense_date as varchar)
    || ' is approved, a day to come: it counts from then on' as reason,
    expenses.source_system,
    expenses.source_instance,
    expenses.expense_line_id as source_id,
    coalesce(projects.legal_entity_code, expenses.legal_entity_code) as legal_entity_code,
    expenses.project_key,
    expenses.period_month,
    expenses.amount,
    expenses.currency_code,
    expenses.expense_date as since
from {{ ref('fct_expenses') }} as expenses
left join {{ ref('dim_projects') }} as projects
    on expenses.project_key = projects.project_key
where expenses.is_future and expenses.approval_status = 'approved'
