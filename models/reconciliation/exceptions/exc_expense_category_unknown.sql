-- Categories of expenses that no policy names, where revenue follows from what they mean: a
-- cost plus contract may not reimburse them, and what is bought for the customer is no
-- progress where that is measured by cost. They count as the work's own, reimbursed cost.
-- One row per category, project and period.
with

unnamed as (
    select
        coalesce(expenses.category_name, 'none') as source_id,
        coalesce('category ' || expenses.category_name, 'no category') as category_named,
        expenses.source_system,
        costed.source_instance,
        costed.legal_entity_code,
        costed.project_key,
        costed.period_month,
        costed.currency_code,
        sum(costed.cost_amount) as amount,
        min(costed.cost_date) as since
    from {{ ref('fct_expense_costs') }} as costed
    inner join {{ ref('fct_expenses') }} as expenses
        on costed.expense_key = expenses.expense_key
    inner join {{ ref('dim_obligations') }} as obligations
        on costed.obligation_key = obligations.obligation_key
    left join {{ ref('expense_category_policies') }} as categories
        on expenses.category_name = categories.category_name
    where
        categories.category_name is null
        and (
            obligations.revenue_method = 'cost_plus'
            or (obligations.revenue_method = 'cost_to_cost' and not costed.is_rechargeable)
        )
    group by
        expenses.category_name,
        expenses.source_system,
        costed.source_instance,
        costed.legal_entity_code,
        costed.project_key,
        costed.period_month,
        costed.currency_code
)

select
    'expense_category_unknown' as kind,
    'expenses of ' || category_named || coalesce(
        ', ' || {{ amount_text('amount', 'currency_code') }} || ' ' || currency_code, ''
    ) || ': no policy says what they mean for the contract' as reason,
    source_system,
    source_instance,
    source_id,
    legal_entity_code,
    project_key,
    period_month,
    amount,
    currency_code,
    since
from unnamed
