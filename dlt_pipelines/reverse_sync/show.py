"""A plan for the eye: as a table, and as what it would change in the ERP."""

from decimal import Decimal

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.styled import Styled
from rich.table import Table

from dlt_pipelines.reverse_sync.choosing import Choice
from dlt_pipelines.reverse_sync.journal import Line
from dlt_pipelines.reverse_sync.plan import HOLD, Entry, Plan
from dlt_pipelines.reverse_sync.recovery import Recovery


def table(planned: Plan) -> RenderableType:
    """Every entry, then the totals, then one line."""
    return Group(_entries(planned), _totals(planned), planned.summary())


def difference(planned: Plan) -> RenderableType:
    """What the ERP holds of each key and what would come on top, line by line."""
    parts: list[RenderableType] = []
    for entry in planned.entries:
        parts.append(Styled(_headline(entry), "bold"))
        parts += [Styled(line, style) for line, style in _changes(entry)]
    return Group(*parts, planned.summary())


def recovery(found: Recovery) -> RenderableType:
    """What the ERP holds and the ledger lacks: journals, sums, what is left."""
    shown = Table(title="What the ERP holds of ours and the ledger lacks")
    for name in ("Posting", "Date", "External id"):
        shown.add_column(name, overflow="fold")
    for name in ("Amount", "Hours"):
        shown.add_column(name, justify="right")
    for intent in found.found:
        journal = intent.journal
        amount = f"{money(intent.amount)} {journal.currency_code}"
        told = (f"{intent.posting_key} v{intent.version}", str(journal.posting_date),
                journal.external_id)  # fmt: skip
        shown.add_row(*told, amount, f"{intent.hours}")
    for posting in found.known:
        amount = f"{money(posting.amount)} {posting.currency_code}"
        told = (f"{posting.posting_id}, {posting.status}", str(posting.posting_date),
                posting.external_id)  # fmt: skip
        shown.add_row(*told, amount, f"{posting.hours}")
    lines = [
        f"{entity}: {count} journals to take up, {money(total)} {currency}"
        for (entity, currency), (count, total) in found.sums().items()
    ]
    lines += [f"left: {j.external_id} «{j.memo}»: {why}" for j, why in found.unclear]
    return Group(shown, *(lines or ["nothing"]))


def _headline(entry: Entry) -> str:
    row = entry.desired
    currency = row["currency_code"] or ""
    held, known = row.get("own_posted_amount"), entry.posted.posted.amount
    told = f"{entry.posting_key}: ERP holds {money(held)} {currency}"
    if held is not None and held != known:
        told += f", the ledger says {money(known)}"
    return f"{told}, desired {money(row['desired_amount'])}"


def _changes(entry: Entry) -> list[tuple[str, str]]:
    if entry.action == HOLD:
        owner = entry.desired.get("hold_owner")
        return [(f"  held: {entry.reason}{f' ({owner})' if owner else ''}", "yellow")]
    lines = [
        (f"  + {intent.journal.posting_date} {_side(line)}", "green")
        for intent in entry.intents
        for line in intent.journal.lines
    ]
    return [*lines, (f"  {entry.reason}", "yellow")] if entry.reason else lines


def _side(line: Line) -> str:
    side, amount = ("Dr", line.debit) if line.debit else ("Cr", line.credit)
    project = f" project {line.project_id}" if line.project_id else ""
    hours = f" {line.hours} h" if line.hours else ""
    return f"{side} {line.account_number}{project} {money(amount)}{hours}"


def _entries(planned: Plan) -> Table:
    """The posting key in full, which `approve` asks for; the rest fits 100 columns."""
    shown = Table(title="What the ERP should hold and does not yet", box=SIMPLE)
    shown.add_column("Posting key", no_wrap=True)
    shown.add_column("To post", justify="right", no_wrap=True)
    shown.add_column("")
    shown.add_column("Action, and why", overflow="fold")
    for entry in planned.entries:
        owner = entry.desired.get("hold_owner") if entry.action == HOLD else None
        why = f"{entry.action}: {entry.reason}" if entry.reason else entry.action
        shown.add_row(
            entry.posting_key,
            money(entry.amount),
            entry.desired["currency_code"] or "–",
            f"{why} ({owner})" if owner else why,
        )
    return shown


def _totals(planned: Plan) -> Table:
    shown = Table(title="Totals")
    for name in ("Action", "Entity", ""):
        shown.add_column(name)
    for name in ("Entries", "Amount", "Hours"):
        shown.add_column(name, justify="right")
    for (action, entity, currency), sums in planned.totals().items():
        count, amount, hours = sums
        shown.add_row(action, entity, currency, str(count), money(amount), money(hours))
    return shown


def choice(chosen: Choice) -> RenderableType:
    """What somebody is about to decide on, summed, and what is left out and why."""
    shown = Table(title="Chosen", box=SIMPLE)
    for name in ("Kind", "Entity", ""):
        shown.add_column(name)
    for name in ("Entries", "Amount", "Largest"):
        shown.add_column(name, justify="right")
    for (kind, entity, currency), total in chosen.totals().items():
        shown.add_row(
            kind.replace("_", " "), entity, currency, str(total.entries),
            money(total.amount), money(total.largest),
        )  # fmt: skip
    left_out = [
        f"{count} left out: {why}" for why, count in chosen.left_out.most_common()
    ]
    return Group(shown, *left_out)


def money(amount: Decimal | None) -> str:
    """Two decimals, thousands, negative in brackets; nothing is ``–``."""
    if not amount:
        return "–"
    text = f"{abs(amount):,.2f}"
    return f"({text})" if amount < 0 else text
