"""A record without its day, or without its amount, is told and stops nothing.

It counts nowhere, as nobody knows where; what it would be part of is not complete, and
its neighbours go on.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
JANUARY = date(2026, 1, 12)
COMPLETE = """
    select distinct is_complete from marts.mart_project_margin_monthly
    where legal_entity_code = $entity and strftime(period_month, '%b') = $month
"""


def worked(it: Case) -> tuple[str, str]:
    """Of a project by the hour 10 h at 100 are worked in January."""
    project, person = it.project("time_and_materials"), it.employee(50)
    it.time(project, person, JANUARY, 10, 100)
    return project, person


@case("L1")
def an_expense_without_a_day(it: Case) -> None:
    """Beside it, 200 are spent in January."""
    project, person = worked(it)
    it.expense(project, person, JANUARY, 200)
    it.expense(project, person, None, 300)


@case("L2")
def an_expense_without_an_amount(it: Case) -> None:
    project, person = worked(it)
    it.expense(project, person, JANUARY, 200)
    it.expense(project, person, JANUARY, None)


@case("L3")
def a_receipt_without_a_day(it: Case) -> None:
    """Of goods for 900, 400 are received in January and 500 on no day."""
    project, _ = worked(it)
    order = it.order(project, None, 90, 10, JANUARY)
    for day, amount in ((JANUARY, 400), (None, 500)):
        it.say(
            "spend_receipts",
            receipt_id=it.new("receipt"),
            po_line_id=f"{order}/1",
            receipt_date=day,
            currency_code="USD",
            amount=amount,
        )


@case("L4")
def time_without_a_day(it: Case) -> None:
    """Beside it, 10 h at 100 are worked in January."""
    project, person = worked(it)
    it.time(project, person, None, 5, 100)


@case("L5")
def an_invoice_without_a_day(it: Case) -> None:
    """Beside it, 600 are invoiced in January."""
    project, _ = worked(it)
    it.invoice(project, 600, JANUARY)
    it.invoice(project, 300, JANUARY, invoice_date=None)


@case("L6")
def an_invoice_without_an_amount(it: Case) -> None:
    project, _ = worked(it)
    it.invoice(project, 600, JANUARY)
    it.invoice(project, None, JANUARY)


@case("L7")
def a_bill_without_a_day(it: Case) -> None:
    """Of 10 h of a contractor at 80 a bill says no day and no period."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 2))
    it.time(project, person, JANUARY, 10, 100)
    bill = it.bill(project, 900, date(2026, 1, 31), order=order)
    it.changed(
        "erp_transactions",
        {"transaction_id": bill},
        transaction_date=None,
        period_id=None,
    )


@case("L8")
def a_payroll_run_without_its_days(it: Case) -> None:
    """One is paid 1,200 for January, another 900 for days that the run does not say."""
    project, person = worked(it)
    it.paid(person, (date(2026, 1, 1), date(2026, 1, 31)), 1_200)
    other = it.employee(50)
    it.time(project, other, JANUARY, 10, 100)
    run = it.paid(other, (date(2026, 1, 1), date(2026, 1, 31)), 900)
    it.changed(
        "payroll_runs",
        {"payroll_run_id": run},
        period_start_date=None,
        period_end_date=None,
    )


@case("L9")
def a_payment_without_a_day(it: Case) -> None:
    """Of a receivable of 1,000, 300 are paid in January and 200 on no day."""
    project, _ = worked(it)
    owed = it.document(
        "customer_invoice",
        JANUARY,
        [("1100", 1_000, None), ("4000", -1_000, project)],
    )
    for day, amount in ((date(2026, 1, 20), 300), (None, 200)):
        paid = it.document(
            "customer_payment",
            date(2026, 1, 20),
            [("1000", amount, None), ("1100", -amount, None)],
        )
        it.settled(owed, amount, day, by=paid)


@case("L10")
def a_journal_without_a_day(it: Case) -> None:
    """It books 70 of travel to the project."""
    project, _ = worked(it)
    journal = it.document(
        "journal", JANUARY, [("5200", 70, project), ("2000", -70, None)]
    )
    it.changed(
        "erp_transactions",
        {"transaction_id": journal},
        transaction_date=None,
        period_id=None,
    )


