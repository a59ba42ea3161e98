-- Grain: one row per currency pair and range of days, half-open: what one unit of the
-- from-currency is worth in the to-currency. The last rate stays in force.
with

stated as (
    select
        transaction_currencies.currency_code as from_currency_code,
        base_currencies.currency_code as to_currency_code,
        currency_rates.effective_date,
        currency_rates.rate_id,
        cast(currency_rates.exchange_rate as decimal(18, 8)) as fx_rate,
        {{ source_coordinates('currency_rates') }}
    from {{ ref('stg_netsuite__currency_rates') }} as currency_rates
    inner join {{ ref('stg_netsuite__currencies') }} as transaction_currencies
        on currency_rates.source_instance = transaction_currencies.source_instance
        and currency_rates.transaction_currency_id = transaction_currencies.currency_id
    inner join {{ ref('stg_netsuite__currencies') }} as base_currencies
        on currency_rates.source_instance = base_currencies.source_instance
        and currency_rates.base_currency_id = base_currencies.currency_id
    where not currency_rates.is_deleted
),

-- A day stated twice: the record created last, whose number is longer or higher.
rates as (
    {{ first_of_each(
        'stated', key=['from_currency_code', 'to_currency_code', 'effective_date'],
        order=['length(rate_id) desc nulls last', 'rate_id desc nulls last']
    ) }}
)

select
    from_currency_code,
    to_currency_code,
    effective_date as valid_from,
    lead(effective_date, 1, date '9999-12-31') over (
        partition by from_currency_code, to_currency_code
        order by effective_date nulls last
    ) as valid_to,
    fx_rate,
    source_system,
    source_instance,
    source_id,
    source_version
from rates
