{{ config(materialized='view') }}
-- Grain: one row per legal entity and period that is closed and over and whose figures are
-- not kept yet: they will be as this build has them, once it is published.
select
    periods.legal_entity_code,
    periods.period_month,
    periods.period_end_date,
    legal_entities.currency_code
from {{ ref('dim_periods') }} as periods
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on periods.legal_entity_code = legal_entities.legal_entity_code
cross join {{ ref('dim_as_of') }} as as_of
left join {{ ref('int_closed_periods') }} as closed
    on periods.legal_entity_code = closed.legal_entity_code
    and periods.period_month = closed.period_month
where
    periods.is_closed
    and periods.period_end_date <= as_of.as_of_date
    and closed.period_month is null
