-- Grain: one row per employee and ISO week after the as-of week, to the last week with a
-- plan: what is allocated, against the capacity that holidays and booked absence leave. A
-- week belongs to where the person is on its last day.
with

plans as (
    select
        resource_key,
        week_start_date,
        sum(planned_minutes) as planned_minutes
    from {{ ref('int_allocations_weekly') }}
    group by resource_key, week_start_date
),

horizon as (
    select
        max(as_of.as_of_date) as as_of_date,
        max(plans.week_start_date) as last_week
    from plans
    cross join {{ ref('dim_as_of') }} as as_of
),

employees as (
    select resource_key
    from {{ ref('dim_resources') }}
    where coalesce(worker_type, 'employee') != 'contingent'
),

stacked as (

    select
        resource_key,
        week_start_date,
        capacity_minutes,
        0 as scheduled_minutes
    from {{ ref('int_working_days') }}

    union all

    select
        plans.resource_key,
        plans.week_start_date,
        0 as capacity_minutes,
        plans.planned_minutes as scheduled_minutes
    from plans
    inner join employees on plans.resource_key = employees.resource_key

),

weekly as (
    select
        stacked.resource_key,
        stacked.week_start_date,
        sum(stacked.capacity_minutes) as capacity_minutes,
        sum(stacked.scheduled_minutes) as scheduled_minutes
    from stacked
    inner join horizon
        on stacked.week_start_date > horizon.as_of_date
        and stacked.week_start_date <= horizon.last_week
    group by stacked.resource_key, stacked.week_start_date
)

select
    weekly.resource_key,
    weekly.week_start_date,
    assignments.legal_entity_code,
    assignments.practice_code,
    assignments.grade_code,
    cast(weekly.capacity_minutes as bigint) as capacity_minutes,
    cast(weekly.scheduled_minutes as bigint) as scheduled_minutes,
    cast(
        {{ rounded_product([
            'cast(weekly.capacity_minutes as decimal(18, 0))', 'targets.target_rate'
        ], 4) }} as decimal(18, 4)
    ) as target_minutes,
    coalesce(own_policies.amber_width_rate, policies.amber_width_rate)
        as amber_width_rate
from weekly
left join {{ ref('dim_resource_assignments') }} as assignments
    on weekly.resource_key = assignments.resource_key
    and cast({{ dbt.dateadd('day', 6, 'weekly.week_start_date') }} as date)
    >= assignments.valid_from
    and cast({{ dbt.dateadd('day', 6, 'weekly.week_start_date') }} as date)
    < assignments.valid_to
left join {{ ref('utilisation_policies') }} as own_policies
    on assignments.legal_entity_code = own_policies.legal_entity_code
left join {{ ref('utilisation_policies') }} as policies
    on policies.legal_entity_code = '*'
left join {{ ref('utilisation_targets') }} as targets
    on assignments.grade_code = targets.grade_code
    and weekly.week_start_date >= targets.valid_from
    and weekly.week_start_date < {{ open_end('targets.valid_to') }}
