-- Grain: one row per country and public holiday.
select
    country_code,
    holiday_date,
    max(holiday_name) as holiday_name
from {{ ref('hr_holidays') }}
where not is_deleted
group by country_code, holiday_date
