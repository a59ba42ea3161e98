"""Currencies and what is collected in them: section Y of the case book, and B3."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]


def _settlements(firm, entity: str) -> list[tuple]:
    """What settled an entity's receivables: day, type, amount, booked, realised."""
    query = """
        select settled_date, settlement_type, settlements.transaction_amount,
            carrying_amount, realised_fx_amount
        from canonical.fct_settlements as settlements
        inner join canonical.fct_open_items as items using (open_item_key)
        where settlements.legal_entity_code = $entity and items.is_document
        order by settled_date, settlements.transaction_id
    """
    return firm.rows(query, entity=entity)


def _revaluations(firm, entity: str) -> list[tuple]:
    """An entity's items at months' ends: month, unpaid, difference, its reversal."""
    query = """
        select strftime(period_month, '%b'), balance_amount, revaluation_amount,
            reversal_amount
        from canonical.fct_fx_revaluations
        where legal_entity_code = $entity
        order by period_month, item_type desc, item_number
    """
    return firm.rows(query, entity=entity)


def _posted(firm, entity: str) -> dict[str, int]:
    """What the ERP should hold of an entity's revaluation, by month."""
    query = """
        select strftime(period_month, '%b'), sum(desired_amount)
        from adjustments.adj_fx_revaluation
        where legal_entity_code = $entity
        group by period_month having sum(desired_amount) <> 0
        order by period_month
    """
    return dict(firm.rows(query, entity=entity))


# A rate of exchange is the group's: every case has a currency of its own.
FOREIGN = {
    "Y4": "GBP",
    "Y4more": "MXN",
    "Y4two": "HUF",
    "Y4bill": "NOK",
    "Y6lower": "ILS",
    "Y6date": "PLN",
    "Y6item": "CZK",
    "Y6wip": "SGD",
    "Y7": "AUD",
    "Y7hand": "NZD",
    "Y7policy": "ZAR",
}


def _rates(it: Case, *rates: tuple[date, str]) -> None:
    for day, rate in rates:
        it.rate(FOREIGN[it.name], "USD", day, rate)


def _foreign(
    it: Case, document_type: str, day: date, account: str, amount: int, dollars: int
) -> str:
    """A document over an amount of the case's currency, as it is in the books."""
    return it.document(
        document_type,
        day,
        [(account, dollars, None), ("1000", -dollars, None)],
        foreign=[amount, -amount],
        transaction_currency_code=FOREIGN[it.name],
    )


def _receivable(it: Case, amount: int, dollars: int, day: date) -> str:
    return _foreign(it, "customer_invoice", day, "1100", amount, dollars)


def _payment(it: Case, amount: int, dollars: int, day: date) -> str:
    return _foreign(it, "customer_payment", day, "1100", -amount, -dollars)


@case("Y4")
def paid_in_two_parts(it: Case) -> None:
    """1,000 at 1.20; 300 paid at 1.25; 1.30 at April's end; the rest at 1.28."""
    _rates(
        it,
        (date(2026, 4, 1), "1.20"),
        (date(2026, 4, 15), "1.25"),
        (date(2026, 4, 30), "1.30"),
        (date(2026, 5, 12), "1.28"),
    )
    invoice = _receivable(it, 1_000, 1_200, date(2026, 4, 7))
    it.settled(
        invoice, 300, date(2026, 4, 15), _payment(it, 300, 375, date(2026, 4, 15))
    )
    it.settled(
        invoice, 700, date(2026, 5, 12), _payment(it, 700, 896, date(2026, 5, 12))
    )


def test_each_payment_realises_its_part_and_what_is_unpaid_is_revalued(firm):
    assert _settlements(firm, "Y4") == [
        (date(2026, 4, 15), "payment", 300, 360, 15),
        (date(2026, 5, 12), "payment", 700, 840, 56),
    ]
    assert _revaluations(firm, "Y4") == [("Apr", 700, 70, -70)]
    assert _posted(firm, "Y4") == {"Apr": 70, "May": -70}


