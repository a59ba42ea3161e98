"""WIP and billing: what is earned and not billed, how old, what can be invoiced."""

from datetime import date

import polars as pl
import streamlit as st

from dashboards import charts, chrome, filters, formats, terms, warehouse
from dashboards.queries import billings, margins
from dashboards.warehouse import Row

QUESTION = (
    "What have we earned and not billed or billed and not earned, how old is it, and "
    "what can be invoiced today?"
)
HOW = """
- **Closing WIP** is opening plus earned, less written off, less billed, plus what rates
  of exchange changed. A positive balance of a project is *unbilled* (a contract asset),
  a negative one *deferred* (billed ahead, a contract liability). The two are never
  netted across projects. Control C12 ties it to revenue less billing, I14 to the marts.
- **To date** is the fiscal quarter or year of the legal entity up to the month: what it
  opened with, and what became of it since.
- **Age** counts from the day of the work, invoices applied to the oldest first; it is
  in the currency of the contract: the chart shows contracts in the entity's own.
- **Lock-up** is DSO, open receivables of the ERP over the revenue of a day, and WIP
  days, unbilled over the revenue of a day; revenue of the twelve months to the date.
- **Days to invoice** is the median from the work to the invoice, weighted by value, of
  the invoices of the month.
- A **proposal** is what the contract lets be invoiced on the as-of date; it is blocked
  while the customer, country or tax profile it needs is not known.
- Source: `marts.mart_project_wip_monthly`, `mart_lock_up_monthly`,
  `mart_time_to_invoice_monthly`, `mart_invoice_proposals`, and
  `canonical.fct_wip_ageing`, `fct_invoice_proposal_lines`.
"""

ROLL = {
    "opening_amount": formats.amounts("Opening"),
    "earned_amount": formats.amounts("+ Earned"),
    "written_off_amount": formats.amounts("\N{MINUS SIGN} Written off"),
    "billed_amount": formats.amounts("\N{MINUS SIGN} Billed"),
    "fx_amount": formats.amounts("+ FX", width=80),
    "closing_amount": formats.amounts("= Closing"),
    "unbilled_amount": formats.amounts("Unbilled"),
    "deferred_amount": formats.amounts("Deferred"),
}
SPAN_COLUMNS = {"name": formats.text("To date", pinned=True)} | {
    name: column
    for name, column in ROLL.items()
    if name not in ("unbilled_amount", "deferred_amount")
}
MONTHS = {"period_month": formats.text("Month", pinned=True)} | ROLL
PROJECT = {
    "project_code": formats.text("Project", pinned=True, width=65),
    "project_name": formats.text("Name", width=170),
    "customer_name": formats.text("Customer", width=140),
}
PROJECTS = (
    PROJECT
    | ROLL
    | {
        "age_over_90_amount": formats.amounts("Over 90 days"),
        "contract_currency_code": formats.text("In", width=50),
    }
)
AGES = {
    "0 to 30 days": ("age_0_30_amount", charts.DARK),
    "31 to 60": ("age_31_60_amount", charts.MIDDLE),
    "61 to 90": ("age_61_90_amount", charts.PALE),
    "Over 90": ("age_over_90_amount", charts.WORSE),
}
LOCK_UP = {
    "WIP days": ("wip_days", charts.DARK),
    "DSO": ("sales_outstanding_days", charts.PALE),
}
PROPOSALS = PROJECT | {
    "contract_type": formats.text("Contract", width=120),
    "status": formats.text("Status", width=85),
    "blocked_reason": formats.text("Why", width=110),
    "currency_code": formats.text("Currency", width=65),
    "net_amount": formats.amounts("Net", width=95),
    "tax_amount": formats.amounts("Tax", width=85),
    "gross_amount": formats.amounts("Gross", width=95),
    "lines_count": formats.counts("Lines", width=50),
    "oldest": formats.text("Oldest work", width=90),
    "manager_name": formats.text("Manager", width=120),
}
LINES = {
    "day": formats.text("Day", width=95),
    "line_type": formats.text("Kind", width=90),
    "line_text": formats.text("What for", width=220),
    "billable_hours": formats.hours("Hours", width=75),
    "bill_rate": st.column_config.NumberColumn("Rate", format="%,.2f", width=80),
    "net_amount": formats.amounts("Net", width=100),
    "tax_amount": formats.amounts("Tax", width=90),
    "currency_code": formats.text("Currency", width=70),
    "correlation_id": formats.text("Source record", width=330),
}


WIP, LOCKED_UP = "marts.mart_project_wip_monthly", "marts.mart_lock_up_monthly"
DAYS = (
    ("WIP, days of revenue", "wip_days"),
    ("DSO, days of revenue", "sales_outstanding_days"),
)


