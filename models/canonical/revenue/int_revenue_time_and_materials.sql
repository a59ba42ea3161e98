-- Grain: one row per approved billable entry and per rechargeable expense of a time
-- and materials project: each earns its own value on its own day.
with

projects as (
    select project_key
    from {{ ref('dim_projects') }}
    where revenue_method = 'time_and_materials'
)

select
    time_values.project_key,
    time_values.work_date as revenue_date,
    'time_entry:' || time_values.time_entry_id as source_id,
    cast(time_values.billable_value_amount as decimal(18, 4)) as recognised_amount
from {{ ref('fct_time_values') }} as time_values
inner join projects on time_values.project_key = projects.project_key
where time_values.billable_value_amount != 0

union all

select
    expense_costs.project_key,
    expense_costs.cost_date as revenue_date,
    'expense_line:' || expense_costs.expense_line_id as source_id,
    cast(expense_costs.recharge_amount as decimal(18, 4)) as recognised_amount
from {{ ref('fct_expense_costs') }} as expense_costs
inner join projects on expense_costs.project_key = projects.project_key
where expense_costs.recharge_amount != 0
