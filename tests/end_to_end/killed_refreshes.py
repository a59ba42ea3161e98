"""Refreshes a firm again and again, killed at aimed moments with all its processes.

Run as a process of its own: it imports everything once and forks. It begins with two
firms that were refreshed and posted, if their folders are there. Before each kill
somebody renames a project, so that there is something to land, build, publish and
write to the ERP; a kill may follow another. Every few of them a refresh ends well, and
all is compared: the ERP's journals with the ledger, what was landed and the marts with
a twin that nobody killed, both with the firm's truth. Then a week goes by. Meanwhile
another process reads what is published. Prints a line for every round.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dbt.cli.main  # noqa: F401  (the forked ones find it imported)
import duckdb
import requests

import dlt_pipelines.landing.landing  # noqa: F401  (as dbt)
from dlt_pipelines.commands.console import Console
from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.operations import refresh
from dlt_pipelines.reverse_sync import record_run, run
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.sandbox.firm.model import Project
from dlt_pipelines.sandbox.process import State, simulated, write_state
from dlt_pipelines.sandbox.serving.store import Records
from dlt_pipelines.vendors.kantata.sandbox.writes import CHANGED
from dlt_pipelines.vendors.netsuite.sandbox.journals import KIND
from dlt_pipelines.warehouse import publication, standard_cost, warehouse
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, Firm
from tests.end_to_end.properties import built_otherwise
from tests.killing import Operations, killed
from tests.truth.truth import truth

STEPS = {  # by what they are called in; the second landing is of what was posted
    "land": (refresh, "land"),
    "build": (warehouse, "build"),
    "audit": (warehouse, "audit"),
    "publish": (publication, "publish"),
    "standard": (standard_cost, "build"),
    "write": (publication, "write_files"),
    "keep": (refresh, "keep"),
    "checkpoint": (run, "checkpoint"),
    "post": (run, "post_plan"),
    "records": (record_run, "post_plan"),
}
AGAIN = "land postings"
ABOUT = {  # operations and seconds of each step, until they are measured
    "land": (1300, 8), "build": (60, 20), "audit": (70, 6), "publish": (20, 12),
    "standard": (3, 10), "write": (12, 3), "keep": (1, 0.3), "checkpoint": (10, 0.1),
    "post": (170, 1), "records": (15, 0.2), AGAIN: (260, 2),
}  # fmt: skip
ROUNDS_BETWEEN = 10  # comparisons
APART = timedelta(days=8)  # so that a month ends on the way


@dataclass(frozen=True)
class Aim:
    """When to kill: in a step, at an operation or after a share of its seconds."""

    step: str
    share: float
    by_operation: bool


@dataclass
class Watched:
    """A refresh that measures its steps, and is killed when it gets to its aim."""

    folder: Path
    aim: Aim | None = None
    measured: dict[str, tuple[int, float]] = field(default_factory=dict)
    within: list[tuple[str, int, float]] = field(default_factory=list)

    def __call__(self) -> None:
        """Refresh in a session of its own; raises SystemExit when it does not end well.

        Its output, its measures and where it died are files in the folder.
        """
        os.setsid()
        _write_to(self.folder / "refresh.log")
        self.operations = Operations(self.die)
        self.operations.count(requests.Session, "send")
        self.operations.count(Ledger, "intend", "record", "decide")
        for name, (owner, function) in STEPS.items():
            setattr(owner, function, self.step(name, getattr(owner, function)))
        report = refresh.refresh(Paths(self.folder / "work"), Console())
        if report.exit_code:
            Console().summary(report)
            raise SystemExit(report.exit_code)
        (self.folder / "measured.json").write_text(json.dumps(self.measured))

    def step(self, name: str, real: Callable) -> Callable:
        """The step's function, measured, with the killing in it."""

        def call(*args, **kwargs):
            step = AGAIN if name == "land" and kwargs.get("only") else name
            started = (step, self.operations.done, time.monotonic())
            self.within.append(started)
            if self.aim and self.aim.step == step and not self.measured.get(step):
                self.take_aim()
            result = real(*args, **kwargs)
            self.within.pop()
            spent = self.operations.done - started[1], time.monotonic() - started[2]
            if spent[0] + spent[1] > sum(self.measured.get(step, (0, 0))):
                self.measured[step] = spent
            return result

        return call

    def take_aim(self) -> None:
        """Die at an operation from now on, or in a while, whatever is done then."""
        told = self.folder / "usual.json"
        usual = ABOUT | (json.loads(told.read_text()) if told.exists() else {})
        operations, seconds = usual[self.aim.step]
        if self.aim.by_operation:
            self.operations.aim(1 + int(self.aim.share * operations))
        else:
            alarm = threading.Timer(self.aim.share * seconds, self.die)
            alarm.daemon = True
            alarm.start()

    def die(self) -> None:
        """Say where, and end all processes of this refresh."""
        told = "nothing"
        if self.within:
            step, operations, started = self.within[-1]
            told = f"{step}, {self.operations.done - operations} operations"
            told += f" and {time.monotonic() - started:.2f} s into it"
        (self.folder / "died").write_text(told)
        os.killpg(0, signal.SIGKILL)


