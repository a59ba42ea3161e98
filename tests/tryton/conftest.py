"""Fixtures of the tests against a real Tryton: the server, its books, a ledger."""

import contextlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing.landing import Landing, land
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.vendors.tryton.target import TrytonTarget
from tests.reverse_sync.conftest import desired
from tests.tryton import server

COST, ACCRUED = "5.1.3", "2.3.7"


@pytest.fixture(scope="session")
def tryton():
    with server.running() as made:
        yield made


@pytest.fixture
def books(tryton):
    return Books(tryton)


@pytest.fixture
def ledger(tmp_path):
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite")) as opened:
        yield opened


@pytest.fixture
def landed(tryton, tmp_path):
    """Land the books: the report, and a way to ask raw."""
    paths = Paths(tmp_path / "work")
    moments = (datetime(2026, 6, 10, hour, tzinfo=UTC) for hour in range(24))

    def ask(query: str, *values) -> list[tuple]:
        with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as raw:
            return raw.execute(query, values).fetchall()

    def land_them():
        now = next(moments)
        landing = Landing(paths, f"L{now.hour}", now, now.date(), b"key")
        return land([tryton.instance()], landing), ask

    return land_them


class Books:
    """What is in Tryton, asked by its administrator."""

    def __init__(self, tryton: server.Tryton) -> None:
        self.tryton = tryton
        self.admin = tryton.client("admin")
        self.projects = self.ids("analytic_account.account", "code")
        companies = self.rows("company.company", "party.code")
        self.companies = {row["party"]["code"]: row["id"] for row in companies}

    def ids(self, model: str, code: str) -> dict[str, str]:
        return {row[code]: str(row["id"]) for row in self.rows(model, code)}

    def rows(self, model: str, *fields: str, domain=()) -> list[dict]:
        pages = self.admin.pages(model, list(fields), list(domain))
        return [row for page in pages for row in page]

    def moves(self, state: str = "posted") -> Counter:
        """How many moves each external id of ours has."""
        domain = [["state", "=", state], ["description", "like", "TIEOUT-%"]]
        rows = self.rows("account.move", "description", domain=domain)
        return Counter(row["description"].partition(" ")[0] for row in rows)

    def are_gapless(self, company: str = "US10") -> bool:
        """Whether the numbers of a company's posted moves count up from 1."""
        of_company = ["company", "=", self.companies[company]]
        domain = [of_company, ["state", "=", "posted"]]
        rows = self.rows("account.move", "number", domain=domain)
        numbers = sorted(row["number"] for row in rows)
        return numbers == [f"{company}-{n:06}" for n in range(1, len(numbers) + 1)]

    def period(self, month: int, company: str = "US10") -> int:
        of_company = ["company", "=", self.companies[company]]
        begins = ["start_date", "=", date(2026, month, 1)]
        [row] = self.rows("account.period", "state", domain=[of_company, begins])
        return row["id"]

    def close(self, month: int) -> None:
        self.admin.call("account.period.close", [self.period(month)])

    def reopen(self, month: int) -> None:
        """Reopen a period and, as closing closed those too, its journals in it."""
        period = self.period(month)
        self.admin.call("account.period.reopen", [period])
        model = "account.journal.period"
        closed = [["period", "=", period], ["state", "=", "closed"]]
        if journals := [row["id"] for row in self.rows(model, domain=closed)]:
            self.admin.call(f"{model}.reopen", journals)

    def wanted(self, month: int, *, projects=("P1001", "P1002"), **changes) -> list:
        """Rows of the desired postings: one of each project in a month."""
        first = date(2026, month, 1)
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return [
            desired(
                str(100 * month + Decimal(number) / 4),
                f"{number}.25",
                project=project,
                target_instance="erp",
                erp_subsidiary_id=str(self.companies["US10"]),
                posting_key=f"labour_cost_accrual|US10|{project}|2026-{month:02}",
                erp_project_id=self.projects[project],
                period_month=first,
                period_id=str(month),
                posting_period_month=first,
                posting_date=last,
                debit_account_number=COST,
                credit_account_number=ACCRUED,
                **changes,
            )
            for number, project in enumerate(projects, 1)
        ]

    def target(self, kind: type[TrytonTarget] = TrytonTarget) -> TrytonTarget:
        return kind(self.tryton.instance())

    def post(self, rows, ledger, target=None, *, retry_refused=False):
        planned = compare(rows, ledger, retry_refused=retry_refused)
        target = target or self.target()
        target.held = list  # a test's ledger knows nothing of the other tests' moves
        return post(planned, ledger, [target], wait=lambda _: None)
