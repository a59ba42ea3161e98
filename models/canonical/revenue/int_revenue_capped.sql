-- Grain: one row per capped time and materials obligation and month, in contract
-- currency. Cumulative revenue is the value of time and rechargeable expenses so far,
-- and stops at the cap in force.
with

months as (
    select * from {{ ref('int_obligation_months') }}
    where revenue_method = 'time_and_materials_capped'
),

stacked as (

    select
        obligation_key,
        period_month,
        0 as value_amount
    from months

    union all

    select
        obligation_key,
        period_month,
        contract_billable_amount as value_amount
    from {{ ref('fct_time_values') }}

    union all

    select
        obligation_key,
        period_month,
        contract_recharge_amount as value_amount
    from {{ ref('fct_expense_costs') }}

),

monthly as (
    select
        months.obligation_key,
        months.project_key,
        months.period_month,
        months.contract_currency_code,
        months.cap_amount,
        coalesce(sum(stacked.value_amount), 0) as value_amount
    from months
    inner join stacked
        on months.obligation_key = stacked.obligation_key
        and months.period_month = stacked.period_month
    group by
        months.obligation_key,
        months.project_key,
        months.period_month,
        months.contract_currency_code,
        months.cap_amount
),

cumulated as (
    select
        *,
        sum(value_amount) over (
            partition by obligation_key
            order by period_month nulls last
            rows between unbounded preceding and current row
        ) as value_to_date_amount
    from monthly
),

capped as (
    select
        *,
        least(value_to_date_amount, coalesce(cap_amount, value_to_date_amount))
            as cumulative_amount
    from cumulated
)

select
    obligation_key,
    project_key,
    period_month,
    contract_currency_code,
    cast(value_to_date_amount as decimal(18, 4)) as value_to_date_amount,
    cap_amount,
    cast(cumulative_amount as decimal(18, 4)) as cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by obligation_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from capped
