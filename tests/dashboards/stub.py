"""A small published database, of a firm of three entities, for the dashboards' tests.

Figures follow from a project's place in the list and the month, so they differ from
one another and never change. ``python -m tests.dashboards.stub FILE`` writes one.
"""

import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import yaml

from dlt_pipelines.core.settings import ROOT
from tests.dashboards import stub_engine

AS_OF = date(2026, 6, 10)
MONTHS = [date(2025 + (5 + n) // 12, (5 + n) % 12 + 1, 1) for n in range(13)]
WEEKS = [date(2026, 3, 2) + timedelta(weeks=n) for n in range(15)]
CURRENCIES = {"US10": "USD", "UK20": "GBP", "DE30": "EUR"}
PRACTICES = {"CLD": "Cloud", "DAT": "Data", "STR": "Strategy"}
CONTRACTS = {
    "time_and_materials": "time_and_materials",
    "fixed_fee": "cost_to_cost",
    "milestone": "milestone",
    "retainer": "straight_line",
    "cost_plus": "cost_plus",
}
NAMES = (
    "Ledger migration",
    "Claims platform",
    "Pricing engine",
    "Target operating model",
    "Data foundations",
    "Plant telemetry",
    "Fraud analytics",
    "Cloud landing zone",
)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
CUSTOMERS = ("Alder & Voss", "Brightwater Group", "Corvane plc", "Delmont *AG*")

SCHEMAS = {
    "marts": (
        "mart_project_margin_monthly",
        "mart_project_margin_weekly",
        "mart_project_wip_monthly",
    ),
    "reconciliation": (
        "control_results",
        "rec_labour_time_to_gl",
        "rec_invoices_psa_to_erp",
        "rec_projects_crm_psa_erp",
        "rec_exceptions",
    ),
    "adjustments": ("adj_desired_postings", "adj_desired_records"),
}
SOURCES = "dim_sources"  # which models call publication.sources
SNAPSHOT = """
    create schema publication;
    create table publication.snapshot (
        snapshot_id varchar, published_at timestamp, as_of_date date,
        load_ids varchar, controls_passed integer, controls_failed integer,
        audience varchar, cost_basis varchar, classes varchar, legal_entities varchar
    )
"""

Row = dict[str, object]
Pending = dict[tuple[str, tuple[str, ...]], list[tuple]]  # by table and columns
BATCH = 200  # rows an insert


def create(database) -> None:
    """The tables of a snapshot, with the columns that their models' contracts state."""
    database.execute(SNAPSHOT)
    columns = ", ".join(_columns(SOURCES))
    database.execute(f"create table publication.sources ({columns})")
    for schema in SCHEMAS | stub_engine.SCHEMAS:
        database.execute(f"create schema {schema}")
        for model in (*SCHEMAS.get(schema, ()), *stub_engine.SCHEMAS.get(schema, ())):
            columns = ", ".join(_columns(model))
            database.execute(f"create table {schema}.{model} ({columns})")


def _columns(model: str) -> list[str]:
    [file] = (ROOT / "models").rglob(f"{model}.yml")
    [told] = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    return [
        f"{column['name']} {column['data_type']}{_constraint(column)}"
        for column in told["columns"]
    ]


def _constraint(column: Row) -> str:
    """A figure that a row does not give is 0 where it must be there."""
    if {"type": "not_null"} not in column.get("constraints", []):
        return ""
    is_figure = column["data_type"].startswith(("decimal", "integer", "bigint"))
    return " not null default 0" if is_figure else " not null"


def build(path: Path, shift: Decimal = Decimal(0)) -> None:
    """Write a snapshot; ``shift`` is added to the margin of each customer project."""
    with duckdb.connect(str(path)) as database:
        create(database)
        database.begin()
        rows: Pending = defaultdict(list)
        sums = defaultdict(lambda: [Decimal(0)] * 3)
        for number in range(18):
            _project(rows, number, shift, sums)
        _insert_all(rows, stub_engine.firm(CURRENCIES, PRACTICES, MONTHS, WEEKS, sums))
        describe(database, path.stem)
        _controls(rows)
        for row in POSTINGS:
            _insert(rows, "adjustments.adj_desired_postings", row)
        for row in EXCEPTIONS:
            _insert(rows, "reconciliation.rec_exceptions", row)
        _write(database, rows)
        database.commit()


def describe(database, name: str) -> None:
    database.execute(
        "insert into publication.snapshot values (?, timestamp '2026-06-10 06:12:09',"
        " ?, 'load-1,load-2', 3, 2, 'finance', 'actual',"
        " 'notes pay personal price', '*')",
        [name, AS_OF],
    )


def _project(rows: Pending, number: int, shift: Decimal, sums: dict) -> None:
    entity = list(CURRENCIES)[number % 3]
    practice = list(PRACTICES)[(number // 3) % 3]
    if (entity, practice) == ("DE30", "STR"):
        practice = "DAT"  # one practice that an entity does not have
    internal = number >= 15
    contract = "non_billable" if internal else list(CONTRACTS)[number % 5]
    code = f"P{1001 + number}"
    head = {
        "project_key": f"key-{code}",
        "project_code": code,
        "project_name": f"{entity} internal" if internal else NAMES[number % 8],
        "customer_name": None if internal else CUSTOMERS[number % 4],
        "practice_code": practice,
        "practice_name": PRACTICES[practice],
        "legal_entity_code": entity,
        "contract_type": contract,
        "revenue_method": CONTRACTS.get(contract, "none"),
        "manager_name": f"Manager {number % 4}",
        "currency_code": CURRENCIES[entity],
    }
    so_far: list[tuple[date, Row]] = []
    for place, month in enumerate(MONTHS):
        row = _measures(number, place, Decimal(1), internal, shift)
        so_far.append((month, row))
        tail = _to_date(so_far) | {
            "period_month": month,
            "group_month": month,
            "forecast_cost_amount": Decimal(9000),
            "eac_amount": row["total_cost_amount"] + 9000,
            "is_period_closed": month < date(2026, 5, 1),
            "backlog_amount": Decimal(0 if internal else 4000 + number),
            "reporting_currency_code": "USD",
            "reporting_margin_amount": row["margin_amount"]
            * stub_engine.RATES[head["currency_code"]],
        }
        _insert(rows, "marts.mart_project_margin_monthly", head | row | tail)
        _insert_all(rows, stub_engine.month(head, row | {"period_month": month}))
        figures = ("recognised_revenue", "total_cost", "loss_provision")
        added = (row[f"{name}_amount"] for name in figures)
        sums[entity, month] = [
            total + value
            for total, value in zip(sums[entity, month], added, strict=True)
        ]
    for place, week in enumerate(WEEKS):
        row = _measures(number, place, Decimal("0.25"), internal, shift)
        row = head | row | {"week_start_date": week}
        _insert(rows, "marts.mart_project_margin_weekly", row)
    if not internal:
        _wip(rows, head, number, shift)
        _insert_all(rows, stub_engine.project(head, number))


def _to_date(so_far: list[tuple[date, Row]]) -> Row:
    """The last month's place in its year, and what is summed to it; April lacks one."""
    last = so_far[-1][0]
    place = {
        "fiscal_year": last.year,
        "quarter_no": (last.month + 2) // 3,
        "period_no": last.month,
    }
    for span, months in (("quarter", (last.month - 1) % 3 + 1), ("year", last.month)):
        summed = [(m, row) for m, row in so_far if m.year == last.year][-months:]
        for name, measure in (
            ("revenue", "recognised_revenue"),
            ("cost", "total_cost"),
            ("margin", "margin"),
        ):
            sums = sum(row[f"{measure}_amount"] for _, row in summed)
            place[f"{span}_to_date_{name}_amount"] = sums
        place[f"is_{span}_to_date_complete"] = APRIL not in dict(summed)
    return place


def _measures(number, place, part, internal, shift) -> Row:
    """The measures of one project and period."""
    hours = (Decimal(120) + 13 * ((number * 7 + place * 5) % 11)) * part
    provisional = (hours * Decimal("71.3700")).quantize(Decimal("0.01"))
    is_actual = place < 11
    actual = (provisional * Decimal("1.02")).quantize(Decimal("0.01"))
    labour = actual if is_actual else provisional
    sub = Decimal(1850 * (number % 3)) * part
    expense = Decimal("310.25") * (place % 3) * part
    cost = labour + sub + expense
    rate = Decimal(0) if internal else Decimal("0.82") + Decimal(number % 9) / 10
    revenue = (cost * rate).quantize(Decimal("0.01")) + (0 if internal else shift)
    if number == 14 and place == 11:
        revenue = Decimal("-2500.00")  # a catch-up below nothing
    provided = Decimal("750.50") if number in (3, 4) and place == 11 else Decimal(0)
    margin = revenue - cost - provided
    share = Decimal(0) if is_actual else labour / cost
    return {
        "approved_hours": hours,
        "submitted_hours": hours / 20,
        "planned_hours": hours,
        "planned_cost_amount": provisional,
        "standard_value_amount": revenue,
        "recognised_revenue_amount": revenue,
        "write_down_amount": Decimal("120.25") if number % 5 == place % 5 == 1 else 0,
        "billed_amount": revenue * (place % 4) / 2,
        "labour_provisional_amount": provisional,
        "labour_actual_amount": actual if is_actual else Decimal(0),
        "labour_cost_amount": labour,
        "subcontractor_amount": sub,
        "expense_amount": expense,
        "total_cost_amount": cost,
        "provisional_cost_amount": Decimal(0) if is_actual else labour,
        "loss_provision_amount": provided,
        "margin_amount": margin,
        "margin_rate": margin / revenue if revenue else None,
        "provisional_cost_share_rate": share.quantize(Decimal("1e-6")),
        "is_complete": True,
    }


def _wip(rows: Pending, head: Row, number: int, shift: Decimal) -> None:
    """The roll-forward; a project in another currency gains by its exchange rate."""
    earned = billed = closing = Decimal(0)
    gain = Decimal("15.75") if number % 5 == 0 else Decimal(0)
    spans: dict[str, Row] = {}
    for place, month in enumerate(MONTHS):
        row = _measures(number, place, Decimal(1), False, shift)
        opening, net = closing, row["recognised_revenue_amount"]
        earned, billed = earned + net, billed + row["billed_amount"]
        closing = opening + net - row["billed_amount"] + gain
        balance = {
            "period_month": month,
            "opening_amount": opening,
            "earned_amount": net + row["write_down_amount"],
            "written_off_amount": row["write_down_amount"],
            "billed_amount": row["billed_amount"],
            "fx_amount": gain,
            "closing_amount": closing,
            "earned_to_date_amount": earned,
            "billed_to_date_amount": billed,
            "unbilled_amount": max(closing, 0),
            "deferred_amount": max(-closing, 0),
        }
        for span, months in (("quarter", 3), ("year", 12)):
            if span not in spans or (month.month - 1) % months == 0:
                spans[span] = {f"{span}_opening_amount": opening}
            for name in ("earned", "written_off", "billed", "fx"):
                sums = f"{span}_to_date_{name}_amount"
                added = balance[f"{name}_amount"]
                spans[span][sums] = spans[span].get(sums, 0) + added
        to_date = {"fiscal_year": month.year, "quarter_no": (month.month + 2) // 3}
        for span in spans.values():
            to_date |= span
        _insert(rows, "marts.mart_project_wip_monthly", head | balance | to_date)
        _insert_all(rows, stub_engine.balance(head, balance))


def _controls(rows: Pending) -> None:
    for control_id, name, kind, blocks, owner, compared, count in CONTROLS:
        row = {
            "control_id": control_id,
            "name": name,
            "assertion": "accuracy",
            "owner": owner,
            "kind": kind,
            "blocks": blocks,
            "compared_count": compared,
            "differences_count": count,
            "differences_amount": 0,
            "currency_code": "USD",
            "status": "failed" if count else "passed",
        }
        _insert(rows, "reconciliation.control_results", row)
    for control_id, table, found in DIFFERENCES:
        for row in found:
            row = {"control_id": control_id} | row
            _insert(rows, f"reconciliation.{table}", row)


def _insert(rows: Pending, table: str, row: Row) -> None:
    rows[table, tuple(row)].append(tuple(row.values()))


def _insert_all(rows: Pending, found: stub_engine.Rows) -> None:
    for table, row in found:
        _insert(rows, table, row)


def _write(database, rows: Pending) -> None:
    """Insert what is pending, many rows a statement: each statement takes its time."""
    for (table, names), values in rows.items():
        marks = f"({', '.join('?' * len(names))})"
        for first in range(0, len(values), BATCH):
            batch = values[first : first + BATCH]
            database.execute(
                f"insert into {table} ({', '.join(names)})"
                f" values {', '.join([marks] * len(batch))}",
                [value for row in batch for value in row],
            )


def _difference(key, entity, month, project, left, right, status, reason, owner) -> Row:
    left, right = (None if v is None else Decimal(v) for v in (left, right))
    return {
        "difference_key": key,
        "legal_entity_code": entity,
        "period_month": month,
        "project_code": project,
        "left_amount": left,
        "right_amount": right,
        "difference_amount": (left or Decimal(0)) - (right or Decimal(0)),
        "currency_code": CURRENCIES[entity],
        "match_status": status,
        "reason": reason,
        "owner": owner,
        "source_ids": f"psa:{key};erp:{key}",
    }


def _posting(key, entity, project, month, currency, amount, action, reason) -> Row:
    return {
        "posting_key": f"labour_cost_accrual|{entity}|{project}|{month:%Y-%m}{key}",
        "kind": "labour_cost_accrual",
        "legal_entity_code": entity,
        "target_instance": "erp",
        "erp_subsidiary_id": "2",
        "project_code": project,
        "erp_project_id": "701",
        "erp_department_id": "1",
        "period_month": month,
        "period_state": "closed" if reason == "period closed" else "open",
        "posting_period_month": month,
        "posting_date": month.replace(day=30),
        "currency_code": currency,
        "debit_account_number": "5000",
        "credit_account_number": "2100",
        "desired_amount": Decimal(amount),
        "desired_hours": Decimal(8),
        "correction_policy": "delta",
        "policy_action": action,
        "hold_reason": reason,
        "hold_owner": "Finance" if reason else None,
        "policy_currency_code": currency,
        "policy_rate": Decimal(1),
        "approval_threshold_amount": Decimal(20_000),
        "approvals_needed": 1,
    }


def _exception(
    kind, record, severity, owner, entity, project, amount, currency="USD"
) -> Row:
    return {
        "exception_key": f"{kind}:psa:{record}:{project}",
        "kind": kind,
        "severity": severity,
        "reason": f"record {record} of *{project}*",
        "source_instance": "psa",
        "source_id": record,
        "legal_entity_code": entity,
        "project_code": project,
        "period_month": MAY,
        "amount": amount,
        "currency_code": currency,
        "since": date(2026, 5, int(record)),
        "control_id": "C06" if kind == "project_deleted" else "C01",
        "owner": owner,
        "what_to_do": f"clear {kind}",
        "holds_postings": kind == "project_deleted",
    }


CONTROLS = (
    (
        "C01",
        "Approved time to ERP project cost",
        "business",
        "posting",
        "Finance",
        4,
        3,
    ),
    ("C02", "Invoices PSA to ERP", "business", "nothing", "Finance", 3, 2),
    ("C06", "Projects CRM, PSA and ERP", "business", "nothing", "PMO", 1, 0),
    ("C07", "GL debits equal credits", "integrity", "publication", "Finance", 0, 0),
    ("I01", "Rows landed equal rows read", "integrity", "publication", "IT", 0, 0),
)
DIFFERENCES = (
    (
        "C01",
        "rec_labour_time_to_gl",
        [
            _difference("P1001|2026-05-01", "US10", MAY, "P1001", "14210.55", "0",
                        "missing_in_erp", "not posted yet", "finance"),
            _difference("P1002|2026-05-01", "UK20", MAY, "P1002", "9050.10", "9000.10",
                        "amount_differs", "corrected after posting", "finance"),
            _difference("P1003|2026-04-01", "DE30", APRIL, "P1003", "8000.00",
                        "8120.00", "amount_differs", "posted twice", "finance"),
            _difference("P1004|2026-05-01", "US10", MAY, "P1004", "7777.00", "7777.00",
                        "matched", None, "finance"),
        ],
    ),
    (
        "C02",
        "rec_invoices_psa_to_erp",
        [
            _difference("88123", "US10", MAY, "P1004", "21000.00", None,
                        "missing_in_erp", "not in the ERP", "billing"),
            _difference("ERP:551", "UK20", APRIL, "P1005", None, "400.00",
                        "missing_in_psa", "only in the ERP", "billing"),
            _difference("88124", "US10", MAY, "P1001", "5000.00", "5000.00",
                        "matched", None, "billing"),
        ],
    ),
    (
        "C06",
        "rec_projects_crm_psa_erp",
        [
            {
                "difference_key": "P1001",
                "legal_entity_code": "US10",
                "project_code": "P1001",
                "is_in_crm": True,
                "is_in_psa": True,
                "is_in_erp": True,
                "match_status": "matched",
                "owner": "PMO",
                "source_ids": "crm:1, psa:1, erp:1",
            },
        ],
    ),
)  # fmt: skip
POSTINGS = (
    _posting("", "DE30", "P1003", APRIL, "EUR", "-120", "hold", "period closed"),
    _posting("", "US10", "P1001", MAY, "USD", "14210.55", "post", None),
    _posting("", "US10", "P1004", MAY, "USD", "25000.00", "post", None),
)
EXCEPTIONS = (
    _exception("missing_bill_rate", "1", "high", "PMO", "US10", "P1001", None),
    _exception("missing_bill_rate", "2", "high", "PMO", "UK20", "P1002", None),
    _exception("project_deleted", "3", "high", "PMO", "US10", "P1004", "800.00"),
    _exception("project_deleted", "4", "high", "PMO", "US10", "P1004", "-50.00"),
    _exception("bill_without_hours", "5", "medium", "Procurement", "UK20", "P1005",
               "70.00", "GBP"),
)  # fmt: skip


if __name__ == "__main__":
    build(Path(sys.argv[1]))
