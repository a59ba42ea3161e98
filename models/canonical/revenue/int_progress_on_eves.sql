-- Grain: one row per segment of a contract that is measured by time, cost, hours or what its
-- manager enters: how far it had come on the eve of the segment's first day, of the work as
-- it was until then, and what of the work as it is since was done then. An estimate of the
-- eve is that of the month before.
with

eves as (select * from {{ ref('int_contract_segments') }}),

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
        cost_date as work_date,
        total_cost_amount - pass_through_amount - recharged_cost_amount as quantity
    from {{ ref('fct_obligation_costs_daily') }}

    union all

    select
        obligation_key,
        'effort' as revenue_method,
        work_date,
        worked_minutes as quantity
    from {{ ref('fct_time_entries') }}
    where is_approved

),

worked_before as (
    select
        eves.obligation_key,
        eves.segment_date,
        sum(worked.quantity) as quantity
    from eves
    inner join worked
        on eves.obligation_key = worked.obligation_key
        and eves.revenue_method = worked.revenue_method
        and eves.period_month <= worked.work_date
        and eves.eve_date >= worked.work_date
    group by eves.obligation_key, eves.segment_date
),

come as (
    select
        eves.obligation_key,
        eves.segment_date,
        progress.done_quantity + coalesce(worked_before.quantity, 0) as done_quantity,
        progress.total_quantity
    from eves
    inner join progress
        on eves.obligation_key = progress.obligation_key
        and eves.period_month = progress.period_month
    left join worked_before
        on eves.obligation_key = worked_before.obligation_key
        and eves.segment_date = worked_before.segment_date
),

entered as (
    {{ last_entered('eves', key=['obligation_key', 'segment_date'], day='eve_date') }}
),

stacked as (

    select
        obligation_key,
        segment_date,
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
        segment_date,
        done_quantity,
        greatest(total_quantity, done_quantity) as total_quantity,
        done_quantity as base_done_quantity
    from come

    union all

    select
        obligation_key,
        segment_date,
        progress_rate * 100 as done_quantity,
        100 as total_quantity,
        progress_rate * 100 as base_done_quantity
    from entered
    where revenue_method = 'percent_entered'

)

select
    obligation_key,
    segment_date,
    cast(done_quantity as decimal(18, 4)) as done_quantity,
    cast(total_quantity as decimal(18, 4)) as total_quantity,
    cast(base_done_quantity as decimal(18, 4)) as base_done_quantity
from stacked