@case("Y4more")
def who_pays_more(it: Case) -> None:
    """1,100 paid at 1.25 for 1,000 booked at 1.20: 100 are owed back, at 1.30."""
    _rates(
        it,
        (date(2026, 5, 4), "1.20"),
        (date(2026, 5, 12), "1.25"),
        (date(2026, 5, 29), "1.30"),
    )
    invoice = _receivable(it, 1_000, 1_200, date(2026, 5, 4))
    payment = _payment(it, 1_100, 1_375, date(2026, 5, 12))
    it.settled(invoice, 1_000, date(2026, 5, 12), payment)


def test_what_is_paid_beyond_the_invoice_is_owed_back(firm):
    """50 realised; 100 at 1.25 are owed at 1.30, a loss of 5, of 5 in June too."""
    assert _settlements(firm, "Y4more") == [
        (date(2026, 5, 12), "payment", 1_000, 1_200, 50)
    ]
    assert _revaluations(firm, "Y4more") == [
        ("May", -100, -5, 5),
        ("Jun", -100, -5, 5),
    ]


@case("Y4two")
def one_payment_for_two_invoices(it: Case) -> None:
    """500 at 1.20 and 400 at 1.10, paid by 700 at 1.25: 500, and 200 of the second."""
    _rates(it, (date(2026, 5, 4), "1.20"), (date(2026, 5, 6), "1.10"))
    _rates(it, (date(2026, 5, 12), "1.25"))
    first = _receivable(it, 500, 600, date(2026, 5, 4))
    second = _receivable(it, 400, 440, date(2026, 5, 6))
    payment = _payment(it, 700, 875, date(2026, 5, 12))
    it.settled(first, 500, date(2026, 5, 12), payment)
    it.settled(second, 200, date(2026, 5, 12), payment)


def test_a_payment_of_two_invoices_realises_each_ones_part(firm):
    """500 x 0.05 and 200 x 0.15; 200 are open, at 1.25 against 1.10."""
    assert _settlements(firm, "Y4two") == [
        (date(2026, 5, 12), "payment", 500, 600, 25),
        (date(2026, 5, 12), "payment", 200, 220, 30),
    ]
    assert _revaluations(firm, "Y4two") == [
        ("May", 200, 30, -30),
        ("Jun", 200, 30, -30),
    ]


@case("Y4bill")
def a_bill_paid_in_part(it: Case) -> None:
    """A supplier's 1,000 at 1.20; 400 paid at 1.25, which is a loss."""
    _rates(it, (date(2026, 5, 4), "1.20"), (date(2026, 5, 12), "1.25"))
    bill = _foreign(it, "vendor_bill", date(2026, 5, 4), "2000", -1_000, -1_200)
    payment = _foreign(it, "vendor_payment", date(2026, 5, 12), "2000", 400, 500)
    it.settled(bill, 400, date(2026, 5, 12), payment)


def test_a_bill_paid_in_part_realises_a_loss_on_that_part(firm):
    assert _settlements(firm, "Y4bill") == [
        (date(2026, 5, 12), "payment", -400, -480, -20)
    ]
    assert _revaluations(firm, "Y4bill") == [
        ("May", -600, -30, 30),
        ("Jun", -600, -30, 30),
    ]


def _invoiced(it: Case) -> tuple[str, str]:
    """10 h x 100 invoiced by the PSA and held by the ERP: project and receivable."""
    project = it.project("time_and_materials")
    name = f"INV-{it.name}"
    invoice = it.invoice(project, 1_000, date(2026, 4, 30), erp_external_id=name)
    it.time(project, it.employee(50), date(2026, 4, 8), 10, 100, invoice_id=invoice)
    receivable = it.document(
        "customer_invoice",
        date(2026, 4, 30),
        [("1100", 1_000, None), ("4000", -1_000, project)],
        external_id=name,
    )
    return project, receivable


def _paid(it: Case, amount: int) -> str:
    """A payment in the books' own currency."""
    return it.document(
        "customer_payment",
        date(2026, 5, 20),
        [("1000", amount, None), ("1100", -amount, None)],
    )


def _collected(firm, entity: str) -> tuple:
    """Of an entity's invoices: billed, collected, written off."""
    query = """
        select sum(billed_amount), sum(collected_amount), sum(bad_debt_amount)
        from canonical.fct_collections where legal_entity_code = $entity
    """
    [row] = firm.rows(query, entity=entity)
    return row