@case("L11")
def a_receipt_without_an_amount(it: Case) -> None:
    project, _ = worked(it)
    order = it.order(project, None, 90, 10, JANUARY)
    it.say(
        "spend_receipts",
        receipt_id=it.new("receipt"),
        po_line_id=f"{order}/1",
        receipt_date=JANUARY,
        currency_code="USD",
        amount=None,
    )


@case("L12")
def a_journal_line_without_an_amount(it: Case) -> None:
    project, _ = worked(it)
    journal = it.document(
        "journal", JANUARY, [("5200", 70, project), ("2000", -70, None)]
    )
    it.changed(
        "erp_ledger_lines",
        {"transaction_id": journal, "line_id": "0"},
        debit_amount=None,
        credit_amount=None,
        transaction_amount=None,
    )


@case("L13")
def a_milestone_without_an_amount(it: Case) -> None:
    """One of 500 is accepted in January beside it."""
    project = it.project("milestone", 1_000)
    it.milestone(project, 500, JANUARY, accepted=JANUARY)
    it.milestone(project, None, JANUARY, accepted=JANUARY)


@case("L14")
def a_milestone_with_neither_task_nor_day(it: Case) -> None:
    project = it.project("milestone", 1_000)
    it.milestone(project, 500, JANUARY, accepted=JANUARY)
    task = it.milestone(project, 300, JANUARY)
    it.changed("psa_billing_milestones", {"task_id": task}, task_id=None, due_date=None)


@case("L15")
def a_milestone_that_waits_for_no_task(it: Case) -> None:
    """It falls due in January."""
    project = it.project("milestone", 1_000)
    task = it.milestone(project, 500, JANUARY)
    it.changed("psa_billing_milestones", {"task_id": task}, task_id=None)


@case("L16")
def a_budget_of_expenses_without_a_rate(it: Case) -> None:
    """A price of 12,000, measured by cost; 1,000 lari of expenses are planned."""
    project, person = it.project("fixed_fee", 12_000), it.employee(50)
    it.time(project, person, JANUARY, 10, 100)
    it.allocation(project, person, date(2026, 7, 1), date(2026, 7, 31), 10)
    it.changed(
        "psa_projects",
        {"project_id": project},
        expense_budget_amount=1_000,
        expense_budget_currency_code="GEL",
    )


@case("L17")
def a_later_deals_cap_without_a_rate(it: Case) -> None:
    """A cap of 1,000; a deal won later has one of 500 lari. 20 h at 100."""
    project = it.project("time_and_materials_capped", deal={"cap_amount": 1_000})
    it.deal(
        project,
        "time_and_materials_capped",
        close_date=date(2026, 1, 5),
        cap_amount=500,
        cap_currency_code="GEL",
    )
    it.time(project, it.employee(50), JANUARY, 20, 100)


@case("L18")
def a_bill_of_one_order_over_two_projects(it: Case) -> None:
    """10 h at 80 on each; the bill of 1,600 names the order and no project."""
    one, other = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.contractor()
    order = it.order(one, person, 80, 20, date(2026, 1, 2))
    it.order(
        other,
        person,
        80,
        20,
        date(2026, 1, 2),
        purchase_order_id=order,
        po_number=order,
    )
    it.time(one, person, JANUARY, 10, 100)
    it.time(other, person, JANUARY, 10, 100)
    it.bill(None, 1_600, date(2026, 1, 31), order=order)


@case("L19")
def what_is_dated_ahead(it: Case) -> None:
    """In June: what January's work is invoiced by and a receipt of 400 are of July."""
    project, _ = worked(it)
    july = date(2026, 7, 15)
    invoice = it.invoice(project, 1_000, july)
    it.changed("psa_time_entries", {"project_id": project}, invoice_id=invoice)
    order = it.order(project, None, 90, 10, JANUARY)
    it.say(
        "spend_receipts",
        receipt_id=it.new("receipt"),
        po_line_id=f"{order}/1",
        receipt_date=july,
        currency_code="USD",
        amount=400,
    )


