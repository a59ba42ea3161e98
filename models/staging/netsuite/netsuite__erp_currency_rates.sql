-- Grain: one row per currency pair and day. An account may keep rates of several types, such
-- as an average beside the current one: those of one type count, by setting.
with

stated as (
    select
        currency_rates.*,
        transaction_currencies.currency_code as from_currency_code,
        base_currencies.currency_code as to_currency_code
    from {{ ref('stg_netsuite__currency_rates') }} as currency_rates
    inner join {{ ref('stg_netsuite__currencies') }} as transaction_currencies
        on currency_rates.source_instance = transaction_currencies.source_instance
        and currency_rates.transaction_currency_id = transaction_currencies.currency_id
    inner join {{ ref('stg_netsuite__currencies') }} as base_currencies
        on currency_rates.source_instance = base_currencies.source_instance
        and currency_rates.base_currency_id = base_currencies.currency_id
    left join {{ ref('stg_landing__settings') }} as own_names
        on currency_rates.source_instance = own_names.source_instance
        and own_names.setting = 'values.rate_type'
    where
        currency_rates.rate_type_id is null
        or currency_rates.rate_type_id = own_names.setting_value
),

-- NetSuite can state a day twice: the record made last counts, whose number is longer or
-- higher; one that is gone does not, beside one that is there.
rates as (
    {{ first_of_each(
        'stated',
        key=['source_instance', 'from_currency_code', 'to_currency_code', 'effective_date'],
        order=[
            'is_deleted asc nulls last',
            'length(rate_id) desc nulls last',
            'rate_id desc nulls last',
        ]
    ) }}
)

select
    rates.from_currency_code,
    rates.to_currency_code,
    rates.effective_date,
    rates.exchange_rate as fx_rate,
    {{ role_lineage('rates') }}
from rates
