-- Grain: one row per currency pair and day from which it holds, as delivered.
with

source as (
    select * from {{ current_version(source('files', 'erp_currency_rates')) }}
)

select
    from_currency_code,
    to_currency_code,
    effective_date,
    fx_rate,
    {{ lineage('files') }}
from source
