-- Grain: one row per PSA, role, currency and range of days, half-open: the standard price
-- of an hour on that PSA's card.
select
    role_name,
    currency_code,
    valid_from,
    valid_to,
    bill_rate,
    source_system,
    source_instance,
    source_id,
    source_version
from {{ ref('psa_bill_rates') }}