def _write_to(log: Path) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


@dataclass
class Twin:
    """A firm in a folder of its own: the killed one, or the other, its twin."""

    folder: Path
    state: State
    landed: list[State] = field(default_factory=list)  # on days that are over

    @property
    def firm(self) -> Firm:
        return Firm(self.folder / "work")

    @property
    def paths(self) -> Paths:
        return Paths(self.folder / "work")

    def at(self, clock: datetime) -> None:
        """Let its systems be as they are at a moment."""
        self.state = replace(self.state, clock=clock.isoformat())
        write_state(self.paths.sandbox, self.state)

    def renamed(self, project: Project, name: str) -> None:
        """Let somebody rename a project in the PSA, which owns the name."""
        fields = {"of": "workspaces", "object": project.kantata_id}
        store = Records(self.paths.sandbox / "written.sqlite", "kantata")
        with contextlib.closing(store.connection):
            body = {**fields, "fields": {"title": name}}
            store.add(CHANGED, body, None, self.state.moment)

    def refreshed(self, aim: Aim | None = None) -> bool:
        """Refresh; whether that was killed."""
        if killed(Watched(self.folder, aim)):
            return True
        # What takes longest is usual: a whole build, not one of nothing.
        usual, told = self.folder / "usual.json", self.folder / "measured.json"
        before = json.loads(usual.read_text()) if usual.exists() else {}
        now = json.loads(told.read_text())
        for step, spent in now.items():
            before[step] = max(before.get(step, spent), spent, key=sum)
        usual.write_text(json.dumps(before))
        return False


def compared(one: Twin, twin: Twin) -> str:
    """What is wrong, found in a forked process: this one is not to start threads."""
    told = one.folder / "wrong"
    killed(lambda: told.write_text(repr(wrong(one, twin) or "")))
    return told.read_text().strip("'")


def wrong(one: Twin, twin: Twin) -> dict[str, list]:
    """What is not as it must be after a refresh that ended well."""
    landed = [*map(simulated, one.landed)]
    found = {
        "marts and truth differ": differences(
            one.firm, truth(simulated(one.state), landed, landed)
        ),
        **_journals_wrong(one.paths),
        "landed twice": _landed_twice(one.paths),
    }
    counts, others = _rows_landed(one.paths), _rows_landed(twin.paths)
    found["other rows landed than the twin's"] = sorted(counts ^ others)
    found["other marts than the twin's"] = [
        (table, rows)
        for table, rows in built_otherwise(one.firm, twin.firm).items()
        if table.startswith("marts")
    ]
    return {rule: rows[:5] for rule, rows in found.items() if rows}


def _journals_wrong(paths: Paths) -> dict[str, list]:
    """Where the ERP's journals and the ledger's postings are not the same."""
    erp = Records(paths.sandbox / "written.sqlite", "netsuite").all(KIND)
    live = [journal for journal in erp if not journal["deleted"]]
    held = Counter(journal["external_id"] for journal in live)
    debits = {j["external_id"]: _sum(j, "debit") for j in live}
    with contextlib.closing(Ledger(paths.ledger)) as ledger:
        postings = [p for p in ledger.postings() if "record" not in p.target]
        told = {p.external_id: p.amount for p in postings if p.status == "posted"}
        open_ = [p.posting_id for p in postings if p.status == "open"]
        broken = ledger.verify()
    apart = held.keys() ^ told.keys()
    amounts = [k for k in told.keys() & debits.keys() if abs(told[k]) != debits[k]]
    return {
        "journals doubled": [key for key, times in held.items() if times > 1],
        "in the ERP or the ledger only": sorted(map(str, apart)),
        "other amounts in the ERP": sorted(amounts),
        "journals unbalanced": [
            j["external_id"] for j in live if _sum(j, "debit") != _sum(j, "credit")
        ],
        "intents left open": open_,
        "chains of the ledger broken": broken,
    }


