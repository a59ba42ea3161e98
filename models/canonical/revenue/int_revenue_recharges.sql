-- Grain: one row per rechargeable expense that is revenue in addition to the price, on the
-- day it was spent. Within a cap it counts with the time it came with, and cost plus earns
-- it with the fee.
with

obligations as (
    select obligation_key
    from {{ ref('dim_obligations') }}
    where revenue_method not in ('time_and_materials_capped', 'cost_plus', 'none')
)

select
    expense_costs.obligation_key,
    expense_costs.cost_date as revenue_date,
    'expense_line:' || expense_costs.expense_line_id as source_id,
    expense_costs.expense_key as source_key,
    expense_costs.contract_recharge_amount as contract_amount,
    expense_costs.recharge_amount as recognised_amount
from {{ ref('fct_expense_costs') }} as expense_costs
inner join obligations on expense_costs.obligation_key = obligations.obligation_key
where expense_costs.recharge_amount != 0
