-- Grain: one row per rechargeable expense that is not invoiced in full; cost plus bills it
-- with its fee. What was invoiced of expenses went to the oldest ones first.
with

expenses as (
    select
        spent.project_key,
        spent.expense_line_id,
        spent.cost_date,
        expenses.category_name,
        expenses.correlation_id,
        contracts.billed_expense_amount as billed_amount,
        spent.contract_recharge_amount as amount
    from {{ ref('fct_expense_costs') }} as spent
    inner join {{ ref('fct_expenses') }} as expenses
        on spent.expense_key = expenses.expense_key
    inner join {{ ref('int_contracts_billed') }} as contracts
        on spent.project_key = contracts.project_key
    where spent.is_rechargeable and contracts.billing_basis != 'cost_with_fee'
),

cumulated as (
    select
        *,
        {{ left_to_bill(
            'amount', 'billed_amount', 'project_key', ['cost_date', 'expense_line_id']
        ) }} as net_amount
    from expenses
)

select
    project_key,
    cast('expense' as varchar) as line_type,
    expense_line_id as line_id,
    cost_date as service_date,
    category_name as line_text,
    cast(net_amount as decimal(18, 4)) as net_amount,
    correlation_id
from cumulated
where net_amount != 0
