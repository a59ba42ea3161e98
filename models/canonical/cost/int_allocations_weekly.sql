-- Grain: one row per allocation and ISO week it touches: its minutes and planned cost
-- spread over the weekdays in its days (all days, if it has no weekday).
with

allocations as (
    select
        *,
        cast(planned_minutes as decimal(18, 4)) as planned_quantity,
        {{ week_start('start_date') }} as first_week_start_date
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
        on allocations.first_week_start_date <= weeks.week_start_date
        and allocations.end_date >= weeks.week_start_date
),

-- All of it is on a weekend when it starts on one and ends within the week.
weighed as (
    select
        *,
        case
            when
                {{ dbt.datediff('first_week_start_date', 'start_date', 'day') }} > 4
                and {{ dbt.datediff('first_week_start_date', 'end_date', 'day') }} < 7
                then days_count
            else weekdays_count
        end as weight
    from touched
),

spread as (
    {{ allocate_amount(
        'weighed', key=['allocation_key'], amount='planned_cost_amount', weight='weight',
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