def _owed(firm, entity: str) -> dict[str, int]:
    """What customers owe an entity at the end of each month."""
    query = """
        select strftime(period_month, '%b'), receivable_closing_amount
        from marts.mart_lock_up_monthly
        where legal_entity_code = $entity and level_name = 'legal_entity'
            and receivable_closing_amount <> 0
        order by period_month
    """
    return dict(firm.rows(query, entity=entity))


@case("Y5")
def written_off_to_bad_debt(it: Case) -> None:
    """The PSA calls it paid, as nothing is open; the ERP closed it by a journal."""
    _, receivable = _invoiced(it)
    loss = it.document(
        "journal",
        date(2026, 6, 9),
        [("6100", 1_000, None), ("1100", -1_000, None)],
    )
    it.settled(receivable, 1_000, date(2026, 6, 9), loss)
    for row in it.book.rows["psa_invoices"]:
        if row["invoice_id"].startswith("Y5-"):
            row["invoice_status"] = "paid"


def test_what_is_written_off_is_no_cash(firm):
    assert _collected(firm, "Y5") == (1_000, 0, 1_000)
    assert _owed(firm, "Y5") == {"Apr": 1_000, "May": 1_000}
    query = """
        select invoiced_amount, uncollected_amount, bad_debt_amount, collected_amount
        from marts.mart_billing_waterfall_monthly
        where legal_entity_code = 'Y5' and invoiced_amount <> 0
    """
    assert firm.rows(query) == [(1_000, 1_000, 1_000, 0)]


@case("Y5part")
def written_off_in_part(it: Case) -> None:
    """700 are paid, by a journal of the bank, and 300 written off."""
    _, receivable = _invoiced(it)
    bank = it.document(
        "journal",
        date(2026, 5, 12),
        [("1000", 690, None), ("6100", 10, None), ("1100", -700, None)],
    )
    loss = it.document(
        "journal", date(2026, 6, 9), [("6100", 300, None), ("1100", -300, None)]
    )
    it.settled(receivable, 700, date(2026, 5, 12), bank)
    it.settled(receivable, 300, date(2026, 6, 9), loss)


def test_what_is_paid_before_the_rest_is_written_off_is_collected(firm):
    assert _collected(firm, "Y5part") == (1_000, 700, 300)
    assert _owed(firm, "Y5part") == {"Apr": 1_000, "May": 300}


@case("Y5closed")
def closed_and_nobody_says_how(it: Case) -> None:
    """The ERP states what payments settle, and nothing that settles this one."""
    _, receivable = _invoiced(it)
    for row in it.book.rows["erp_transactions"]:
        if row["transaction_id"] == receivable:
            row["closed_date"] = date(2026, 6, 9)
    other = it.document(
        "customer_invoice",
        date(2026, 5, 4),
        [("1100", 50, None), ("4000", -50, None)],
    )
    it.settled(other, 50, date(2026, 5, 12), _paid(it, 50))


def test_what_is_closed_without_a_payment_is_not_collected(firm):
    assert _collected(firm, "Y5closed") == (1_000, 0, 0)
    assert _owed(firm, "Y5closed") == {"Apr": 1_000, "May": 1_000}


def _c02(firm, entity: str) -> list[tuple]:
    """What the control of invoices finds: both sides, difference, outcome."""
    query = """
        select left_amount, right_amount, difference_amount, match_status
        from reconciliation.rec_invoices_psa_to_erp
        where legal_entity_code = $entity and match_status <> 'matched'
        order by left_amount
    """
    return firm.rows(query, entity=entity)


def _credit(it: Case, amount: int, **said) -> str:
    return it.document(
        "customer_credit",
        date(2026, 5, 12),
        [("1100", -amount, None), ("4000", amount, None)],
        **said,
    )


@case("B3")
def credit_memo_only_in_the_erp(it: Case) -> None:
    _, receivable = _invoiced(it)
    it.settled(receivable, 200, date(2026, 5, 12), _credit(it, 200))
    it.settled(receivable, 800, date(2026, 5, 20), _paid(it, 800))


