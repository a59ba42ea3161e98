"""The queries of the forecast: what is left to earn and to spend, and past forecasts.

All of it is of the as-of month: the schedule starts there, and ETC and backlog count
what is left.
"""

import polars as pl

from dashboards.queries.margins import View
from dashboards.warehouse import holds, total

FILTER = """
    where
        legal_entity_code = $entity
        and ($practice is null or practice_code = $practice)
"""

SCHEDULE = f"""
    select
        period_month,
        cast({total("scheduled_amount")} as decimal(18, 4)) as scheduled_amount,
        cast(count(distinct project_code) as integer) as projects_count
    from marts.mart_revenue_schedule
    {FILTER} and currency_code = $currency
    group by period_month
    order by period_month nulls last
"""

PROJECTS = f"""
    with

    months as (
        select *
        from marts.mart_project_margin_monthly
        {FILTER} and currency_code = $currency
    ),

    to_date as (
        select
            project_code,
            sum(recognised_revenue_amount) as revenue_amount,
            sum(total_cost_amount) as cost_amount
        from months
        where period_month <= $period
        group by project_code
    ),

    scheduled as (
        select
            project_code,
            sum(scheduled_amount) as scheduled_amount,
            max(period_month) as last_month
        from marts.mart_revenue_schedule
        {FILTER}
        group by project_code
    ),

    completed as (
        select
            to_date.project_code,
            to_date.revenue_amount,
            to_date.cost_amount,
            scheduled.scheduled_amount,
            scheduled.last_month,
            to_date.revenue_amount + coalesce(scheduled.scheduled_amount, 0)
                as total_amount
        from to_date
        left join scheduled on to_date.project_code = scheduled.project_code
    )

    select
        months.project_code,
        months.project_name,
        months.customer_name,
        months.contract_type,
        cast(completed.revenue_amount as decimal(18, 4)) as revenue_amount,
        cast(completed.scheduled_amount as decimal(18, 4)) as scheduled_amount,
        months.backlog_amount,
        cast(completed.cost_amount as decimal(18, 4)) as cost_amount,
        months.forecast_cost_amount as etc_amount,
        months.eac_amount,
        cast(
            completed.total_amount - months.eac_amount as decimal(18, 4)
        ) as margin_amount,
        cast(
            case
                when completed.total_amount > 0
                    then
                        100 * (completed.total_amount - months.eac_amount)
                        / completed.total_amount
            end as decimal(18, 4)
        ) as margin_percent,
        completed.last_month
    from months
    inner join completed on months.project_code = completed.project_code
    where
        months.period_month = $period
        and coalesce(months.contract_type, '') != 'non_billable'
        and (
            months.backlog_amount > 0
            or months.forecast_cost_amount > 0
            or completed.scheduled_amount > 0
        )
    order by margin_amount nulls last, months.project_code nulls last
"""

PROJECT_SCHEDULE = """
    select
        schedule.period_month,
        obligations.obligation_code,
        obligations.obligation_name,
        obligations.revenue_method,
        schedule.scheduled_amount,
        obligations.correlation_id
    from canonical.fct_revenue_schedule as schedule
    inner join canonical.dim_obligations as obligations
        on schedule.obligation_key = obligations.obligation_key
    where obligations.project_code = $project
    order by schedule.period_month nulls last, obligations.obligation_code nulls last
"""

# The fiscal quarter and year of the as-of period: earned so far, and what is scheduled
# in the rest of them. A part that is not known leaves the sum unknown.
SPAN = f"""
    select
        {{place}} as place,
        '{{span}}' as span,
        max(fiscal_year) as fiscal_year,
        max(quarter_no) as quarter_no,
        cast({{earned}} as decimal(18, 4)) as revenue_amount,
        (
            select
                cast(
                    case when count(*) = count(scheduled_amount)
                        then coalesce(sum(scheduled_amount), 0)
                    end as decimal(18, 4)
                )
            from marts.mart_revenue_schedule
            inner join canonical.dim_periods as periods
                using (legal_entity_code, period_month)
            {FILTER}
                and currency_code = $currency
                and {{start}} = (
                    select {{start}} from canonical.dim_periods as running
                    where legal_entity_code = $entity and period_month = $period
                )
        ) as scheduled_amount
    from marts.mart_project_margin_monthly
    {FILTER} and currency_code = $currency and period_month = $period
"""
SPANS = {
    "quarter": ("quarter_to_date_revenue_amount", "quarter_start_date"),
    "year": ("year_to_date_revenue_amount", "fiscal_year_start_date"),
}

