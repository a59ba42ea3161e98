"""A plan for the eye: as a table, and as what it would change in the ERP."""

import json
from collections.abc import Iterator
from decimal import Decimal

from rich.box import SIMPLE
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.styled import Styled
from rich.table import Table

from dlt_pipelines.core.currencies import written
from dlt_pipelines.reverse_sync.choosing import Choice
from dlt_pipelines.reverse_sync.journal import Line
from dlt_pipelines.reverse_sync.plan import HOLD, Entry, Plan
from dlt_pipelines.reverse_sync.postings import ZERO
from dlt_pipelines.reverse_sync.recovery import Recovery
from dlt_pipelines.warehouse.policies import labels

WIDE = 100  # columns, from which an action fits beside the longest posting key


def table(planned: Plan) -> RenderableType:
    """Every entry, then the totals, then one line."""
    return Group(_Entries(planned), _totals(planned), planned.summary())


def records(planned: Plan) -> RenderableType:
    """Every record that is out of balance, then one line.

    Below each other, so that 80 columns do: its key, what to do, where and with what.
    """
    parts: list[RenderableType] = [
        Styled("What other systems should hold and do not yet", "italic")
    ]
    for entry in planned.entries:
        row = entry.desired
        what = f"{row['record_type']} {row['record_id'] or 'new'}"
        fields = json.loads(row["record_fields"], strict=False)  # texts have line ends
        written = ", ".join(f"{name} {value}" for name, value in fields.items())
        place = f"{row['target_system']}, {what}: {written}"
        parts.append(_stacked(entry.posting_key, _action(entry), place))
    return Group(*parts, planned.summary())


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
        currency = journal.currency_code
        amount = f"{money(intent.amount, currency)} {currency}"
        told = (f"{intent.posting_key} v{intent.version}", str(journal.posting_date),
                journal.external_id)  # fmt: skip
        shown.add_row(*told, amount, f"{intent.hours}")
    for posting in found.known:
        currency = posting.currency_code
        amount = f"{money(posting.amount, currency)} {currency}"
        told = (f"{posting.posting_id}, {posting.status}", str(posting.posting_date),
                posting.external_id)  # fmt: skip
        shown.add_row(*told, amount, f"{posting.hours}")
    lines = [
        f"{entity}: {count} journals to take up, {money(total, currency)} {currency}"
        for (entity, currency), (count, total) in found.sums().items()
    ]
    lines += [f"left: {j.external_id} «{j.memo}»: {why}" for j, why in found.unclear]
    return Group(shown, *(lines or ["nothing"]))


def _headline(entry: Entry) -> str:
    row = entry.desired
    currency = row["currency_code"] or ""
    held, known = row.get("own_posted_amount"), entry.posted.posted.amount
    erp = entry.target or "the ERP"
    told = f"{entry.posting_key}: {erp} holds {money(held, currency)} {currency}"
    if held is not None and held != known:
        told += f", the ledger says {money(known, currency)}"
    return f"{told}, desired {money(row['desired_amount'], currency)}"


def _changes(entry: Entry) -> list[tuple[str, str]]:
    if entry.action == HOLD:
        owner = entry.desired.get("hold_owner")
        return [(f"  held: {entry.reason}{f' ({owner})' if owner else ''}", "yellow")]
    lines = [
        (
            f"  + {intent.journal.posting_date} "
            f"{_side(line, intent.journal.currency_code)}",
            "green",
        )
        for intent in entry.intents
        for line in intent.journal.lines
    ]
    return [*lines, (f"  {entry.reason}", "yellow")] if entry.reason else lines


def _side(line: Line, currency: str) -> str:
    side, amount = ("Dr", line.debit) if line.debit else ("Cr", line.credit)
    project = f" project {line.project_id}" if line.project_id else ""
    hours = f" {line.hours} h" if line.hours else ""
    return f"{side} {line.account_number}{project} {money(amount, currency)}{hours}"


class _Entries:
    """The posting key in full, which `approve` asks for, whatever the width.

    Below 100 columns the action stands under its key.
    """

    def __init__(self, planned: Plan) -> None:
        self.planned = planned

    def __rich_console__(
        self, _: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        is_wide = options.max_width >= WIDE
        shown = Table(title="What the ERP should hold and does not yet", box=SIMPLE)
        shown.add_column("Posting key" if is_wide else "Posting key, action, and why")
        shown.columns[0].no_wrap = is_wide
        shown.add_column("To post", justify="right", no_wrap=True)
        shown.add_column("")
        if is_wide:
            shown.add_column("Action, and why", overflow="fold")
        for entry in self.planned.entries:
            currency = entry.desired["currency_code"]
            amount = money(entry.amount, currency), currency or "–"
            if is_wide:
                shown.add_row(entry.posting_key, *amount, _action(entry))
            else:
                shown.add_row(_stacked(entry.posting_key, _action(entry)), *amount)
        yield shown


def _stacked(key: str, *below: str) -> RenderableType:
    return Group(key, *(Padding(text, (0, 0, 0, 2)) for text in below))


def _action(entry: Entry) -> str:
    owner = entry.desired.get("hold_owner") if entry.action == HOLD else None
    why = f"{entry.action}: {entry.reason}" if entry.reason else entry.action
    return f"{why} ({owner})" if owner else why


def _totals(planned: Plan) -> Table:
    shown = Table(title="Totals")
    for name in ("Action", labels.said("Entity"), ""):
        shown.add_column(name)
    for name in ("Entries", "Amount", "Hours"):
        shown.add_column(name, justify="right")
    for (action, entity, currency), sums in planned.totals().items():
        count, amount, hours = sums
        shown.add_row(
            action, entity, currency, str(count), money(amount, currency),
            _bracketed(hours, f"{abs(hours):,.2f}"),
        )  # fmt: skip
    return shown


def choice(chosen: Choice) -> RenderableType:
    """What somebody is about to decide on, summed, and what is left out and why."""
    shown = Table(title="Chosen", box=SIMPLE)
    for name in ("Kind", labels.said("Entity"), ""):
        shown.add_column(name)
    for name in ("Entries", "Amount", "Largest"):
        shown.add_column(name, justify="right")
    for (kind, entity, currency), total in chosen.totals().items():
        shown.add_row(
            kind.replace("_", " "), entity, currency, str(total.entries),
            money(total.amount, currency), money(total.largest, currency),
        )  # fmt: skip
    left_out = [
        f"{count} left out: {why}" for why, count in chosen.left_out.most_common()
    ]
    return Group(shown, *left_out)


def money(amount: Decimal | None, currency: str | None) -> str:
    """With its currency's decimals, negative in brackets; nothing is ``–``."""
    return _bracketed(amount, written(abs(amount or ZERO), currency))


def _bracketed(number: Decimal | None, text: str) -> str:
    if not number:
        return "–"
    return f"({text})" if number < 0 else text
