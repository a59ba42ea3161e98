-- Grain: one row per obligation measured by cost and month. Done is the cost to date,
-- total the estimate at completion; what was passed through is left out of both.
select
    positions.obligation_key,
    positions.period_month,
    positions.measured_cost_to_date_amount as done_quantity,
    cast(
        positions.measured_cost_to_date_amount + positions.measured_etc_amount
        as decimal(18, 4)
    ) as total_quantity
from {{ ref('fct_obligation_positions') }} as positions
inner join {{ ref('int_obligation_months') }} as months
    on positions.obligation_key = months.obligation_key
    and positions.period_month = months.period_month
where months.revenue_method = 'cost_to_cost'
