-- Grain: one row per project, legal entity and day, and, of what was learned of a closed
-- period later, that period. Closed periods are as they were first published as closed, all
-- others as they are known now, and the first open one has on its first day what is known of
-- closed ones beyond that. So the sum over all days is what is known now.
with

closed as (select * from {{ ref('int_closed_periods') }}),

known as (select * from {{ ref('int_project_activity_daily') }}),

kept as (select * from {{ ref('int_closed_activity') }}),

differences as (
    select * from {{ ref('int_closed_differences') }}
    where taker_month is not null
),

restated as (
    select distinct
        project_key,
        legal_entity_code,
        period_month
    from kept
    where is_restated
),

stacked as (

    select
        known.project_key,
        known.project_code,
        known.legal_entity_code,
        known.activity_date,
        known.period_month,
        cast(null as date) as closed_period_month,
        known.contract_currency_code,
        known.currency_code,
        {{ told_of('known') }}
    from known
    left join closed
        on known.legal_entity_code = closed.legal_entity_code
        and known.period_month = closed.period_month
    where closed.period_month is null

    union all

    select
        project_key,
        project_code,
        legal_entity_code,
        activity_date,
        period_month,
        closed_period_month,
        contract_currency_code,
        currency_code,
        {{ told_of() }}
    from kept

    union all

    select
        known.project_key,
        known.project_code,
        known.legal_entity_code,
        known.activity_date,
        known.period_month,
        cast(null as date) as closed_period_month,
        known.contract_currency_code,
        known.currency_code,
        {{ told_of('known', only=contract_measures()) }}
    from known
    inner join restated
        on known.project_key = restated.project_key
        and known.legal_entity_code = restated.legal_entity_code
        and known.period_month = restated.period_month

    union all

    select
        project_key,
        project_code,
        legal_entity_code,
        taker_month as activity_date,
        taker_month as period_month,
        closed_period_month,
        contract_currency_code,
        currency_code,
        {{ told_of() }}
    from differences

),

summed as (
    select
        project_key,
        min(project_code) as project_code,
        legal_entity_code,
        activity_date,
        period_month,
        closed_period_month,
        min(contract_currency_code) as contract_currency_code,
        min(currency_code) as currency_code,
        {{ told_sums() }}
    from stacked
    group by
        project_key,
        legal_entity_code,
        activity_date,
        period_month,
        closed_period_month
)

select
    summed.project_key,
    summed.project_code,
    summed.legal_entity_code,
    summed.activity_date,
    summed.period_month,
    summed.closed_period_month,
    summed.contract_currency_code,
    summed.currency_code,
    {{ told_typed('summed') }}
from summed
