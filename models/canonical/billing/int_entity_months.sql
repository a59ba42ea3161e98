-- Grain: one row per legal entity and period up to the as-of date: the day that balances are
-- measured on, its last one, or the as-of date in the current one.
select
    entity_dates.legal_entity_code,
    entity_dates.period_month,
    least(max(entity_dates.period_end_date), max(as_of.as_of_date)) as measured_to_date
from {{ ref('dim_entity_dates') }} as entity_dates
inner join {{ ref('dim_dates') }} as dates on entity_dates.date_day = dates.date_day
inner join {{ ref('dim_as_of') }} as as_of on dates.date_day <= as_of.as_of_date
group by entity_dates.legal_entity_code, entity_dates.period_month
