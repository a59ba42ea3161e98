-- Grain: one row per time entry that a policy says how to sell: the minutes it charges, what
-- they weigh at their price with overtime, and what those worked weigh at the rate of pay.
-- Rounding and days follow a day's entries in their order. Overtime is what a person works
-- in an ISO week, on whatever project, above the policy's hours. What is not approved is
-- counted apart.
with

entries as (select * from {{ ref('fct_time_entries') }}),

candidates as (
    select
        entries.time_entry_key,
        entries.resource_key,
        entries.project_key,
        entries.work_date,
        entries.week_start_date,
        entries.worked_minutes,
        entries.billable_minutes,
        entries.is_approved,
        policies.rounding_minutes,
        policies.day_hours,
        policies.overtime_after_hours,
        coalesce(policies.overtime_price_factor, 1) as overtime_price_factor,
        coalesce(policies.overtime_cost_factor, 1) as overtime_cost_factor,
        case when policies.project_code != '*' then 4 else 0 end
        + case when policies.customer_number != '*' then 2 else 0 end
        + case when policies.role_name != '*' then 1 else 0 end as nearness
    from entries
    inner join {{ ref('dim_projects') }} as projects
        on entries.project_key = projects.project_key
    left join {{ ref('dim_customers') }} as customers
        on projects.customer_key = customers.customer_key
    inner join {{ ref('time_sale_policies') }} as policies
        on upper(policies.project_code) in ('*', projects.project_code)
        and upper(policies.customer_number) in ('*', customers.customer_number)
        and policies.role_name in ('*', entries.role_name)
        and entries.work_date >= policies.valid_from
        and entries.work_date < {{ open_end('policies.valid_to') }}
),

chosen as (
    {{ first_of_each(
        'candidates', key=['time_entry_key'], order=['nearness desc nulls last']
    ) }}
),

weeks as (
    select distinct
        resource_key,
        week_start_date
    from chosen
    where overtime_after_hours is not null
),

worked as (
    select
        entries.time_entry_key,
        sum(entries.worked_minutes) over (
            partition by entries.resource_key, entries.week_start_date, entries.is_approved
            order by entries.work_date nulls last, entries.time_entry_key
            rows between unbounded preceding and current row
        ) as week_minutes
    from entries
    inner join weeks
        on entries.resource_key = weeks.resource_key
        and entries.week_start_date = weeks.week_start_date
),

totalled as (
    select
        chosen.*,
        cast(coalesce(chosen.rounding_minutes, 1) as bigint) as step_minutes,
        coalesce(
            cast(chosen.day_hours * 60 as bigint), cast(999999999 as bigint)
        ) as day_minutes,
        cast(chosen.overtime_after_hours * 60 as bigint) as usual_minutes,
        worked.week_minutes,
        sum(chosen.billable_minutes) over (
            partition by
                chosen.resource_key,
                chosen.project_key,
                chosen.work_date,
                chosen.is_approved,
                case when chosen.day_hours is null then chosen.time_entry_key end
            order by chosen.time_entry_key
            rows between unbounded preceding and current row
        ) as to_here_minutes
    from chosen
    left join worked on chosen.time_entry_key = worked.time_entry_key
),

sold as (
    select
        *,
        {{ minutes_sold('to_here_minutes') }}
        - {{ minutes_sold('(to_here_minutes - billable_minutes)') }} as sold_minutes,
        case
            when usual_minutes is null or week_minutes is null then 0
            else
                greatest(week_minutes - usual_minutes, 0)
                - greatest(week_minutes - worked_minutes - usual_minutes, 0)
        end as overtime_minutes
    from totalled
)

select
    time_entry_key,
    cast(sold_minutes as bigint) as sold_minutes,
    cast(overtime_minutes as bigint) as overtime_minutes,
    cast(
        sold_minutes + coalesce({{ rounded_product(
            [
                'cast(sold_minutes as decimal(20, 0))',
                'cast(overtime_minutes as decimal(12, 0))',
                '(overtime_price_factor - 1)',
            ], 4, divided_by='worked_minutes'
        ) }}, 0) as decimal(18, 4)
    ) as price_minutes,
    cast(worked_minutes + overtime_minutes * (overtime_cost_factor - 1) as decimal(18, 4))
        as cost_minutes
from sold
