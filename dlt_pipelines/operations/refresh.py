"""The run: land → build → audit → publish → plan → post → confirm.

Each step is also a command of its own; this module joins them, remembers what the last
build was made of, so that nothing is built that could not have changed, and keeps two
runs from meeting.
"""

import contextlib
import fcntl
import json
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TextIO

from dlt_pipelines.core import books, confidential, damage
from dlt_pipelines.core.errors import ConfigurationError, HeldBack, TieoutError
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import Instance, Paths, firm_settings, instances
from dlt_pipelines.landing import (
    clock,
    kept_forecasts,
    kept_periods,
    tenant_settings,
)
from dlt_pipelines.reverse_sync.checkpoints import Kept
from dlt_pipelines.warehouse import publication, warehouse
from dlt_pipelines.warehouse.policies import firm_policies, policies
from dlt_pipelines.warehouse.publication import Snapshot
from dlt_pipelines.warehouse.residency import regions
from dlt_pipelines.warehouse.warehouse import Control

if TYPE_CHECKING:
    from dlt_pipelines.landing.landing import Landing, LandingReport
    from dlt_pipelines.reverse_sync.plan import Plan

LONGEST_WAIT = 12 * 3600  # seconds that a command waits for another run to end


class Console(Protocol):
    """Whom a run tells how far it is, as ``commands.console`` shows it."""

    def line(self, text: str) -> None:
        """A line as it is."""

    def step(
        self, report: "RefreshReport", name: str
    ) -> contextlib.AbstractContextManager[None]:
        """A named step, whose seconds the report keeps."""

    def landing_progress(self, instance: str, table: str, rows: int) -> None:
        """Rows of a table so far."""

    def waits(self, instance: str, why: str, seconds: float) -> None:
        """A system that is waited for."""

    def landed(self, instance: str, read: int, new: int, seconds: float) -> None:
        """A system that has been landed, as far as it let itself be."""

    def build_progress(self, node: str, seconds: float) -> None:
        """A model or test that has finished."""


@dataclass(frozen=True)
class Systems:
    """The systems of a run, their moment and the firm's business date."""

    instances: list[Instance]
    now: datetime
    as_of: date
    pseudonym_key: bytes
    firm: str

    @property
    def is_sandbox(self) -> bool:
        """Whether they are simulated."""
        return self.firm == books.SANDBOX


@dataclass
class RefreshReport:
    """What a refresh came to; the summary is made of it."""

    firm: str = ""
    landings: list["LandingReport"] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    snapshot: Snapshot | None = None
    held_back: HeldBack | None = None
    unchanged: bool = False
    plan: "Plan | None" = None
    records: "Plan | None" = None  # the plan for records
    posted: list[str] = field(default_factory=list)
    posting_errors: list[TieoutError] = field(default_factory=list)
    no_posting_because: str = ""
    away: list[str] = field(default_factory=list)  # ERPs in which nothing is posted
    checkpoint: Kept = field(default_factory=Kept)  # the latest of the ledger
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def withheld(self) -> HeldBack | None:
        """Why the snapshot is without some audiences' files; None when it is whole."""
        return self.snapshot.withheld if self.snapshot else None

    @property
    def stops(self) -> list[TieoutError]:
        """What did not come about, besides systems that failed."""
        kept = (self.held_back, self.withheld, self.checkpoint.doubted)
        return [*self.posting_errors, *(stop for stop in kept if stop)]

    @property
    def exit_code(self) -> int:
        """0 good, 1 kept back or in doubt, 3 a system failed, 4 the ledger lacks."""
        if any(landing.failures for landing in self.landings):
            return 3
        return next((stop.exit_code for stop in self.stops), 0)


