"""A firm that lacks a system sees what is known, nothing wrong, and why not the rest.

Four firms are the young firm's landing without the vendor's tables and without its name
on the list of systems, built and audited again. The fifth, with a PSA alone, is
refreshed from a configuration as a firm writes it. It lacks what the nightly ones lack.
"""

import contextlib
import datetime
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.knowledge.explain import explain_margin
from dlt_pipelines.warehouse import editions, warehouse
from dlt_pipelines.warehouse.warehouse import Control
from tests.end_to_end.conftest import Firm
from tests.end_to_end.firms import YOUNG
from tests.end_to_end.properties import built_otherwise

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("absent_roles")]

FEBRUARY = datetime.date(2025, 2, 1)
# What tells the rows of a mart apart, whichever of them it has.
KEYS = (
    "project_code",
    "legal_entity_code",
    "practice_code",
    "grade_code",
    "employee_number",
    "customer_number",
    "level_name",
    "level_code",
    "period_month",
    "week_start_date",
    "currency_code",
    "pool",
    "is_elimination",
)
LABOUR = {
    "labour_raw_provisional_amount",
    "labour_provisional_amount",
    "labour_raw_actual_amount",
    "labour_actual_amount",
    "burden_actualisation_amount",
    "labour_cost_amount",
}
COST = {
    "deferred_cost_amount",
    "planned_cost_amount",
    "subcontractor_amount",
    "total_cost_amount",
    "provisional_cost_amount",
    "provisional_cost_share_rate",
    "reporting_total_cost_amount",
    "forecast_cost_amount",
    "eac_amount",
    "quarter_to_date_cost_amount",
    "year_to_date_cost_amount",
}
MARGIN = {
    "loss_provision_amount",
    "margin_amount",
    "margin_rate",
    "reporting_margin_amount",
    "overhead_amount",
    "contribution_margin_amount",
    "quarter_to_date_margin_amount",
    "year_to_date_margin_amount",
}
PERIOD = {"fiscal_year", "quarter_no", "period_no"}
HOURS = {"approved_hours", "submitted_hours", "planned_hours"}
COMPLETE = {f"is_{span}complete" for span in ("", "quarter_to_date_", "year_to_date_")}


def _let_pass(figure: str) -> str:
    return "0.155" if figure.startswith(("reporting", "translation")) else "0.05"


