-- Grain: one row per obligation and month: its transaction price as estimated at the month's
-- end, in contract currency. Of a target price the customer bears a share of what cost goes
-- over or under its target. What is bought for the customer within a price that is measured
-- by cost earns what it costs (ASC 606-10-55-21): it is told apart here.
with

months as (select * from {{ ref('int_obligation_months') }}),

positions as (select * from {{ ref('fct_obligation_positions') }}),

bought as (
    select
        daily.obligation_key,
        daily.period_month,
        sum({{ translated(
            'daily.pass_through_amount', 'daily.currency_code',
            'obligations.contract_currency_code', 'fx_rates.fx_rate'
        ) }}) as pass_through_amount
    from {{ ref('fct_obligation_costs_daily') }} as daily
    inner join {{ ref('dim_obligations') }} as obligations
        on daily.obligation_key = obligations.obligation_key
        and obligations.revenue_method = 'cost_to_cost'
    {{ join_fx_rate(
        'fx_rates', 'daily.currency_code', 'obligations.contract_currency_code',
        'daily.cost_date'
    ) }}
    where daily.pass_through_amount != 0
    group by daily.obligation_key, daily.period_month
),

-- What is charged beside the price is no part of what a target is compared with.
estimates as (
    select
        project_key,
        period_month,
        sum(cost_to_date_amount - recharged_cost_to_date_amount + etc_amount) as eac_amount
    from positions
    group by project_key, period_month
),

stated as (
    select
        months.obligation_key,
        months.project_key,
        months.period_month,
        months.contract_currency_code,
        months.price_amount as signed_price_amount,
        case when months.is_first then targets.target_cost_amount end as target_cost_amount,
        targets.customer_share_rate,
        {{ translated(
            'estimates.eac_amount', 'months.currency_code', 'months.contract_currency_code',
            'fx_rates.fx_rate'
        ) }} as eac_amount,
        sum(coalesce(bought.pass_through_amount, 0)) over (
            partition by months.obligation_key
            order by months.period_month nulls last
            rows between unbounded preceding and current row
        ) as passed_to_date_amount,
        case
            when months.revenue_method = 'cost_to_cost'
                then {{ translated(
                    'positions.etc_pass_through_amount', 'months.currency_code',
                    'months.contract_currency_code', 'fx_rates.fx_rate'
                ) }}
            else 0
        end as passed_to_come_amount
    from months
    left join positions
        on months.obligation_key = positions.obligation_key
        and months.period_month = positions.period_month
    left join estimates
        on months.project_key = estimates.project_key
        and months.period_month = estimates.period_month
    left join bought
        on months.obligation_key = bought.obligation_key
        and months.period_month = bought.period_month
    left join {{ ref('int_contract_deals') }} as targets
        on months.project_code = targets.project_code
        and targets.deal_number = 1
    {{ join_fx_rate(
        'fx_rates', 'months.currency_code', 'months.contract_currency_code',
        'months.measured_to_date'
    ) }}
)

select
    obligation_key,
    project_key,
    period_month,
    contract_currency_code,
    signed_price_amount,
    cast(
        case when target_cost_amount is not null then eac_amount end as decimal(18, 4)
    ) as eac_amount,
    cast(
        case
            when target_cost_amount is null then signed_price_amount
            else signed_price_amount + {{ round_money(
                'cast(eac_amount - target_cost_amount as decimal(20, 4))'
                ~ ' * customer_share_rate', 'contract_currency_code'
            ) }}
        end as decimal(18, 4)
    ) as price_amount,
    cast(passed_to_date_amount as decimal(18, 4)) as passed_to_date_amount,
    cast(passed_to_date_amount + coalesce(passed_to_come_amount, 0) as decimal(18, 4))
        as passed_amount
from stated
