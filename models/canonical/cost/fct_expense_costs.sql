-- Grain: one row per approved expense line coded to a known project, in the functional
-- currency of the project's entity at the rate of the day it was spent and without tax that
-- is got back. It belongs to the project's first obligation, whose policy says what is put
-- on top when it is charged to the customer; its category says what it means for a contract.
with

expenses as (
    select * from {{ ref('fct_expenses') }}
    where is_approved and project_key is not null
),

projects as (select * from {{ ref('dim_projects') }}),

costed as (
    select
        expenses.expense_key,
        expenses.source_instance,
        expenses.expense_line_id,
        expenses.project_key,
        projects.project_code,
        projects.legal_entity_code,
        expenses.expense_date as cost_date,
        expenses.period_month,
        projects.functional_currency_code as currency_code,
        {{ translated(
            'expenses.net_amount', 'expenses.currency_code',
            'projects.functional_currency_code', 'fx_rates.fx_rate'
        ) }} as cost_amount,
        projects.contract_currency_code,
        {{ translated(
            'expenses.net_amount', 'expenses.currency_code',
            'projects.contract_currency_code', 'contract_fx.fx_rate'
        ) }} as contract_amount,
        obligations.obligation_key,
        1 + coalesce(obligations.recharge_mark_up_rate, 0) as marked_up,
        coalesce(expenses.is_rechargeable, false) as is_rechargeable,
        coalesce(categories.is_pass_through, false) as is_pass_through,
        coalesce(categories.is_allowable, true) as is_allowable
    from expenses
    inner join projects on expenses.project_key = projects.project_key
    left join {{ ref('dim_obligations') }} as obligations
        on projects.project_key = obligations.project_key
        and obligations.is_first
    left join {{ ref('expense_category_policies') }} as categories
        on expenses.category_name = categories.category_name
    {{ join_fx_rate(
        'fx_rates', 'expenses.currency_code', 'projects.functional_currency_code',
        'expenses.expense_date'
    ) }}
    {{ join_fx_rate(
        'contract_fx', 'expenses.currency_code', 'projects.contract_currency_code',
        'expenses.expense_date'
    ) }}
)

select
    expense_key,
    expense_line_id,
    project_key,
    obligation_key,
    project_code,
    legal_entity_code,
    cost_date,
    period_month,
    {{ week_start('cost_date') }} as week_start_date,
    currency_code,
    cast(cost_amount as decimal(18, 4)) as cost_amount,
    cast(
        case
            when is_rechargeable
                then {{ round_money('cost_amount * marked_up', 'currency_code') }}
            else 0
        end as decimal(18, 4)
    ) as recharge_amount,
    contract_currency_code,
    cast(
        case
            when is_rechargeable
                then {{ round_money('contract_amount * marked_up', 'contract_currency_code') }}
            else 0
        end as decimal(18, 4)
    ) as contract_recharge_amount,
    is_rechargeable,
    is_pass_through,
    is_allowable,
    source_instance
from costed