@dataclass(frozen=True)
class Lacking:
    """A firm without some vendors' systems, and the one it is compared with."""

    paths: Paths
    controls: dict[str, Control]
    full: Path

    @cached_property
    def file(self) -> Path:
        return self.paths.work / "seen.duckdb"

    @cached_property
    def _db(self) -> duckdb.DuckDBPyConnection:
        db = duckdb.connect()
        db.execute(f"attach '{self.file}' as seen (read_only)")
        db.execute(f"attach '{self.full}' as whole (read_only)")
        db.execute("use seen")
        return db

    def rows(self, query: str) -> list[tuple]:
        return self._db.execute(query).fetchall()

    def counted(self, figures: list[str], of: str, rows: str) -> dict[str, int]:
        """How many rows have what ``of`` says, for each figure that it is so for."""
        counts = ", ".join(
            f"count(*) filter ({of.format(name=name, let_pass=_let_pass(name))})"
            for name in figures
        )
        [found] = self.rows(f"select {counts} from {rows}") if figures else [()]
        return {n: count for n, count in zip(figures, found, strict=True) if count}

    def figures(self, mart: str) -> list[str]:
        """The mart's figures: what is neither text, a day nor what tells rows apart."""
        found = self.rows(
            "select column_name from duckdb_columns() where database_name = 'whole'"
            f" and table_name = '{mart}' and data_type not in ('VARCHAR', 'DATE')"
        )
        return [name for (name,) in found if name not in KEYS]

    def joined(self, mart: str) -> str:
        """The rows that both firms have: ``own`` here, ``other`` at the full firm."""
        names = self.rows(
            "select column_name from duckdb_columns() where database_name = 'whole'"
            f" and table_name = '{mart}'"
        )
        keys = [name for (name,) in names if name in KEYS]
        on = " and ".join(f"own.{k} is not distinct from other.{k}" for k in keys)
        return (
            f"seen.marts.{mart} as own inner join whole.marts.{mart} as other on {on}"
        )

    def null(self, mart: str) -> set[str]:
        """The figures that are null in every row."""
        figures = self.figures(mart)
        known = self.counted(figures, "{name} is not null", f"seen.marts.{mart}")
        return {*figures} - {*known}

    def wrong(self, mart: str) -> dict[str, int]:
        """How many rows have another amount than the full firm, by figure.

        What is reported by the day is rounded by it: half a cent of each is let pass.
        """
        return self.counted(
            self.figures(mart),
            "own.{name} is not null"
            " and not coalesce(abs(cast(own.{name} as decimal(28, 6))"
            " - cast(other.{name} as decimal(28, 6))) <= {let_pass}, false)",
            self.joined(mart),
        )

    def unexplained(self, mart: str) -> set[str]:
        """Figures that are null somewhere, not so at the full firm, and say not why."""
        explained = {
            name
            for (name,) in self.rows(
                "select column_name from publication.absences"
                f" where relation = 'marts.{mart}'"
            )
        }
        lacking = "own.{name} is null and other.{name} is not null"
        found = self.counted(self.figures(mart), lacking, self.joined(mart))
        return {*found} - explained

    @property
    def marts(self) -> list[str]:
        found = self.rows(
            "select table_name from duckdb_tables() where database_name = 'seen'"
            " and schema_name = 'marts' and table_name like 'mart%'"
            " and table_name != 'mart_margin_explained'"  # its lines are of all kinds
        )
        return sorted(name for (name,) in found)

    def not_applicable(self) -> dict[str, str]:
        found = self.rows(
            "select control_id, absence_reason from reconciliation.control_results"
            " where status = 'not_applicable'"
        )
        return dict(found)


@pytest.fixture(scope="module")
def without(firms, tmp_path_factory):
    """Builds the young firm as it is without some vendors' systems, once each."""
    base = firms.refreshed(YOUNG, tmp_path_factory.mktemp("absent") / "full")
    built: dict[str, Lacking] = {}

    def build(*vendors: str) -> Lacking:
        name = "_".join(vendors) or "nothing"
        if name not in built:
            paths = Paths(tmp_path_factory.mktemp(name))
            shutil.copy(base.work / "land.duckdb", paths.land)
            _take_out(paths, vendors)
            warehouse.read_as_in(Paths(base.work), paths)
            warehouse.build(paths)
            _, controls = warehouse.audit(paths)
            full = base.published.resolve()
            firm = Lacking(paths, {c.control_id: c for c in controls}, full)
            editions.write_published(paths, firm.file)
            built[name] = firm
        return built[name]

    return build


def _take_out(paths: Paths, vendors: tuple[str, ...]) -> None:
    with contextlib.closing(duckdb.connect(paths.land)) as raw:
        names = raw.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
        gone = {*vendors, *(["ledger"] if "netsuite" in vendors else [])}
        for (name,) in names:
            if name.partition("__")[0] in gone:
                raw.execute(f"delete from raw.{name}")
        for name, without in (("_instances", vendors), ("_landings", gone)):
            raw.execute(
                f"delete from raw.{name} where list_contains($vendors, vendor)",
                {"vendors": list(without)},
            )


def sound(firm: Lacking) -> None:
    """It publishes; what it shows the full firm shows too; the rest says why not."""
    assert [c for c in firm.controls.values() if c.blocks_publication] == []
    assert {mart: wrong for mart in firm.marts if (wrong := firm.wrong(mart))} == {}
    assert {mart: told for mart in firm.marts if (told := firm.unexplained(mart))} == {}


