-- Grain: one row per allocation and ISO week it touches: its minutes and planned cost
-- spread over the weekdays in its days (all days, if it has no weekday).
with

allocations as (
    select
        *,
        cast(planned_minutes as decimal(18, 4)) as planned_quantity
    from {{ ref('int_allocations_priced') }}
),

weeks as (
    select distinct week_start_date
    from {{ ref('dim_dates') }}
),

touched as (
    select
        allocations.*,
        weeks.week_start_date,
        cast(greatest(0, {{ dbt.datediff(
            'greatest(allocations.start_date, weeks.week_start_date)',
            'least(allocations.end_date, cast('
            ~ dbt.dateadd('day', 4, 'weeks.week_start_date') ~ ' as date))', 'day'
        ) }} + 1) as bigint) as weekdays_count,
        cast({{ dbt.datediff(
            'greatest(allocations.start_date, weeks.week_start_date)',
            'least(allocations.end_date, cast('
            ~ dbt.dateadd('day', 6, 'weeks.week_start_date') ~ ' as date))', 'day'
        ) }} + 1 as bigint) as days_count
    from allocations
    inner join weeks
        on {{ week_start('allocations.start_date') }} <= weeks.week_start_date
        and allocations.end_date >= weeks.week_start_date
),

weighed as (
    select
        *,
        case
            when sum(weekdays_count) over (partition by allocation_key) > 0
                then weekdays_count
            else days_count
        end as weight
    from touched
),

minutes_spread as (
    {{ allocate_cents(
        'weighed', key=['allocation_key'], amount='planned_quantity', weight='weight',
        ties=['week_start_date'], digits=0
    ) }}
),

costs_spread as (
    {{ allocate_cents(
        'weighed', key=['allocation_key'], amount='planned_cost_amount',
        weight='weight', ties=['week_start_date']
    ) }}
)

select
    minutes_spread.allocation_key,
    minutes_spread.project_key,
    minutes_spread.resource_key,
    minutes_spread.week_start_date,
    cast(minutes_spread.allocated_amount as bigint) as planned_minutes,
    minutes_spread.currency_code,
    cast(costs_spread.allocated_amount as decimal(18, 4)) as planned_cost_amount
from minutes_spread
inner join costs_spread
    on minutes_spread.allocation_key = costs_spread.allocation_key
    and minutes_spread.week_start_date = costs_spread.week_start_date
