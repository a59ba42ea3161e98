-- Grain: one row per legal entity, counterpart, leg and period, and, of what was learned of a
-- closed period later, that period. Closed periods are as they were first published as
-- closed, all others as they are known now, and the first open one has what is known of closed
-- ones beyond that; while none is open that has no period. Closed periods that an earlier
-- release kept hold no charges: theirs are as known now.
with

closed as (
    select * from {{ ref('int_closed_periods') }}
    where is_whole
),

takers as (
    select taking.*
    from {{ ref('int_periods_taking') }} as taking
    inner join {{ ref('dim_cost_basis') }} as basis on taking.cost_basis = basis.cost_basis
),

known as (select * from {{ ref('int_charge_legs_monthly') }}),

kept as (select * from {{ ref('int_closed_charges') }}),

stacked as (
    {{ stacked_as_closed(['leg', 'counterpart_entity_code'], charge_measures()) }}
),

summed as (
    select
        leg,
        legal_entity_code,
        counterpart_entity_code,
        period_month,
        closed_period_month,
        sum(charge_amount) as charge_amount,
        sum(cost_amount) as cost_amount,
        {{ known_sum('reporting_charge_amount') }} as reporting_charge_amount,
        {{ known_sum('reporting_cost_amount') }} as reporting_cost_amount
    from stacked
    group by
        leg,
        legal_entity_code,
        counterpart_entity_code,
        period_month,
        closed_period_month
)

select
    cast(summed.leg as varchar) as leg,
    summed.legal_entity_code,
    summed.counterpart_entity_code,
    summed.period_month,
    summed.closed_period_month,
    legal_entities.currency_code,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
{%- for measure in charge_measures() %}
    cast(summed.{{ measure }} as decimal(18, 4)) as {{ measure }}{{ ',' if not loop.last }}
{%- endfor %}
from summed
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on summed.legal_entity_code = legal_entities.legal_entity_code
where
    summed.closed_period_month is null
    or {{ any_is_something('summed', charge_measures()) }}