def test_a_credit_that_only_the_erp_has_is_a_difference_of_its_invoice(firm):
    assert _c02(firm, "B3") == [(1_000, 800, 200, "amount_differs")]
    assert _collected(firm, "B3") == (1_000, 800, 0)
    assert _owed(firm, "B3") == {"Apr": 1_000}


@case("B3loose")
def credit_memo_that_is_applied_to_nothing(it: Case) -> None:
    _invoiced(it)
    _credit(it, 200)


def test_a_credit_that_is_applied_to_nothing_is_one_of_its_own(firm):
    assert _c02(firm, "B3loose") == [(0, -200, 200, "missing_in_psa")]


@case("B3both")
def credit_in_both(it: Case) -> None:
    project, receivable = _invoiced(it)
    it.invoice(project, -200, date(2026, 5, 12), erp_external_id="CREDIT-B3both")
    credit = _credit(it, 200, external_id="CREDIT-B3both")
    it.settled(receivable, 200, date(2026, 5, 12), credit)


def test_a_credit_that_both_have_is_no_difference(firm):
    assert _c02(firm, "B3both") == []


def _valued(it: Case, method: str, item_type: str = "*") -> None:
    """How an entity values; a receivable and a payable of 1,000 at 1.20 of May."""
    it.book.decide(
        "fx_valuation_policies",
        legal_entity_code=it.name,
        item_type=item_type,
        method=method,
        owner="Finance",
    )
    _rates(
        it,
        (date(2026, 5, 4), "1.20"),
        (date(2026, 5, 29), "1.30"),
        (date(2026, 6, 29), "1.15"),
    )
    _receivable(it, 1_000, 1_200, date(2026, 5, 4))
    _foreign(it, "vendor_bill", date(2026, 5, 5), "2000", -1_000, -1_200)


@case("Y6lower")
def losses_only(it: Case) -> None:
    _valued(it, "lower_of")


def test_lower_of_takes_losses_and_no_gains(firm):
    """1.30 is a gain on what is owed to the firm and a loss on what it owes."""
    assert _revaluations(firm, "Y6lower") == [
        ("May", 1_000, 0, 0),
        ("May", -1_000, -100, 100),
        ("Jun", 1_000, -50, 50),
        ("Jun", -1_000, 0, 0),
    ]
    assert _posted(firm, "Y6lower") == {"May": -100, "Jun": 50, "Jul": 50}


@case("Y6date")
def at_the_invoices_date(it: Case) -> None:
    _valued(it, "invoice_date")


def test_at_the_invoices_date_nothing_is_revalued(firm):
    assert _posted(firm, "Y6date") == {}


@case("Y6item")
def by_type_of_item(it: Case) -> None:
    _valued(it, "invoice_date", item_type="payable")


def test_a_method_of_one_type_of_item_leaves_the_others(firm):
    assert _revaluations(firm, "Y6item") == [
        ("May", 1_000, 100, -100),
        ("May", -1_000, 0, 0),
        ("Jun", 1_000, -50, 50),
        ("Jun", -1_000, 0, 0),
    ]


@case("Y6wip")
def unbilled_at_lower_of(it: Case) -> None:
    """10 h at 100 earned at 1.20 in May; 1.30 at its end, 1.15 at June's."""
    _valued(it, "lower_of", item_type="unbilled_receivable")
    project = it.project("time_and_materials", currency=FOREIGN[it.name])
    it.time(
        project,
        it.employee(50),
        date(2026, 5, 12),
        10,
        100,
        currency_code=FOREIGN[it.name],
    )


def test_unbilled_receivables_are_valued_by_their_method_too(firm):
    assert firm.wip("Y6wip", "unbilled_amount") == {"May": 1_200, "Jun": 1_150}