BOOKINGS = f"""
    select
        practice_name,
        deals_count,
        booked_amount,
        quarter_to_date_booked_amount,
        quarter_to_date_billed_amount,
        year_to_date_booked_amount,
        year_to_date_billed_amount,
        cast(100 * year_to_date_book_to_bill_rate as decimal(18, 4))
            as book_to_bill_percent,
        backlog_amount,
        unvalued_count
    from marts.mart_bookings_monthly
    {FILTER} and currency_code = $currency and period_month = $period
    order by practice_name nulls last
"""

# Amounts are added up and then divided; a rate is never averaged.
ACCURACY = """
    select
        lead_months,
        cast(sum(months_count) as integer) as months_count,
        max(reporting_currency_code) as reporting_currency_code,
        {measures}
    from marts.mart_forecast_accuracy
    where
        scope = 'project'
        and ($practice is null or practice_code = $practice)
        and scope_code in (
            select project_code from marts.mart_project_margin_monthly
            where legal_entity_code = $entity
        )
    group by lead_months
    order by lead_months nulls last
"""
MEASURES = ("revenue", "cost", "margin")


def schedule(view: View) -> pl.DataFrame:
    """Revenue still to be recognised by month, from the as-of month."""
    return view.ask(SCHEDULE)


def projects(view: View) -> pl.DataFrame:
    """Customers' projects with anything left, least margin at completion first."""
    return view.ask(PROJECTS)


def project_schedule(view: View, project: str) -> pl.DataFrame:
    """What each obligation of a project has still to earn, by month."""
    return view.ask(PROJECT_SCHEDULE, project=project)


def to_date(view: View) -> pl.DataFrame:
    """Revenue of the running fiscal quarter and year: so far, to come, and together.

    Empty where the snapshot, of an earlier release, does not say.
    """
    if not holds("canonical.dim_periods", "quarter_start_date"):
        return pl.DataFrame()
    parts = [
        SPAN.format(place=place, span=span, earned=total(earned), start=start)
        for place, (span, (earned, start)) in enumerate(SPANS.items())
    ]
    expected = "revenue_amount + scheduled_amount as expected_amount"
    return view.ask(
        f"select *, {expected} from ({'union all'.join(parts)}) order by place"
    )


def bookings(view: View) -> pl.DataFrame:
    """What was signed and billed by practice, in the period and the year so far."""
    return view.ask(BOOKINGS)


def accuracy(view: View) -> pl.DataFrame:
    """How good past forecasts of the view's projects were, by months ahead."""
    measures = ", ".join(_measure(name) for name in MEASURES)
    return view.ask(ACCURACY.replace("{measures}", measures))


def _measure(name: str) -> str:
    forecast, actual = total(f"forecast_{name}_amount"), total(f"actual_{name}_amount")
    error, of = total(f"{name}_error_amount"), total(f"absolute_{name}_amount")
    return f"""
    cast({forecast} as decimal(18, 4)) as forecast_{name}_amount,
    cast({actual} as decimal(18, 4)) as actual_{name}_amount,
    cast(case when {of} > 0 then 100 * {error} / {of} end as decimal(18, 4))
        as {name}_wape_percent,
    cast(
        case when {actual} > 0 then 100 * ({forecast} - {actual}) / {actual} end
        as decimal(18, 4)
    ) as {name}_bias_percent
"""
