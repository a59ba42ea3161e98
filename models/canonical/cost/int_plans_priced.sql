-- Grain: one row per allocation and state of it that was known. Planned work costs what it
-- would cost on its first planned day, or on the first one that its person has a rate: an
-- employee's with burden, a contractor's order rate. An allocation without a rate counts 0 and
-- is flagged, an exception for its owner. It belongs to the obligation in service on its first
-- day: the first by code of several, the project's first when none is.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

plans as (select * from {{ ref('int_plans') }}),

projects as (select * from {{ ref('dim_projects') }}),

resources as (select * from {{ ref('dim_resources') }}),

cost_rates as (select * from {{ ref('dim_cost_rates') }}),

-- Who joins after a plan begins is planned from then on.
first_rates as (
    select
        plans.plan_key,
        greatest(plans.start_date, min(cost_rates.valid_from)) as rate_date
    from plans
    inner join cost_rates
        on plans.resource_key = cost_rates.resource_key
        and plans.end_date >= cost_rates.valid_from
        and plans.start_date < {{ open_end('cost_rates.valid_to') }}
    group by plans.plan_key, plans.start_date
),

allocations as (
    select
        plans.*,
        coalesce(first_rates.rate_date, plans.start_date) as rate_date
    from plans
    left join first_rates on plans.plan_key = first_rates.plan_key
),

assignments as (select * from {{ ref('dim_resource_assignments') }}),

burden_rates as (select * from {{ ref('dim_burden_rates') }}),

orders as (
    select *
    from {{ ref('dim_contractor_orders') }}
    where hourly_rate is not null and (select basis.cost_basis from basis) = 'actual'
),

served as (
    select
        allocations.plan_key,
        min(obligations.obligation_code) as obligation_code
    from allocations
    inner join {{ ref('dim_obligations') }} as obligations
        on allocations.project_key = obligations.project_key
        and allocations.start_date >= obligations.service_start_date
        and allocations.start_date <= obligations.service_end_date
    group by allocations.plan_key
),

obliged as (
    select
        allocations.plan_key,
        max(obligations.obligation_key) as obligation_key
    from allocations
    left join served on allocations.plan_key = served.plan_key
    inner join {{ ref('dim_obligations') }} as obligations
        on allocations.project_key = obligations.project_key
        and case
            when served.obligation_code is null then obligations.is_first
            else served.obligation_code = obligations.obligation_code
        end
    group by allocations.plan_key
),

rated as (
    select
        allocations.plan_key,
        allocations.allocation_key,
        allocations.known_from,
        allocations.known_to,
        allocations.is_current,
        obliged.obligation_key,
        allocations.project_key,
        allocations.resource_key,
        allocations.start_date,
        allocations.rate_date,
        allocations.end_date,
        allocations.period_month,
        allocations.planned_minutes,
        allocations.source_instance,
        allocations.source_id,
        projects.functional_currency_code as currency_code,
        case
            when resources.worker_type = 'contingent'
                then coalesce(orders.currency_code, cost_rates.currency_code)
            else cost_rates.currency_code
        end as rate_currency_code,
        case
            when resources.worker_type = 'contingent'
                then coalesce(orders.hourly_rate, cost_rates.cost_rate)
            else cost_rates.cost_rate
        end as hourly_rate,
        case
            when resources.worker_type = 'contingent' then 0
            else burden_rates.burden_rate
        end as burden_rate
    from allocations
    left join obliged on allocations.plan_key = obliged.plan_key
    left join projects on allocations.project_key = projects.project_key
    left join resources on allocations.resource_key = resources.resource_key
    left join orders
        on allocations.resource_key = orders.resource_key
        and allocations.project_key = orders.project_key
        and allocations.start_date >= orders.valid_from
        and allocations.start_date < orders.valid_to
    left join cost_rates
        on allocations.resource_key = cost_rates.resource_key
        and allocations.rate_date >= cost_rates.valid_from
        and allocations.rate_date < {{ open_end('cost_rates.valid_to') }}
    left join assignments
        on allocations.resource_key = assignments.resource_key
        and allocations.rate_date >= assignments.valid_from
        and allocations.rate_date < {{ open_end('assignments.valid_to') }}
    left join burden_rates
        on assignments.legal_entity_code = burden_rates.legal_entity_code
        and allocations.rate_date >= burden_rates.valid_from
        and allocations.rate_date < {{ open_end('burden_rates.valid_to') }}
),

priced as (
    select
        rated.*,
        {{ minutes_at_rate(
            'rated.planned_minutes', 'rated.hourly_rate',
            minor_units('rated.rate_currency_code'), '(1 + rated.burden_rate)'
        ) }} as home_planned_amount
    from rated
),

in_functional_currency as (
    select
        priced.*,
        {{ translated(
            'priced.home_planned_amount', 'priced.rate_currency_code',
            'priced.currency_code', 'fx_rates.fx_rate'
        ) }} as planned_amount
    from priced
    {{ join_fx_rate(
        'fx_rates', 'priced.rate_currency_code', 'priced.currency_code',
        'priced.rate_date'
    ) }}
)

select
    plan_key,
    allocation_key,
    project_key,
    obligation_key,
    resource_key,
    start_date,
    end_date,
    period_month,
    planned_minutes,
    currency_code,
    cast(coalesce(planned_amount, 0) as decimal(18, 4)) as planned_cost_amount,
    planned_amount is not null as is_priced,
    known_from,
    known_to,
    is_current,
    source_instance,
    source_id
from in_functional_currency
