-- Grain: one row per project and fiscal period of its entity, from its first to the
-- running one, a period without activity included. Amounts in the functional currency of
-- its entity; quarter and year to date by its fiscal year.
with

activity as (
    select
        project_key,
        period_month,
        {{ summed_activity() }}
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, period_month
),

planned as (
    select
        project_key,
        due_month as period_month,
        sum(planned_minutes) as planned_minutes,
        sum(planned_cost_amount) as planned_cost_amount
    from {{ ref('int_planned_work') }}
    where is_current
    group by project_key, due_month
),

measured as (
    select
        months.project_key,
        months.period_month,
        months.period_end_date,
        {{ period_measures('activity', 'planned') }}
    from {{ ref('int_project_periods') }} as months
    left join activity
        on months.project_key = activity.project_key
        and months.period_month = activity.period_month
    left join planned
        on months.project_key = planned.project_key
        and months.period_month = planned.period_month
),

placed as (
    select
        measured.*,
        coalesce(periods.group_month, measured.period_month) as group_month,
        {{ fiscal_place('periods', 'measured.period_month') }},
        coalesce(periods.is_closed, false) as is_period_closed
    from measured
    inner join {{ ref('int_projects_labelled') }} as projects
        on measured.project_key = projects.project_key
    left join {{ ref('dim_periods') }} as periods
        on projects.legal_entity_code = periods.legal_entity_code
        and measured.period_month = periods.period_month
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
    measured.period_month,
    measured.period_end_date,
    measured.group_month,
    measured.fiscal_year,
    measured.quarter_no,
    measured.period_no,
    projects.currency_code,
    {{ margin_measures('measured') }},
    {{ to_date_amounts({
        'revenue': 'measured.recognised_amount',
        'cost': 'measured.total_cost_amount',
        'margin': 'measured.margin_amount',
    }) }},
    overheads.overhead_amount,
    cast(measured.margin_amount - overheads.overhead_amount as decimal(18, 4))
        as contribution_margin_amount,
    forecasts.etc_amount as forecast_cost_amount,
    forecasts.eac_amount,
    forecasts.backlog_amount,
    measured.is_period_closed,
    incomplete.project_key is null as is_complete,
    {{ to_date_complete('incomplete.project_key is null') }}
from placed as measured
inner join {{ ref('int_projects_labelled') }} as projects
    on measured.project_key = projects.project_key
left join {{ ref('fct_project_forecasts') }} as forecasts
    on measured.project_key = forecasts.project_key
    and measured.period_month = forecasts.period_month
left join {{ ref('fct_project_overheads_monthly') }} as overheads
    on measured.project_key = overheads.project_key
    and measured.period_month = overheads.period_month
left join {{ ref('fct_margins_incomplete') }} as incomplete
    on measured.project_key = incomplete.project_key
    and measured.period_month = incomplete.period_month
window {{ so_far(['project_key'], 'measured') }}
