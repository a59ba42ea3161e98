-- Grain: one row per employee and weekday, from hire, or the first month that time or pay
-- is known of, to the as-of date or termination.
select working_days.*
from {{ ref('int_working_days') }} as working_days
inner join {{ ref('dim_as_of') }} as as_of
    on working_days.date_day <= as_of.as_of_date
