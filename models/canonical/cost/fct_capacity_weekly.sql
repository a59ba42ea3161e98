-- Grain: one row per person and ISO week: the week's days of fct_capacity_daily.
select
    resource_key,
    week_start_date,
    max_by(legal_entity_code, date_day) as legal_entity_code,
    max_by(practice_code, date_day) as practice_code,
    max_by(grade_code, date_day) as grade_code,
    cast({{ ratio('sum(working_minutes)', '60', 2) }} as decimal(9, 2)) as working_hours,
    cast({{ ratio('sum(holiday_minutes)', '60', 2) }} as decimal(9, 2)) as holiday_hours,
    cast({{ ratio('sum(absence_minutes)', '60', 2) }} as decimal(9, 2)) as absence_hours,
    cast({{ ratio('sum(available_minutes)', '60', 2) }} as decimal(9, 2))
        as capacity_hours
from {{ ref('fct_capacity_daily') }}
group by resource_key, week_start_date
