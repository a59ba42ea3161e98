-- Grain: one row per currency pair and range of days, half-open: what one unit of the
-- from-currency is worth in the to-currency. The last rate stays in force.
select
    rates.from_currency_code,
    rates.to_currency_code,
    rates.effective_date as valid_from,
    lead(rates.effective_date, 1, date '9999-12-31') over (
        partition by rates.from_currency_code, rates.to_currency_code
        order by rates.effective_date nulls last
    ) as valid_to,
    rates.fx_rate,
    {{ source_coordinates('rates') }}
from {{ ref('erp_currency_rates') }} as rates
where not rates.is_deleted
