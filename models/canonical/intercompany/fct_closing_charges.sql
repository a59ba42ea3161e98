-- Grain: one row per legal entity, counterpart, leg and period that is published as closed for
-- the first time, and closed period that it corrects: what is kept of its charges.
select
    told.legal_entity_code,
    told.period_month,
    told.leg,
    told.counterpart_entity_code,
    told.closed_period_month,
    told.currency_code,
    told.reporting_currency_code,
    told.charge_amount,
    told.cost_amount,
    told.reporting_charge_amount,
    told.reporting_cost_amount
from {{ ref('int_charges_as_closed') }} as told
inner join {{ ref('int_closing_periods') }} as closing
    on told.legal_entity_code = closing.legal_entity_code
    and told.period_month = closing.period_month
