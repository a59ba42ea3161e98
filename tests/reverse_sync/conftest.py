"""Fixtures of reverse sync: a NetSuite to post to, a ledger, desired states."""

import contextlib
import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import requests

from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.netsuite.target import NetSuiteTarget
from tests import postgres
from tests.reverse_sync import books


@dataclass
class Erp:
    """The sandbox's NetSuite, and what is in it."""

    host: Host
    address: str
    instance: Instance

    def disturb(self, kind: str, path: str = "journalEntry", **more) -> None:
        answer = requests.post(
            self.address + "/_sandbox/disturb",
            json={"path": path, "kind": kind, **more},
            timeout=5,
        )
        answer.raise_for_status()

    def targets(self, calls_at_once: int = 1) -> list[NetSuiteTarget]:
        targets = [NetSuiteTarget(self.instance) for _ in range(calls_at_once)]
        for target in targets:
            target.reader.longest_wait = 0.05
        return targets

    def journals(self) -> list[dict]:
        return self.host.records("netsuite").all("journalEntry")

    def balance(self, project_id: str = "701") -> tuple[Decimal, Decimal]:
        """Amount and hours on the project's cost account."""
        lines = [
            line
            for journal in self.journals()
            for line in journal["lines"]
            if line["entity"] == project_id and line["account"] == "104"
        ]
        amount = sum(Decimal(x["debit"]) - Decimal(x["credit"]) for x in lines)
        hours = sum(Decimal(x["custcol_hours"] or 0) for x in lines)
        return Decimal(amount), Decimal(hours)


@pytest.fixture
def erp(tmp_path):
    host = Host(books.firm(), tmp_path / "erp.sqlite")
    with books.serving(host) as addresses:
        yield Erp(host, addresses.plain, addresses.instance("netsuite"))


@pytest.fixture
def ledger(tmp_path):
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite")) as opened:
        yield opened


@pytest.fixture(scope="session")
def database_server():
    with postgres.cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Where a ledger of its own can be: a file, then a database."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    server = request.getfixturevalue("database_server")
    name = f"ledger_{uuid.uuid4().hex}"
    server.sql(f"create database {name}")
    return server.uri(name, "postgresql+psycopg")


def desired(amount="187.05", hours="2.25", project="P1001", month=5, **changes) -> dict:
    """A row of adj_desired_postings."""
    projects = {"P1001": "701", "P1002": "702"}
    period = date(2026, month, 1)
    last = {4: 30, 5: 31, 6: 30}[month]
    return {
        "posting_key": f"labour_cost_accrual|US10|{project}|2026-{month:02}",
        "kind": "labour_cost_accrual",
        "legal_entity_code": "US10",
        "target_instance": "netsuite",
        "erp_subsidiary_id": "1",
        "project_code": project,
        "erp_project_id": projects.get(project),
        "credit_erp_project_id": None,
        "erp_department_id": "1",
        "period_month": period,
        "period_id": str(month),
        "period_state": "open",
        "posting_period_month": period,
        "posting_date": date(2026, month, last),
        "currency_code": "USD",
        "debit_account_number": "5000",
        "credit_account_number": "2100",
        "desired_amount": Decimal(amount),
        "raised_amount": max(Decimal(amount), Decimal(0)),
        "desired_hours": Decimal(hours),
        "own_posted_amount": None,
        "unposted_amount": None,
        "correction_policy": "delta",
        "policy_action": "post",
        "hold_reason": None,
        "hold_owner": None,
        "policy_currency_code": "USD",
        "policy_rate": Decimal(1),
        "approval_threshold_amount": Decimal(5_000_000_000_000),
        "approvals_needed": 0,
        "limit_amount": None,
        "take_back_rate": None,
        "source_entry_count": 3,
        "correlation_id": "kantata:main:1",
        **changes,
    }


def database_of(path: Path, rows: list[dict]) -> Path:
    """A built database that holds the rows as adj_desired_postings."""
    types = {
        "period_month": "date",
        "posting_period_month": "date",
        "posting_date": "date",
        "own_posted_amount": "decimal(18, 4)",
        "unposted_amount": "decimal(18, 4)",
        "policy_rate": "decimal(18, 8)",
        "approval_threshold_amount": "decimal(18, 2)",
        "limit_amount": "decimal(18, 2)",
        "take_back_rate": "decimal(9, 6)",
        "approvals_needed": "integer",
        "desired_amount": "decimal(18, 4)",
        "raised_amount": "decimal(18, 4)",
        "desired_hours": "decimal(9, 2)",
        "source_entry_count": "bigint",
    }
    columns = ", ".join(f"{n} {types.get(n, 'varchar')}" for n in desired())
    places = ", ".join("?" * len(desired()))
    with contextlib.closing(duckdb.connect(path)) as made:
        made.execute("create schema adjustments")
        made.execute(f"create table adjustments.adj_desired_postings ({columns})")
        for row in rows:
            made.execute(
                f"insert into adjustments.adj_desired_postings values ({places})",
                list(row.values()),
            )
    return path
