"""The plan as the Postings page shows it: entries, their journals, their approvals."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import streamlit as st

from dashboards import warehouse
from dlt_pipelines.core import settings
from dlt_pipelines.core.errors import TieoutError
from dlt_pipelines.reverse_sync import approvals, choosing, run
from dlt_pipelines.reverse_sync.approvals import Approvers, NotYours, Standing
from dlt_pipelines.reverse_sync.checkpoints import Verdict
from dlt_pipelines.reverse_sync.choosing import Choice, Filter
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
from dlt_pipelines.warehouse.policies import people
from dlt_pipelines.warehouse.policies.people import Person

SECONDS_HELD = 60  # that a verdict on the ledger counts
STATES = {POST: "✓ To post", APPROVE: "! To approve", HOLD: "– Held"}
MONEY = pl.Decimal(38, 2)
SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
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
    "prepared_by": pl.String,
    "approved_by": pl.String,
    "approved_because": pl.String,
    "target_instance": pl.String,
    "posting_key": pl.String,
}


@dataclass(frozen=True)
class Desk:
    """The plan with what has been decided on it, before the person who looks at it."""

    planned: Plan
    decided: approvals.Decided
    approvers: Approvers
    person: Person | None  # None: nobody who could decide

    @property
    def _decider(self) -> Person:
        assert self.person is not None  # who cannot decide is offered no decision
        return self.person

    def standing(self, entry: Entry) -> Standing:
        """Who prepared an entry as it is now and who has approved it, with reasons."""
        return approvals.standing(self.decided, entry.posting_key, entry.content_hash)

    def objection(self, entry: Entry) -> NotYours | None:
        """Why the person may not decide on an entry; None when he may."""
        return approvals.objection(entry, self.decided, self._decider, self.approvers)

    def waits_for(self, entry: Entry) -> str | None:
        """Why an entry is not posted and, if so, why the person has no say in it."""
        if self.person is None or entry.action != APPROVE:
            return entry.reason
        no = self.objection(entry)
        return f"{entry.reason}; {no.why}" if no else entry.reason

    def choose(self, wanted: Filter) -> Choice:
        """What the person may decide on of the waiting entries that a filter takes."""
        return choosing.choose(self.planned.to_approve, wanted, self.objection)

    def decide(self, entries: list[Entry], reason: str, *, approve: bool) -> None:
        """Approve or reject, all or none; raises TieoutError when he may not."""
        keys = [entry.posting_key for entry in entries]
        where = settings.paths()
        run.decide(self.planned, where, keys, self._decider, reason, approve=approve)


@contextlib.contextmanager
def ledger() -> Iterator[Ledger]:
    """The firm's posting ledger."""
    with run.opened(settings.paths()) as opened:
        yield opened


def desk(person: Person | None) -> Desk:
    """What the snapshot shown desires, less what the ledger holds now."""
    desired = warehouse.query(
        f"select * from adjustments.{MODEL} "
        "order by legal_entity_code, period_month, project_code, posting_key"
    )
    approvers = Approvers.of(people.SEEDS)
    with ledger() as opened:
        planned = compare(desired.to_dicts(), opened)
        decided = approvals.by_content(opened.decisions())
    return Desk(planned, decided, approvers, person)


def content(entries: list[Entry]) -> str:
    """A digest of what entries would post: it changes when any of them does."""
    told = "\n".join(f"{e.posting_key} {e.content_hash}" for e in entries)
    return hashlib.sha256(told.encode()).hexdigest()


def table(entries: list[Entry], shown_at: Desk) -> pl.DataFrame:
    """One row an entry, amounts in the entry's currency."""
    rows = [_row(entry, shown_at) for entry in entries]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _row(entry: Entry, shown_at: Desk) -> warehouse.Row:
    so_far = shown_at.standing(entry) if entry.intents else Standing()
    return {
        "state": STATES[entry.action],
        "kind": entry.desired["kind"].replace("_", " "),
        "legal_entity_code": entry.desired["legal_entity_code"],
        "period_month": entry.desired["period_month"],
        "project_code": entry.desired["project_code"],
        "desired": entry.desired["desired_amount"],
        "posted": entry.posted.posted.amount,
        "to_post": entry.amount,
        "currency_code": entry.desired["currency_code"],
        "reason": shown_at.waits_for(entry),
        "owner": entry.desired.get("hold_owner"),
        "prepared_by": so_far.preparer,
        "approved_by": ", ".join(so_far.approvers) or None,
        "approved_because": "; ".join(so_far.reasons) or None,
        "target_instance": entry.target,
        "posting_key": entry.posting_key,
    }


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


def health() -> tuple[Verdict, dict[str, tuple[int, str]]]:
    """What ``tieout ledger verify`` says, and the chains' lengths and heads."""
    with ledger() as opened:
        heads = opened.heads()
    return _verdict(str(settings.paths().work), heads), heads


@st.cache_data(ttl=SECONDS_HELD, show_spinner=False)
def _verdict(work: str, heads: dict[str, tuple[int, str]]) -> Verdict:
    """Places may be far, so they are asked again when rows are new, or time is up."""
    try:
        return run.verify(settings.paths())
    except TieoutError as error:
        return Verdict(unreached=[f"not held to its checkpoints: {error}"])
