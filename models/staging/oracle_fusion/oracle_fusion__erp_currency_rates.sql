-- Grain: one row per currency pair and day.
select
    rates.from_currency_code,
    rates.to_currency_code,
    rates.rate_date as effective_date,
    rates.fx_rate,
    {{ role_lineage('rates') }}
from {{ ref('stg_oracle_fusion__currency_rates') }} as rates