def test_without_hr_and_payroll_nothing_costs_nothing(without):
    firm = without("workday", "adp")
    sound(firm)
    assert firm.null("mart_project_margin_monthly") == LABOUR | COST | MARGIN
    assert firm.null("mart_practice_utilisation_monthly") == {
        *firm.figures("mart_practice_utilisation_monthly")
    }
    known = firm.figures("mart_utilisation_weekly")
    assert {*known} - firm.null("mart_utilisation_weekly") == {
        "approved_hours",
        "submitted_hours",
    }
    assert firm.not_applicable() == {
        "C01": "no HR system",
        "C04": "no HR system",
        "C05": "no HR system",
        "I11": "no payroll",
        "I32": "no HR system",
    }
    methods = firm.rows(
        "select distinct revenue_method from marts.mart_project_margin_monthly"
        " where recognised_revenue_amount is null"
    )
    assert {("cost_to_cost",), ("cost_plus",)} <= {*methods}
    with pytest.raises(ConfigurationError, match="is not known: no HR system"):
        explain_margin(firm.paths, "P1018", FEBRUARY)


def test_nothing_is_posted_or_taken_back_for_want_of_hr(without):
    firm = without("workday", "adp")
    held = firm.rows(
        "select distinct policy_action, hold_reason"
        " from adjustments.adj_desired_postings where kind = 'labour_cost_accrual'"
    )
    assert held == [("hold", "no HR system")]


@pytest.fixture(scope="module")
def partly(without, tmp_path_factory) -> Lacking:
    """A firm whose HR says no absences, and the PSA of one project no invoices.

    What follows from its vendors' words is in the unit tests of
    `canonical/prerequisites`; here it is published.
    """
    whole = without("coupa")
    paths = Paths(tmp_path_factory.mktemp("part") / "work")
    shutil.copytree(whole.paths.work, paths.work, symlinks=True)
    with contextlib.closing(duckdb.connect(paths.build)) as build:
        build.execute(
            "update canonical.dim_prerequisites set is_met = false,"
            " absence_reason = case when prerequisite = 'billing'"
            " then 'no invoices from the PSA' else 'no absences from HR' end"
            " where prerequisite in ('capacity', 'labour', 'billing')"
        )
        build.execute(
            "update canonical.dim_projects_unmeasured set is_billing_unknown = true"
            " where project_code = (select min(project_code)"
            " from canonical.fct_invoices)"
        )
    firm = Lacking(paths, whole.controls, whole.full)
    editions.write_published(paths, firm.file)
    return firm


@pytest.mark.nightly
def test_a_system_that_comes_later_is_built_as_if_it_had_always_been(
    without, firms, tmp_path_factory
):
    lacking = without("workday", "adp").paths
    whole = firms.refreshed(YOUNG, tmp_path_factory.mktemp("again")).work
    paths = Paths(tmp_path_factory.mktemp("later"))
    shutil.copy(lacking.build, paths.build)
    shutil.copy(whole / "land.duckdb", paths.land)
    before, after = warehouse.raw_contents(lacking), warehouse.raw_contents(paths)
    changed = {table for table, held in after.items() if held != before[table]}
    assert {table.partition(".")[0] for table in changed} == {
        *("adp", "landing", "workday"),
    }
    warehouse.read_as_in(lacking, paths)
    warehouse.build(paths, changed)
    assert built_otherwise(Firm(whole), Firm(paths.work)) == {}


@pytest.mark.nightly
def test_hr_without_absences_leaves_what_was_paid_and_capacity_unknown(without, partly):
    margin = "mart_project_margin_monthly"
    assert partly.null(margin) - without("coupa").null(margin) == LABOUR
    assert partly.null("mart_utilisation_weekly") == {
        *("available_hours", "capacity_hours", "base_hours", "target_hours"),
        *("billed_hours",),  # which the PSA does not know of everybody
        *(n for n in partly.figures("mart_utilisation_weekly") if n.endswith("_rate")),
    }
    reason = "select distinct absence_reason from publication.absences"
    assert partly.rows(f"{reason} where column_name = 'capacity_hours'") == [
        ("no absences from HR",)
    ]


