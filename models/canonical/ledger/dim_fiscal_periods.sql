-- Grain: one row per legal entity and posting period of the calendar of its ERP;
-- quarters and years take no postings and are left out.
select
    legal_entities.legal_entity_code,
    periods.period_id,
    {{ month_start('periods.start_date') }} as period_month,
    periods.start_date,
    periods.end_date,
    periods.closed_on as closed_date,
    periods.period_name,
    coalesce(periods.is_closed, false) as is_closed,
    {{ source_coordinates('periods') }}
from {{ ref('stg_netsuite__accounting_periods') }} as periods
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on periods.source_instance = legal_entities.source_instance
where periods.is_posting and not periods.is_deleted
