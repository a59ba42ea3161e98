-- Grain: one row per currency pair and range of days, half-open: what one unit of the
-- from-currency is worth in the to-currency. The last rate stays in force. All rates are
-- of one ERP: the group has one rate a day (control I26 holds the others' to it).
with

stating as (
    select min(source_instance) as source_instance
    from {{ ref('erp_currency_rates') }}
    where not is_deleted
)

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
inner join stating
    on rates.source_instance
    = coalesce(nullif('{{ var("rates_from") }}', ''), stating.source_instance)
where not rates.is_deleted
