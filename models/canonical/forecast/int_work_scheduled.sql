-- Grain: one row per allocation with work after the as-of date. One that starts in a
-- later month counts whole; of one that has begun, its weekdays left (its days, if it
-- has no weekday) count in the as-of month. An hour is worth what its role last billed
-- on the project, else the standard rate card.
with

allocations as (
    select
        priced.*,
        as_of.as_of_date,
        priced.start_date > {{ month_end('as_of.as_of_date') }} as is_later_month
    from {{ ref('int_allocations_priced') }} as priced
    cross join {{ ref('dim_as_of') }} as as_of
    where priced.end_date > as_of.as_of_date and priced.obligation_key is not null
),

begun as (
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
    where not allocations.is_later_month
    group by allocations.allocation_key
),

shares as (
    select
        allocation_key,
        case when weekdays_count > 0 then weekdays_left else days_left end as part,
        case when weekdays_count > 0 then weekdays_count else days_count end as whole
    from begun
),

left_over as (
    select
        allocations.*,
        case
            when allocations.is_later_month then allocations.planned_minutes
            else cast({{ ratio(
                'cast(allocations.planned_minutes as decimal(18, 0)) * shares.part',
                'shares.whole', 0
            ) }} as bigint)
        end as minutes_left,
        case
            when allocations.is_later_month then allocations.planned_cost_amount
            else {{ ratio(
                'allocations.planned_cost_amount * shares.part', 'shares.whole', 2
            ) }}
        end as cost_left_amount
    from allocations
    left join shares on allocations.allocation_key = shares.allocation_key
),

last_billed as (
    select
        project_key,
        role_name,
        max_by(bill_rate, cast(work_date as varchar) || time_entry_id) as bill_rate
    from {{ ref('fct_time_entries') }}
    where is_approved and is_billable and bill_rate is not null
    group by project_key, role_name
)

select
    left_over.allocation_key,
    left_over.project_key,
    left_over.obligation_key,
    case
        when left_over.is_later_month then left_over.period_month
        else {{ month_start('left_over.as_of_date') }}
    end as period_month,
    cast(left_over.minutes_left as bigint) as scheduled_minutes,
    left_over.currency_code,
    cast(left_over.cost_left_amount as decimal(18, 4)) as planned_cost_amount,
    projects.contract_currency_code,
    case
        when projects.contract_type = 'non_billable' then cast(0 as decimal(18, 4))
        else {{ minutes_at_rate(
            'left_over.minutes_left', 'coalesce(last_billed.bill_rate, bill_rates.bill_rate)'
        ) }}
    end as contract_value_amount,
    left_over.is_later_month
from left_over
inner join {{ ref('dim_projects') }} as projects
    on left_over.project_key = projects.project_key
left join {{ ref('dim_resource_assignments') }} as assignments
    on left_over.resource_key = assignments.resource_key
    and left_over.start_date >= assignments.valid_from
    and left_over.start_date < {{ open_end('assignments.valid_to') }}
left join last_billed
    on left_over.project_key = last_billed.project_key
    and assignments.role_name = last_billed.role_name
left join {{ ref('dim_bill_rates') }} as bill_rates
    on assignments.role_name = bill_rates.role_name
    and projects.contract_currency_code = bill_rates.currency_code
    and left_over.start_date >= bill_rates.valid_from
    and left_over.start_date < {{ open_end('bill_rates.valid_to') }}
where left_over.minutes_left > 0 or left_over.cost_left_amount > 0
