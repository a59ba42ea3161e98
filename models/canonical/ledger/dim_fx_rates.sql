-- Grain: one row per currency pair and range of days, half-open: what one unit of the
-- from-currency is worth in the to-currency. The last rate stays in force. All rates of a
-- pair are of one ERP: the group has one rate a day (control I26 holds the others' to it).
with

stating as (
    select
        from_currency_code,
        to_currency_code,
        coalesce(
            min(case when source_instance = '{{ var("rates_from") }}' then source_instance end),
            min(source_instance)
        ) as source_instance
    from {{ ref('erp_currency_rates') }}
    where not is_deleted
    group by from_currency_code, to_currency_code
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
    on rates.source_instance = stating.source_instance
    and rates.from_currency_code = stating.from_currency_code
    and rates.to_currency_code = stating.to_currency_code
where not rates.is_deleted
