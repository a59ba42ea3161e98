-- Grain: one row per project, legal entity and closed period of which something else is
-- known now than was published, and no later closed period has taken yet: by how much, and
-- which period takes it, null where none is open. A project that another entity has now, or
-- none, leaves the entity whose closed figures it was in.
with

closed as (select * from {{ ref('int_closed_periods') }}),

kept as (select * from {{ ref('int_closed_activity') }}),

known as (
    select activity.*
    from {{ ref('int_project_activity_daily') }} as activity
    inner join closed
        on activity.legal_entity_code = closed.legal_entity_code
        and activity.period_month = closed.period_month
),

restated as (
    select distinct
        project_key,
        legal_entity_code,
        period_month
    from kept
    where is_restated
),

signed as (

    select
        project_key,
        project_code,
        legal_entity_code,
        period_month as closed_period_month,
        contract_currency_code,
        currency_code,
        {{ told_of() }}
    from known

    union all

    select
        project_key,
        project_code,
        legal_entity_code,
        coalesce(closed_period_month, period_month) as closed_period_month,
        contract_currency_code,
        currency_code,
        {{ told_of(sign='-') }}
    from kept

    union all

    select
        known.project_key,
        known.project_code,
        known.legal_entity_code,
        known.period_month as closed_period_month,
        known.contract_currency_code,
        known.currency_code,
        {{ told_of('known', sign='-', only=contract_measures()) }}
    from known
    inner join restated
        on known.project_key = restated.project_key
        and known.legal_entity_code = restated.legal_entity_code
        and known.period_month = restated.period_month

),

summed as (
    select
        project_key,
        min(project_code) as project_code,
        legal_entity_code,
        closed_period_month,
        min(contract_currency_code) as contract_currency_code,
        min(currency_code) as currency_code,
        {{ told_sums() }}
    from signed
    group by project_key, legal_entity_code, closed_period_month
)

select
    summed.project_key,
    summed.project_code,
    summed.legal_entity_code,
    summed.closed_period_month,
    takers.taker_month,
    summed.contract_currency_code,
    summed.currency_code,
    {{ told_typed('summed') }}
from summed
inner join {{ ref('int_periods_taking') }} as takers
    on summed.legal_entity_code = takers.legal_entity_code
    and summed.closed_period_month = takers.period_month
inner join {{ ref('dim_cost_basis') }} as basis on takers.cost_basis = basis.cost_basis
where {{ told_anything('summed') }}
