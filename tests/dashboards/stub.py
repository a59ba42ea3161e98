"""A small published database, of a firm of three entities, for the dashboards' tests.

Figures follow from a project's place in the list and the month, so they differ from
one another and never change. ``python -m tests.dashboards.stub FILE`` writes one.
"""

import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

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
CUSTOMERS = ("Alder & Voss", "Brightwater Group", "Corvane plc", "Delmont *AG*")

MEASURES = """
    approved_hours decimal(18, 2), submitted_hours decimal(18, 2),
    planned_hours decimal(18, 2), planned_cost_amount decimal(18, 4),
    standard_value_amount decimal(18, 4), recognised_revenue_amount decimal(18, 4),
    billed_amount decimal(18, 4), labour_provisional_amount decimal(18, 4),
    labour_actual_amount decimal(18, 4), labour_cost_amount decimal(18, 4),
    subcontractor_amount decimal(18, 4), expense_amount decimal(18, 4),
    total_cost_amount decimal(18, 4), margin_amount decimal(18, 4),
    margin_rate decimal(28, 10), provisional_cost_share_rate decimal(28, 10)
"""
PROJECT = """
    project_key varchar, project_code varchar, project_name varchar,
    customer_name varchar, practice_code varchar, practice_name varchar,
    legal_entity_code varchar, contract_type varchar, revenue_method varchar,
    manager_name varchar
"""
DIFFERENCE = """
    control_id varchar, difference_key varchar, legal_entity_code varchar,
    period_month date, project_code varchar, left_amount decimal(18, 4),
    right_amount decimal(18, 4), difference_amount decimal(18, 4),
    currency_code varchar, match_status varchar, reason varchar, owner varchar,
    source_ids varchar
"""
TABLES = f"""
    create schema publication;
    create schema marts;
    create schema reconciliation;
    create table publication.snapshot (
        snapshot_id varchar, published_at timestamp, as_of_date date,
        load_ids varchar, controls_passed integer, controls_failed integer
    );
    create table marts.mart_project_margin_monthly (
        {PROJECT}, period_month date, currency_code varchar, {MEASURES},
        forecast_cost_amount decimal(18, 4), eac_amount decimal(18, 4),
        is_period_closed boolean
    );
    create table marts.mart_project_margin_weekly (
        {PROJECT}, week_start_date date, currency_code varchar, {MEASURES}
    );
    create table marts.mart_project_wip_monthly (
        project_key varchar, project_code varchar, legal_entity_code varchar,
        period_month date, currency_code varchar,
        opening_amount decimal(18, 4), earned_amount decimal(18, 4),
        billed_amount decimal(18, 4), closing_amount decimal(18, 4),
        earned_to_date_amount decimal(18, 4), billed_to_date_amount decimal(18, 4),
        unbilled_amount decimal(18, 4), deferred_amount decimal(18, 4)
    );
    create table reconciliation.rec_labour_time_to_gl ({DIFFERENCE});
    create table reconciliation.rec_invoices_psa_to_erp ({DIFFERENCE});
    create table reconciliation.rec_projects_crm_psa_erp (
        {DIFFERENCE}, is_in_crm boolean, is_in_psa boolean, is_in_erp boolean
    );
    create schema adjustments;
    create table adjustments.adj_labour_cost_accrual (
        posting_key varchar, legal_entity_code varchar, project_code varchar,
        period_month date, currency_code varchar, desired_amount decimal(18, 4),
        policy_action varchar, hold_reason varchar
    );
    insert into adjustments.adj_labour_cost_accrual values
        ('a', 'DE30', 'P1003', date '2026-04-01', 'EUR', -120, 'hold', 'period closed'),
        ('b', 'US10', 'P1001', date '2026-05-01', 'USD', 14210.55, 'post', null);
    create table reconciliation.control_results (
        control_id varchar, name varchar, assertion varchar, owner varchar,
        kind varchar, blocks varchar, compared_count bigint,
        differences_count bigint, differences_amount decimal(18, 4),
        currency_code varchar, status varchar
    );
"""


def build(path: Path, shift: Decimal = Decimal(0)) -> None:
    """Write a snapshot; ``shift`` is added to the margin of each customer project."""
    with duckdb.connect(str(path)) as database:
        database.execute(TABLES)
        database.begin()
        for number in range(18):
            _project(database, number, shift)
        describe(database, path.stem)
        _controls(database)
        database.commit()


