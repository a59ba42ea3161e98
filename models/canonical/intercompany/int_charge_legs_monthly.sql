-- Grain: one row per legal entity, the other entity of a charge, leg and the entity's own
-- period: what it earns for its people lent, or bears for others' people, and what these
-- people cost, in its own currency.
select
    'provided' as leg,
    provider_entity_code as legal_entity_code,
    receiver_entity_code as counterpart_entity_code,
    provider_period_month as period_month,
    currency_code,
    cast(sum(charge_amount) as decimal(18, 4)) as charge_amount,
    cast(sum(cost_amount) as decimal(18, 4)) as cost_amount,
    cast({{ known_sum('reporting_charge_amount') }} as decimal(18, 4))
        as reporting_charge_amount,
    cast({{ known_sum('reporting_cost_amount') }} as decimal(18, 4)) as reporting_cost_amount
from {{ ref('fct_intercompany_monthly') }}
group by provider_entity_code, receiver_entity_code, provider_period_month, currency_code

union all

select
    'received' as leg,
    receiver_entity_code as legal_entity_code,
    provider_entity_code as counterpart_entity_code,
    period_month,
    receiver_currency_code as currency_code,
    receiver_charge_amount as charge_amount,
    receiver_cost_amount as cost_amount,
    reporting_charge_amount,
    reporting_cost_amount
from {{ ref('fct_intercompany_monthly') }}
