-- Grain: one row per obligation and month, of a contract billed by cost, whose cost with
-- its fee is not invoiced in full. What was invoiced went to the oldest months first, so
-- a month's true-up is billed with the latest.
with

earned as (
    select
        contracts.project_key,
        obligations.project_code,
        obligations.obligation_code,
        revenue.period_month,
        {{ left_to_bill(
            'revenue.recognised_amount', 'contracts.billed_amount',
            'contracts.project_key', ['revenue.period_month', 'obligations.obligation_code']
        ) }} as net_amount
    from {{ ref('fct_revenue_cost_plus') }} as revenue
    inner join {{ ref('dim_obligations') }} as obligations
        on revenue.obligation_key = obligations.obligation_key
    inner join {{ ref('int_contracts_billed') }} as contracts
        on revenue.project_key = contracts.project_key
    where contracts.billing_basis = 'cost_with_fee'
)

select
    project_key,
    cast('cost' as varchar) as line_type,
    obligation_code || ':' || cast(period_month as varchar) as line_id,
    period_month as service_date,
    cast('Cost with fee' as varchar) as line_text,
    cast(net_amount as decimal(18, 4)) as net_amount,
    'cost:' || project_code || ':' || obligation_code || ':'
    || cast(period_month as varchar) as correlation_id
from earned
where net_amount != 0
