-- Grain: one row per obligation measured by time and month: the service days elapsed by
-- the month's end (the as-of date in the current month) of all service days, first and
-- last day included.
select
    obligation_key,
    period_month,
    cast(
        greatest(
            0,
            {{ dbt.datediff(
                'service_start_date', 'least(measured_to_date, service_end_date)', 'day'
            ) }} + 1
        ) as decimal(18, 4)
    ) as done_quantity,
    cast(
        {{ dbt.datediff('service_start_date', 'service_end_date', 'day') }} + 1
        as decimal(18, 4)
    ) as total_quantity
from {{ ref('int_obligation_months') }}
where
    revenue_method = 'straight_line'
    and service_start_date is not null
    and service_end_date is not null
