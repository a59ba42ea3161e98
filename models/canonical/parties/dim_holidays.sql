-- Grain: one row per HR, country and public holiday: each HR has its calendars.
select
    source_instance,
    country_code,
    holiday_date,
    max(holiday_name) as holiday_name
from {{ ref('hr_holidays') }}
where not is_deleted
group by source_instance, country_code, holiday_date
