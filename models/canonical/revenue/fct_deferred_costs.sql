-- Grain: one row per obligation that is earned on acceptance and puts its cost off till then
-- (policy `fulfilment_cost`), and month: the cost to fulfil it that is carried as an asset
-- (ASC 340-40-25-5, IFRS 15.95). It is carried as far as what is still to be earned covers it
-- beyond the cost still to come; the rest is impaired at once, for good by `deferred`, until
-- the estimate is better by `deferred_ifrs`. What is charged beside the price is not put off.
with

months as (
    select
        months.obligation_key,
        months.project_key,
        months.project_code,
        months.legal_entity_code,
        months.period_month,
        months.measured_to_date,
        months.contract_currency_code,
        months.currency_code,
        obligations.fulfilment_cost
    from {{ ref('int_obligation_months') }} as months
    inner join {{ ref('dim_obligations') }} as obligations
        on months.obligation_key = obligations.obligation_key
    where
        obligations.revenue_method = 'completed_contract'
        and obligations.fulfilment_cost != 'as_incurred'
),

measured as (
    select
        months.*,
        revenue.done_quantity >= revenue.total_quantity as is_accepted,
        greatest(
            positions.cost_to_date_amount - positions.recharged_cost_to_date_amount, 0
        ) as cost_to_date_amount,
        greatest(
            {{ translated(
                '(revenue.price_amount - revenue.cumulative_amount)',
                'months.contract_currency_code', 'months.currency_code', 'fx_rates.fx_rate'
            ) }} - positions.etc_amount, 0
        ) as recoverable_amount
    from months
    inner join {{ ref('fct_revenue_over_time') }} as revenue
        on months.obligation_key = revenue.obligation_key
        and months.period_month = revenue.period_month
    inner join {{ ref('fct_obligation_positions') }} as positions
        on months.obligation_key = positions.obligation_key
        and months.period_month = positions.period_month
    {{ join_fx_rate(
        'fx_rates', 'months.contract_currency_code', 'months.currency_code',
        'months.measured_to_date'
    ) }}
),

impaired as (
    select
        *,
        case
            when is_accepted then 0
            else greatest(cost_to_date_amount - recoverable_amount, 0)
        end as impaired_amount
    from measured
),

carried as (
    select
        *,
        case
            when is_accepted then 0
            else cost_to_date_amount - case fulfilment_cost
                when 'deferred_ifrs' then impaired_amount
                else max(impaired_amount) over (
                    partition by obligation_key
                    order by period_month nulls last
                    rows between unbounded preceding and current row
                )
            end
        end as carried_amount
    from impaired
)

select
    obligation_key,
    project_key,
    project_code,
    legal_entity_code,
    period_month,
    measured_to_date,
    currency_code,
    cast(cost_to_date_amount as decimal(18, 4)) as cost_to_date_amount,
    cast(
        case when is_accepted then 0 else cost_to_date_amount - carried_amount end
        as decimal(18, 4)
    ) as impaired_amount,
    cast(greatest(carried_amount, 0) as decimal(18, 4)) as carried_amount,
    cast(
        greatest(carried_amount, 0) - lag(greatest(carried_amount, 0), 1, 0) over (
            partition by obligation_key order by period_month nulls last
        ) as decimal(18, 4)
    ) as deferred_amount
from carried
