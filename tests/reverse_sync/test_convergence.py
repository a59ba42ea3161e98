"""Whatever the order and repetition of desired states, posted ends up as desired.

The ERP here is in memory and as bad as they come: it loses answers after and before
keeping a journal, and refuses repeats only by external id.
"""

import contextlib
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_pipelines.errors import Unreachable
from dlt_pipelines.reverse_sync.journal import Kept, PostedRecord, Refusal
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from tests.reverse_sync.conftest import desired


class MemoryErp:
    """Keeps journals by external id; ``mishaps`` says what happens to the next calls:
    «lost»: kept, no answer; «broken»: not kept, no answer; «fine»."""

    name = "erp"
    request_id = None
    batch_size = 1
    guards_repeats = True
    lookup_lag = 0.0

    def __init__(self, mishaps=()):
        self.mishaps = list(mishaps)
        self.kept = {}

    def find(self, documents):
        return {
            wanted: PostedRecord("1", wanted, self.kept[wanted].memo)
            for wanted in (document.external_id for document in documents)
            if wanted in self.kept
        }

    def post(self, journals):
        return [self._post(journal) for journal in journals]

    def _post(self, journal):
        assert sum(x.debit - x.credit for x in journal.lines) == 0
        assert all((x.debit > 0) != (x.credit > 0) for x in journal.lines)
        mishap = self.mishaps.pop(0) if self.mishaps else "fine"
        if mishap == "broken":
            raise Unreachable("no answer", "wait")
        if journal.external_id in self.kept:
            return Refusal("This record already exists")
        self.kept[journal.external_id] = journal
        if mishap == "lost":
            raise Unreachable("no answer", "wait")
        return Kept("1")

    def balance(self, project_id):
        lines = [
            line
            for journal in self.kept.values()
            for line in journal.lines
            if line.project_id == project_id and line.account_number == "5000"
        ]
        amount = sum((x.debit - x.credit for x in lines), Decimal(0))
        return amount, sum((x.hours or 0 for x in lines), Decimal(0))


amounts = st.decimals(-500, 500, places=2)
hours = st.decimals(-40, 40, places=2)
states = st.lists(
    st.tuples(st.sampled_from(["P1001", "P1002"]), amounts, hours, st.integers(1, 3)),
    min_size=1,
    max_size=6,
)  # project, amount, hours, how often that state is delivered
mishaps = st.lists(st.sampled_from(["fine", "lost", "broken"]), max_size=20)


@settings(max_examples=40, deadline=None)
@given(states=states, mishaps=mishaps)
def test_posted_equals_desired_in_the_end(states, mishaps):
    erp = MemoryErp(mishaps)
    latest = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(Ledger(Path(folder) / "ledger.sqlite")) as ledger,
    ):
        for project, amount, worked, times in states:
            # Hours without any cost are held for a human; see test_plan.
            worked = worked if amount else Decimal(0)
            latest[project] = desired(str(amount), str(worked), project=project)
            for _ in range(times):
                post(
                    compare(list(latest.values()), ledger),
                    ledger,
                    [erp],
                    wait=lambda _: None,
                )
        for _ in range(6):  # the faults have stopped
            erp.mishaps.clear()
            post(compare(list(latest.values()), ledger), ledger, [erp])
        for row in latest.values():
            held = erp.balance(row["erp_project_id"])
            assert held == (row["desired_amount"], row["desired_hours"])
        assert compare(list(latest.values()), ledger).entries == []
        assert ledger.verify() == []