def _project(database, number: int, shift: Decimal) -> None:
    entity = list(CURRENCIES)[number % 3]
    practice = list(PRACTICES)[(number // 3) % 3]
    if (entity, practice) == ("DE30", "STR"):
        practice = "DAT"  # one practice that an entity does not have
    internal = number >= 15
    contract = "non_billable" if internal else list(CONTRACTS)[number % 5]
    code = f"P{1001 + number}"
    name = f"{entity} internal" if internal else NAMES[number % 8]
    customer = None if internal else CUSTOMERS[number % 4]
    head = (
        f"key-{code}", code, name, customer, practice, PRACTICES[practice], entity,
        contract, CONTRACTS.get(contract, "none"), f"Manager {number % 4}",
    )  # fmt: skip
    currency = CURRENCIES[entity]
    for place, month in enumerate(MONTHS):
        row = _measures(number, place, Decimal(1), internal, shift)
        tail = (Decimal(9000), row[12] + 9000, month < date(2026, 5, 1))
        _insert(database, "mart_project_margin_monthly",
                (*head, month, currency, *row, *tail))  # fmt: skip
    for place, week in enumerate(WEEKS):
        row = _measures(number, place, Decimal("0.25"), internal, shift)
        _insert(database, "mart_project_margin_weekly", (*head, week, currency, *row))
    if not internal:
        _wip(database, head, currency, number, shift)


def _measures(number, place, part, internal, shift) -> tuple:
    """The sixteen measures of one project and period."""
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
    margin = revenue - cost
    ratio = (margin / revenue).quantize(Decimal("1e-10")) if revenue else None
    share = Decimal(0) if is_actual else (labour / cost).quantize(Decimal("1e-10"))
    return (
        hours, hours / 20, hours, provisional, revenue, revenue,
        revenue * (place % 4) / 2, provisional,
        actual if is_actual else Decimal(0), labour, sub, expense, cost, margin,
        ratio, share,
    )  # fmt: skip


def _wip(database, head, currency, number, shift) -> None:
    earned = billed = closing = Decimal(0)
    for place, month in enumerate(MONTHS):
        row = _measures(number, place, Decimal(1), False, shift)
        opening = closing
        earned, billed = earned + row[5], billed + row[6]
        closing = earned - billed
        _insert(
            database,
            "mart_project_wip_monthly",
            (
                head[0],
                head[1],
                head[6],
                month,
                currency,
                opening,
                row[5],
                row[6],
                closing,
                earned,
                billed,
                max(closing, 0),
                max(-closing, 0),
            ),
        )


def describe(database, name: str) -> None:
    database.execute(
        "insert into publication.snapshot values (?, timestamp '2026-06-10 06:12:09',"
        " ?, 'load-1,load-2', 3, 2)",
        [name, AS_OF],
    )


def _controls(database) -> None:
    for control_id, name, kind, blocks, owner, compared, count in CONTROLS:
        row = [control_id, name, "accuracy", owner, kind, blocks, compared, count]
        database.execute(
            "insert into reconciliation.control_results"
            " values (?, ?, ?, ?, ?, ?, ?, ?, 0, 'USD', ?)",
            [*row, "failed" if count else "passed"],
        )
    for control_id, table, rows in DIFFERENCES:
        for row in rows:
            database.execute(
                f"insert into reconciliation.{table}"
                f" values ({', '.join('?' * (len(row) + 1))})",
                [control_id, *row],
            )


def _insert(database, table: str, row: tuple) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"insert into marts.{table} values ({marks})", list(row))


def _difference(key, entity, month, project, left, right, status, reason, owner):
    left, right = (None if v is None else Decimal(v) for v in (left, right))
    gap = (left or Decimal(0)) - (right or Decimal(0))
    return (
        key, entity, month, project, left, right, gap, CURRENCIES[entity], status,
        reason, owner, f"psa:{key};erp:{key}",
    )  # fmt: skip


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
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
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
            ("P1001", "US10", None, "P1001", None, None, None, None, "matched", None,
             "PMO", "crm:1, psa:1, erp:1", True, True, True),
        ],
    ),
)  # fmt: skip


if __name__ == "__main__":
    build(Path(sys.argv[1]))