@contextlib.contextmanager
def systems(paths: Paths) -> Iterator[Systems]:
    """The configured systems, or the sandbox's when none is configured.

    Raises ConfigurationError when the work folder holds the books of another firm.
    """
    configured = instances()
    if configured:
        firm, key = firm_name(), firm_key()
        books.check_owner(paths, key, firm)
        now = datetime.now(UTC)
        yield Systems(configured, now, now.date(), key, firm)
        return
    from dlt_pipelines.sandbox.process import read_state, sandbox

    key = books.SANDBOX_KEY.encode()
    books.check_owner(paths, key, books.SANDBOX)
    with sandbox(paths) as addresses:
        # The clock stands still in a run; what is posted in it was written before now.
        state = read_state(paths.sandbox)
        now = state.moment + timedelta(seconds=1)
        used = addresses.instances(state.used)
        yield Systems(used, now, now.date(), key, books.SANDBOX)


def firm_name() -> str:
    """Whose systems are configured; raises ConfigurationError when that is not said."""
    firm = str(firm_settings().get("firm", "")).strip()
    if not firm or firm.casefold() == books.SANDBOX:
        raise ConfigurationError(
            f"[tieout] names no firm{' of its own' if firm else ''}",
            'set firm = "…" under [tieout] in .dlt/config.toml: whose books these are '
            "is on every page and asked for before they are removed.",
        )
    return firm


def firm_key() -> bytes:
    """What the firm alone knows: pay data is linked by it, plans in files are signed.

    Raises ConfigurationError when systems are configured and no key is.
    """
    key = firm_settings().get("pseudonym_key") if instances() else books.SANDBOX_KEY
    if not key:
        raise ConfigurationError(
            "there is no pseudonym_key",
            "set a long random pseudonym_key under [tieout] in .dlt/secrets.toml "
            "and keep it: pay data is linked by it.",
        )
    confidential.learn(str(key))
    return str(key).encode()


@contextlib.contextmanager
def ready_to_land(paths: Paths, *, anew: bool = False) -> Iterator[Systems]:
    """The systems, where nothing speaks against landing what they say now.

    Raises what ``damage.landing_is_there``, ``clock.agree`` and
    ``tenant_settings.require`` raise.
    """
    damage.landing_is_there(paths, anew=anew)
    with systems(paths) as run:
        if not run.is_sandbox:  # its clock is its own
            clock.agree(run.instances, run.now)
            tenant_settings.require(run.instances)
        yield run