def _stopped(it: Case) -> str:
    """A project in another currency, whose last rate is eleven weeks old."""
    _rates(it, (date(2026, 4, 7), "1.10"), (date(2026, 4, 14), "1.20"))
    project = it.project("time_and_materials", currency=FOREIGN[it.name])
    for day in (date(2026, 4, 14), date(2026, 4, 21), date(2026, 6, 16)):
        it.time(
            project,
            it.employee(50),
            day,
            10,
            100,
            currency_code=FOREIGN[it.name],
        )
    _receivable(it, 1_000, 1_200, date(2026, 4, 14))
    return project


def _old(firm, entity: str) -> list[tuple]:
    """The exceptions of old rates: kind, month, amount, currency, its day, owner."""
    query = """
        select kind, strftime(period_month, '%b'), amount, currency_code, since, owner
        from reconciliation.rec_exceptions
        where legal_entity_code = $entity and kind like 'rate%too_old'
        order by kind desc, period_month
    """
    return firm.rows(query, entity=entity)


def _incomplete(firm, entity: str) -> list[str]:
    query = """
        select strftime(period_month, '%b') from marts.mart_project_margin_monthly
        where legal_entity_code = $entity and not is_complete order by period_month
    """
    return [month for (month,) in firm.rows(query, entity=entity)]


@case("Y7")
def rates_stop(it: Case) -> None:
    _stopped(it)


def test_what_is_translated_by_an_old_rate_is_an_exception_and_marked(firm):
    """21 April is 7 days on; the ends of April, May and June and 16 June are not."""
    april = date(2026, 4, 14)
    assert firm.months("Y7", "recognised_revenue_amount") == {
        "Apr": 2_400,
        "Jun": 1_200,
    }
    assert _old(firm, "Y7") == [
        ("rate_too_old", "Apr", 2_000, "AUD", april, "Finance"),
        ("rate_too_old", "May", 2_000, "AUD", april, "Finance"),
        ("rate_too_old", "Jun", 1_000, "AUD", april, "Finance"),
        ("rate_of_items_too_old", "Apr", 1_000, "AUD", april, "Finance"),
        ("rate_of_items_too_old", "May", 1_000, "AUD", april, "Finance"),
        ("rate_of_items_too_old", "Jun", 1_000, "AUD", april, "Finance"),
    ]
    assert _incomplete(firm, "Y7") == ["Apr", "May", "Jun"]


@case("Y7hand")
def a_rate_by_hand(it: Case) -> None:
    """Finance states the rates of the days that count."""
    _stopped(it)
    for day, rate in (("2026-04-30", "1.25"), ("2026-05-31", "1.30")):
        _by_hand(it, day, rate)
    for day in ("2026-06-15", "2026-06-30"):
        _by_hand(it, day, "1.40")


def _by_hand(it: Case, day: str, rate: str) -> None:
    it.book.decide(
        "exchange_rates",
        from_currency_code=FOREIGN[it.name],
        to_currency_code="USD",
        valid_from=day,
        fx_rate=rate,
        reason="The ERP's stopped",
        owner="Finance",
    )


def test_a_rate_by_hand_counts_from_its_day(firm):
    revenue = firm.months("Y7hand", "recognised_revenue_amount")
    assert revenue == {"Apr": 2_400, "Jun": 1_400}
    assert _old(firm, "Y7hand") == []
    assert _incomplete(firm, "Y7hand") == []
    assert _revaluations(firm, "Y7hand")[-2:] == [
        ("Jun", 3_000, 400, -400),  # 2,000 at 1.20 and 1,000 at 1.40 are unbilled
        ("Jun", 1_000, 200, -200),
    ]


@case("Y7policy")
def rates_of_a_month(it: Case) -> None:
    """Rand by the quarter: policy lets a rate be 92 days old."""
    it.book.decide(
        "exchange_rate_policies",
        from_currency_code="ZAR",
        to_currency_code="*",
        max_age_days=92,
        owner="Finance",
    )
    _rates(it, (date(2026, 4, 1), "0.10"))
    project = it.project("time_and_materials", currency="ZAR")
    it.time(project, it.employee(50), date(2026, 6, 16), 1, 1_000, currency_code="ZAR")


def test_how_old_a_rate_may_be_is_policy_of_its_pair(firm):
    assert firm.months("Y7policy", "recognised_revenue_amount") == {"Jun": 100}
    assert _old(firm, "Y7policy") == []
