"""How an explanation and a bridge read on a terminal: figures, then reasons."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rich.console import Console as RichConsole
from rich.table import Table

from dlt_pipelines.core.currencies import written
from dlt_pipelines.knowledge.bridge import Change, MarginBridge
from dlt_pipelines.knowledge.explain import COMPONENTS, Explanation, Line, Measured

TITLES = {
    "revenue": "Revenue",
    "write_down": "Discounts",
    "labour": "Labour",
    "subcontractor": "Subcontractors and purchases",
    "expense": "Expenses",
    "deferred_cost": "Cost put off until acceptance",
    "loss_provision": "Provision for the loss to come",
}
PART_TITLES = {
    "mapping": "Mapping changes",
    "late_time": "Late time",
    "corrections": "Corrections",
    "rate_changes": "Rate changes",
    "burden": "Burden",
    "payroll_true_up": "Payroll true-up",
    "new_billing": "New billing",
    "fx": "FX",
    "re_estimate": "Re-estimate",
    "closing": "Counted in another period",
}
# What is done and what there is to do, by the method that measures it.
QUANTITIES = {
    "cost_to_cost": "cost",
    "effort": "minutes",
    "straight_line": "service time",
    "completed_contract": "acceptance",
    "percent_entered": "percent",
}
RULES = {
    "recharged_expense": "recharged as spent",
    "milestone_accepted": "accepted by the customer",
    "milestone_taken_back": "acceptance taken back",
    "discount": "taken off the invoice",
    "vendor_bill": "what the supplier's bill is more or less than its hours",
    "goods_received": "received, not billed",
    "goods_billed": "billed",
    "expense_line": "approved expense",
    "expected_loss": "cost to come above revenue to come",
    "put_off": "carried until the customer accepts, as far as the price covers it",
    "no_longer_put_off": "accepted, or more than the price covers",
    "time_and_materials_capped": "value of time up to the cap",
    "cost_plus": "allowable cost with its fee",
    "cost_to_cost": "progress by cost",
    "effort": "progress by hours",
    "straight_line": "progress by time",
    "completed_contract": "all when accepted",
    "percent_entered": "progress as its manager entered it",
    "learned_after_closing": "learned after the period was published as closed",
    "learned_of_closed": "learned of a closed period",
}


def money(amount: Decimal | None, currency: str | None) -> str:
    """An amount with its currency's decimals and thousands; a dash for none."""
    return "–" if amount is None else written(amount, currency)


def changed(amount: Decimal, currency: str) -> str:
    """A change, its sign always before it."""
    return ("+" if amount >= 0 else "") + written(amount, currency)


def number(value: Decimal | None) -> str:
    """A rate or quantity without the zeros that say nothing."""
    return "–" if value is None else f"{value.normalize():f}"


def explanation(told: Explanation, out: RichConsole) -> None:
    """Print a margin down to its records."""
    out.print(
        f"{told.project_code} {told.project_name} · {told.legal_entity_code} · "
        f"{told.contract_type.replace('_', ' ')} · {told.period_month:%B %Y} · "
        f"{told.currency_code} · as of {told.as_of}",
        style="bold",
    )
    table = Table(box=None, pad_edge=False)
    for title in ("Day", "Record", "How"):
        table.add_column(title)
    table.add_column("Amount", justify="right")
    for component in COMPONENTS:
        lines = told.of(component)
        if lines:
            _component(table, component, lines, told)
    table.add_section()
    table.add_row(
        "",
        "Margin",
        _share(told),
        money(told.margin_amount, told.currency_code),
        style="bold",
    )
    out.print(table)
    if told.total != told.margin_amount:  # I18 blocks publication then
        total = money(told.total, told.currency_code)
        out.print(f"The lines add up to {total}, not to the margin!")


def _component(
    table: Table, component: str, lines: list[Line], told: Explanation
) -> None:
    total = sum((line.margin_amount for line in lines), Decimal(0))
    count = f"{len(lines)} record{'s' if len(lines) != 1 else ''}"
    table.add_section()
    table.add_row(
        "", TITLES[component], count, money(total, told.currency_code), style="bold"
    )
    measured = {m.obligation_code: m for m in told.measured}
    for line in lines:
        record = line.correlation_id
        if line.source_version is not None:
            record += f" v{line.source_version}"
        amount = money(line.margin_amount, told.currency_code)
        table.add_row(str(line.line_date), record, how(line), amount)
        own = measured.get(line.obligation_code)
        if line.source_version is None and component == "revenue" and own:
            for reason in measurement(own, told):
                table.add_row("", "", f"  {reason}", "")


def how(line: Line) -> str:
    """What a line's amount was come by, with the figures it was computed from."""
    text = _computed(line)
    if line.item and line.valued_by not in ("bill_rate",):
        text = f"{line.item}: {text}"
    if line.fx_rate is not None:
        currency = line.stated_currency_code
        stated = f"{money(line.stated_amount, currency)} {currency}"
        text += f" = {stated} at {number(line.fx_rate)}"
    return text + (" (provisional)" if line.is_provisional else "")


