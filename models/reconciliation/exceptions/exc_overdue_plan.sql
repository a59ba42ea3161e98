-- Planned work of periods that are over which nobody did, and which is carried: it is still
-- to come, so progress, revenue and margin wait for it. What is submitted and not approved
-- yet is no reason to move a plan.
with

as_of as (
    select
        projects.project_key,
        as_of.as_of_date,
        {{ period_start('periods', 'as_of.as_of_date') }} as as_of_month,
        {{ period_end('periods', 'as_of.as_of_date') }} as as_of_month_end
    from {{ ref('dim_projects') }} as projects
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
),

submitted as (
    select
        project_key,
        resource_key,
        sum(worked_minutes) as worked_minutes
    from {{ ref('fct_time_entries') }}
    where approval_status = 'pending' and not is_future
    group by project_key, resource_key
),

-- Of one person's overdue work on a project the submitted hours are taken off once.
overdue as (
    select
        work_left.obligation_key,
        work_left.project_key,
        work_left.resource_key,
        work_left.currency_code,
        as_of.as_of_month,
        min(work_left.due_month) as first_month,
        sum(work_left.minutes) as minutes,
        sum(work_left.cost_amount) as cost_amount
    from {{ ref('int_work_to_come') }} as work_left
    inner join as_of
        on work_left.project_key = as_of.project_key
        and work_left.period_month = as_of.as_of_month
    where
        work_left.is_overdue
        and (
            work_left.due_month < as_of.as_of_month
            or as_of.as_of_date = as_of.as_of_month_end
        )
    group by
        work_left.obligation_key,
        work_left.project_key,
        work_left.resource_key,
        work_left.currency_code,
        as_of.as_of_month
),

-- What was worked beyond the plan of its month may have done some of it.
worked_beyond as (
    select distinct
        project_key,
        period_month,
        beyond_plan_minutes
    from {{ ref('int_work_counted') }}
    where beyond_plan_minutes > 0
),

by_person as (
    select
        project_key,
        resource_key,
        sum(minutes) as minutes
    from overdue
    group by project_key, resource_key
),

summed as (
    select
        overdue.obligation_key,
        overdue.currency_code,
        overdue.as_of_month,
        min(overdue.first_month) as first_month,
        sum(overdue.minutes) as minutes,
        sum(overdue.cost_amount) as cost_amount
    from overdue
    inner join by_person
        on overdue.project_key = by_person.project_key
        and overdue.resource_key is not distinct from by_person.resource_key
    left join submitted
        on overdue.project_key = submitted.project_key
        and overdue.resource_key = submitted.resource_key
    where by_person.minutes > coalesce(submitted.worked_minutes, 0)
    group by overdue.obligation_key, overdue.currency_code, overdue.as_of_month
)

select
    'overdue_plan' as kind,
    projects.project_code || ' (' || obligations.obligation_name || '): '
    || cast({{ ratio('summed.minutes', 60, 2) }} as varchar)
    || ' h overdue, the first of them planned for '
    || cast(summed.first_month as varchar)
    || coalesce(
        '; ' || cast({{ ratio('worked_beyond.beyond_plan_minutes', 60, 2) }} as varchar)
        || ' h were worked beyond the plan of their month, and may be some of them', ''
    )
    || '; its manager is ' || coalesce(resources.resource_name, 'not named') as reason,
    crosswalk.source_system,
    crosswalk.source_instance,
    coalesce(crosswalk.record_id, projects.project_code) || ' ' || obligations.obligation_code
        as source_id,
    obligations.legal_entity_code,
    obligations.project_key,
    summed.as_of_month as period_month,
    summed.cost_amount as amount,
    summed.currency_code,
    summed.first_month as since
from summed
inner join {{ ref('dim_obligations') }} as obligations
    on summed.obligation_key = obligations.obligation_key
inner join {{ ref('dim_projects') }} as projects
    on obligations.project_key = projects.project_key
left join worked_beyond
    on obligations.project_key = worked_beyond.project_key
    and summed.as_of_month = worked_beyond.period_month
left join {{ ref('crosswalk_projects') }} as crosswalk
    on projects.project_code = crosswalk.project_code
    and crosswalk.role = 'psa'
    and crosswalk.is_master
left join {{ ref('dim_resources') }} as resources
    on projects.manager_resource_key = resources.resource_key
