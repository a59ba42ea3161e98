"""The queries of the margin page: sums of the margin marts, one currency at a time.

Every ratio is made here from sums, times 100, and is null where its base is not
positive, because a margin on no revenue means nothing.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from dashboards.calendars import calendar
from dashboards.warehouse import Row, Value, holds, query, total

GRAINS = {
    "month": ("marts.mart_project_margin_monthly", "period_month"),
    "week": ("marts.mart_project_margin_weekly", "week_start_date"),
}

SUMS = f"""
    cast(sum(approved_hours) as decimal(18, 2)) as approved_hours,
    cast(sum(submitted_hours) as decimal(18, 2)) as submitted_hours,
    cast({total("recognised_revenue_amount")} as decimal(18, 4)) as revenue_amount,
    cast({total("billed_amount")} as decimal(18, 4)) as billed_amount,
    cast({total("labour_cost_amount")} as decimal(18, 4)) as labour_amount,
    cast({total("subcontractor_amount")} as decimal(18, 4)) as subcontractor_amount,
    cast({total("expense_amount")} as decimal(18, 4)) as expense_amount,
    cast({total("deferred_cost_amount")} as decimal(18, 4)) as deferred_cost_amount,
    cast({total("total_cost_amount")} as decimal(18, 4)) as cost_amount,
    cast({total("loss_provision_amount")} as decimal(18, 4)) as provision_amount,
    cast({total("margin_amount")} as decimal(18, 4)) as margin_amount,
    cast(
        case
            when {total("recognised_revenue_amount")} > 0
                then 100 * {total("margin_amount")} / sum(recognised_revenue_amount)
        end as decimal(18, 4)
    ) as margin_percent,
    cast(
        case
            when sum(total_cost_amount) > 0
                then
                    100 * sum(
                        cast(provisional_cost_share_rate as decimal(14, 8))
                        * total_cost_amount
                    )
                    / sum(total_cost_amount)
        end as decimal(18, 4)
    ) as provisional_percent
"""

# One view of the mart: an entity's projects, of one practice or all, with or without
# internal ones. Fixed names are put in by this module, values only as parameters.
CHOSEN = """
    from {table}
    where
        legal_entity_code = $entity
        and currency_code = $currency
        and ($practice is null or practice_code = $practice)
        and ($internal or coalesce(contract_type, '') != 'non_billable')
"""

ENTITIES = """
    select distinct legal_entity_code, currency_code
    from marts.mart_project_margin_monthly
    where legal_entity_code is not null
    order by legal_entity_code nulls last, currency_code nulls last
"""

PRACTICES = """
    select distinct practice_code, coalesce(practice_name, practice_code) as name
    from marts.mart_project_margin_monthly
    where legal_entity_code = $entity and practice_code is not null
    order by name nulls last
"""

PERIODS = """
    select distinct {period} as period
    from {table}
    where legal_entity_code = $entity and {period} is not null
    order by period desc nulls last
"""

INTERNAL = """
    select cast(sum(total_cost_amount) as decimal(18, 4)) as cost_amount
    from {table}
    where
        legal_entity_code = $entity
        and currency_code = $currency
        and ($practice is null or practice_code = $practice)
        and contract_type = 'non_billable'
        and {period} = $period
"""

CLOSED = """
    select bool_and(is_period_closed) as is_closed
    from marts.mart_project_margin_monthly
    where legal_entity_code = $entity and period_month = $period
