-- Grain: one row per legal entity and range of days, half-open: what burden adds to an
-- hour's raw cost. Provisional rates hold until Finance has stated actual ones; pools
-- whose actual cost is in the payroll are not borne twice by actual labour.
select
    legal_entity_code,
    valid_from,
    valid_to,
    cast({{ burden_factor('provisional_rate') }} - 1 as decimal(18, 6)) as burden_rate,
    cast(
        {{ burden_factor('known_rate') }}
        - {{ burden_factor('known_rate', "basis = 'payroll'") }} as decimal(18, 6)
    ) as borne_rate,
    cast(
        {{ burden_factor('provisional_rate') }}
        - {{ burden_factor('provisional_rate', "basis = 'payroll'") }} as decimal(18, 6)
    ) as borne_provisional_rate
from {{ ref('dim_burden_pool_rates') }}
group by legal_entity_code, valid_from, valid_to
