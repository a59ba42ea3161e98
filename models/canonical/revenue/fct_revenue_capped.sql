-- Grain: one row per capped time and materials obligation and month, in contract
-- currency. Cumulative revenue is what the caps in force, those of the contract over all
-- its obligations, let through of their time and rechargeable expenses so far.
with

months as (
    select
        obligation_key,
        project_key,
        period_month,
        contract_currency_code,
        max(stated_cap_amount) over (partition by project_key, period_month) as cap_amount,
        cap_currency_code
    from {{ ref('int_obligation_months') }}
    where revenue_method = 'time_and_materials_capped'
),

caps as (
    select distinct
        project_key,
        cap_number,
        cap_amount
    from {{ ref('int_work_within_caps') }}
),

stacked as (

    select
        months.obligation_key,
        caps.cap_number,
        months.period_month,
        0 as value_amount,
        0 as within_cap_amount
    from months
    inner join caps on months.project_key = caps.project_key

    union all

    select
        obligation_key,
        cap_number,
        period_month,
        value_amount,
        within_cap_amount
    from {{ ref('int_work_within_caps') }}

),

monthly as (
    select
        obligation_key,
        cap_number,
        period_month,
        sum(value_amount) as value_amount,
        sum(within_cap_amount) as within_cap_amount
    from stacked
    group by obligation_key, cap_number, period_month
),

to_date as (
    select
        obligation_key,
        cap_number,
        period_month,
        sum(value_amount) over so_far as value_to_date_amount,
        sum(within_cap_amount) over so_far as cumulative_amount
    from monthly
    window so_far as (
        partition by obligation_key, cap_number
        order by period_month nulls last
        rows between unbounded preceding and current row
    )
),

capped as (
    select
        months.*,
        coalesce(to_date.value_to_date_amount, 0) as value_to_date_amount,
        coalesce(to_date.cumulative_amount, 0) as cumulative_amount
    from months
    left join caps
        on months.project_key = caps.project_key
        and months.cap_amount is not distinct from caps.cap_amount
    left join to_date
        on months.obligation_key = to_date.obligation_key
        and caps.cap_number = to_date.cap_number
        and months.period_month = to_date.period_month
)

select
    obligation_key,
    project_key,
    period_month,
    contract_currency_code,
    cast(value_to_date_amount as decimal(18, 4)) as value_to_date_amount,
    cap_amount,
    cap_currency_code,
    cast(cumulative_amount as decimal(18, 4)) as cumulative_amount,
    cast(
        cumulative_amount - lag(cumulative_amount, 1, 0) over (
            partition by obligation_key
            order by period_month nulls last
        ) as decimal(18, 4)
    ) as recognised_amount
from capped
