-- Grain: one row per plan, as it was known, fiscal period of the project's entity and whether
-- it is after the as-of date: the plan's minutes and cost, spread over the person's working
-- days. A part need not be whole minutes.
with

allocations as (
    select
        *,
        cast(planned_minutes as decimal(18, 0)) * 10000 as planned_quantity
    from {{ ref('int_plans_priced') }}
    where obligation_key is not null
),

weighed as (
    select
        planned_days.plan_key,
        {{ period_start('periods', 'planned_days.date_day') }} as due_month,
        planned_days.date_day > as_of.as_of_date as is_to_come,
        cast(sum(planned_days.weight) as bigint) as weight
    from {{ ref('int_allocation_days') }} as planned_days
    inner join allocations on planned_days.plan_key = allocations.plan_key
    left join {{ ref('dim_projects') }} as projects
        on allocations.project_key = projects.project_key
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_period('periods', 'projects.legal_entity_code', 'planned_days.date_day') }}
    group by
        planned_days.plan_key,
        {{ period_start('periods', 'planned_days.date_day') }},
        planned_days.date_day > as_of.as_of_date
),

parts as (
    select
        allocations.*,
        weighed.due_month,
        weighed.is_to_come,
        weighed.weight
    from weighed
    inner join allocations on weighed.plan_key = allocations.plan_key
),

spread as (
    {{ allocate_amount(
        'parts', key=['plan_key'], amount='planned_cost_amount', weight='weight',
        ties=['due_month', 'is_to_come'], currency='currency_code',
        also={'minutes': 'planned_quantity'}, whole=['planned_quantity']
    ) }}
)

select
    plan_key,
    allocation_key,
    obligation_key,
    project_key,
    resource_key,
    start_date,
    due_month,
    is_to_come,
    cast(minutes_allocated_amount * 0.0001 as decimal(18, 4)) as planned_minutes,
    currency_code,
    cast(allocated_amount as decimal(18, 4)) as planned_cost_amount,
    is_priced,
    known_from,
    known_to,
    is_current,
    source_instance,
    source_id
from spread
