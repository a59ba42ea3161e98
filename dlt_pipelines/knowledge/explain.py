"""A margin told down to the records, rates and rules it is made of.

Everything is read from the build database: the lines of the margin add up to it, and
what is measured cumulatively is told by what it is measured from. Pay can be read from
single lines of labour, so this is for who may read the build database.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from dlt_pipelines.core import periods
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse import presence

COMPONENTS = (
    "revenue",
    "write_down",
    "labour",
    "subcontractor",
    "expense",
    "deferred_cost",
    "loss_provision",
)


@dataclass(frozen=True)
class Line:
    """A record of the margin, what it adds and how that was come by."""

    component: str
    valued_by: str
    line_date: date
    correlation_id: str
    source_version: int | None
    item: str | None
    obligation_code: str
    worked_minutes: int | None
    unit_rate: Decimal | None
    rate_factor: Decimal | None
    payroll_amount: Decimal | None
    stated_amount: Decimal | None
    stated_currency_code: str | None
    fx_rate: Decimal | None
    margin_amount: Decimal
    is_provisional: bool

    @property
    def hours(self) -> Decimal | None:
        """The hours worked, to two decimals."""
        if self.worked_minutes is None:
            return None
        return (Decimal(self.worked_minutes) / 60).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Measured:
    """How an obligation that is measured cumulatively came to its month's revenue.

    ``cumulative_amount`` less what was earned before is the month's; amounts in
    contract currency, but cost and what is to come in functional currency. Quantities
    are cost, minutes or days, as the method measures.
    """

    obligation_code: str
    obligation_name: str
    revenue_method: str
    contract_currency_code: str
    price_amount: Decimal | None
    cap_amount: Decimal | None
    cap_currency_code: str | None
    fee_rate: Decimal | None
    done_quantity: Decimal | None
    total_quantity: Decimal | None
    base_done_quantity: Decimal | None
    base_amount: Decimal | None
    progress_rate: Decimal | None
    cumulative_amount: Decimal
    recognised_amount: Decimal
    cost_to_date_amount: Decimal
    etc_labour_amount: Decimal
    etc_commitments_amount: Decimal
    etc_expenses_amount: Decimal
    basis: str | None = None  # of progress: estimate, cost_recovery or sold_hours

    @property
    def before_amount(self) -> Decimal:
        """What had been earned before the month."""
        return self.cumulative_amount - self.recognised_amount


@dataclass(frozen=True)
class Rest:
    """A record that an estimate rests on."""

    obligation_code: str
    component: str
    effective_date: date | None
    correlation_id: str
    source_version: int | None
    planned_minutes: int | None
    amount: Decimal | None
    currency_code: str


@dataclass(frozen=True)
class Explanation:
    """A project's margin of a month and everything it is made of."""

    project_code: str
    project_name: str
    legal_entity_code: str
    contract_type: str
    period_month: date
    currency_code: str
    as_of: date
    margin_amount: Decimal
    provisional_cost_amount: Decimal
    _: KW_ONLY
    lines: list[Line]
    measured: list[Measured]
    estimates: list[Rest]

    def of(self, component: str) -> list[Line]:
        """The lines of a component, the earliest first."""
        return [line for line in self.lines if line.component == component]

    @property
    def total(self) -> Decimal:
        """What the lines add up to; the margin, or a control has failed."""
        return sum((line.margin_amount for line in self.lines), Decimal(0))


def explain_margin(paths: Paths, project_code: str, period: date) -> Explanation:
    """Explain a project's margin of a month.

    Raises ConfigurationError when nothing is built, another run is building, the
    project has no such month, or its margin lacks what the firm does not have.
    """
    with _built(paths) as db:
        head = _rows(db, MARGIN, project_code, period)
        if not head:
            raise _no_such_month(db, project_code, period)
        presence.check_margin_is_known(db, project_code)
        lines = [Line(*row) for row in _rows(db, MARGIN_LINES, project_code, period)]
        measured = [Measured(*row) for row in _rows(db, MEASURED, project_code, period)]
        estimates = [Rest(*row) for row in _rows(db, ESTIMATES, project_code, period)]
        return Explanation(
            *head[0], lines=lines, measured=measured, estimates=estimates
        )


@contextlib.contextmanager
def _built(paths: Paths) -> Iterator[duckdb.DuckDBPyConnection]:
    if not paths.build.exists():
        raise ConfigurationError("nothing is built yet", "run `tieout refresh`.")
    with contextlib.closing(duckdb.connect(paths.build, read_only=True)) as db:
        yield db


def _rows(
    db: duckdb.DuckDBPyConnection, query: str, project_code: str, period: date
) -> list[tuple[Any, ...]]:
    return db.execute(query, {"project": project_code, "period": period}).fetchall()


