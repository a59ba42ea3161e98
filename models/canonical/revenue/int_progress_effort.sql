-- Grain: one row per obligation measured by hours and month. Done is the approved time;
-- what remains is scheduled, or, where the contract sells hours that roll over, what of
-- them is not used yet. Hours not used when service ends lapse: all is done then.
with

months as (
    select * from {{ ref('int_obligation_months') }}
    where revenue_method = 'effort'
),

remaining as (
    select
        months.obligation_key,
        months.period_month,
        positions.approved_minutes,
        case
            when months.included_minutes is null then positions.scheduled_minutes
            when months.measured_to_date >= months.service_end_date then 0
            else greatest(months.included_minutes - positions.approved_minutes, 0)
        end as remaining_minutes,
        coalesce(
            months.included_minutes is not null
            and months.measured_to_date >= months.service_end_date,
            false
        ) as is_lapsed
    from months
    inner join {{ ref('fct_obligation_positions') }} as positions
        on months.obligation_key = positions.obligation_key
        and months.period_month = positions.period_month
)

select
    obligation_key,
    period_month,
    cast(
        case when is_lapsed then greatest(approved_minutes, 1) else approved_minutes end
        as decimal(18, 4)
    ) as done_quantity,
    cast(
        case when is_lapsed then greatest(approved_minutes, 1) else approved_minutes end
        + remaining_minutes as decimal(18, 4)
    ) as total_quantity
from remaining
