-- Grain: one row per currency pair and day, of the rate type that documents are translated
-- by. A rate is for a ratio of units; below nought it is quoted the other way round.
select
    rates.source_currency_code as from_currency_code,
    rates.target_currency_code as to_currency_code,
    rates.valid_from as effective_date,
    cast(
        case
            when rates.exchange_rate > 0
                then {{ ratio(
                    'rates.exchange_rate * rates.target_units', 'rates.source_units', 8
                ) }}
            else {{ ratio(
                'rates.target_units', '-rates.exchange_rate * rates.source_units', 8
            ) }}
        end as decimal(18, 8)
    ) as fx_rate,
    {{ role_lineage('rates') }}
from {{ ref('stg_s4hana__exchange_rates') }} as rates
inner join {{ ref('stg_landing__settings') }} as rate_types
    on rates.source_instance = rate_types.source_instance
    and rates.rate_type = rate_types.setting_value
    and rate_types.setting = 'values.exchange_rate_type'
where rates.exchange_rate != 0
