"""The plan: what the ERP should hold, less what the ledger says is posted.

One journal per posting key (legal entity, project, period) and version, not one for
the whole entity and period. A posting key is what is desired, remembered and corrected,
so with a journal of its own each key is idempotent by its own external id, a project
that the ERP refuses holds back nobody else, and a later delta names exactly what it
corrects. The price is a call per project; a journal is two lines on one debit and one
credit of the same amount, so it balances to the cent by construction.

A change of hours that leaves the amount as it is takes the posted amount back and posts
it again with the new hours, both on the cost account, because no ERP keeps a line
without an amount.
"""

import contextlib
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Group
from rich.table import Table

from dlt_pipelines.errors import ConfigurationError
from dlt_pipelines.reverse_sync.journal import Journal, Line
from dlt_pipelines.reverse_sync.ledger import NOTHING, Intent, Ledger, Position

ADJUSTMENTS = ("adj_labour_cost_accrual",)
POST, HOLD = "post", "hold"
CENT = Decimal("0.01")
ZERO = Decimal(0)
NEEDED = {
    "erp_subsidiary_id": "legal entity unknown in ERP",
    "erp_project_id": "project unknown in ERP",
    "posting_date": "no posting date",
    "debit_account_number": "no account",
    "credit_account_number": "no account",
    "currency_code": "no currency",
}


@dataclass(frozen=True)
class Entry:
    """One posting key out of balance: what is desired, what is posted, what to do.

    Amounts are in ``currency_code``; ``reason`` says why an entry is held.
    """

    desired: dict[str, Any]  # the row of the adjustment model
    posted: Position
    action: str  # post | hold
    reason: str | None
    intent: Intent | None  # what would be posted; None for a hold

    @property
    def posting_key(self) -> str:
        """Legal entity, project and period, with the kind of posting."""
        return self.desired["posting_key"]

    @property
    def amount(self) -> Decimal:
        """The difference in money."""
        return self.desired["desired_amount"] - self.posted.amount

    @property
    def hours(self) -> Decimal:
        """The difference in hours."""
        return self.desired["desired_hours"] - self.posted.hours


@dataclass(frozen=True)
class Plan:
    """Every posting key that is out of balance, and how many are not."""

    entries: list[Entry] = field(default_factory=list)
    in_balance: int = 0

    @property
    def to_post(self) -> list[Entry]:
        """Entries that policy lets post."""
        return [e for e in self.entries if e.action == POST]

    @property
    def held(self) -> list[Entry]:
        """Entries that wait for somebody."""
        return [e for e in self.entries if e.action == HOLD]

    def summary(self) -> str:
        """One line: how many entries to post, how many held and why."""
        reasons = Counter(e.reason for e in self.held)
        why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        return (
            f"{len(self.to_post)} to post, {len(self.held)} held"
            f"{f' ({why})' if why else ''}, {self.in_balance} in balance"
        )

    def totals(self) -> dict[tuple[str, str, str], tuple[int, Decimal, Decimal]]:
        """Entries, amount and hours by action, legal entity and currency."""
        sums: dict[tuple[str, str, str], tuple[int, Decimal, Decimal]] = {}
        for entry in self.entries:
            row = entry.desired
            key = (entry.action, row["legal_entity_code"], row["currency_code"] or "–")
            count, amount, hours = sums.get(key, (0, ZERO, ZERO))
            sums[key] = (count + 1, amount + entry.amount, hours + entry.hours)
        return dict(sorted(sums.items()))

    def __rich__(self) -> Group:
        """The plan as tables: every entry, then the totals, then one line."""
        return Group(_entries_table(self), _totals_table(self), self.summary())


def plan(database: Path, ledger: Ledger, *, retry_refused: bool = False) -> Plan:
    """Compare the adjustments of a built or published database with the ledger.

    An entry that the ERP refused is held until what would be posted changes, or until
    ``retry_refused`` asks for it. Raises ConfigurationError when there are none built.
    """
    return compare(desired_rows(database), ledger, retry_refused=retry_refused)


