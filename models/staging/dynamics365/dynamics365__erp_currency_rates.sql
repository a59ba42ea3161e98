-- Grain: one row per currency pair and day, of the type that the books are kept by. A rate
-- is for as many units as its factor says.
with

stated as (
    select
        rates.*,
        case rates.conversion_factor
            when 'One' then 1
            when 'Ten' then 10
            when 'Hundred' then 100
            when 'Thousand' then 1000
            when 'TenThousand' then 10000
        end as units
    from {{ ref('stg_dynamics365__exchange_rates') }} as rates
    inner join {{ ref('stg_landing__settings') }} as kept_by
        on rates.source_instance = kept_by.source_instance
        and kept_by.setting = 'values.rate_type'
        and rates.rate_type = kept_by.setting_value
)

select
    stated.from_currency_code,
    stated.to_currency_code,
    stated.start_date as effective_date,
    cast({{ ratio('stated.rate', 'stated.units', 8) }} as decimal(18, 8)) as fx_rate,
    {{ role_lineage('stated') }}
from stated
