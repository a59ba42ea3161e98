-- Grain: one row per project and month, seen at its end: what was worked on it by then, by
-- all. A project that has not begun is seen as of now.
with

as_of as (
    select
        projects.project_key,
        {{ period_start('periods', 'as_of.as_of_date') }} as period_month,
        as_of.as_of_date as measured_to_date
    from {{ ref('dim_projects') }} as projects
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
),

seen as (

    select
        project_key,
        period_month,
        measured_to_date
    from {{ ref('int_project_months') }}

    union distinct

    select
        project_key,
        period_month,
        measured_to_date
    from as_of

),

monthly as (
    select
        project_key,
        period_month,
        sum(worked_minutes) as worked_minutes
    from {{ ref('fct_time_entries') }}
    where is_approved
    group by project_key, period_month
),

worked as (
    select
        seen.project_key,
        seen.period_month,
        sum(monthly.worked_minutes) as worked_minutes
    from seen
    inner join monthly
        on seen.project_key = monthly.project_key
        and seen.period_month >= monthly.period_month
    group by seen.project_key, seen.period_month
)

select
    seen.project_key,
    seen.period_month,
    seen.measured_to_date,
    cast(coalesce(worked.worked_minutes, 0) as bigint) as worked_minutes
from seen
left join worked
    on seen.project_key = worked.project_key
    and seen.period_month = worked.period_month
