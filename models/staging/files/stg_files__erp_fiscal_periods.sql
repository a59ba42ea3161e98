-- Grain: one row per period, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_fiscal_periods')) }}
)

select
    period_id,
    entity_id,
    start_date,
    end_date,
    closed_date,
    period_name,
    quarter_start_date,
    fiscal_year_start_date,
    fiscal_year_end_date,
    is_closed,
    is_adjustment,
    {{ lineage('files') }}
from source
