-- Grain: one row per obligation with a signed price and month: what of the price (the cap
-- that the capped ones share) is not recognised yet, at the rate of exchange of the
-- month's end.
with

months as (
    select
        months.*,
        case
            when months.revenue_method = 'time_and_materials_capped' then months.cap_amount
            else prices.price_amount
        end as signed_amount
    from {{ ref('int_obligation_months') }} as months
    inner join {{ ref('int_obligation_prices') }} as prices
        on months.obligation_key = prices.obligation_key
        and months.period_month = prices.period_month
    where months.revenue_method != 'none'
),

monthly_revenue as (
    select
        obligations.cap_obligation_key as obligation_key,
        revenue.period_month,
        sum(
            case
                when revenue.is_write_down or revenue.is_recharge then 0
                else revenue.contract_amount
            end
        ) as contract_amount
    from {{ ref('fct_revenue') }} as revenue
    inner join {{ ref('dim_obligations') }} as obligations
        on revenue.obligation_key = obligations.obligation_key
    group by obligations.cap_obligation_key, revenue.period_month
),

to_date as (
    select
        months.*,
        sum(coalesce(monthly_revenue.contract_amount, 0)) over (
            partition by months.obligation_key
            order by months.period_month nulls last
            rows between unbounded preceding and current row
        ) as recognised_to_date_amount
    from months
    left join monthly_revenue
        on months.obligation_key = monthly_revenue.obligation_key
        and months.period_month = monthly_revenue.period_month
)

select
    to_date.obligation_key,
    to_date.project_key,
    to_date.project_code,
    to_date.period_month,
    to_date.contract_currency_code,
    to_date.signed_amount,
    cast(to_date.recognised_to_date_amount as decimal(18, 4))
        as recognised_to_date_amount,
    cast(
        greatest(to_date.signed_amount - to_date.recognised_to_date_amount, 0)
        as decimal(18, 4)
    ) as contract_backlog_amount,
    to_date.currency_code,
    cast({{ translated(
        'greatest(to_date.signed_amount - to_date.recognised_to_date_amount, 0)',
        'to_date.contract_currency_code', 'to_date.currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as backlog_amount
from to_date
{{ join_fx_rate(
    'fx_rates', 'to_date.contract_currency_code', 'to_date.currency_code',
    'to_date.measured_to_date'
) }}
where to_date.signed_amount is not null