def _sum(journal: dict, side: str) -> Decimal:
    return sum((Decimal(line[side]) for line in journal["lines"]), Decimal(0))


def _landed_twice(paths: Paths) -> list[tuple]:
    with duckdb.connect(paths.land, read_only=True) as raw:
        counts = {
            table: raw.execute(
                f"select count(*), count(distinct _event_id) from raw.{table}"
            ).fetchone()
            for (table,) in raw.execute(
                "select table_name from duckdb_columns() where schema_name = 'raw'"
                " and column_name = '_event_id'"
            ).fetchall()
        }
    return [(table, *rows) for table, rows in counts.items() if rows[0] != rows[1]]


def _rows_landed(paths: Paths) -> set[tuple]:
    """How many versions raw has of each vendor's tables."""
    with duckdb.connect(paths.land, read_only=True) as raw:
        tables = raw.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
            " and contains(table_name, '__') and not starts_with(table_name, '_')"
            " and not starts_with(table_name, 'ledger')"
        ).fetchall()
        return {
            (table, *raw.execute(f"select count(*) from raw.{table}").fetchone())
            for (table,) in tables
        }


def renamable(state: State) -> list[Project]:
    """The projects that both the PSA and the ERP have, from the firm's start."""
    found = simulated(state).projects.values()
    return [p for p in found if p.netsuite_id and not p.is_archived]


def aims(chance: random.Random):
    """Every step in turn, in another order each time."""
    steps = [*STEPS, AGAIN]
    while True:
        chance.shuffle(steps)
        for step in steps:
            yield Aim(step, chance.random(), chance.random() < 0.5)


def main(folder: str, seed: int, kills: int, say: Callable[[str], None] = print):
    """Kill as often as asked; raises SystemExit at the first thing that is wrong."""
    chance = random.Random(seed)
    one, twin = (Twin(Path(folder) / name, State()) for name in ("killed", "twin"))
    moment, firms = EARLY, (one, twin)
    for made in firms:
        made.at(moment)
    projects = renamable(one.state)
    if not twin.paths.published.exists():
        twin.refreshed()
        # Of a name that never was another nobody can say who is right.
        one.firm.done("land")
        warehouse.read_as_in(twin.paths, one.paths)
        (one.folder / "usual.json").write_text((twin.folder / "usual.json").read_text())
    reader = subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.readers", str(one.paths.work)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    done, rounds, aim = 0, 0, aims(chance)
    try:
        while done < kills:
            for made in firms:
                made.at(moment)
            for _ in range(ROUNDS_BETWEEN):
                project = projects[rounds % len(projects)]
                for made in firms:
                    made.renamed(project, f"{project.name} {rounds}")
                aimed = next(aim)
                started = time.monotonic()
                was_killed = one.refreshed(aimed)
                done, rounds = done + was_killed, rounds + 1
                died = (one.folder / "died").read_text() if was_killed else "ended well"
                spent = time.monotonic() - started
                say(f"{rounds} aimed at {aimed.step}: {died} ({spent:.0f} s)")
                if reader.poll() is not None:
                    raise SystemExit("the reader saw what it must not see")
                if done == kills:
                    break
            for made in firms:
                made.refreshed()
            found = compared(one, twin)
            say(f"{done} kills in {rounds} rounds: {found or 'all as it must be'}")
            if found:
                raise SystemExit("not as it must be")
            one.landed.append(one.state)
            moment += APART
        read, _ = reader.communicate()
        told = {"killed": done, "rounds": rounds, **json.loads(read)}
        say(json.dumps(told))
    finally:
        reader.kill()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
