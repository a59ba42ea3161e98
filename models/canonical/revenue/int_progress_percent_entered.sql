-- Grain: one row per obligation measured by what its manager enters and month with anything
-- entered by its end: the last that was said of the obligation, else of the whole project.
-- It may fall, and what was earned falls with it.
with

months as (
    select * from {{ ref('int_obligation_months') }}
    where revenue_method = 'percent_entered'
),

entered as (
    {{ last_entered('months', key=['obligation_key', 'period_month'], day='measured_to_date') }}
)

select
    obligation_key,
    period_month,
    cast(progress_rate * 100 as decimal(18, 4)) as done_quantity,
    cast(100 as decimal(18, 4)) as total_quantity
from entered
