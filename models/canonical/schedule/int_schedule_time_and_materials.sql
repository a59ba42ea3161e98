-- Grain: one row per time and materials obligation and month with scheduled work: its
-- value, until what is left of the signed price, or of the cap they share, is used up.
with

monthly as (
    select
        obligation_key,
        period_month,
        sum(contract_value_amount) as value_amount
    from {{ ref('int_work_scheduled') }}
    group by obligation_key, period_month
),

cumulated as (
    select
        monthly.obligation_key,
        monthly.period_month,
        obligations.cap_obligation_key,
        limits.remaining_amount,
        sum(monthly.value_amount) over (
            partition by obligations.cap_obligation_key
            order by monthly.period_month nulls last, monthly.obligation_key
            rows between unbounded preceding and current row
        ) as value_to_date_amount
    from monthly
    inner join {{ ref('int_obligations_in_force') }} as obligations
        on monthly.obligation_key = obligations.obligation_key
    left join {{ ref('int_obligations_in_force') }} as limits
        on obligations.cap_obligation_key = limits.obligation_key
    where
        obligations.revenue_method in ('time_and_materials', 'time_and_materials_capped')
),

limited as (
    select
        obligation_key,
        cap_obligation_key,
        period_month,
        least(value_to_date_amount, coalesce(remaining_amount, value_to_date_amount))
            as cumulative_amount
    from cumulated
),

moved as (
    select
        obligation_key,
        period_month,
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by cap_obligation_key
            order by period_month nulls last, obligation_key
        ) as scheduled_amount
    from limited
)

select
    obligation_key,
    period_month,
    cast(scheduled_amount as decimal(18, 4)) as contract_scheduled_amount
from moved
where scheduled_amount != 0