def _computed(line: Line) -> str:
    hours, rate = line.hours, number(line.unit_rate)
    if line.valued_by == "bill_rate":
        overtime = f" × {number(line.rate_factor)}" if line.rate_factor else ""
        return f"{line.item}: {hours} h × {rate}{overtime} {line.stated_currency_code}"
    if line.valued_by == "cost_rate":
        return f"{hours} h × {rate} × {number(line.rate_factor)} burdened"
    if line.valued_by == "payroll":
        borne = f"{hours} h × {rate} × {number(line.rate_factor)} other burden"
        paid = money(line.payroll_amount, line.stated_currency_code)
        return f"{hours} h: {paid} of the payroll + {borne}"
    if line.valued_by == "order_rate":
        return f"{hours} h × {rate} by the order"
    return RULES[line.valued_by]


def measurement(m: Measured, told: Explanation) -> Iterator[str]:
    """How a month that is measured cumulatively was measured, step by step."""
    currency = m.contract_currency_code
    put = partial(money, currency=currency)
    if m.revenue_method == "time_and_materials_capped":
        cap = money(m.cap_amount, m.cap_currency_code)
        yield (
            f"value to date {put(m.done_quantity)}, cap over the contract {cap}"
            f" {m.cap_currency_code}"
        )
    elif m.revenue_method == "cost_plus":
        fee = number(m.fee_rate)
        yield f"allowable cost to date {put(m.done_quantity)} with a fee of {fee}"
    else:
        yield from _progress(m, told)
    yield (
        f"earned to date {put(m.cumulative_amount)} - before "
        f"{put(m.before_amount)} = {put(m.recognised_amount)} {currency}"
    )


def _progress(m: Measured, told: Explanation) -> Iterator[str]:
    what = QUANTITIES[m.revenue_method]
    in_contract = partial(money, currency=m.contract_currency_code)
    in_own = partial(money, currency=told.currency_code)
    own = [r for r in told.estimates if r.obligation_code == m.obligation_code]
    for rest in own:
        if rest.component == "modification":
            change = f"{in_contract(rest.amount)} from {rest.effective_date}"
            yield f"price changed by {change} ({rest.correlation_id})"
    if m.basis == "cost_recovery":
        yield "no estimate: it earns what it cost, up to the price"
        yield f"price {in_contract(m.price_amount)} {m.contract_currency_code}"
        return
    if m.basis == "sold_hours":
        yield "nothing planned: hours sold and not worked are to come"
    done, total = number(m.done_quantity), number(m.total_quantity)
    if m.revenue_method == "cost_to_cost":
        planned = sum(r.component == "allocation" for r in own)
        yield (
            f"to come: {planned} allocations {in_own(m.etc_labour_amount)}, "
            f"orders {in_own(m.etc_commitments_amount)}, "
            f"expenses {in_own(m.etc_expenses_amount)}"
        )
    base = ""
    if m.base_done_quantity:
        base = (
            f" since the modification, before which {number(m.base_done_quantity)} "
            f"had earned {in_contract(m.base_amount)}"
        )
    yield f"{what} {done} of {total}{base}: progress {number(m.progress_rate)}"
    yield f"price {in_contract(m.price_amount)} {m.contract_currency_code}"


def _share(told: Explanation) -> str:
    if not told.provisional_cost_amount:
        return "all cost is actual"
    provisional = money(told.provisional_cost_amount, told.currency_code)
    return f"of its cost {provisional} is provisional"


def bridge(
    told: MarginBridge,
    moments: tuple[str, str],
    changes: list[Change],
    out: RichConsole,
) -> None:
    """Print a margin's way from one day of knowledge to another, with its records."""
    currency = told.currency_code
    out.print(
        f"{told.project_code} · {told.period_month:%B %Y} · {told.currency_code}",
        style="bold",
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("Records", justify="right")
    table.add_column("Margin", justify="right")
    table.add_row(f"As known on {moments[0]}", "", money(told.margin_from, currency))
    for part in told.parts:
        if part.records:
            title, change = PART_TITLES[part.name], changed(part.change, currency)
            table.add_row(f"  {title}", str(part.records), change)
    table.add_row(
        f"As known on {moments[1]}", "", money(told.margin_to, currency), style="bold"
    )
    out.print(table)
    if changes:
        out.print(_changes(changes, currency))


def _changes(changes: list[Change], currency: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Part", "Record", "What"):
        table.add_column(title)
    for title in ("Before", "After", "Change"):
        table.add_column(title, justify="right")
    for change in changes:
        added = (change.after or Decimal(0)) - (change.before or Decimal(0))
        versions = f" v{change.version_before or '–'} → v{change.version_after or '–'}"
        same = change.version_before == change.version_after
        what = change.component.replace("_", " ")
        table.add_row(
            PART_TITLES[change.part],
            change.correlation_id + ("" if same else versions),
            what if change.is_of_margin else f"rests on: {what}",
            money(change.before, currency),
            money(change.after, currency),
            changed(added, currency),
        )
    return table
