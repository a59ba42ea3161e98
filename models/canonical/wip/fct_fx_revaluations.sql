-- Grain: one row per monetary item in a currency other than its entity's and month at
-- whose end it was open: what is unpaid, valued as policy says, against what it is carried
-- at. The difference reverses on the day after, so the carrying amount is always what was
-- booked, and what a period bears is the change of the revaluation: this month's less
-- what was reversed of the month before's. Months that have ended only.
with

months as (
    select distinct
        entity_dates.legal_entity_code,
        entity_dates.period_month,
        entity_dates.period_end_date as revaluation_date
    from {{ ref('dim_entity_dates') }} as entity_dates
    inner join {{ ref('dim_dates') }} as dates on entity_dates.date_day = dates.date_day
    cross join {{ ref('dim_as_of') }} as as_of
    where entity_dates.period_end_date <= as_of.as_of_date
),

-- What is unpaid of an item at the end of a month.
unpaid as (
    select
        items.open_item_key,
        months.period_month,
        months.revaluation_date,
        items.transaction_amount
        - coalesce(sum(settlements.transaction_amount), 0) as balance_amount,
        items.amount - coalesce(sum(settlements.carrying_amount), 0) as carrying_amount
    from {{ ref('fct_open_items') }} as items
    inner join months
        on items.legal_entity_code = months.legal_entity_code
        and items.transaction_date <= months.revaluation_date
    left join {{ ref('fct_settlements') }} as settlements
        on items.open_item_key = settlements.open_item_key
        and months.revaluation_date >= settlements.settled_date
    where items.transaction_currency_code != items.currency_code
    group by
        items.open_item_key,
        months.period_month,
        months.revaluation_date,
        items.transaction_amount,
        items.amount
),

foreign_items as (

    select
        items.open_item_key as item_key,
        items.item_type,
        items.transaction_number as item_number,
        items.legal_entity_code,
        unpaid.period_month,
        unpaid.revaluation_date,
        items.transaction_currency_code,
        unpaid.balance_amount,
        items.currency_code,
        unpaid.carrying_amount,
        cast(null as decimal(18, 4)) as valued_amount
    from {{ ref('fct_open_items') }} as items
    inner join unpaid on items.open_item_key = unpaid.open_item_key
    where unpaid.balance_amount != 0

    union all

    -- valued where the balance rolls forward, whose FX holds the change already
    select
        balances.project_key as item_key,
        'unbilled_receivable' as item_type,
        balances.project_code as item_number,
        projects.legal_entity_code,
        balances.period_month,
        months.revaluation_date,
        balances.contract_currency_code as transaction_currency_code,
        balances.contract_closing_amount as balance_amount,
        balances.currency_code,
        balances.booked_amount as carrying_amount,
        balances.closing_amount as valued_amount
    from {{ ref('int_contract_balances_monthly') }} as balances
    inner join {{ ref('dim_projects') }} as projects
        on balances.project_key = projects.project_key
    inner join months
        on projects.legal_entity_code = months.legal_entity_code
        and balances.period_month = months.period_month
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on projects.legal_entity_code = legal_entities.legal_entity_code
    where
        legal_entities.is_unbilled_monetary
        and balances.contract_closing_amount > 0
        and balances.contract_currency_code != balances.currency_code

),

rated as (
    select
        items.*,
        methods.valuation_method,
        rates.closing_rate,
        rates.closing_rate_date,
        coalesce(
            methods.valuation_method != 'invoice_date' and rates.is_closing_rate_too_old, false
        ) as is_rate_too_old,
        {{ round_money(
            'cast(items.balance_amount as decimal(19, 4)) * rates.closing_rate',
            'items.currency_code'
        ) }} as at_closing_rate_amount
    from foreign_items as items
    inner join {{ ref('int_fx_valuation_methods') }} as methods
        on items.legal_entity_code = methods.legal_entity_code
        and items.item_type = methods.item_type
    left join {{ ref('dim_fx_period_rates') }} as rates
        on items.transaction_currency_code = rates.from_currency_code
        and items.currency_code = rates.to_currency_code
        and items.period_month = rates.period_month
        and items.revaluation_date = rates.period_end_date
),

valued as (
    select
        *,
        coalesce(
            valued_amount,
            {{ valued_by('valuation_method', 'at_closing_rate_amount', 'carrying_amount') }}
        ) as closing_amount
    from rated
)

select
    {{ entity_key('revaluation', ['item_type', 'item_key', 'period_month']) }}
        as revaluation_key,
    item_key,
    item_type,
    item_number,
    legal_entity_code,
    period_month,
    revaluation_date,
    cast({{ dbt.dateadd('day', 1, 'revaluation_date') }} as date) as reversal_date,
    transaction_currency_code,
    cast(balance_amount as decimal(18, 4)) as balance_amount,
    currency_code,
    cast(carrying_amount as decimal(18, 4)) as carrying_amount,
    valuation_method,
    closing_rate,
    closing_rate_date,
    is_rate_too_old,
    cast(closing_amount as decimal(18, 4)) as closing_amount,
    cast(closing_amount - carrying_amount as decimal(18, 4)) as revaluation_amount,
    cast(carrying_amount - closing_amount as decimal(18, 4)) as reversal_amount
from valued