@pytest.mark.parametrize(
    ("of", "kind", "said"),
    [
        (
            "L1",
            "expense_without_day",
            ("expense L1-expense-2 of 300.00 USD says no day", 300, "Procurement"),
        ),
        (
            "L2",
            "expense_without_amount",
            ("expense L2-expense-2 of 2026-01-12 says no amount", None, "Procurement"),
        ),
        (
            "L3",
            "receipt_without_day",
            ("receipt L3-receipt-2 of 500.00 USD says no day", 500, "Procurement"),
        ),
        (
            "L4",
            "time_without_day",
            ("entry L4-time-2 of 5.00 h says no day", None, "PMO"),
        ),
        (
            "L5",
            "invoice_without_day",
            ("invoice L5-invoice-2 of 300.00 USD says no day", 300, "Finance"),
        ),
        (
            "L6",
            "invoice_without_amount",
            ("invoice L6-invoice-2 of 2026-01-12 says no amount", None, "Finance"),
        ),
        (
            "L7",
            "booking_without_day",
            (
                "vendor bill L7-transaction-1 of 900.00 USD says no day and no period",
                900,
                "Finance",
            ),
        ),
        (
            "L8",
            "pay_without_days",
            (
                "run L8-run-2 of 900.00 USD does not say the days that it pays",
                900,
                "Human resources",
            ),
        ),
        (
            "L9",
            "settlement_without_day",
            (
                "settlement L9-settlement-2 of 200.00 USD says no day",
                200,
                "Finance",
            ),
        ),
        (
            "L10",
            "booking_without_day",
            (
                "journal L10-transaction-1 of 70.00 USD says no day and no period",
                70,
                "Finance",
            ),
        ),
        (
            "L11",
            "receipt_without_amount",
            ("receipt L11-receipt-1 of 2026-01-12 says no amount", None, "Procurement"),
        ),
        (
            "L12",
            "booking_without_amount",
            (
                "journal L12-transaction-1 of 2026-01-12 has a line that says no"
                " amount",
                None,
                "Finance",
            ),
        ),
        (
            "L13",
            "milestone_without_amount",
            ("milestone L13-milestone-2 of 2026-01-12 says no amount", None, "PMO"),
        ),
        (
            "L14",
            "milestone_without_day",
            ("milestone L14-milestone-2 of 300.00 USD says no day", 300, "PMO"),
        ),
        (
            "L19",
            "future_invoice",
            (
                "invoice L19-invoice-1 is of 2026-07-15, a day to come: it is billed"
                " from then on",
                1_000,
                "Finance",
            ),
        ),
        (
            "L19",
            "future_receipt",
            (
                "receipt L19-receipt-1 is of 2026-07-15, a day to come: it counts from"
                " then on",
                400,
                "Procurement",
            ),
        ),
        (
            "L17",
            "contract_currency_without_rate",
            (
                "the cap of deal L17-deal-2 is 500.00 GEL, of which no rate to USD is"
                " known on 2026-01-05",
                500,
                "Finance",
            ),
        ),
    ],
)
def test_what_a_record_lacks_is_told(firm, of, kind, said):
    assert firm.told(of, kind) == [said]


@pytest.mark.parametrize("of", ["L1", "L3", "L4", "L5", "L7", "L10", "L14"])
@pytest.mark.parametrize("month", ["Jan", "May"])
def test_what_may_be_of_any_month_leaves_none_complete(firm, of, month):
    assert firm.rows(COMPLETE, entity=of, month=month) == [(False,)]


@pytest.mark.parametrize("of", ["L16", "L17"])
@pytest.mark.parametrize("month", ["Jan", "Jun"])
def test_what_an_estimate_or_cap_lacks_leaves_its_months_incomplete(firm, of, month):
    assert firm.rows(COMPLETE, entity=of, month=month) in ([(False,)], [])
    assert firm.rows(COMPLETE, entity=of, month="Jan") == [(False,)]


