-- Grain: one row per basis of cost, snapshot, legal entity, closed period, counterpart, leg and
-- closed period that it corrects.
select
    -- keys
    cost_basis,
    snapshot_id,
    legal_entity_code,
    period_month,
    counterpart_entity_code,
    leg,
    closed_period_month,

    -- attributes
    currency_code,
    reporting_currency_code,

    -- amounts
    charge_amount,
    cost_amount,
    reporting_charge_amount,
    reporting_cost_amount
from {{ source('kept', 'closed_charges') }}
