-- Grain: one row per legal entity, pool, month and currency. Applied is the burden of
-- approved hours at provisional rates, shared out over the pools by what each adds, so
-- that the pools are the burden to the cent. Actual is, for pools in the payroll, what the
-- employer paid, against what was applied to the hours that the payroll is for; for pools
-- at a rate, what the stated rate makes of the same hours.
with

labour as (
    select
        home_legal_entity_code as legal_entity_code,
        home_period_month as period_month,
        work_date,
        resource_key,
        home_currency_code as currency_code,
        home_raw_amount as raw_amount,
        home_provisional_amount - home_raw_amount as burden_amount,
        is_actual
    from {{ ref('fct_labour_costs') }}
    where home_provisional_amount is not null
),

people as (

    select
        legal_entity_code,
        period_month,
        resource_key as working_key,
        cast(null as varchar) as paid_key
    from labour

    union all

    select
        legal_entity_code,
        period_month,
        cast(null as varchar) as working_key,
        resource_key as paid_key
    from {{ ref('int_payroll_burden_spread') }}

),

headcounts as (
    select
        legal_entity_code,
        period_month,
        cast(count(distinct working_key) as integer) as people_count,
        cast(count(distinct paid_key) as integer) as paid_people_count
    from people
    group by legal_entity_code, period_month
),

loaded as (
    select
        labour.legal_entity_code,
        labour.period_month,
        labour.currency_code,
        rates.pool,
        rates.valid_from,
        max(rates.basis) as basis,
        max(rates.provisional_factor) as provisional_factor,
        max(rates.known_factor) as known_factor,
        bool_or(rates.is_actual) as is_actual,
        sum(labour.raw_amount) as raw_amount,
        sum(labour.burden_amount) as burden_amount,
        sum(case when labour.is_actual then labour.raw_amount else 0 end)
            as paid_raw_amount,
        sum(case when labour.is_actual then labour.burden_amount else 0 end)
            as paid_burden_amount
    from labour
    inner join {{ ref('dim_burden_pool_rates') }} as rates
        on labour.legal_entity_code = rates.legal_entity_code
        and labour.work_date >= rates.valid_from
        and labour.work_date < rates.valid_to
    group by
        labour.legal_entity_code,
        labour.period_month,
        labour.currency_code,
        rates.pool,
        rates.valid_from
),

weighed as (
    select
        *,
        case
            when sum(provisional_factor) over (
                partition by legal_entity_code, period_month, currency_code, valid_from
            ) = 0 then 1
            else cast(round(provisional_factor * 1000000, 0) as bigint)
        end as weight
    from loaded
),

applied as (
    {{ allocate_amount(
        'weighed',
        key=['legal_entity_code', 'period_month', 'currency_code', 'valid_from'],
        amount='burden_amount', weight='weight', ties=['pool'],
        currency='currency_code', also={'paid': 'paid_burden_amount'}
    ) }}
),

-- What the actual rate adds to all hours, and to those whose cost is actual.
changed as (
    select
        *,
        {{ round_money(
            'raw_amount * (known_factor - provisional_factor)', 'currency_code'
        ) }} as rate_change_amount,
        {{ round_money(
            'paid_raw_amount * (known_factor - provisional_factor)', 'currency_code'
        ) }} as paid_rate_change_amount
    from applied
),

stacked as (

    select
        legal_entity_code,
        pool,
        period_month,
        currency_code,
        raw_amount,
        allocated_amount as applied_amount,
        case
            when basis = 'payroll' then paid_allocated_amount
            when is_actual then allocated_amount
            else 0
        end as settled_amount,
        case
            when basis = 'rate' and is_actual then allocated_amount + rate_change_amount
            else 0
        end as actual_amount,
        case
            when basis = 'payroll' then -paid_allocated_amount
            when is_actual then paid_rate_change_amount
            else 0
        end as actualisation_amount
    from changed

    union all

    select
        legal_entity_code,
        pool,
        period_month,
        currency_code,
        0 as raw_amount,
        0 as applied_amount,
        0 as settled_amount,
        amount as actual_amount,
        case when is_work then amount else 0 end as actualisation_amount
    from {{ ref('int_payroll_burden_spread') }}

),

summed as (
    select
        legal_entity_code,
        pool,
        period_month,
        currency_code,
        sum(raw_amount) as raw_amount,
        sum(applied_amount) as applied_amount,
        sum(settled_amount) as settled_amount,
        sum(actual_amount) as actual_amount,
        sum(actualisation_amount) as actualisation_amount
    from stacked
    group by legal_entity_code, pool, period_month, currency_code
)

select
    summed.legal_entity_code,
    summed.pool,
    summed.period_month,
    headcounts.people_count,
    headcounts.paid_people_count,
    summed.currency_code,
    cast(summed.raw_amount as decimal(18, 4)) as raw_amount,
    cast(summed.applied_amount as decimal(18, 4)) as applied_amount,
    cast(summed.settled_amount as decimal(18, 4)) as settled_amount,
    cast(summed.actual_amount as decimal(18, 4)) as actual_amount,
    cast(summed.settled_amount - summed.actual_amount as decimal(18, 4))
        as over_absorbed_amount,
    cast(summed.actualisation_amount as decimal(18, 4)) as actualisation_amount
from summed
inner join headcounts
    on summed.legal_entity_code = headcounts.legal_entity_code
    and summed.period_month = headcounts.period_month