"""

PROJECTS = """
    with

    months as (
        select
            {period} as period,
            project_code,
            any_value(project_name) as project_name,
            any_value(customer_name) as customer_name,
            any_value(coalesce(practice_name, practice_code)) as practice_name,
            any_value(contract_type) as contract_type,
            any_value({manager}) as manager_name,
            {sums}
        {chosen}
            and {period} <= $period
        group by period, project_code
    ),

    recent as (select distinct period from months where period > $since),

    -- each project has a place for every period, so that the columns line up
    history as (
        select
            projects.project_code,
            list(
                cast(
                    case when months.project_code is null then 0
                        else months.margin_amount end
                    as double
                )
                order by recent.period
            ) as margin_history
        from (select distinct project_code from months) as projects
        cross join recent
        left join months
            on projects.project_code = months.project_code
            and recent.period = months.period
        group by projects.project_code
    )

    select
        months.*,
        cast(months.margin_percent - before.margin_percent as decimal(18, 1))
            as margin_points,
        coalesce(months.approved_hours != 0, false)
        or coalesce(months.revenue_amount != 0, false)
        or coalesce(months.cost_amount != 0, false) as is_active,
        history.margin_history
    from months
    left join months as before
        on months.project_code = before.project_code and before.period = $previous
    left join history on months.project_code = history.project_code
    where months.period = $period
    order by months.margin_amount nulls last, months.project_code nulls last
"""

PROJECT_MONTHS = """
    select
        period_month,
        approved_hours,
        submitted_hours,
        recognised_revenue_amount as revenue_amount,
        billed_amount,
        labour_actual_amount,
        labour_provisional_amount,
        labour_cost_amount as labour_amount,
        subcontractor_amount,
        expense_amount,
        deferred_cost_amount,
        total_cost_amount as cost_amount,
        loss_provision_amount as provision_amount,
        margin_amount,
        cast(
            case when recognised_revenue_amount > 0 then 100 * margin_rate end
            as decimal(18, 4)
        ) as margin_percent,
        cast(100 * provisional_cost_share_rate as decimal(18, 4))
            as provisional_percent,
        forecast_cost_amount,
        eac_amount
    from marts.mart_project_margin_monthly
    where project_code = $project and legal_entity_code = $entity
    order by period_month desc nulls last
"""

PROJECT_WIP = """
    select
        period_month,
        opening_amount,
        earned_amount,
        written_off_amount,
        billed_amount,
        fx_amount,
        closing_amount,
        earned_to_date_amount,
        billed_to_date_amount,
        unbilled_amount,
        deferred_amount
    from marts.mart_project_wip_monthly
    where project_code = $project and currency_code = $currency
    order by period_month desc nulls last
"""

WIP = f"""
    select
        cast({total("unbilled_amount")} as decimal(18, 4)) as unbilled_amount,
        cast({total("deferred_amount")} as decimal(18, 4)) as deferred_amount
    from marts.mart_project_wip_monthly
    where
        period_month = $period
        and currency_code = $currency
        and project_code in (select unnest($projects))
"""


# The period, its fiscal quarter and year: what the mart calls their sums.
SPANS = {
    "period": "recognised_revenue total_cost margin is",
    "quarter": "quarter_to_date_revenue quarter_to_date_cost quarter_to_date_margin"
    " is_quarter_to_date",
    "year": "year_to_date_revenue year_to_date_cost year_to_date_margin"
    " is_year_to_date",
}
SPAN = """
    select
        {place} as place,
        '{span}' as span,
        max(fiscal_year) as fiscal_year,
        max(quarter_no) as quarter_no,
        cast({revenue} as decimal(18, 4)) as revenue_amount,
        cast({cost} as decimal(18, 4)) as cost_amount,
        cast({margin} as decimal(18, 4)) as margin_amount,
        cast(
            case when {revenue} > 0 then 100 * {margin} / {revenue} end
            as decimal(18, 4)
        ) as margin_percent,
        case when bool_and({complete}_complete) then 'yes' else 'no' end as complete
    {{chosen}} and {{period}} = $period
