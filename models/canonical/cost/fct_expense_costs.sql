-- Grain: one row per approved expense line coded to a known project, in the functional
-- currency of the project's entity at the rate of the day it was spent.
with

expenses as (
    select * from {{ ref('fct_expenses') }}
    where is_approved and project_key is not null
),

projects as (select * from {{ ref('dim_projects') }}),

costed as (
    select
        expenses.expense_key,
        expenses.expense_line_id,
        expenses.project_key,
        projects.project_code,
        projects.legal_entity_code,
        expenses.expense_date as cost_date,
        projects.functional_currency_code as currency_code,
        {{ translated(
            'expenses.amount', 'expenses.currency_code',
            'projects.functional_currency_code', 'fx_rates.fx_rate'
        ) }} as cost_amount,
        coalesce(expenses.is_rechargeable, false) as is_rechargeable
    from expenses
    inner join projects on expenses.project_key = projects.project_key
    {{ join_fx_rate(
        'fx_rates', 'expenses.currency_code', 'projects.functional_currency_code',
        'expenses.expense_date'
    ) }}
)

select
    expense_key,
    expense_line_id,
    project_key,
    project_code,
    legal_entity_code,
    cost_date,
    {{ month_start('cost_date') }} as period_month,
    {{ week_start('cost_date') }} as week_start_date,
    currency_code,
    cast(cost_amount as decimal(18, 4)) as cost_amount,
    cast(case when is_rechargeable then cost_amount else 0 end as decimal(18, 4))
        as recharge_amount,
    is_rechargeable
from costed
