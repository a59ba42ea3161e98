-- Grain: one row per legal entity and posting period of the calendar of its ERP.
select
    legal_entities.legal_entity_code,
    periods.period_id,
    {{ month_start('periods.start_date') }} as period_month,
    periods.start_date,
    periods.end_date,
    periods.closed_date,
    periods.period_name,
    periods.is_closed,
    {{ source_coordinates('periods') }}
from {{ ref('erp_fiscal_periods') }} as periods
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on periods.source_instance = legal_entities.erp_instance
where not periods.is_deleted
