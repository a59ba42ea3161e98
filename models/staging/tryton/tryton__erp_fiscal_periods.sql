-- Grain: one row per Tryton period; each company has its own. When it was closed is when it
-- last changed.
select
    periods.period_id,
    periods.company_id as entity_id,
    periods.start_date,
    periods.end_date,
    case when periods.is_closed then cast(periods.source_updated_at as date) end
        as closed_date,
    periods.period_name,
    cast(null as date) as quarter_start_date,
    periods.fiscal_year_start_date,
    periods.fiscal_year_end_date,
    periods.is_closed,
    periods.is_adjustment,
    {{ role_lineage('periods') }}
from {{ ref('stg_tryton__periods') }} as periods