def desired_rows(database: Path) -> list[dict[str, Any]]:
    """What the ERP should hold, one row per posting key."""
    path = Path(database).resolve()  # the published path is a link that moves
    if not path.exists():
        raise ConfigurationError(
            "there is no database to plan from", "run `tieout build` first."
        )
    rows: list[dict[str, Any]] = []
    with contextlib.closing(duckdb.connect(path, read_only=True)) as built:
        for model in ADJUSTMENTS:
            try:
                found = built.execute(
                    f"select * from adjustments.{model} order by legal_entity_code, "
                    "period_month, project_code, posting_key"
                )
            except duckdb.CatalogException as error:
                raise ConfigurationError(
                    f"{path.name} has no adjustments.{model}", "run `tieout build`."
                ) from error
            names = [column[0] for column in found.description]
            rows += [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return rows


def compare(
    rows: list[dict[str, Any]], ledger: Ledger, *, retry_refused: bool = False
) -> Plan:
    """Desired rows against the ledger."""
    positions = ledger.positions()
    entries, in_balance = [], 0
    for row in rows:
        posted = positions.pop(row["posting_key"], NOTHING)
        entry = _entry(row, posted, retry_refused)
        if entry is None:
            in_balance += 1
        else:
            entries.append(entry)
    for key, posted in positions.items():
        if posted.amount or posted.hours or posted.open:
            entries.append(_forgotten(key, posted, ledger))
        else:
            in_balance += 1
    return Plan(entries, in_balance)


def _entry(row: dict[str, Any], posted: Position, retry: bool) -> Entry | None:
    row = {
        **row,
        "desired_amount": Decimal(row["desired_amount"] or 0),
        "desired_hours": Decimal(row["desired_hours"] or 0),
    }
    probe = Entry(row, posted, HOLD, None, None)
    if not probe.amount and not probe.hours and posted.open is None:
        return None
    reason = _hold_reason(row, posted, probe)
    if reason:
        return Entry(row, posted, HOLD, reason, None)
    intent = _intent(row, posted, probe)
    refused = posted.refused
    if refused and refused.content_hash == intent.journal.content_hash and not retry:
        return Entry(row, posted, HOLD, f"refused by ERP: {refused.detail}", None)
    return Entry(row, posted, POST, None, intent)


def _hold_reason(row: dict[str, Any], posted: Position, entry: Entry) -> str | None:
    if posted.open:
        return "an earlier posting has no answer yet"
    if row["policy_action"] != POST:
        return row["hold_reason"] or "policy"
    for column, reason in NEEDED.items():
        if row[column] is None:
            return reason
    if row["period_state"] != "open":
        return f"period {row['period_state'] or 'unknown'}"
    if entry.amount % CENT or entry.hours % CENT:
        return "not in whole cents"
    if not entry.amount and not posted.amount:
        return "hours without cost"
    return None


def _forgotten(key: str, posted: Position, ledger: Ledger) -> Entry:
    """A key with postings that the adjustments no longer mention: not ours to guess."""
    last = [p for p in ledger.postings() if p.posting_key == key][-1]
    row = {
        "posting_key": key,
        "kind": last.kind,
        "legal_entity_code": last.legal_entity_code,
        "project_code": last.project_code,
        "period_month": last.period_month,
        "currency_code": last.currency_code,
        "desired_amount": posted.amount,
        "desired_hours": posted.hours,
    }
    reason = "no desired state: posted, not yet landed or no longer modelled"
    return Entry(row, posted, HOLD, reason, None)


def _intent(row: dict[str, Any], posted: Position, entry: Entry) -> Intent:
    key, version = row["posting_key"], posted.version + 1
    amount, hours = entry.amount.quantize(CENT), entry.hours.quantize(CENT)
    content_hash = _content_hash(row, posted, amount, hours)
    memo = f"Tieout {row['kind'].replace('_', ' ')} {row['project_code']} "
    memo += f"{row['period_month']:%Y-%m} v{version} [{content_hash[:16]}]"
    journal = Journal(
        external_id=external_id(key, version),
        content_hash=content_hash,
        subsidiary_id=str(row["erp_subsidiary_id"]),
        currency_code=row["currency_code"],
        posting_date=row["posting_date"],
        memo=memo,
        lines=_lines(row, posted, amount, hours, memo),
    )
    return Intent(
        posting_key=key,
        version=version,
        kind=row["kind"],
        legal_entity_code=row["legal_entity_code"],
        project_code=row["project_code"],
        period_month=row["period_month"],
        currency_code=row["currency_code"],
        amount=amount,
        hours=hours,
        posted_amount=posted.amount,
        posted_hours=posted.hours,
        correlation_id=row.get("correlation_id"),
        journal=journal,
    )


def _lines(
    row: dict[str, Any], posted: Position, amount: Decimal, hours: Decimal, memo: str
) -> tuple[Line, ...]:
    cost, other = row["debit_account_number"], row["credit_account_number"]
    if amount:
        return (
            _line(row, cost, amount, hours, memo),
            _line(row, other, -amount, None, memo),
        )
    return (
        _line(row, cost, -posted.amount, -posted.hours, memo),
        _line(row, cost, posted.amount, posted.hours + hours, memo),
    )


def _line(
    row: dict[str, Any], account: str, amount: Decimal, hours: Decimal | None, memo: str
) -> Line:
    department = row["erp_department_id"]
    return Line(
        account_number=str(account),
        debit=max(amount, ZERO),
        credit=max(-amount, ZERO),
        project_id=str(row["erp_project_id"]),
        department_id=str(department) if department is not None else None,
        hours=hours,
        memo=memo,
    )


def external_id(posting_key: str, version: int) -> str:
    """The id under which the ERP holds a version of a posting key."""
    digest = hashlib.sha256(f"{posting_key}\x1f{version}".encode()).hexdigest()
    return f"TIEOUT-{digest[:16]}"


def _content_hash(
    row: dict[str, Any], posted: Position, amount: Decimal, hours: Decimal
) -> str:
    """What makes two postings of a key the same to the ERP; not the version."""
    content = [
        row[name] if not isinstance(row[name], date) else row[name].isoformat()
        for name in (
            "posting_key", "erp_subsidiary_id", "erp_project_id", "erp_department_id",
            "posting_date", "period_state", "currency_code", "debit_account_number",
            "credit_account_number",
        )
    ]  # fmt: skip
    content += [str(amount), str(hours), str(posted.amount), str(posted.hours)]
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


def _entries_table(planned: Plan) -> Table:
    table = Table(title="What the ERP should hold and does not yet")
    for name in ("Entity", "Period", "Project"):
        table.add_column(name)
    for name in ("Desired", "Posted", "To post", "Hours"):
        table.add_column(name, justify="right")
    for name in ("", "Action", "Reason"):
        table.add_column(name, overflow="fold")
    for entry in planned.entries:
        row = entry.desired
        table.add_row(
            row["legal_entity_code"],
            f"{row['period_month']:%Y-%m}",
            row["project_code"],
            _money(row["desired_amount"]),
            _money(entry.posted.amount),
            _money(entry.amount),
            _money(entry.hours),
            row["currency_code"] or "–",
            entry.action,
            entry.reason or "",
        )
    return table


def _totals_table(planned: Plan) -> Table:
    table = Table(title="Totals")
    for name in ("Action", "Entity", ""):
        table.add_column(name)
    for name in ("Entries", "Amount", "Hours"):
        table.add_column(name, justify="right")
    for (action, entity, currency), sums in planned.totals().items():
        count, amount, hours = sums
        table.add_row(
            action, entity, currency, str(count), _money(amount), _money(hours)
        )
    return table


def _money(amount: Decimal) -> str:
    """Two decimals, thousands, negative in brackets; nothing is ``–``."""
    if not amount:
        return "–"
    text = f"{abs(amount):,.2f}"
    return f"({text})" if amount < 0 else text