def _no_such_month(
    db: duckdb.DuckDBPyConnection, project_code: str, period: date
) -> ConfigurationError:
    [(first, last)] = db.execute(
        "select min(period_month), max(period_month)"
        " from marts.mart_project_margin_monthly where project_code = ?",
        [project_code],
    ).fetchall()
    if first is None:
        return ConfigurationError(
            f"there is no project {project_code} with any activity",
            "give the project's code, as in the PSA (P1001).",
        )
    return ConfigurationError(
        f"{project_code} has no {period:%B %Y}",
        f"its months are {periods.name_of(first)} to {periods.name_of(last)}.",
    )


MARGIN = """
select
    project_code, project_name, legal_entity_code, contract_type, period_month,
    currency_code, as_of_date, margin_amount, provisional_cost_amount
from marts.mart_project_margin_monthly
cross join canonical.dim_as_of
where project_code = $project and period_month = $period
"""

MARGIN_LINES = """
select
    lines.component, lines.valued_by, lines.line_date, lines.correlation_id,
    lines.source_version, lines.item, obligations.obligation_code,
    lines.worked_minutes, lines.unit_rate, lines.rate_factor, lines.payroll_amount,
    lines.stated_amount, lines.stated_currency_code, lines.fx_rate,
    lines.margin_amount, lines.is_provisional
from canonical.fct_margin_lines as lines
left join canonical.dim_obligations as obligations using (obligation_key)
where lines.project_code = $project and lines.period_month = $period
order by lines.line_date, lines.correlation_id, lines.line_key
"""

MEASURED = """
with revenue as (
    select
        obligation_key, period_month, price_amount, null as cap_amount,
        null as cap_currency_code, null as fee_rate, done_quantity, total_quantity,
        base_done_quantity, base_amount, progress_rate, cumulative_amount,
        recognised_amount, basis
    from canonical.fct_revenue_over_time
    union all by name
    select
        obligation_key, period_month, cap_amount, cap_currency_code,
        value_to_date_amount as done_quantity, cumulative_amount, recognised_amount
    from canonical.fct_revenue_capped
    union all by name
    select
        obligation_key, period_month, fee_rate,
        allowable_to_date_amount as done_quantity, cumulative_amount,
        recognised_amount
    from canonical.fct_revenue_cost_plus
)
select
    obligations.obligation_code, obligations.obligation_name,
    obligations.revenue_method, obligations.contract_currency_code,
    revenue.price_amount, revenue.cap_amount, revenue.cap_currency_code,
    revenue.fee_rate,
    revenue.done_quantity, revenue.total_quantity, revenue.base_done_quantity,
    revenue.base_amount, revenue.progress_rate, revenue.cumulative_amount,
    revenue.recognised_amount, positions.cost_to_date_amount,
    positions.etc_labour_amount, positions.etc_commitments_amount,
    positions.etc_expenses_amount, revenue.basis
from revenue
inner join canonical.dim_obligations as obligations using (obligation_key)
inner join canonical.fct_obligation_positions as positions
    using (obligation_key, period_month)
where obligations.project_code = $project and revenue.period_month = $period
order by obligations.obligation_code
"""

ESTIMATES = """
select
    obligations.obligation_code, estimates.component, estimates.effective_date,
    estimates.correlation_id, estimates.source_version, estimates.planned_minutes,
    estimates.amount, estimates.currency_code
from canonical.fct_estimate_lines as estimates
inner join canonical.dim_obligations as obligations using (obligation_key)
where
    estimates.project_code = $project
    and estimates.component in ('price', 'modification')
    and coalesce(estimates.effective_date, $period) < $period + interval 1 month
union all
-- what was ordered and planned for expenses, as it was known at the month's end
select
    obligations.obligation_code, 'order', commitments.ordered_date,
    commitments.correlation_id, commitments.source_version, null,
    orders.ordered_amount, orders.currency_code
from canonical.fct_commitments_monthly as orders
inner join canonical.fct_purchase_commitments as commitments using (commitment_key)
inner join canonical.dim_obligations as obligations
    on orders.project_key = obligations.project_key and obligations.is_first
where
    orders.project_code = $project and orders.period_month = $period
    and not orders.is_hours
union all
select
    obligations.obligation_code, 'expense_budget', projects.service_start_date,
    projects.correlation_id, null, null,
    positions.expense_budget_amount, positions.currency_code
from canonical.fct_obligation_positions as positions
inner join canonical.dim_obligations as obligations using (obligation_key)
inner join canonical.dim_projects as projects
    on positions.project_key = projects.project_key
where
    positions.project_code = $project and positions.period_month = $period
    and positions.expense_budget_amount != 0
union all
-- of planned work, as it was known at the month's end, what is still to come then
select
    obligations.obligation_code, 'allocation', plans.start_date,
    plans.correlation_id, plans.source_version, sum(work.minutes),
    sum(work.cost_amount), work.currency_code
from canonical.int_work_to_come as work
inner join canonical.int_plans as plans using (plan_key)
inner join canonical.dim_obligations as obligations using (obligation_key)
where obligations.project_code = $project and work.period_month = $period
group by all
order by all
"""
