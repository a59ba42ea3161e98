-- Grain: one row per cost plus obligation and month with cost to come: the cost planned,
-- at the latest rate of exchange, with the fee as far as its ceiling lets it. Planned
-- cost counts as allowable.
with

obligations as (
    select *
    from {{ ref('int_obligations_in_force') }}
    where revenue_method = 'cost_plus'
),

to_date as (
    {{ first_of_each(
        ref('fct_revenue_cost_plus'), key=['obligation_key'],
        order=['period_month desc nulls last']
    ) }}
),

planned as (
    select
        scheduled.obligation_key,
        scheduled.period_month,
        obligations.fee_rate,
        obligations.fee_ceiling_amount,
        obligations.contract_currency_code,
        coalesce(to_date.cumulative_amount, 0) as recognised_to_date_amount,
        coalesce(to_date.allowable_to_date_amount, 0)
        + sum({{ translated(
            'scheduled.cost_amount', 'scheduled.currency_code',
            'obligations.contract_currency_code', 'fx_rates.fx_rate'
        ) }}) over (
            partition by scheduled.obligation_key
            order by scheduled.period_month nulls last
            rows between unbounded preceding and current row
        ) as allowable_amount
    from {{ ref('int_costs_scheduled') }} as scheduled
    inner join obligations on scheduled.obligation_key = obligations.obligation_key
    left join to_date on scheduled.obligation_key = to_date.obligation_key
    {{ join_fx_rate(
        'fx_rates', 'scheduled.currency_code', 'obligations.contract_currency_code',
        'obligations.as_of_date'
    ) }}
),

cumulated as (
    select
        *,
        {{ cost_with_fee(
            'allowable_amount', 'fee_rate', 'fee_ceiling_amount', 'contract_currency_code'
        ) }} as cumulative_amount
    from planned
),

moved as (
    select
        obligation_key,
        period_month,
        cumulative_amount - lag(cumulative_amount, 1, recognised_to_date_amount) over (
            partition by obligation_key order by period_month nulls last
        ) as scheduled_amount
    from cumulated
)

select
    obligation_key,
    period_month,
    cast(scheduled_amount as decimal(18, 4)) as contract_scheduled_amount
from moved
where scheduled_amount != 0
