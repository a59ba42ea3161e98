-- Grain: one row per legal entity and posting period of its ERP.
select
    legal_entities.legal_entity_code,
    periods.period_id,
    periods.start_date,
    periods.end_date,
    periods.closed_date,
    periods.period_name,
    periods.quarter_start_date,
    periods.fiscal_year_start_date,
    periods.fiscal_year_end_date,
    periods.is_closed,
    periods.is_adjustment,
    {{ source_coordinates('periods') }}
from {{ ref('erp_fiscal_periods') }} as periods
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on periods.source_instance = legal_entities.erp_instance
    and coalesce(periods.entity_id, legal_entities.erp_subsidiary_id)
    = legal_entities.erp_subsidiary_id
where not periods.is_deleted
