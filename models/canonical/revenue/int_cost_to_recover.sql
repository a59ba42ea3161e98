-- Grain: one row per obligation measured by an estimate and month that has none: of work
-- that nobody planned or that has no rate, or whose manager has not entered anything,
-- nobody knows how much is done. By policy (`no_estimate`) it earns what it cost so far, in
-- contract currency at the rate of each day (ASC 606-10-25-37), but for what is charged
-- beside the price; or the hours sold say what is to come, where they are known.
with

months as (
    select
        terms.obligation_key,
        terms.period_month,
        terms.revenue_method,
        terms.contract_currency_code,
        terms.included_minutes,
        obligations.no_estimate,
        positions.approved_minutes,
        positions.planned_minutes,
        positions.unpriced_minutes,
        positions.measured_cost_to_date_amount,
        positions.ordered_amount + positions.expense_budget_amount as other_plan_amount
    from {{ ref('int_obligation_months') }} as terms
    inner join {{ ref('dim_obligations') }} as obligations
        on terms.obligation_key = obligations.obligation_key
    inner join {{ ref('fct_obligation_positions') }} as positions
        on terms.obligation_key = positions.obligation_key
        and terms.period_month = positions.period_month
),

lacking as (
    select months.*
    from months
    left join {{ ref('int_progress_percent_entered') }} as entered
        on months.obligation_key = entered.obligation_key
        and months.period_month = entered.period_month
    where
        (
            months.revenue_method = 'cost_to_cost'
            and (
                months.unpriced_minutes > 0
                or (
                    months.planned_minutes = 0
                    and (months.approved_minutes > 0 or months.other_plan_amount = 0)
                )
            )
        )
        or (
            months.revenue_method = 'effort'
            and months.included_minutes is null
            and months.planned_minutes = 0
        )
        or (
            months.revenue_method = 'percent_entered'
            and entered.obligation_key is null
        )
),

daily_costs as (
    select
        daily.obligation_key,
        daily.period_month,
        {{ translated(
            '(daily.total_cost_amount - daily.recharged_cost_amount)', 'daily.currency_code',
            'obligations.contract_currency_code', 'fx_rates.fx_rate'
        ) }} as cost_amount
    from {{ ref('fct_obligation_costs_daily') }} as daily
    inner join {{ ref('dim_obligations') }} as obligations
        on daily.obligation_key = obligations.obligation_key
    {{ join_fx_rate(
        'fx_rates', 'daily.currency_code', 'obligations.contract_currency_code',
        'daily.cost_date'
    ) }}
),

costs as (
    select
        lacking.obligation_key,
        lacking.period_month,
        sum(daily_costs.cost_amount) as cost_amount
    from lacking
    inner join daily_costs
        on lacking.obligation_key = daily_costs.obligation_key
        and lacking.period_month >= daily_costs.period_month
    group by lacking.obligation_key, lacking.period_month
),

based as (
    select
        lacking.*,
        coalesce(costs.cost_amount, 0) as cost_amount,
        coalesce(
            lacking.no_estimate = 'sold_hours'
            and lacking.included_minutes > 0
            and lacking.approved_minutes > 0,
            false
        ) as is_by_sold_hours
    from lacking
    left join costs
        on lacking.obligation_key = costs.obligation_key
        and lacking.period_month = costs.period_month
)

select
    obligation_key,
    period_month,
    contract_currency_code,
    case when is_by_sold_hours then 'sold_hours' else 'cost_recovery' end as basis,
    case when not is_by_sold_hours then cast(cost_amount as decimal(18, 4)) end
        as cost_to_recover_amount,
    case
        when is_by_sold_hours
            then cast({{ ratio(
                'cast(measured_cost_to_date_amount as decimal(20, 4))'
                ~ ' * greatest(included_minutes, approved_minutes)', 'approved_minutes', 4
            ) }} as decimal(18, 4))
    end as total_quantity
from based