def sentence(view: margins.View, now: Row, lock_up: Row | None) -> str:
    """The page in one sentence."""
    words = (
        f"{formats.period(view.period)} ends with {view.currency} "
        f"{formats.amount(now['unbilled_amount'])} earned and not billed and "
        f"{formats.amount(now['deferred_amount'])} billed ahead"
    )
    if lock_up and lock_up["lock_up_days"] is not None:
        words += f"; {formats.days_of(lock_up['lock_up_days'])} of revenue locked up"
    return f"{words}."


def figures(
    view: margins.View, now: Row, before: Row | None, lock_up: pl.DataFrame
) -> None:
    """The balances and days, each with its change from the month before."""
    against = f"vs {formats.period(view.previous)}"
    shown = []
    for label, column in (
        ("Unbilled", "unbilled_amount"),
        ("Deferred", "deferred_amount"),
    ):
        moved = formats.moved(now, before, column)
        label = f"{label}, {view.currency}"
        told = against if moved else None
        figure = chrome.known(formats.amount(now[column]), WIP, column)
        shown.append(chrome.Figure(label, figure, moved, told, "off"))
    days = {row["period_month"]: row for row in lock_up.iter_rows(named=True)}
    last, prior = days.get(view.period, {}), days.get(view.previous, {})
    for label, column in DAYS if lock_up.width else ():
        value, old = last.get(column), prior.get(column)
        moved = None
        if value is not None and old is not None:
            moved = formats.days_change(value - old)
        told = against if moved else None
        figure = chrome.known(formats.days_of(value), LOCKED_UP, column)
        shown.append(chrome.Figure(label, figure, moved, told, "inverse"))
    if warehouse.holds("marts.mart_time_to_invoice_monthly"):
        invoiced = billings.time_to_invoice(view)
        figure = formats.days_of(invoiced["invoicing_days"] if invoiced else None)
        label = f"Work to invoice, median, {view.entity}"
        shown.append(chrome.Figure(label, figure))
    chrome.cards(shown)


def draw_roll(view: margins.View, now: Row) -> None:
    """The roll-forward of the month, where all of it is known."""
    if None in (now["opening_amount"], now["earned_amount"], now["billed_amount"]):
        st.info("From opening to closing WIP: not known of every project.")
        return
    steps = [
        ("Earned", now["earned_amount"]),
        ("Written off", -now["written_off_amount"]),
        ("Billed", -now["billed_amount"]),
        ("FX", now["fx_amount"]),
    ]
    words = ", ".join(f"{label} {formats.change(step)}" for label, step in steps)
    chrome.chart(
        f"From opening to closing WIP, {view.currency}",
        charts.bridge(
            ("Opening", now["opening_amount"]),
            steps,
            ("Closing", now["closing_amount"]),
            neutral={label for label, _ in steps},
        ),
        f"Opening {formats.amount(now['opening_amount'])}, {words}, closing "
        f"{formats.amount(now['closing_amount'])}",
    )


def visuals(view: margins.View, now: Row) -> None:
    """The roll-forward of the month, the age of what is unbilled, and lock-up."""
    roll, ages, days = st.columns([9, 8, 9], gap="medium")
    with roll:
        draw_roll(view, now)
    with ages:
        own = billings.ageing(view).filter(currency_code=view.currency)
        chrome.heading(f"Unbilled by age of the work, {view.currency} contracts")
        if own.is_empty():
            currency = formats.plain(view.currency)
            st.info(f"Nothing of contracts in {currency} is unbilled.")
        else:
            labels = formats.axis_labels(own["period_month"])
            st.altair_chart(
                charts.stacked(own, labels, AGES),
                alt="Unbilled balances by month and age; figures under Show data",
            )
    with days, chrome.part():
        chrome.heading("Lock-up, days of revenue")
        lock_up = billings.lock_up(view)
        if lock_up.is_empty():
            st.info(terms.said("There is no lock-up of this practice."))
        else:
            st.altair_chart(
                charts.stacked(
                    lock_up, formats.axis_labels(lock_up["period_month"]), LOCK_UP
                ),
                alt="WIP days and days of sales outstanding by month; table below",
            )


def to_date(view: margins.View) -> None:
    """The roll-forward of the fiscal quarter and year up to the month, beside it."""
    chrome.to_date(
        billings.to_date(view),
        view.period,
        "Fiscal quarter and year to date",
        SPAN_COLUMNS,
        "From opening to closing WIP of month, fiscal quarter and year to date",
        view.currency,
    )


def project_table(view: margins.View) -> None:
    """Every project's roll-forward; a row chosen leads to the records."""
    found = billings.projects(view)
    chrome.heading(f"Projects, greatest balance first, {view.currency}")
    chrome.table(
        found,
        PROJECTS,
        "Projects with opening, earned, written off, billed, FX and closing WIP",
        "wip_projects",
        currency=view.currency,
        **chrome.choose_from(found, "project_code", "wip_projects", "project"),
    )
    total = formats.sum_of(found, "closing_amount")
    st.caption(
        f"{formats.count(found.height, 'project')}; closing WIP together "
        f"{formats.plain(view.currency)} {formats.cents(total, view.currency)}."
    )


