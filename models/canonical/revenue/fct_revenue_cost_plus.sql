-- Grain: one row per cost plus obligation and month, in contract currency: allowable cost
-- to date with the fee, and the fee never exceeds its ceiling. A day's cost is translated
-- at the rate of the day.
with

months as (
    select * from {{ ref('int_obligation_months') }}
    where revenue_method = 'cost_plus'
),

obligations as (
    select
        obligation_key,
        contract_currency_code
    from {{ ref('dim_obligations') }}
    where revenue_method = 'cost_plus'
),

daily_costs as (
    select
        daily.obligation_key,
        daily.period_month,
        {{ translated(
            '(daily.total_cost_amount - daily.disallowed_amount)', 'daily.currency_code',
            'obligations.contract_currency_code', 'fx_rates.fx_rate'
        ) }} as allowable_amount
    from {{ ref('fct_obligation_costs_daily') }} as daily
    inner join obligations on daily.obligation_key = obligations.obligation_key
    {{ join_fx_rate(
        'fx_rates', 'daily.currency_code', 'obligations.contract_currency_code',
        'daily.cost_date'
    ) }}
),

monthly_costs as (
    select
        obligation_key,
        period_month,
        sum(allowable_amount) as allowable_amount
    from daily_costs
    group by obligation_key, period_month
),

cumulated as (
    select
        months.*,
        sum(coalesce(monthly_costs.allowable_amount, 0)) over (
            partition by months.obligation_key
            order by months.period_month nulls last
            rows between unbounded preceding and current row
        ) as allowable_to_date_amount
    from months
    left join monthly_costs
        on months.obligation_key = monthly_costs.obligation_key
        and months.period_month = monthly_costs.period_month
),

recognised as (
    select
        *,
        {{ cost_with_fee(
            'allowable_to_date_amount', 'fee_rate', 'fee_ceiling_amount',
            'contract_currency_code'
        ) }} as cumulative_amount
    from cumulated
)

select
    obligation_key,
    project_key,
    period_month,
    contract_currency_code,
    cast(allowable_to_date_amount as decimal(18, 4)) as allowable_to_date_amount,
    fee_rate,
    fee_ceiling_amount,
    cast(cumulative_amount as decimal(18, 4)) as cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by obligation_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from recognised
