-- Grain: one row per obligation measured by time and month: what of the service is over by
-- the month's end (the as-of date in the current month) of all of it, first and last day
-- included; in months, those served in part being half a one, or in days, by policy.
select
    obligation_key,
    period_month,
    {{ service_over(
        'straight_line_basis', 'service_start_date', 'service_end_date', 'measured_to_date'
    ) }} as done_quantity,
    {{ service_over(
        'straight_line_basis', 'service_start_date', 'service_end_date', 'service_end_date'
    ) }} as total_quantity
from {{ ref('int_obligation_months') }}
where
    revenue_method = 'straight_line'
    and service_start_date is not null
    and service_end_date is not null
