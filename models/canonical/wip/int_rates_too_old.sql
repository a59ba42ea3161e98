-- Grain: one row per project, fiscal period and currency pair that something of the
-- project in the period is translated by at a rate older than policy allows: what is earned
-- or billed under a contract in another currency, what is unbilled or deferred of it at the
-- period's end, hours priced, expenses and labour in another currency.
with

uses as (

    select
        project_key,
        period_month,
        activity_date as rate_date,
        contract_currency_code as from_currency_code,
        currency_code as to_currency_code,
        contract_recognised_amount as amount,
        cast(null as decimal(18, 4)) as balance_amount
    from {{ ref('int_project_activity_daily') }}
    where contract_recognised_amount != 0 or contract_billed_amount != 0

    union all

    select
        balances.project_key,
        balances.period_month,
        months.measured_to_date as rate_date,
        balances.contract_currency_code as from_currency_code,
        balances.currency_code as to_currency_code,
        cast(null as decimal(18, 4)) as amount,
        balances.contract_closing_amount as balance_amount
    from {{ ref('int_contract_balances_monthly') }} as balances
    inner join {{ ref('int_project_months') }} as months
        on balances.project_key = months.project_key
        and balances.period_month = months.period_month
    where balances.contract_closing_amount != 0

    union all

    select
        costed.project_key,
        costed.period_month,
        costed.cost_date as rate_date,
        expenses.currency_code as from_currency_code,
        costed.currency_code as to_currency_code,
        expenses.amount,
        cast(null as decimal(18, 4)) as balance_amount
    from {{ ref('fct_expense_costs') }} as costed
    inner join {{ ref('fct_expenses') }} as expenses
        on costed.expense_key = expenses.expense_key

    union all

    select
        project_key,
        period_month,
        work_date as rate_date,
        price_currency_code as from_currency_code,
        contract_currency_code as to_currency_code,
        {{ minutes_at_rate(
            'chargeable_minutes', 'bill_rate', minor_units('price_currency_code')
        ) }} as amount,
        cast(null as decimal(18, 4)) as balance_amount
    from {{ ref('fct_time_values') }}
    where price_currency_code != contract_currency_code and bill_rate is not null

    union all

    -- what it is would tell pay
    select
        project_key,
        period_month,
        work_date as rate_date,
        home_currency_code as from_currency_code,
        currency_code as to_currency_code,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as balance_amount
    from {{ ref('fct_labour_costs') }}
    where project_key is not null

)

select
    uses.project_key,
    uses.period_month,
    uses.from_currency_code,
    uses.to_currency_code,
    max(uses.rate_date) as used_date,
    max_by(rates.valid_from, uses.rate_date) as rate_date,
    cast(coalesce(nullif(sum(uses.amount), 0), max(uses.balance_amount)) as decimal(18, 4))
        as amount
from uses
inner join {{ ref('dim_fx_rates') }} as rates
    on uses.from_currency_code = rates.from_currency_code
    and uses.to_currency_code = rates.to_currency_code
    and uses.rate_date >= rates.valid_from
    and uses.rate_date < {{ open_end('rates.valid_to') }}
    and uses.rate_date >= rates.too_old_from
group by
    uses.project_key,
    uses.period_month,
    uses.from_currency_code,
    uses.to_currency_code
