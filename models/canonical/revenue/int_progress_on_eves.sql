-- Grain: one row per obligation and month in which a prospective modification begins to hold:
-- how far it had come on the eve of that day, at the price and of the work as they were until
-- then, and what of the work as it is since was done then. An estimate of the eve is that of
-- the month before. What is not measured by time, cost or hours had come as far as then.
with

months as (
    select
        terms.*,
        lag(terms.service_end_date, 1, obligations.service_end_date) over (
            partition by terms.obligation_key order by terms.period_month nulls last
        ) as eve_service_end_date,
        lag(terms.price_amount, 1, obligations.price_amount) over (
            partition by terms.obligation_key order by terms.period_month nulls last
        ) as eve_price_amount
    from {{ ref('int_obligation_months') }} as terms
    left join {{ ref('dim_obligations') }} as obligations
        on terms.obligation_key = obligations.obligation_key
),

eves as (
    select
        *,
        cast({{ dbt.dateadd('day', -1, 'segment_date') }} as date) as eve_date
    from months
    where segment_month = period_month
),

measured as (

    select * from {{ ref('int_progress_cost_to_cost') }}

    union all

    select * from {{ ref('int_progress_effort') }}

),

progress as (
    select
        obligation_key,
        period_month,
        lag(done_quantity, 1, 0) over so_far as done_quantity,
        lag(total_quantity, 1, total_quantity) over so_far as total_quantity
    from measured
    window so_far as (partition by obligation_key order by period_month nulls last)
),

worked as (

    select
        obligation_key,
        'cost_to_cost' as revenue_method,
        period_month,
        cost_date as work_date,
        total_cost_amount - pass_through_amount - recharged_cost_amount as quantity
    from {{ ref('fct_obligation_costs_daily') }}

    union all

    select
        obligation_key,
        'effort' as revenue_method,
        period_month,
        work_date,
        worked_minutes as quantity
    from {{ ref('fct_time_entries') }}
    where is_approved

),

worked_before as (
    select
        eves.obligation_key,
        eves.period_month,
        sum(worked.quantity) as quantity
    from eves
    inner join worked
        on eves.obligation_key = worked.obligation_key
        and eves.revenue_method = worked.revenue_method
        and eves.period_month = worked.period_month
        and eves.eve_date >= worked.work_date
    group by eves.obligation_key, eves.period_month
),

come as (
    select
        eves.obligation_key,
        eves.period_month,
        eves.eve_price_amount,
        progress.done_quantity + coalesce(worked_before.quantity, 0) as done_quantity,
        progress.total_quantity
    from eves
    inner join progress
        on eves.obligation_key = progress.obligation_key
        and eves.period_month = progress.period_month
    left join worked_before
        on eves.obligation_key = worked_before.obligation_key
        and eves.period_month = worked_before.period_month
),

stacked as (

    select
        obligation_key,
        period_month,
        eve_price_amount,
        {{ service_over(
            'straight_line_basis', 'service_start_date', 'eve_service_end_date', 'eve_date'
        ) }} as done_quantity,
        {{ service_over(
            'straight_line_basis', 'service_start_date', 'eve_service_end_date',
            'eve_service_end_date'
        ) }} as total_quantity,
        {{ service_over(
            'straight_line_basis', 'service_start_date', 'service_end_date', 'eve_date'
        ) }} as base_done_quantity
    from eves
    where revenue_method = 'straight_line'

    union all

    select
        obligation_key,
        period_month,
        eve_price_amount,
        done_quantity,
        greatest(total_quantity, done_quantity) as total_quantity,
        done_quantity as base_done_quantity
    from come

)

select
    obligation_key,
    period_month,
    eve_price_amount,
    cast(done_quantity as decimal(18, 4)) as done_quantity,
    cast(total_quantity as decimal(18, 4)) as total_quantity,
    cast(base_done_quantity as decimal(18, 4)) as base_done_quantity
from stacked
