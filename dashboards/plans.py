"""The plan as the Postings page shows it: entries, their journals, their approvals."""

import contextlib
from collections.abc import Iterator

import polars as pl

from dashboards import warehouse
from dlt_pipelines import settings
from dlt_pipelines.reverse_sync import approvals, run
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import (
    APPROVE,
    HOLD,
    MODEL,
    POST,
    Entry,
    Plan,
    compare,
)

STATES = {POST: "✓ To post", APPROVE: "! To approve", HOLD: "– Held"}
MONEY = pl.Decimal(38, 2)


@contextlib.contextmanager
def ledger() -> Iterator[Ledger]:
    """The firm's posting ledger."""
    with run.opened(settings.paths()) as opened:
        yield opened


def plan() -> Plan:
    """What the snapshot shown desires, less what the ledger holds now."""
    desired = warehouse.query(
        f"select * from adjustments.{MODEL} "
        "order by legal_entity_code, period_month, project_code, posting_key"
    )
    with ledger() as opened:
        return compare(desired.to_dicts(), opened)


def table(entries: list[Entry]) -> pl.DataFrame:
    """One row an entry, amounts in the entry's currency."""
    rows = [
        {
            "state": STATES[entry.action],
            "kind": entry.desired["kind"].replace("_", " "),
            "legal_entity_code": entry.desired["legal_entity_code"],
            "period_month": entry.desired["period_month"],
            "project_code": entry.desired["project_code"],
            "desired": entry.desired["desired_amount"],
            "posted": entry.posted.posted.amount,
            "to_post": entry.amount,
            "currency_code": entry.desired["currency_code"],
            "reason": entry.reason,
            "owner": entry.desired.get("hold_owner"),
            "posting_key": entry.posting_key,
        }
        for entry in entries
    ]
    schema = {
        "state": pl.String,
        "kind": pl.String,
        "legal_entity_code": pl.String,
        "period_month": pl.Date,
        "project_code": pl.String,
        "desired": MONEY,
        "posted": MONEY,
        "to_post": MONEY,
        "currency_code": pl.String,
        "reason": pl.String,
        "owner": pl.String,
        "posting_key": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def journals(entry: Entry) -> pl.DataFrame:
    """The lines that would be posted, in order."""
    rows = [
        {
            "posting_date": intent.journal.posting_date,
            "account": line.account_number,
            "project": line.project_id,
            "department": line.department_id,
            "debit": line.debit or None,
            "credit": line.credit or None,
            "hours": line.hours,
        }
        for intent in entry.intents
        for line in intent.journal.lines
    ]
    money = dict.fromkeys(("debit", "credit", "hours"), MONEY)
    return pl.DataFrame(rows, schema_overrides=money)


def standing(entry: Entry) -> approvals.Standing:
    """Who prepared an entry as it is now and who has approved it."""
    with ledger() as opened:
        decided = approvals.by_content(opened.decisions())
    return approvals.standing(decided, entry.posting_key, entry.content_hash)


def decide(planned: Plan, key: str, by: str, reason: str, *, approve: bool) -> None:
    """Approve or reject an entry; raises TieoutError when ``by`` may not."""
    run.decide(planned, settings.paths(), [key], by, reason, approve=approve)


def health() -> tuple[list[str], dict[str, tuple[int, str]]]:
    """What is wrong with the ledger's chains, and their lengths and heads."""
    with ledger() as opened:
        return opened.verify(), opened.heads()
