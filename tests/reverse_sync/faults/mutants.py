"""Known bugs of posters, planted one at a time: the matrix must find each of them."""

import contextlib
import uuid
from collections.abc import Iterator
from unittest import mock

from dlt_pipelines.core.errors import BadAnswer, Unreachable
from dlt_pipelines.reverse_sync import settling
from dlt_pipelines.reverse_sync.calls import Calls
from dlt_pipelines.reverse_sync.journal import Kept, Refusal
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Entry
from tests.reverse_sync.faults import targets
from tests.reverse_sync.faults.schedule import ERP


def _blind_retry(self, waiting, number, posted):
    return waiting


def _no_answer_is_yes(post):
    def lenient(self, journals):
        try:
            return post(self, journals)
        except (Unreachable, BadAnswer):
            return [Kept("?") for _ in journals]

    return lenient


def _no_answer_is_no(post):
    def strict(self, journals):
        try:
            return post(self, journals)
        except (Unreachable, BadAnswer) as error:
            return [Refusal(error.what) for _ in journals]

    return strict


def _first_row_speaks_for_all(post):
    def hasty(self, journals):
        return [post(self, journals)[0]] * len(journals)

    return hasty


def _new_id_each_time(journal):
    return REAL_BODY(journal) | {"external_id": f"TIEOUT-{uuid.uuid4().hex[:16]}"}


def _forgets_open(self):
    return []


LOSING = {  # bugs that only a lost ledger shows
    "the stop switched off": lambda: mock.patch.object(
        Calls, "lacking", return_value=[]
    ),
    "nothing is taken up": lambda: mock.patch.object(
        Ledger, "recover", return_value=None
    ),
}


def _leaves_rows(self, left):
    pass


REAL_BODY = targets._body
MUTANTS = {
    "blind retry": lambda: mock.patch.object(
        settling.Settling, "_look_up", _blind_retry
    ),
    "look-ups believed too early": lambda: mock.patch.object(
        settling.Settling, "_let_look_ups_catch_up", return_value=None
    ),
    "no answer taken for a yes": lambda: _targets_post(_no_answer_is_yes),
    "no answer taken for a no": lambda: _targets_post(_no_answer_is_no),
    "first row of a batch speaks for all": lambda: _targets_post(
        _first_row_speaks_for_all
    ),
    "a new external id each time": lambda: mock.patch.object(
        targets, "_body", _new_id_each_time
    ),
    "rows left in the interface": lambda: mock.patch.object(
        targets.ImportTarget, "_purge", _leaves_rows
    ),
    "open intents forgotten": lambda: mock.patch.object(
        Ledger, "open_postings", _forgets_open
    ),
    "one ERP is sent everything": lambda: mock.patch.object(Entry, "target", ERP),
}


@contextlib.contextmanager
def _targets_post(changed) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for kind in targets.TARGETS.values():
            stack.enter_context(mock.patch.object(kind, "post", changed(kind.post)))
        yield


@contextlib.contextmanager
def planted(mutant: str | None) -> Iterator[None]:
    """Plant a bug by its name; None plants none."""
    with (MUTANTS | LOSING)[mutant]() if mutant else contextlib.nullcontext():
        yield
