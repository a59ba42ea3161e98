"""What a real Tryton serves becomes what an ERP says, and a firm on it builds."""

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing.landing import Landing, declare, land_ledger
from dlt_pipelines.reverse_sync.landed import rows
from dlt_pipelines.warehouse import warehouse

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("tryton")]

NOT_THIS_FIRMS = {"I19"}  # delivered policies name accounts of the sandbox's chart


@pytest.fixture
def built(books, ledger, landed, tmp_path):
    """A firm that has nothing but its books: controls, and a way to ask the build.

    Labour of October was posted to them, and the ledger is landed too.
    """
    paths = Paths(tmp_path / "work")
    labour = [
        row | {"posting_key": f"{row['posting_key']}|landed"}
        for row in books.wanted(10, erp_department_id=None)
    ]
    assert len(books.post(labour, ledger).posted) == 2
    landed()
    declare(paths)
    now = datetime(2026, 6, 10, 23, tzinfo=UTC)
    land_ledger(rows(ledger), Landing(paths, "ledger", now, now.date(), b"key"))
    warehouse.build(paths)
    _, controls = warehouse.audit(paths)
    with contextlib.closing(duckdb.connect()) as db:
        db.execute(f"attach '{paths.build}' as build (read_only)")
        db.execute(f"attach '{paths.land}' as land (read_only)")  # its views read it
        db.execute("use build")
        yield controls, lambda query: db.execute(query).fetchall()


def test_a_firm_whose_erp_is_tryton_builds(tryton, built):
    controls, ask = built
    name = tryton.instance().name
    stopped = {c.control_id: c.message for c in controls if c.blocks_publication}
    assert stopped.keys() == NOT_THIS_FIRMS, stopped
    assert ask(
        "select legal_entity_code, erp_instance, currency_code, country_code"
        " from canonical.dim_legal_entities order by 1"
    ) == [("UK20", name, "GBP", "GB"), ("US10", name, "USD", "US")]
    # Which type an account is of says what it is, in the whole chart of Tryton's own.
    classes = {c for (c,) in ask("select account_class from roles.erp_accounts")}
    assert {"receivable", "payable", "income", "expense", "other_asset"} < classes
    assert ask(
        "select legal_entity_code, count(*), min(fiscal_year_start_date),"
        " max(period_no) from canonical.dim_periods where fiscal_year = 2026"
        " group by 1 order by 1"
    ) == [(code, 12, date(2026, 1, 1), 12) for code in ("UK20", "US10")]
    assert ask(
        "select from_currency_code, fx_rate from canonical.dim_fx_rates"
        " where date '2026-05-31' between valid_from and valid_to order by 1"
    ) == [("GBP", Decimal("1.27388535")), ("USD", Decimal("0.78500000"))]
    assert ask(
        "select transactions.document_type, customers.customer_number,"
        " projects.project_code, lines.debit_amount - lines.credit_amount"
        " from roles.erp_ledger_lines as lines"
        " inner join roles.erp_transactions as transactions"
        " using (source_instance, transaction_id)"
        " left join roles.erp_customers as customers"
        " on transactions.party_id = customers.customer_id"
        " left join roles.erp_projects as projects using (source_instance, project_id)"
        " where transactions.memo like 'Fees%' order by 4"
    ) == [
        ("customer_invoice", "C0001", "P1001", Decimal("-900.0000")),
        ("customer_invoice", "C0001", "P1002", Decimal("-450.5000")),
        ("customer_invoice", "C0001", None, Decimal("450.5000")),
        ("customer_invoice", "C0001", None, Decimal("900.0000")),
    ]
    posted = "select external_id from canonical.fct_postings"
    assert ask(
        "select match_status, count(*) from reconciliation.rec_postings_to_erp"
        f" where difference_key in ({posted}) group by 1"
    ) == [("matched", 2)]
    assert ask(
        "select project_code, worked_hours from roles.erp_ledger_lines"
        " inner join roles.erp_projects using (source_instance, project_id)"
        " inner join roles.erp_transactions using (source_instance, transaction_id)"
        f" where external_id in ({posted}) order by 1"
    ) == [("P1001", Decimal("1.25")), ("P1002", Decimal("2.25"))]
    [(off,)] = ask(
        "select coalesce(sum(debit_amount - credit_amount), 0)"
        " from canonical.fct_gl_entries"
    )
    assert off == 0
