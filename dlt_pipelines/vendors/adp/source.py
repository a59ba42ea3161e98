"""What is read from ADP.

Workers have no filter by change: all are read each time. Payroll runs are listed by
the end of their pay period, each time from two years back, because a run that corrects
an old period comes late. The pay in a run is read once its status says that all of it
is there, and again for 30 days after its period; older pay that raw has is not. A run
that cannot be read is an error, told once the others are landed.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.vendors.adp import layout
from dlt_pipelines.vendors.adp.client import AdpClient
from dlt_pipelines.vendors.feeds import Batch, Feed, Window

OVERLAP = timedelta(days=30)
LATEST_CORRECTION = timedelta(days=730)  # a run for a period is listed so long after it
EARLIEST = date(2000, 1, 1)
# A run not complete by then is taken for abandoned and no longer waited for.
LONGEST_OPEN = timedelta(days=120)
ROWS_A_BATCH = 2_000

logger = logging.getLogger(__name__)

Row = dict[str, Any]


def read_workers(client: AdpClient, window: Window) -> Iterator[Batch]:
    """All workers: identifiers, status and dates."""
    workers = [layout.worker(body) for body in client.workers()]
    yield Batch("workers", workers)


def read_payroll(client: AdpClient, window: Window) -> Iterator[Batch]:
    """Runs, and the lines of those that are complete.

    A complete run is yielded after its lines, never without: whoever finds it in raw
    finds all of its pay.
    """
    since = window.since.date() if window.since else EARLIEST + LATEST_CORRECTION
    listed: dict[str, Row] = {}
    unread: list[BadAnswer] = []
    for body in client.payroll_runs(since - LATEST_CORRECTION):
        with _noted(unread):
            run = layout.run(body)
            listed[run["item_id"]] = run
    known = _known_lines(window.ids("payroll_lines"))
    complete: set[str] = set()
    lines, gone, runs = [], [], []
    for item_id, run in listed.items():
        if run["status_code"] == layout.COMPLETE:
            if item_id in known and _ends(run) < since - OVERLAP:
                complete.add(item_id)
                continue
            paid = None
            with _noted(unread):
                paid = _lines(client, run)
            if paid is None:
                continue
            complete.add(item_id)
            lines += paid
            gone += _gone(item_id, paid, known)
        runs.append(run)
        if len(lines) >= ROWS_A_BATCH:
            yield from _batches(lines, gone, runs)
            lines, gone, runs = [], [], []
    yield from _batches(lines, gone, runs, _cursor(listed, complete, window))
    if unread:
        raise _together(unread)


@contextmanager
def _noted(unread: list[BadAnswer]) -> Iterator[None]:
    """Takes down what cannot be read, so that the runs beside it are."""
    try:
        yield
    except BadAnswer as error:
        unread.append(error)


def _together(unread: list[BadAnswer]) -> BadAnswer:
    """One error for all runs that cannot be read: the first, and how many others."""
    first, others = unread[0], len(unread) - 1
    also = f", nor can {others:,} other runs be read" if others else ""
    return BadAnswer(f"{first.what}{also}; the other runs were landed", first.do)


def _batches(
    lines: list[Row], gone: list[Row], runs: list[Row], cursor: datetime | None = None
) -> Iterator[Batch]:
    yield Batch("payroll_lines", lines)
    yield Batch("payroll_lines", gone, deleted=True)
    yield Batch("payroll_runs", runs, cursor=cursor)


def _cursor(
    listed: dict[str, Row], complete: set[str], window: Window
) -> datetime | None:
    """The latest period end read, but no later than that of a run still open."""
    ends = {
        item_id: _ends(run) for item_id, run in listed.items() if run["period_end_date"]
    }
    if not ends:
        return window.since
    latest = max(ends.values())
    still_open = [
        end
        for item_id, end in ends.items()
        if item_id not in complete and end > latest - LONGEST_OPEN
    ]
    return datetime.combine(min([latest, *still_open]), time(), UTC)


def _ends(run: Row) -> date:
    return date.fromisoformat(run["period_end_date"][:10])


def _lines(client: AdpClient, run: Row) -> list[Row] | None:
    """A run's lines, None while ADP does not give them; names of members where more
    may be paid are noted in the run."""
    item_id = run["item_id"]
    body = client.pay(item_id)
    if body is None:
        logger.warning(
            "%s does not give the pay of complete run %s yet; the next landing asks "
            "again",
            client.instance.name,
            item_id,
        )
        return None
    run |= layout.unlisted_pay(body)
    return layout.lines(body)


def _known_lines(keys: set[str]) -> dict[str, set[str]]:
    """The line numbers raw holds of each run, from keys «<run>|<line>»."""
    known: dict[str, set[str]] = {}
    for key in keys:
        item_id, number = key.rsplit("|", 1)
        known.setdefault(item_id, set()).add(number)
    return known


def _gone(item_id: str, paid: list[Row], known: dict[str, set[str]]) -> list[Row]:
    """Lines raw holds of a run that the run no longer has."""
    numbers = {str(line["line_number"]) for line in paid}
    return [
        {"item_id": item_id, "line_number": number}
        for number in sorted(known.get(item_id, set()) - numbers)
    ]


FEEDS = (
    Feed("workers", read_workers),
    Feed("payroll", read_payroll, ("payroll_runs", "payroll_lines")),
)
