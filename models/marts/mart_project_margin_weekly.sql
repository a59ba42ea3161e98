-- Grain: one row per project and ISO week (by its Monday), from the week of its first
-- activity or plan to the as-of week. Amounts in the functional currency of its entity.
with

as_of as (select as_of_date from {{ ref('dim_as_of') }}),

activity as (
    select
        project_key,
        week_start_date,
        {{ summed_activity() }}
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, week_start_date
),

planned as (
    select
        project_key,
        week_start_date,
        sum(planned_minutes) as planned_minutes,
        sum(planned_cost_amount) as planned_cost_amount
    from {{ ref('int_allocations_weekly') }}
    group by project_key, week_start_date
),

seen as (

    select
        project_key,
        week_start_date,
        week_start_date as active_week
    from activity

    union all

    select
        planned.project_key,
        planned.week_start_date,
        cast(null as date) as active_week
    from planned
    cross join as_of
    where planned.week_start_date <= as_of.as_of_date

),

spans as (
    select
        seen.project_key,
        min(seen.week_start_date) as first_week,
        greatest(max(seen.active_week), {{ week_start('max(as_of.as_of_date)') }})
            as last_week
    from seen
    cross join as_of
    where seen.project_key is not null
    group by seen.project_key
),

weeks as (
    select distinct week_start_date
    from {{ ref('dim_dates') }}
),

measured as (
    select
        spans.project_key,
        weeks.week_start_date,
        {{ period_measures('activity', 'planned') }}
    from spans
    inner join weeks
        on spans.first_week <= weeks.week_start_date
        and spans.last_week >= weeks.week_start_date
    left join activity
        on spans.project_key = activity.project_key
        and weeks.week_start_date = activity.week_start_date
    left join planned
        on spans.project_key = planned.project_key
        and weeks.week_start_date = planned.week_start_date
)

select
    projects.project_key,
    projects.project_code,
    projects.project_name,
    projects.customer_name,
    projects.practice_code,
    projects.practice_name,
    projects.service_line,
    projects.legal_entity_code,
    projects.region,
    projects.contract_type,
    projects.revenue_method,
    projects.manager_name,
    measured.week_start_date,
    projects.currency_code,
    {{ margin_measures('measured') }},
    not exists (
        select 1
        from {{ ref('fct_margins_incomplete') }} as incomplete
        where
            incomplete.project_key = measured.project_key
            and incomplete.period_month in (
                {{ period_start('first_periods', 'measured.week_start_date') }},
                {{ period_start(
                    'last_periods', dbt.dateadd('day', 6, 'measured.week_start_date')
                ) }}
            )
    ) as is_complete
from measured
inner join {{ ref('int_projects_labelled') }} as projects
    on measured.project_key = projects.project_key
{{ join_period(
    'first_periods', 'projects.legal_entity_code', 'measured.week_start_date'
) }}
{{ join_period(
    'last_periods', 'projects.legal_entity_code',
    'cast(' ~ dbt.dateadd('day', 6, 'measured.week_start_date') ~ ' as date)'
) }}