@pytest.mark.nightly
def test_a_psa_without_invoices_leaves_what_its_projects_were_billed_unknown(partly):
    known = partly.rows(
        "select is_billing_unknown, count(billed_amount) > 0"
        " from marts.mart_project_margin_monthly"
        " inner join canonical.dim_projects_unmeasured using (project_key)"
        " group by 1 order by 1"
    )
    assert known == [(False, True), (True, False)]
    sums = "select count(billed_amount) from marts.mart_bookings_monthly"
    assert partly.rows(sums) == [(0,)]


@pytest.mark.nightly
def test_without_a_spend_system_labour_is_known_and_no_margin(without):
    firm = without("coupa")
    sound(firm)
    margin = "mart_project_margin_monthly"
    assert firm.null(margin) == COST | MARGIN | {"expense_amount"}
    revenue = firm.rows(
        "select revenue_method, count(recognised_revenue_amount) > 0"
        f" from marts.{margin} where revenue_method is not null group by all order by 1"
    )
    # What a customer is charged beside the price is revenue of every other method.
    assert [method for method, known in revenue if known] == ["none"]
    assert firm.null("mart_practice_utilisation_monthly") == set()
    assert firm.not_applicable() == {
        "C03": "no spend system",
        "C08": "no spend system",
    }


@pytest.mark.nightly
def test_without_a_crm_nothing_is_non_billable_that_nobody_says_is(without):
    firm = without("salesforce")
    sound(firm)
    margin = "mart_project_margin_monthly"
    assert firm.null(margin) == {"overhead_amount", "contribution_margin_amount"}
    types = "select distinct contract_type from canonical.dim_projects"
    assert firm.rows(types) == [(None,)]
    unknown = firm.rows(
        f"select count(*), count(margin_amount), count(total_cost_amount)"
        f" from marts.{margin} where revenue_method is null"
    )
    assert unknown[0][0] > 0
    assert unknown[0][1:] == (0, unknown[0][0])
    assert firm.not_applicable() == {}
    # The PSA and the ERP are compared with each other.
    assert firm.controls["C06"].failures == 3


@pytest.mark.nightly
def test_without_an_erp_nothing_is_received_closed_or_posted(without):
    firm = without("netsuite")
    sound(firm)
    known = {*firm.figures("mart_project_margin_monthly")} - PERIOD
    assert known - firm.null("mart_project_margin_monthly") == HOURS | COMPLETE
    entities = (
        "select legal_entity_code, currency_code from canonical.dim_legal_entities"
    )
    assert sorted(firm.rows(entities)) == [
        ("DE30", "EUR"),
        ("UK20", "GBP"),
        ("US10", "USD"),
    ]
    assert firm.rows("select count(*) from adjustments.adj_desired_postings") == [(0,)]
    assert {*firm.not_applicable()} == {
        *("C01", "C02", "C03", "C07", "C11", "C12"),
        *("I08", "I17", "I19", "I20", "I24", "I25", "I26"),
    }


@pytest.mark.nightly  # without HR and payroll, above, nothing costs nothing either
def test_a_psa_alone_is_refreshed_and_published(firms, tmp_path):
    with firms.office(tmp_path / "office") as office:
        office.configure(only={"kantata"})
        office.firm = replace(office.firm, work=tmp_path / "bare")
        run = office.tieout("refresh")
    assert run.code == 0, run.out + run.err
    assert "Postings   none: no ERP: nothing is posted\n" in run.out
    assert "not applicable, no ERP: C01, C02" in run.out
    [figures] = office.firm.rows(
        "select count(*), count(approved_hours), count(margin_amount),"
        " count(total_cost_amount) from marts.mart_project_margin_monthly"
    )
    assert figures[0] > 0
    assert figures[1:] == (figures[0], 0, 0)
    reasons = office.firm.rows(
        "select column_name, absence_reason from publication.absences"
        " where relation = 'marts.mart_project_margin_monthly'"
        " and column_name in ('labour_cost_amount', 'expense_amount') order by 1"
    )
    assert reasons == [
        ("expense_amount", "no spend system"),
        ("labour_cost_amount", "no HR system"),
    ]
