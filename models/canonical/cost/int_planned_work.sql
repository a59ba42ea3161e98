-- Grain: one row per allocation and whether its work is done by plan or still to come on
-- the as-of date. Of one that has begun, the weekdays left (its days, if it has no
-- weekday) are to come; one that starts later is to come whole. What is to come of the
-- as-of month is due by the end of the next: nothing after the as-of date is due yet.
with

allocations as (
    select
        priced.*,
        as_of.as_of_date,
        {{ period_start('periods', 'as_of.as_of_date') }} as as_of_month,
        {{ period_end('periods', 'as_of.as_of_date') }} as as_of_month_end
    from {{ ref('int_allocations_priced') }} as priced
    left join {{ ref('dim_projects') }} as projects
        on priced.project_key = projects.project_key
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
    where priced.obligation_key is not null
),

days as (
    select
        allocations.allocation_key,
        count(*) as days_count,
        sum(case when dates.date_day > allocations.as_of_date then 1 else 0 end)
            as days_left,
        sum(case when dates.is_weekday then 1 else 0 end) as weekdays_count,
        sum(
            case
                when dates.is_weekday and dates.date_day > allocations.as_of_date then 1
                else 0
            end
        ) as weekdays_left
    from allocations
    inner join {{ ref('dim_dates') }} as dates
        on allocations.start_date <= dates.date_day
        and allocations.end_date >= dates.date_day
    where
        allocations.end_date > allocations.as_of_date
        and allocations.start_date <= allocations.as_of_month_end
    group by allocations.allocation_key
),

parted as (
    select
        allocations.*,
        case
            when days.allocation_key is null
                then
                    case
                        when allocations.start_date > allocations.as_of_date then 1
                        else 0
                    end
            when days.weekdays_count > 0 then days.weekdays_left
            else days.days_left
        end as part,
        case
            when days.allocation_key is null then 1
            when days.weekdays_count > 0 then days.weekdays_count
            else days.days_count
        end as whole
    from allocations
    left join days on allocations.allocation_key = days.allocation_key
),

left_over as (
    select
        *,
        cast({{ ratio('cast(planned_minutes as decimal(18, 0)) * part', 'whole', 0) }} as bigint)
            as minutes_left,
        {{ amount_ratio('planned_cost_amount * part', 'whole', 'currency_code') }}
            as cost_left_amount
    from parted
),

stacked as (

    select
        allocation_key,
        false as is_to_come,
        obligation_key,
        project_key,
        resource_key,
        start_date,
        period_month,
        period_month as due_month,
        planned_minutes - minutes_left as planned_minutes,
        currency_code,
        planned_cost_amount - cost_left_amount as planned_cost_amount,
        source_instance
    from left_over
    where part < whole

    union all

    select
        allocation_key,
        true as is_to_come,
        obligation_key,
        project_key,
        resource_key,
        start_date,
        greatest(period_month, as_of_month) as period_month,
        case
            when period_month > as_of_month then period_month
            else cast({{ dbt.dateadd('day', 1, 'as_of_month_end') }} as date)
        end as due_month,
        minutes_left as planned_minutes,
        currency_code,
        cost_left_amount as planned_cost_amount,
        source_instance
    from left_over
    where part > 0

)

select
    allocation_key,
    obligation_key,
    project_key,
    resource_key,
    start_date,
    period_month,
    due_month,
    is_to_come,
    cast(planned_minutes as bigint) as planned_minutes,
    currency_code,
    cast(planned_cost_amount as decimal(18, 4)) as planned_cost_amount,
    source_instance
from stacked
