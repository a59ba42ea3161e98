-- Grain: one row per providing and receiving legal entity and period of the receiver: one
-- charge with both of its legs, the provider's revenue, in its own period, and the
-- receiver's cost. It is dated the period's last day (the as-of date in the current one),
-- so the receiver books it at the closing rate, once for the sum. In the reporting
-- currency each amount is translated once, at the average rate, and is the same for both.
with

monthly as (
    select
        provider_entity_code,
        receiver_entity_code,
        period_month,
        provider_period_month,
        currency_code,
        receiver_currency_code,
        sum(worked_minutes) as worked_minutes,
        sum(charge_amount) as charge_amount,
        sum(cost_amount) as cost_amount,
        sum(receiver_cost_amount) as receiver_cost_amount
    from {{ ref('fct_intercompany_charges') }}
    group by
        provider_entity_code,
        receiver_entity_code,
        period_month,
        provider_period_month,
        currency_code,
        receiver_currency_code
)

select
    monthly.provider_entity_code,
    monthly.receiver_entity_code,
    monthly.period_month,
    monthly.provider_period_month,
    cast({{ ratio('monthly.worked_minutes', 60, 2) }} as decimal(18, 2)) as worked_hours,
    monthly.currency_code,
    cast(monthly.charge_amount as decimal(18, 4)) as charge_amount,
    cast(monthly.cost_amount as decimal(18, 4)) as cost_amount,
    monthly.receiver_currency_code,
    cast({{ translated(
        'monthly.charge_amount', 'monthly.currency_code',
        'monthly.receiver_currency_code', 'rates.closing_rate'
    ) }} as decimal(18, 4)) as receiver_charge_amount,
    cast(monthly.receiver_cost_amount as decimal(18, 4)) as receiver_cost_amount,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast({{ reported_amount(
        'monthly.charge_amount', 'monthly.currency_code', 'charge_reporting.average_rate'
    ) }} as decimal(18, 4)) as reporting_charge_amount,
    cast({{ reported_amount(
        'monthly.receiver_cost_amount', 'monthly.receiver_currency_code',
        'cost_reporting.average_rate'
    ) }} as decimal(18, 4)) as reporting_cost_amount
from monthly
{{ join_period('periods', 'monthly.receiver_entity_code', 'monthly.period_month') }}
{{ join_period_rate(
    'rates', 'monthly.currency_code', 'monthly.receiver_currency_code', 'periods',
    'monthly.period_month'
) }}
{{ join_reporting_rate(
    'charge_reporting', 'monthly.currency_code', 'periods', 'monthly.period_month'
) }}
{{ join_reporting_rate(
    'cost_reporting', 'monthly.receiver_currency_code', 'periods', 'monthly.period_month'
) }}
