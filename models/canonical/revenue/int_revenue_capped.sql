-- Grain: one row per capped time and materials project and month. Cumulative revenue
-- is the value of time and rechargeable expenses so far, and stops at the cap.
with

terms as (
    select * from {{ ref('int_project_terms_translated') }}
    where revenue_method = 'time_and_materials_capped'
),

stacked as (

    select
        project_key,
        period_month,
        0 as value_amount,
        1 as is_month
    from {{ ref('int_project_months') }}

    union all

    select
        project_key,
        period_month,
        billable_value_amount as value_amount,
        0 as is_month
    from {{ ref('fct_time_values') }}

    union all

    select
        project_key,
        period_month,
        recharge_amount as value_amount,
        0 as is_month
    from {{ ref('fct_expense_costs') }}

),

monthly as (
    select
        terms.project_key,
        stacked.period_month,
        terms.currency_code,
        terms.cap_amount,
        coalesce(sum(stacked.value_amount), 0) as value_amount
    from stacked
    inner join terms on stacked.project_key = terms.project_key
    group by
        terms.project_key, stacked.period_month, terms.currency_code, terms.cap_amount
),

cumulated as (
    select
        *,
        sum(value_amount) over (
            partition by project_key
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
    project_key,
    period_month,
    currency_code,
    cast(value_to_date_amount as decimal(18, 4)) as value_to_date_amount,
    cap_amount,
    cast(cumulative_amount as decimal(18, 4)) as cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by project_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from capped
