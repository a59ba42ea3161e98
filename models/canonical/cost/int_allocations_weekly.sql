-- Grain: one row per allocation and ISO week it touches: its minutes and planned cost
-- spread over the person's working days.
with

allocations as (
    select
        *,
        cast(planned_minutes as decimal(18, 4)) as planned_quantity
    from {{ ref('int_allocations_priced') }}
),

weighed as (
    select
        plan_key,
        {{ week_start('date_day') }} as week_start_date,
        cast(sum(weight) as bigint) as weight
    from {{ ref('int_allocation_days') }}
    group by plan_key, {{ week_start('date_day') }}
),

weeks as (
    select
        allocations.*,
        weighed.week_start_date,
        weighed.weight
    from weighed
    inner join allocations on weighed.plan_key = allocations.plan_key
),

spread as (
    {{ allocate_amount(
        'weeks', key=['allocation_key'], amount='planned_cost_amount', weight='weight',
        ties=['week_start_date'], currency='currency_code',
        also={'minutes': 'planned_quantity'}, whole=['planned_quantity']
    ) }}
)

select
    allocation_key,
    project_key,
    resource_key,
    week_start_date,
    cast(minutes_allocated_amount as bigint) as planned_minutes,
    currency_code,
    cast(allocated_amount as decimal(18, 4)) as planned_cost_amount
from spread