@contextlib.contextmanager
def one_run_at_a_time(
    paths: Paths, waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the work folder; raises ConfigurationError when another run holds it.

    With ``waiting``, which is called once if there is a run to wait for, only when that
    run has not ended after hours.
    """
    paths.work.mkdir(parents=True, exist_ok=True)
    with (paths.work / books.RUN_LOCK).open("w") as lock:
        held = _locked(lock)
        if not held and waiting:
            waiting()
            deadline = time.monotonic() + LONGEST_WAIT
            while not held and time.monotonic() < deadline:
                time.sleep(0.2)
                held = _locked(lock)
        if not held:
            raise ConfigurationError(
                f"another run is using {paths.work.name}/",
                "wait for it to end; a run that was killed holds nothing.",
            )
        yield


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def land(
    paths: Paths,
    run: Systems,
    console: Console,
    only: set[str] | None = None,
    accepted: frozenset[str] = frozenset(),
    again: frozenset[str] = frozenset(),
) -> "LandingReport":
    """Land the systems (or only the named instances); returns the LandingReport.

    Of tables that are ``accepted`` («instance.table») what was told to be gone is;
    those named ``again`` are read from their start.
    """
    from dlt_pipelines.landing import landing

    policies.check()  # they are landed too
    firm_policies.check([instance.name for instance in run.instances])
    books.claim(paths, run.pseudonym_key, run.firm)
    regions.claim(paths)
    _correct_clock(paths, run, console)
    chosen = [i for i in run.instances if only is None or i.name in only]
    step = landing.Landing(
        paths,
        load_id=f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        now=run.now,
        as_of=run.as_of,
        pseudonym_key=run.pseudonym_key,
        deletion_policies=tuple(policies.rows_of("deletion_policies")),
        accepted=accepted,
        again=again,
        absent={
            f"{row['source_instance']}.{row['table_name']}": row["reason"]
            for row in policies.rows_of("absent_tables")
        },
        progress=console.landing_progress,
        waits=console.waits,
        landed=console.landed,
    )
    landing.land_instances(run.instances, step)
    report = landing.land(chosen, step)
    landing.land_policies(warehouse.SEEDS, step)
    _land_ledger(paths, step)
    return report


def _correct_clock(paths: Paths, run: Systems, console: Console) -> None:
    """Put right what a wrong clock has left in raw, and say so."""
    corrected = 0 if run.is_sandbox else clock.correct_raw(paths, run.now)
    if corrected:
        console.line(
            f"Clock      {corrected} landings were dated later than any system says it "
            "is; they are dated now, and every system is read from the start"
        )


def _land_ledger(paths: Paths, step: "Landing") -> None:
    from dlt_pipelines.landing import landing
    from dlt_pipelines.reverse_sync import landed
    from dlt_pipelines.reverse_sync import run as reverse_sync

    if reverse_sync.has_ledger(paths):
        with reverse_sync.opened(paths) as ledger:
            landing.land_ledger(landed.rows(ledger), step)


def refresh(
    paths: Paths, console: Console, *, posting: bool = True, anew: bool = False
) -> RefreshReport:
    """Run everything once; failures of systems are in the report, not raised."""
    from dlt_pipelines.reverse_sync import run as reverse_sync

    report = RefreshReport()
    policies.check()  # before minutes are spent on landing
    for told in policies.news():
        console.line(f"Policies   {told}")
    regions.own_region(paths)  # one that is unknown or another's, too
    with one_run_at_a_time(paths):
        with console.step(report, "start systems"):
            stack = contextlib.ExitStack()
            run = stack.enter_context(ready_to_land(paths, anew=anew))
            report.firm = run.firm
        with stack:
            with console.step(report, "land"):
                report.landings.append(land(paths, run, console))
            build_and_publish(paths, run, console, report)
            report.checkpoint = reverse_sync.checkpoint(paths)
            if posting and not report.held_back and not report.checkpoint.doubted:
                post_and_confirm(paths, run, console, report)
                report.checkpoint = reverse_sync.checkpoint(paths)
            if report.held_back is None:
                _compare_with_ledger(paths, report)
    return report


def _compare_with_ledger(paths: Paths, report: RefreshReport) -> None:
    from dlt_pipelines.reverse_sync import agreement
    from dlt_pipelines.reverse_sync import run as reverse_sync

    if reverse_sync.has_ledger(paths):
        with reverse_sync.opened(paths) as ledger:
            found = agreement.disagreement(paths.published, ledger)
        report.posting_errors += [found] if found else []


def build_and_publish(
    paths: Paths, run: Systems, console: Console, report: RefreshReport
) -> None:
    """Build what changed, audit it, publish it or say why not."""
    memory = BuildMemory(paths)
    # What raw holds, not what this run landed: an earlier one may have been killed.
    held = warehouse.raw_contents(paths)
    tables = memory.tables_to_build(held, run.as_of)
    published = publication.published_snapshot(paths)
    if published is not None:  # a run that was killed may not have kept it
        keep(paths, published[0])
    if published is None:
        tables = None
    elif tables is not None and not tables:
        # A snapshot that this very run published is no news of «unchanged».
        report.unchanged = report.snapshot is None
        report.snapshot, report.controls = published
        return
    memory.building(tables)
    with console.step(report, "build"):
        warehouse.build(paths, tables, console.build_progress)
    with console.step(report, "audit"):
        _, report.controls = warehouse.audit(paths, console.build_progress)
    with console.step(report, "publish"):
        try:
            report.snapshot, report.controls = publication.publish(
                paths,
                report.controls,
                report.landings[-1].load_id,
                run.now,
                console.build_progress,
            )
            report.held_back = None
            report.unchanged = False
            # What was withheld is said again, and mended, by the next refresh.
            if not report.withheld:
                memory.published(held, run.as_of)
        except HeldBack as held:
            report.held_back = held
            return
    keep(paths, report.snapshot)


def keep(paths: Paths, published: Snapshot) -> None:
    """Keep what the published snapshot says and no system can say again."""
    kept_periods.keep_periods(paths)
    kept_forecasts.keep_forecasts(paths, published.snapshot_id)


def post_and_confirm(
    paths: Paths, run: Systems, console: Console, report: RefreshReport
) -> None:
    """Post what policy lets post by itself; land the targets again to see it there.

    What an ERP that could not be landed holds is not known: nothing is posted there.
    """
    from dlt_pipelines.reverse_sync import record_run
    from dlt_pipelines.reverse_sync import run as reverse_sync

    failed = report.landings[-1].failures
    erps = {i.name for i in run.instances if reverse_sync.is_target(i)}
    if stops_posting(failed, run.instances):
        report.no_posting_because = f"{', '.join(failed)} could not be landed"
        return
    if not erps:
        report.no_posting_because = "no ERP: nothing is posted"
    report.away = list(failed)
    with console.step(report, "plan"):
        report.plan = reverse_sync.make_plan(paths)
    console.line(f"  {report.plan.summary()}")
    with console.step(report, "plan records"):
        report.records = record_run.make_plan(paths)
    console.line(f"  {report.records.summary()}")
    reverse_sync.submit(report.plan, paths)
    with console.step(report, "post"):
        journals = reverse_sync.post_plan(
            report.plan, paths, run.instances, report.away
        )
        # A record compares systems: all of them must be as they are now.
        written = (
            [] if failed else record_run.post_plan(report.records, paths, run.instances)
        )
    report.posted = [*reverse_sync.lines(journals), *record_run.lines(written)]
    # What was stopped the ledger knows; the next run settles it.
    outcomes = [*journals.values(), *written]
    report.posting_errors = [error for o in outcomes for error in o.errors]
    if not report.posted:
        return
    with console.step(report, "land postings"):
        targets = record_run.targets(outcomes) | (journals.keys() - failed.keys())
        report.landings.append(land(paths, run, console, only=targets))
    build_and_publish(paths, run, console, report)


def stops_posting(failed: Collection[str], instances: list[Instance]) -> bool:
    """Whether systems that could not be landed leave nothing to be posted anywhere.

    Where only ERPs are among them, and not all of them, the others get theirs.
    """
    from dlt_pipelines.reverse_sync import run as reverse_sync

    erps = {i.name for i in instances if reverse_sync.is_target(i)}
    return bool(failed) and not set(failed) < erps


class BuildMemory:
    """What raw held when the build database was last published from, kept beside it.

    A whole build that was not finished, other models or another business date make the
    next build a whole one; else only the tables that differ have anything to say.
    """

    def __init__(self, paths: Paths) -> None:
        self.file = paths.work / "build.json"
        self.paths = paths
        # As it is before dbt reads it: a model saved meanwhile is for the next build.
        self.project = warehouse.project_digest()

    def tables_to_build(self, held: dict[str, str], as_of: date) -> set[str] | None:
        """The raw tables whose models must be built; None means everything.

        ``held`` is what raw holds now (see ``warehouse.raw_contents``).
        """
        if not self.file.exists() or not self.paths.build.exists():
            return None
        try:
            memory = json.loads(self.file.read_text())
            known, made_of = dict(memory["held"]), (memory["project"], memory["as_of"])
        except (ValueError, LookupError, TypeError):
            return None  # damaged or of another release: nothing it says counts
        if made_of != (self.project, str(as_of)):
            return None
        return {table for table, rows in held.items() if known.get(table) != rows}

    def building(self, tables: set[str] | None) -> None:
        """Forget what was published when everything is built anew.

        A part that is not finished still differs from what is remembered.
        """
        if tables is None:
            self.file.unlink(missing_ok=True)

    def published(self, held: dict[str, str], as_of: date) -> None:
        """Remember that what raw held has been built and published."""
        memory = {
            "project": self.project,
            "as_of": str(as_of),
            "held": held,
        }
        write_whole(self.file, json.dumps(memory))
