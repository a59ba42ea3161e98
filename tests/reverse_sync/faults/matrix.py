"""The fault matrix: seeded schedules against the bad ERP, judged and counted.

``python -m tests.reverse_sync.faults.matrix --first 0 --count 500`` runs them and
prints a table; ``--seed 17`` replays one and prints what was drawn. Each run of the
poster is a process of its own with the real ledger on disk; it dies by SIGKILL at the
step that was drawn. After the last life the faults stop, and everything must end as
desired or held. With ``--loss`` the ledger is gone after the last life, or
is a backup of the first; with ``--moves-on`` the sources have news by then. The next
poster has to stop, somebody recovers the ledger, and all ends as ever.
"""

import argparse
import contextlib
import os
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import recovery
from dlt_pipelines.reverse_sync.dispatch import dispatch
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import HOLD, compare
from tests.reverse_sync.faults import erp as bad_erp
from tests.reverse_sync.faults.mutants import planted
from tests.reverse_sync.faults.schedule import (
    EARLIER,
    LOST,
    Event,
    Key,
    Life,
    Loss,
    Schedule,
    drawn,
    losing,
    rows,
)
from tests.reverse_sync.faults.targets import TARGETS

LONGEST_LAG = 0.3  # seconds; the poster's waits for look-ups are real
PAUSE = 0.002  # what any longer wait is shortened to
CALM_LIVES = 6
COUNTED = ("duplicates", "lost", "unbalanced", "closed periods touched", "other")