def proposal_table(view: margins.View, as_of: date) -> None:
    """What can be invoiced on the as-of date, and what stops the rest."""
    found = billings.proposals(view)
    chrome.heading(f"What can be invoiced on {formats.day(as_of)}")
    if found.is_empty():
        st.info("There is nothing to invoice: all that may be billed is billed.")
        return
    ready = found.filter(pl.col("status") == "ready")
    sums = ready.group_by("currency_code").agg(pl.col("net_amount").sum())
    parts = [
        f"{formats.plain(currency)} {formats.cents(net, currency)}"
        for currency, net in sums.sort("currency_code").rows()
    ]
    blocked = found.filter(pl.col("status") == "blocked").height
    st.markdown(
        f"{formats.count(ready.height, 'invoice')} ready, "
        f"{', '.join(parts) or 'nothing'} net; {blocked} blocked. "
        "Amounts in the contract's currency."
    )
    words = pl.col("status", "blocked_reason", "contract_type")
    chrome.table(
        found.with_columns(
            words.str.replace_all("_", " "),
            oldest=pl.col("first_service_date").dt.to_string(),
        ),
        PROPOSALS,
        "Invoice proposals with status, reason, net, tax and gross",
        "proposals",
        **chrome.choose_from(found, "project_code", "proposals", "project"),
    )


def detail(view: margins.View, codes: set[str]) -> None:
    """The proposal of one project line by line, and the ways to its margin."""
    code = filters.project_in_detail(codes)
    if code is None:
        return
    chrome.project_links(view.entity, view.period, code)
    lines = billings.proposal_lines(view, code)
    if lines.is_empty():
        st.info(f"There is nothing to invoice on {formats.plain(code)}.")
        return
    chrome.heading(f"The next invoice of {code}, line by line")
    chrome.table(
        lines.with_columns(day=pl.col("service_date").dt.to_string()),
        LINES,
        "Lines of the proposal with day, kind, rate, amounts and source record",
        "proposal_lines",
    )


def data(view: margins.View, series: pl.DataFrame, lock_up: pl.DataFrame) -> None:
    """The figures behind the charts."""
    with st.expander("Show data"):
        chrome.heading(f"WIP by month, {view.currency}")
        words = "WIP roll-forward by month"
        chrome.table(series, MONTHS, words, "wip_months", currency=view.currency)
        ages = {
            name: formats.amounts(label)
            for label, (name, _) in (
                AGES | {"Unbilled": ("unbilled_amount", "")}
            ).items()
        }
        currency = {"currency_code": formats.text("Contract currency")}
        columns = {"period_month": formats.text("Month")} | currency | ages
        chrome.heading("Unbilled by age, in the contract's currency")
        chrome.table(billings.ageing(view), columns, "Unbilled by age", "ageing")
        columns = {
            "period_month": formats.text("Month"),
            "receivable_closing_amount": formats.amounts("Receivables"),
            "unbilled_closing_amount": formats.amounts("Unbilled"),
            "sales_outstanding_days": formats.days("DSO"),
            "wip_days": formats.days("WIP"),
            "lock_up_days": formats.days("Lock-up"),
        }
        if not lock_up.width:
            return
        chrome.heading(f"Lock-up, {view.currency} and days")
        words = "Lock-up by month"
        chrome.table(lock_up, columns, words, "lock_up", currency=view.currency)


def main() -> None:
    """Draws the page for the filters chosen."""
    snapshot = warehouse.snapshot()
    chrome.header("WIP & billing", snapshot, QUESTION)
    with filters.row():
        view = filters.month_view(snapshot.as_of_date)
    series = billings.months(view)
    sums = {row["period_month"]: row for row in series.iter_rows(named=True)}
    if view.period not in sums:
        told = "No project of this practice has WIP in this month. Choose another."
        st.info(terms.said(told))
        return
    now, lock_up = sums[view.period], pl.DataFrame()
    if warehouse.holds("marts.mart_lock_up_monthly"):
        lock_up = billings.lock_up(view)
    last = {row["period_month"]: row for row in lock_up.iter_rows(named=True)}
    chrome.answer(sentence(view, now, last.get(view.period)))
    chrome.not_known(WIP, LOCKED_UP)
    figures(view, now, sums.get(view.previous), lock_up)
    visuals(view, now)
    to_date(view)
    project_table(view)
    codes = {*billings.projects(view)["project_code"]}
    with chrome.part():
        proposal_table(view, snapshot.as_of_date)
        codes |= {*billings.proposals(view)["project_code"]}
    with chrome.part():
        detail(view, codes)
    data(view, series, lock_up)
    chrome.computed(HOW)


main()
