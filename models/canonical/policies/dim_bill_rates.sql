-- Grain: one row per PSA, rate card, role and range of days, half-open: the standard price
-- of an hour on that card, as it was published. A draft is not in force.
select
    rate_card_id,
    rate_card_name,
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
where is_published
