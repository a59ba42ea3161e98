-- Approved expenses that somebody means to charge to a customer, on a project that nobody
-- sold: they cost and earn nothing.
select
    'recharge_without_contract' as kind,
    expenses.category_name || ' of ' || cast(expenses.expense_date as varchar)
    || ' is to be charged to the customer of ' || spent.project_code
    || ', which no won deal sells' as reason,
    expenses.source_system,
    expenses.source_instance,
    spent.expense_line_id as source_id,
    spent.legal_entity_code,
    spent.project_key,
    spent.period_month,
    spent.cost_amount as amount,
    spent.currency_code,
    spent.cost_date as since
from {{ ref('fct_expense_costs') }} as spent
inner join {{ ref('fct_expenses') }} as expenses
    on spent.expense_key = expenses.expense_key
inner join {{ ref('dim_obligations') }} as obligations
    on spent.obligation_key = obligations.obligation_key
where
    spent.is_rechargeable
    and (
        obligations.revenue_method = 'none'
        -- sold by no deal of its customer
        or (obligations.contract_type is null and {{ has_role('crm') }})
    )
