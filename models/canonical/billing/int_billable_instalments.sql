-- Grain: one row per month's instalment, of a price billed monthly in advance, that is
-- due and not invoiced in full. Instalments are equal; what was invoiced went to the
-- oldest first.
with

calendar as (
    select distinct period_month
    from {{ ref('dim_dates') }}
),

months as (
    select
        contracts.project_key,
        contracts.project_code,
        contracts.as_of_date,
        contracts.billed_amount - contracts.billed_expense_amount as billed_amount,
        contracts.price_amount,
        contracts.contract_currency_code,
        calendar.period_month,
        1 as weight
    from {{ ref('int_contracts_billed') }} as contracts
    inner join calendar
        on {{ month_start('contracts.service_start_date') }} <= calendar.period_month
        and contracts.service_end_date >= calendar.period_month
    where
        contracts.billing_basis = 'monthly_instalments'
        and contracts.price_amount is not null
),

instalments as (
    {{ allocate_amount(
        'months', key=['project_key'], amount='price_amount', weight='weight',
        ties=['period_month'], currency='contract_currency_code'
    ) }}
),

due as (
    select
        project_key,
        project_code,
        period_month,
        {{ left_to_bill(
            'allocated_amount', 'billed_amount', 'project_key', ['period_month']
        ) }} as net_amount
    from instalments
    where period_month <= as_of_date
)

select
    project_key,
    cast('instalment' as varchar) as line_type,
    cast(period_month as varchar) as line_id,
    period_month as service_date,
    cast('Instalment' as varchar) as line_text,
    cast(net_amount as decimal(18, 4)) as net_amount,
    'instalment:' || project_code || ':' || cast(period_month as varchar)
        as correlation_id
from due
where net_amount != 0
