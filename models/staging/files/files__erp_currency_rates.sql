-- Grain: one row per currency pair and day from which it holds; as its feed declares it.
select
    said.from_currency_code,
    said.to_currency_code,
    said.effective_date,
    said.fx_rate,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_currency_rates') }} as said
