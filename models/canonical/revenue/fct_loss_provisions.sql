-- Grain: one row per obligation with a price and month: the loss still to come of a
-- contract that will cost more than it earns, provided at once (ASC 605-35-25-46). Loss
-- at completion = cost to date + ETC - revenue to date - revenue to come; what of it is
-- not yet in the margin is ETC less revenue to come. Obligations under one cap are one.
with

months as (
    select
        months.*,
        case
            when months.revenue_method = 'time_and_materials_capped' then months.cap_amount
            else prices.price_amount
        end as ceiling_amount
    from {{ ref('int_obligation_months') }} as months
    inner join {{ ref('int_obligation_prices') }} as prices
        on months.obligation_key = prices.obligation_key
        and months.period_month = prices.period_month
    where
        months.revenue_method in (
            'cost_to_cost', 'effort', 'milestone', 'straight_line', 'completed_contract',
            'percent_entered', 'time_and_materials_capped'
        )
),

monthly_revenue as (
    select
        obligations.cap_obligation_key as obligation_key,
        revenue.period_month,
        sum(revenue.recognised_amount) as recognised_amount,
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

positions as (
    select
        obligations.cap_obligation_key as obligation_key,
        positions.period_month,
        sum(positions.cost_to_date_amount) as cost_to_date_amount,
        sum(positions.etc_amount) as etc_amount
    from {{ ref('fct_obligation_positions') }} as positions
    inner join {{ ref('dim_obligations') }} as obligations
        on positions.obligation_key = obligations.obligation_key
    group by obligations.cap_obligation_key, positions.period_month
),

to_date as (
    select
        months.*,
        sum(coalesce(monthly_revenue.recognised_amount, 0)) over so_far
            as recognised_to_date_amount,
        sum(coalesce(monthly_revenue.contract_amount, 0)) over so_far
            as contract_to_date_amount
    from months
    left join monthly_revenue
        on months.obligation_key = monthly_revenue.obligation_key
        and months.period_month = monthly_revenue.period_month
    window so_far as (
        partition by months.obligation_key
        order by months.period_month nulls last
        rows between unbounded preceding and current row
    )
),

to_come as (
    select
        to_date.*,
        positions.cost_to_date_amount,
        positions.etc_amount,
        {{ translated(
            '(to_date.ceiling_amount - to_date.contract_to_date_amount)',
            'to_date.contract_currency_code', 'to_date.currency_code', 'fx_rates.fx_rate'
        ) }} as revenue_to_come_amount
    from to_date
    inner join positions
        on to_date.obligation_key = positions.obligation_key
        and to_date.period_month = positions.period_month
    {{ join_fx_rate(
        'fx_rates', 'to_date.contract_currency_code', 'to_date.currency_code',
        'to_date.measured_to_date'
    ) }}
    where to_date.ceiling_amount is not null
),

provided as (
    select
        *,
        cost_to_date_amount + etc_amount - recognised_to_date_amount
        - revenue_to_come_amount as loss_at_completion_amount
    from to_come
),

balances as (
    select
        *,
        case
            when loss_at_completion_amount > 0
                then greatest(etc_amount - revenue_to_come_amount, 0)
            else 0
        end as provision_amount
    from provided
)

select
    obligation_key,
    project_key,
    project_code,
    period_month,
    measured_to_date,
    currency_code,
    cast(cost_to_date_amount + etc_amount as decimal(18, 4)) as eac_amount,
    cast(recognised_to_date_amount + revenue_to_come_amount as decimal(18, 4))
        as revenue_at_completion_amount,
    cast(greatest(loss_at_completion_amount, 0) as decimal(18, 4))
        as loss_at_completion_amount,
    cast(provision_amount as decimal(18, 4)) as provision_amount,
    cast(
        provision_amount - lag(provision_amount, 1, 0) over (
            partition by obligation_key order by period_month nulls last
        ) as decimal(18, 4)
    ) as provided_amount
from balances
