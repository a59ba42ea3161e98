-- Grain: one row per legal entity and posting period of its ERP. An adjustment period is
-- of the period that its last day is in.
select
    periods.legal_entity_code,
    periods.period_id,
    dates.period_month,
    periods.start_date,
    periods.end_date,
    periods.closed_date,
    periods.period_name,
    periods.is_closed,
    periods.is_adjustment,
    periods.source_system,
    periods.source_instance,
    periods.source_id,
    periods.source_version
from {{ ref('int_periods_stated') }} as periods
inner join {{ ref('dim_entity_dates') }} as dates
    on periods.legal_entity_code = dates.legal_entity_code
    and periods.end_date = dates.date_day
