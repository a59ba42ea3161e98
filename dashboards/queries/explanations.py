"""The queries of the explained margin: lines, what measured them, records behind them.

Nobody's pay is in them: labour is one line a project and month, and its records are
shown with their hours alone.
"""

from datetime import date
from decimal import Decimal

import polars as pl

from dashboards.warehouse import Row, query
from dlt_pipelines.knowledge import explain, show

RULES = {
    "bill_rate": "hours at the rate they bill",
    "cost_rate": "hours at cost rate and burden, payroll not landed yet",
    "payroll": "payroll cost and burden of the hours",
    "order_rate": "hours at the rate of the order of their day",
}

PROJECTS = """
    select
        project_code,
        coalesce(contract_type, '') = 'non_billable' as is_internal,
        margin_amount
    from marts.mart_project_margin_monthly
    where
        legal_entity_code = $entity
        and period_month = $period
        and ($practice is null or practice_code = $practice)
        and (approved_hours != 0 or margin_amount != 0 or total_cost_amount != 0)
    order by project_code nulls last
"""

MARGIN = """
    select
        project_name,
        customer_name,
        coalesce(practice_name, practice_code) as practice_name,
        contract_type,
        currency_code,
        recognised_revenue_amount as revenue_amount,
        total_cost_amount as cost_amount,
        provisional_cost_amount,
        margin_amount,
        cast(
            case when recognised_revenue_amount > 0 then 100 * margin_rate end
            as decimal(18, 4)
        ) as margin_percent
    from marts.mart_project_margin_monthly
    where project_code = $project and period_month = $period
"""

LINES = """
    select
        component,
        valued_by,
        is_provisional,
        obligation_code,
        obligation_name,
        item,
        bill_rate,
        worked_hours,
        lines_count,
        record_id,
        margin_amount
    from marts.mart_margin_explained
    where project_code = $project and period_month = $period
    order by
        array_position($components, component) nulls last,
        abs(margin_amount) desc nulls last,
        explained_key nulls last
"""

# What time counts in labour and by the hour; without what an hour costs.
TIME = """
    select
        work_date,
        role_name,
        cast(worked_hours as decimal(18, 2)) as worked_hours,
        is_billable,
        correlation_id
    from canonical.fct_time_entries
    where project_code = $project and period_month = $period and is_approved
    order by work_date nulls last, correlation_id nulls last
"""


def projects(entity: str, period: date, practice: str | None) -> tuple[list[str], int]:
    """Codes of the projects with anything to explain, and which of them to begin with.

    That is the lowest margin, of customers' projects where there are any.
    """
    found = query(PROJECTS, entity=entity, period=period, practice=practice)
    codes = found["project_code"].to_list()
    lowest = found.sort("is_internal", "margin_amount")["project_code"].to_list()
    return codes, codes.index(lowest[0]) if codes else 0


def margin(project: str, period: date) -> Row:
    """The project's published margin of the month, with its names."""
    return query(MARGIN, project=project, period=period).row(0, named=True)


def lines(project: str, period: date) -> pl.DataFrame:
    """What the margin is made of, greatest first within each of its components."""
    components = list(explain.COMPONENTS)
    return query(LINES, project=project, period=period, components=components)


def by_component(found: pl.DataFrame) -> list[tuple[str, Decimal]]:
    """The sum of each component there is, in the order a margin is read."""
    sums = dict(
        found.group_by("component").agg(pl.col("margin_amount").sum()).iter_rows()
    )
    return [(name, sums[name]) for name in explain.COMPONENTS if name in sums]


def time_entries(project: str, period: date) -> pl.DataFrame:
    """The approved time of the month, record by record."""
    return query(TIME, project=project, period=period)


def measured(project: str, period: date) -> pl.DataFrame:
    """How each obligation measured cumulatively came to the month's revenue.

    As ``explain.Measured`` has it: earned to date less what was earned before.
    """
    return query(explain.MEASURED, project=project, period=period).with_columns(
        before_amount=pl.col("cumulative_amount") - pl.col("recognised_amount"),
        progress_percent=(pl.col("progress_rate") * 100).cast(pl.Decimal(18, 4)),
        done_by=pl.col("revenue_method").replace_strict(
            show.QUANTITIES, default="value", return_dtype=pl.String
        ),
    )


def rule(valued_by: str) -> str:
    """How an amount was come by, in words."""
    return (RULES | show.RULES).get(valued_by, valued_by.replace("_", " "))