"""


@dataclass(frozen=True)
class View:
    """What the filters chose: one legal entity in its currency, one period."""

    entity: str
    currency: str
    grain: str
    period: date
    practice: str | None
    internal: bool

    @property
    def previous(self) -> date:
        """The first day of the period before."""
        return earlier(self.period, self.grain, 1)

    def ask(self, sql: str, **parameters: Value) -> pl.DataFrame:
        """The answer to ``sql`` with this view's table and the parameters it names."""
        table, period = GRAINS[self.grain]
        chosen = CHOSEN.format(table=table)
        manager = "manager_name" if holds(table, "manager_name") else "'not shown'"
        text = sql.format(
            table=table, period=period, sums=SUMS, chosen=chosen, manager=manager
        )
        known: dict[str, Value] = {
            "entity": self.entity,
            "currency": self.currency,
            "practice": self.practice,
            "internal": self.internal,
            "period": self.period,
            "previous": self.previous,
            **parameters,
        }
        return query(text, **{k: v for k, v in known.items() if f"${k}" in text})


def earlier(start: date, grain: str, steps: int) -> date:
    """The first day of the period ``steps`` before the one starting on ``start``."""
    if grain == "week":
        return date.fromordinal(start.toordinal() - 7 * steps)
    return calendar().stepped(start, -steps)


def by_period(view: View, length: int = 13) -> pl.DataFrame:
    """Sums of the view by period, oldest first, up to the period chosen."""
    since = earlier(view.period, view.grain, length)
    return view.ask(
        "select {period} as period, {sums} {chosen}"
        " and {period} <= $period and {period} > $since"
        " group by {period} order by {period} nulls last",
        since=since,
    )


def to_date(view: View) -> pl.DataFrame:
    """The period of the view, its fiscal quarter and its year up to it, a row each.

    Of months only; empty where the snapshot, of an earlier release, does not say.
    """
    table, _ = GRAINS[view.grain]
    if view.grain != "month" or not holds(table, "is_year_to_date_complete"):
        return pl.DataFrame()
    parts = []
    for place, (span, names) in enumerate(SPANS.items()):
        *amounts, complete = names.split()
        sums = (total(f"{name}_amount") for name in amounts)
        known = dict(zip(("revenue", "cost", "margin"), sums, strict=True))
        parts.append(SPAN.format(place=place, span=span, complete=complete, **known))
    return view.ask("union all".join(parts) + " order by place")


def by_practice(view: View) -> pl.DataFrame:
    """Sums of the view by practice in the period, least margin percent first."""
    return view.ask(
        "select coalesce(practice_name, practice_code) as practice_name, {sums}"
        " {chosen} and {period} = $period group by practice_name, practice_code"
        " order by margin_percent nulls first, practice_name nulls last"
    )


def by_project(view: View) -> pl.DataFrame:
    """Sums of the view by project in the period, least margin first."""
    since = earlier(view.period, view.grain, 12)
    return view.ask(PROJECTS, since=since)


def internal_cost(view: View) -> Decimal | None:
    """The cost of internal projects in the period, which earn nothing."""
    return view.ask(INTERNAL)["cost_amount"][0]


def balances(view: View, projects: list[str]) -> dict[str, Decimal | None]:
    """Unbilled and deferred amounts of the projects at the end of the month."""
    return view.ask(WIP, projects=projects).row(0, named=True)


def is_closed(view: View) -> bool | None:
    """Whether the ERP has closed the month for the legal entity; None without one."""
    return view.ask(CLOSED)["is_closed"][0]


def bridge(now: Row, before: Row) -> list[tuple[str, Decimal]]:
    """The steps from one period's margin to the next's; they add up exactly.

    Only where both margins are known.
    """
    lines = [
        ("Revenue", "revenue_amount", 1),
        ("Labour", "labour_amount", -1),
        ("Subcontractors", "subcontractor_amount", -1),
        ("Expenses", "expense_amount", -1),
        ("Loss provision", "provision_amount", -1),
    ]
    if now["deferred_cost_amount"] or before["deferred_cost_amount"]:
        lines.append(("Cost put off", "deferred_cost_amount", 1))  # until acceptance
    return [
        (label, sign * ((now[column] or Decimal()) - (before[column] or Decimal())))
        for label, column, sign in lines
    ]
