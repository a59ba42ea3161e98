-- Grain: one row per period; each column is as its feed declares it.
select
    said.period_id,
    said.entity_id,
    said.start_date,
    said.end_date,
    said.closed_date,
    said.period_name,
    said.quarter_start_date,
    said.fiscal_year_start_date,
    said.fiscal_year_end_date,
    said.is_closed,
    said.is_adjustment,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_fiscal_periods') }} as said