def test_a_bill_keeps_the_order_that_it_names(firm):
    query = """
        select po_number, is_hours from canonical.fct_vendor_bills
        where legal_entity_code = 'L18'
    """
    assert firm.rows(query) == [("L18-order-1", True)]


@pytest.mark.parametrize("of", ["L2", "L6", "L11", "L12"])
def test_what_is_of_an_unknown_amount_leaves_its_own_month_incomplete(firm, of):
    assert firm.rows(COMPLETE, entity=of, month="Jan") == [(False,)]
    assert firm.rows(COMPLETE, entity=of, month="May") in ([(True,)], [])


@pytest.mark.parametrize(
    ("of", "column", "amounts"),
    [
        ("L1", "expense_amount", {"Jan": 200}),
        ("L3", "subcontractor_amount", {"Jan": 400}),
        ("L4", "recognised_revenue_amount", {"Jan": 1_000}),
        ("L7", "subcontractor_amount", {"Jan": 800}),
        ("L13", "recognised_revenue_amount", {"Jan": 500}),
        ("L14", "recognised_revenue_amount", {"Jan": 500}),
        ("L15", "recognised_revenue_amount", {"Jan": 500}),
    ],
)
def test_its_neighbours_count(firm, of, column, amounts):
    assert firm.months(of, column) == amounts


@pytest.mark.parametrize("of", ["L5", "L6"])
def test_what_is_invoiced_beside_it_counts(firm, of):
    assert firm.wip(of, "billed_amount")["Jan"] == 600


def test_no_rate_of_exchange_is_asked_for_where_the_amount_is_not_known(firm):
    assert not firm.told("L2", "missing_exchange_rate")
    assert not firm.told("L13", "missing_exchange_rate")


def test_what_is_dated_ahead_is_in_no_month(firm):
    assert firm.wip("L19", "billed_amount") == {}
    months = "select max(period_month) from marts.mart_project_wip_monthly"
    assert firm.rows(f"{months} where legal_entity_code = 'L19'") == [
        (date(2026, 6, 1),)
    ]
    assert firm.proposed("L19") is None


def test_no_table_has_to_have_what_a_record_may_lack(firm):
    [own] = [line for line in firm.controls.splitlines() if line.startswith("I00")]
    assert "_date" not in own
    assert "amount" not in own


@case("L20")
def a_price_in_no_currency(it: Case) -> None:
    """12,000 for a year, of a CRM that names no currency; books are kept in several.

    The project by the hour has no price, so nothing of it is in doubt.
    """
    it.project("retainer", 12_000, deal={"currency_code": None})
    project = it.project("time_and_materials", deal={"currency_code": None})
    it.time(project, it.employee(50), JANUARY, 10, 100)


def test_a_price_in_no_currency_is_doubted(firm):
    [(reason, amount, owner)] = firm.told("L20", "deal_without_currency")
    assert "12000.00 names no currency" in reason
    assert "read as USD" in reason
    assert (amount, owner) == (12_000, "PMO")


def test_months_that_a_price_in_no_currency_earns_are_incomplete(firm):
    query = """
        select contract_type, bool_or(is_complete), bool_or(not is_complete)
        from marts.mart_project_margin_monthly
        where legal_entity_code = 'L20' and recognised_revenue_amount <> 0
        group by contract_type order by contract_type
    """
    assert firm.rows(query) == [
        ("retainer", False, True),
        ("time_and_materials", True, False),
    ]


@case("L21")
def an_obligation_without_a_price(it: Case) -> None:
    """Two retainers for 9,000 in all: one costs 8,000 alone, of the other none says."""
    project = it.project("retainer", 9_000)
    it.obligation(project, "01", 8_000, contract_type="retainer")
    it.obligation(project, "02", None, contract_type="retainer")


def test_an_obligation_without_a_price_is_told(firm):
    [(reason, amount, owner)] = firm.told("L21", "deal_line_without_price")
    assert "obligation 02 of L21-PROJECT-1 has no share" in reason
    assert (amount, owner) == (9_000, "PMO")
    assert firm.rows(COMPLETE, entity="L21", month="Jan") == [(False,)]