class _Steps:
    """Counts durable steps and kills the process at the one that was drawn."""

    def __init__(self, dies_at: int | None) -> None:
        self.left = dies_at

    def __call__(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class SteppedLedger(Ledger):
    """The real ledger, with a step before and after each commit."""

    def __init__(self, path: Path, step: _Steps) -> None:
        self.step = lambda: None
        super().__init__(path)
        self.step = step

    @contextlib.contextmanager
    def _writing(self):
        with super()._writing() as connection:
            yield connection
            self.step()  # written, not yet committed
        self.step()


@dataclass
class Verdict:
    """What a schedule came to."""

    schedule: Schedule
    violations: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    killed: int = 0
    faults: int = 0
    posted: int = 0
    held: int = 0

    def blame(self, what: str, told: str, count: int = 1) -> None:
        """Count a violation and say what it was."""
        if count:
            self.violations[what] += count
            self.told.append(f"seed {self.schedule.seed}: {what}: {told}")


class Judge:
    """The main process's way to the ERP's inside."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()

    def ask(self, firm: int, body: Any = None) -> dict[str, Any]:
        """Set an ERP up, calm it, forget it, or be told everything (None)."""
        address = f"{self.address}/_judge/{firm}"
        answer = self.session.post(address, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


def run(schedule: Schedule, judge: Judge, mutant: str | None = None) -> Verdict:
    """Live through a schedule, then judge what is left."""
    verdict = Verdict(schedule)
    for number in schedule.erps.values():
        judge.ask(number, dict(schedule.settings))
    latest: dict[Key, Event] = {}
    closed: set[tuple[str, str]] = set()  # as the last landing saw them
    with tempfile.TemporaryDirectory(dir=_fast_disk()) as folder:
        path = Path(folder) / "ledger.sqlite"
        for life in schedule.lives:
            _deliver(life.deliveries, latest)
            verdict.killed += _live(schedule, life, latest, closed, path, judge, mutant)
            if schedule.seed % 2:  # else the ERP is landed again only in the end
                closed = _landed(schedule, judge)
            _back_up(path)
        for number in schedule.erps.values():
            judge.ask(number, "calm")
        calm = Life((), None, 1)
        if schedule.loss:
            _lose(schedule.loss, path)
            _deliver(schedule.loss.news, latest)
            _live(schedule, calm, latest, closed, path, judge, mutant)
            _recover(schedule, latest, closed, path, judge, mutant)
        for _ in range(CALM_LIVES):
            closed = _landed(schedule, judge)
            if _is_done(schedule, latest, closed, path):
                break
            _live(schedule, calm, latest, closed, path, judge, mutant)
        told = {name: judge.ask(number) for name, number in schedule.erps.items()}
        _judge(verdict, path, told, latest, closed)
    for number in schedule.erps.values():
        judge.ask(number, "forget")
    return verdict


def _landed(schedule: Schedule, judge: Judge) -> set[tuple[str, str]]:
    """The months that are closed, each by ERP."""
    return {
        (name, month)
        for name, number in schedule.erps.items()
        for month in judge.ask(number, "land")["closed"]
    }


def _is_done(schedule, latest, closed, path) -> bool:
    if not path.exists():
        return False
    with contextlib.closing(Ledger(path)) as ledger:
        planned = compare(rows(latest, schedule, closed), ledger)
        return not planned.to_post and not ledger.open_postings()


def _back_up(path: Path) -> None:
    """Keep a copy of the ledger as the first life left it, if it left one."""
    backup = path.with_suffix(".backup")
    if path.exists() and not backup.exists():
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(backup)) as copy,
        ):
            source.backup(copy)


def _lose(loss: Loss, path: Path) -> None:
    """Put the backup, or nothing, in the ledger's place.

    It takes as long as a call of a dead poster may last and look-ups lag behind.
    """
    time.sleep(LONGEST_LAG)
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    backup = path.with_suffix(".backup")
    if loss.kind == EARLIER and backup.exists():
        backup.rename(path)


def _recover(schedule, latest, closed, path, judge, mutant) -> None:
    """What ``tieout ledger recover`` does, in a process of its own."""
    recoverer = os.fork()
    if recoverer:
        if os.waitpid(recoverer, 0)[1]:
            raise RuntimeError(f"seed {schedule.seed}: no recovery, see above")
        return
    status = 1
    try:
        desired = rows(latest, schedule, closed)
        with planted(mutant), contextlib.closing(Ledger(path)) as ledger:
            for name, number in schedule.erps.items():
                address = f"{judge.address}/{number}"
                opened = TARGETS[schedule.personality]
                target = opened(name, address, 1, 0.0, lambda: None)
                target.drop_drafts()  # of calls that the lost ledger knew
                ours = [row for row in desired if row["target_instance"] == name]
                found = recovery.recover(target, ledger, ours, set())
                ledger.recover(found.found, found.ends, name)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _deliver(deliveries: Iterable[Event], latest: dict[Key, Event]) -> None:
    """Old news after new, and news told twice, change nothing."""
    for event in deliveries:
        known = latest.get(event.key)
        if known is None or event.version > known.version:
            latest[event.key] = event


def _live(schedule, life, latest, closed, path, judge, mutant) -> int:
    """Run the life's posters at once; how many were killed."""
    desired = rows(latest, schedule, closed)
    posters = [
        _poster(schedule, life.dies_at if first == 0 else None, desired, judge.address,
                path, mutant)
        for first in range(life.posters)
    ]  # fmt: skip
    ends = [os.waitpid(poster, 0)[1] for poster in posters]
    for end in ends:
        if not os.WIFSIGNALED(end) and os.WEXITSTATUS(end) != 0:
            raise RuntimeError(f"seed {schedule.seed}: a poster failed, see above")
    return sum(os.WIFSIGNALED(end) for end in ends)


def _poster(schedule, dies_at, desired, address, path, mutant) -> int:
    """Fork a poster; the id of its process."""
    poster = os.fork()
    if poster:
        return poster
    status = 1
    try:
        _post(schedule, dies_at, desired, address, path, mutant)
        status = 0
    except ConfigurationError:  # the other poster has the ledger
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _post(schedule, dies_at, desired, address, path, mutant) -> None:
    step = _Steps(dies_at)
    with planted(mutant), contextlib.closing(SteppedLedger(path, step)) as ledger:
        step()

        def sessions(name: str) -> list[Target]:
            at = f"{address}/{schedule.erps[name]}"
            opened = TARGETS[schedule.personality]
            return [
                opened(name, at, schedule.batch_size, schedule.lag, step)
                for _ in range(schedule.calls_at_once)
            ]

        reports = dispatch(compare(desired, ledger), ledger, sessions, wait=_shortened)
        for report in reports.values():
            if isinstance(report.stopped, ConfigurationError):
                raise report.stopped


def _shortened(wanted: float) -> None:
    time.sleep(wanted if wanted <= LONGEST_LAG else PAUSE)


def _judge(
    verdict: Verdict,
    path: Path,
    told: dict[str, dict[str, Any]],  # by ERP
    latest: dict[Key, Event],
    closed: set[tuple[str, str]],
) -> None:
    schedule = verdict.schedule
    with contextlib.closing(Ledger(path)) as ledger:
        planned = compare(rows(latest, schedule, closed), ledger)
        postings = ledger.postings()
        broken = ledger.verify()
    known = {(p.target, p.external_id) for p in postings if p.status == "posted"}
    held = Counter(
        (name, journal["external_id"])
        for name, erp in told.items()
        for journal in erp["posted"]
    )
    verdict.posted, verdict.held = len(known), len(planned.held)
    drawn_faults = len([f for f in schedule.faults if f])
    for erp in told.values():
        verdict.faults += drawn_faults - erp["faults_left"]
        verdict.blame("unbalanced", "a journal", erp["unbalanced"])
        verdict.blame("other", "a posted journal was overwritten", erp["overwritten"])
        verdict.blame("other", "drafts left behind", erp["drafts"])
        verdict.blame("closed periods touched", "a journal", erp["into_closed"])
    for external_id, count in held.items():
        verdict.blame("duplicates", f"{external_id} × {count}", count - 1)
    for external_id in known ^ set(held):
        side = "ledger" if external_id in known else "ERP"
        verdict.blame("lost", f"only the {side} knows {external_id}")
    verdict.blame("other", f"the chain: {broken}", len(broken))
    for entry in planned.entries:
        if entry.action != HOLD:
            verdict.blame("lost", f"{entry.posting_key} is still {entry.action}")
    _judge_balances(verdict, told, latest, {e.posting_key for e in planned.held})


def _judge_balances(verdict, told, latest, held: set[str]) -> None:
    """What is not held stands in the books as desired, per key and project."""
    books: Counter = Counter()
    posted = [(name, journal) for name in told for journal in told[name]["posted"]]
    wanted = rows(latest, verdict.schedule, set())
    owners = {row["posting_key"]: row["target_instance"] for row in wanted}
    for name, journal in posted:
        key = journal["memo"].rpartition("] ")[2]
        if owners[key] != name:
            verdict.blame("other", f"{key} stands in {name}")
        for line in journal["lines"]:
            if line["account_number"] == "5000":
                amount = Decimal(line["debit"]) - Decimal(line["credit"])
                key = (name, journal["subsidiary_id"], journal["memo"].split(" v")[0],
                       line["project_id"])  # fmt: skip
                books[key] += amount
    for row in wanted:
        if row["posting_key"] in held:
            continue
        memo = (
            f"Tieout labour cost accrual {row['project_code']} "
            f"{row['period_month']:%Y-%m}"
        )
        for project_id in ("701", "799"):
            want = row["desired_amount"] if row["erp_project_id"] == project_id else 0
            place = (row["target_instance"], row["erp_subsidiary_id"])
            stands = books[(*place, memo, project_id)]
            if stands != want:
                what = f"{row['posting_key']} in {project_id}: {stands}, not {want}"
                verdict.blame("lost", what)


def _fast_disk() -> str | None:
    """Memory, where there is any: SIGKILL takes no file with it."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@contextlib.contextmanager
def serving():
    """The ERP in a process of its own; yields a judge. Call it before any thread is."""
    server = bad_erp.server()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    child = os.fork()
    if not child:
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
        os._exit(0)
    server.socket.close()
    try:
        yield Judge(address)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def table(verdicts: list[Verdict]) -> str:
    """The matrix: a line for each personality and policy, and the sum."""
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        key = (verdict.schedule.personality, verdict.schedule.policy)
        groups.setdefault(key, []).append(verdict)
    heading = ("ERP", "correction", "schedules", "kills", "faults", "posted", "held",
               *COUNTED)  # fmt: skip
    lines = [_line(*key, group) for key, group in sorted(groups.items())]
    lines.append(_line("all", "", verdicts))
    widths = [
        max(len(row[n]) for row in (heading, *lines)) for n in range(len(heading))
    ]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in (heading, *lines)
    )


def _line(personality: str, policy: str, group: list[Verdict]) -> tuple[str, ...]:
    sums = (
        len(group),
        sum(v.killed for v in group),
        sum(v.faults for v in group),
        sum(v.posted for v in group),
        sum(v.held for v in group),
        *(sum(v.violations[what] for v in group) for what in COUNTED),
    )
    return (personality, policy, *(str(n) for n in sums))


def main() -> None:
    """Run the schedules asked for; exit 1 when any was violated."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--count", type=int, default=500)
    asked.add_argument("--seed", type=int, help="replay one")
    asked.add_argument("--mutant", help="plant a known bug")
    asked.add_argument("--loss", choices=(LOST, EARLIER), help="what the ledger is")
    asked.add_argument("--moves-on", action="store_true", help="sources have news")
    options = asked.parse_args()
    seeds = range(options.first, options.first + options.count)
    verdicts = []
    with serving() as judge:
        for seed in [options.seed] if options.seed is not None else seeds:
            schedule = drawn(seed)
            if options.loss:
                schedule = losing(schedule, options.loss, moves_on=options.moves_on)
            if options.seed is not None:
                print(schedule)  # noqa: T201
            verdicts.append(run(schedule, judge, options.mutant))
            for line in verdicts[-1].told:
                print(line, flush=True)  # noqa: T201
            if options.mutant and verdicts[-1].told:
                break
    print(table(verdicts))  # noqa: T201
    sys.exit(any(verdict.violations for verdict in verdicts))


if __name__ == "__main__":
    main()
