-- Grain: one row per country and public holiday.
select
    holidays.country_code,
    holidays.holiday_date,
    holidays.holiday_name,
    {{ role_lineage('holidays') }}
from {{ ref('stg_workday__holidays') }} as holidays
