"""The command line: the steps of a refresh, each usable alone.

Exit codes: 0 good, 1 controls held the publication back or the ledger is in doubt,
2 usage or configuration, 3 a source or target could not be reached, 4 the
ERP holds journals of ours that the ledger lacks.
"""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlt_pipelines import books_commands
from dlt_pipelines.console import Console
from dlt_pipelines.core.confidential import withheld
from dlt_pipelines.core.errors import (
    ConfigurationError,
    Damaged,
    TieoutError,
    explained,
)
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import paths
from dlt_pipelines.core.text import visible

if TYPE_CHECKING:
    from dlt_pipelines.reverse_sync.choosing import Filter
    from dlt_pipelines.reverse_sync.plan import Plan
    from dlt_pipelines.warehouse.policies.people import Person

console = Console()


class _Commands(click.Group):
    """Turns whatever ends a command into two sentences and an exit code."""

    def invoke(self, context: click.Context) -> None:
        os.umask(0o077)  # landed pay data is nobody else's to read
        for stream in (sys.stdout, sys.stderr):  # a terminal may not know our signs
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            console.error(INTERRUPTED)
            sys.exit(130)
        except Exception as error:
            known = _located(explained(error)) or _unforeseen(error)
            console.error(known)
            sys.exit(known.exit_code)


def _located(known: TieoutError | None) -> TieoutError | None:
    """A damaged database by its name, which DuckDB does not always say."""
    from dlt_pipelines.core import damage

    return (isinstance(known, Damaged) and damage.located(paths())) or known


INTERRUPTED = TieoutError(
    "interrupted", "run the same command again: it goes on from what was finished."
)


class _Unforeseen(TieoutError):
    """Not 1, which says that controls held the publication back."""

    exit_code = 70


def _unforeseen(error: Exception) -> TieoutError:
    """A defect: its trace goes to a file of ours, as it may quote a record."""
    file = paths().work / "error.log"
    trace = "".join(traceback.format_exception(error))
    trace = "\n".join(map(visible, withheld(trace).splitlines()))
    with contextlib.suppress(OSError):
        write_whole(file, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{trace}\n")
    return _Unforeseen(
        f"Tieout came upon something it does not expect ({type(error).__name__})",
        f"run the same command again; if it repeats, report {file}.",
    )


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tieout")
def main() -> None:
    """Project cost, margin and WIP that tie out."""


for command in (books_commands.backup, books_commands.restore, books_commands.books):
    main.add_command(command)


ANEW = click.option(
    "--land-anew",
    "anew",
    is_flag=True,
    help="Begin the landing file again, without what was known on past days.",
)


@main.command()
@click.option("--no-post", is_flag=True, help="Plan, but post nothing.")
@ANEW
def refresh(no_post: bool, anew: bool) -> None:
    """Land, build, audit, publish, and post what policy lets post by itself."""
    from dlt_pipelines.operations.refresh import refresh as run

    report = run(paths(), console, posting=not no_post, anew=anew)
    console.summary(report)
    sys.exit(report.exit_code)


@main.command()
@click.argument("instances", nargs=-1)
@ANEW
def land(instances: tuple[str, ...], anew: bool) -> None:
    """Land every system, or only the INSTANCES named, into raw."""
    from dlt_pipelines.operations import refresh as steps

    report = steps.RefreshReport()
    with (
        steps.one_run_at_a_time(paths()),
        steps.ready_to_land(paths(), anew=anew) as run,
    ):
        only = set(instances) or None
        _check_names(only, {i.name for i in run.instances})
        with console.step(report, "land"):
            report.landings.append(steps.land(paths(), run, console, only))
    console.firm(run.firm)
    console.sources(report)
    console.drift(report)
    for error in report.landings[-1].failures.values():
        console.error(error)
    sys.exit(report.exit_code)


def _check_names(asked: set[str] | None, known: set[str]) -> None:
    unknown = sorted((asked or set()) - known)
    if unknown:
        raise ConfigurationError(
            f"there is no instance {', '.join(unknown)}",
            f"the configured ones are {', '.join(sorted(known))}.",
        )


@main.command()
def build() -> None:
    """Build every model from what has been landed, and run the controls."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.warehouse import warehouse

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        _landed_or_say_so()
        steps.BuildMemory(paths()).building(None)  # until a refresh has published it
        with console.step(report, "build"):
            warehouse.build(paths(), progress=console.build_progress)
        with console.step(report, "audit"):
            _, controls = warehouse.audit(paths(), console.build_progress)
    console.controls(controls)
    sys.exit(1 if any(c.blocks_publication for c in controls) else 0)


@main.command()
def publish() -> None:
    """Audit the built models and swap them in for the readers."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.warehouse import publication, warehouse

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        _landed_or_say_so()
        with console.step(report, "audit"):
            _, controls = warehouse.audit(paths(), console.build_progress)
        with console.step(report, "publish"):
            now = datetime.now(UTC)
            published = publication.publish(paths(), controls, "by hand", now)
    report.snapshot, report.controls = published
    console.controls(report.controls)
    console.snapshot(report.snapshot, "new")
    for stop in report.stops:
        console.error(stop)
    sys.exit(report.exit_code)


def _landed_or_say_so() -> None:
    if not paths().land.exists():
        raise ConfigurationError("nothing has been landed yet", "run `tieout land`.")


@main.command("known-on")
@click.argument("moment")
def known_on(moment: str) -> None:
    """Build every mart as known on a past day (2026-05-31), moment or snapshot."""
    from dlt_pipelines.knowledge import knowledge
    from dlt_pipelines.operations import refresh as steps

    at = knowledge.moment_of(moment)
    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        _landed_or_say_so()
        with console.step(report, "build"):
            built = knowledge.known_on(paths(), at, console.build_progress)
    console.line(f"As known on {at:%Y-%m-%d %H:%M}: {built.published}")


@main.group()
def explain() -> None:
    """Tell a figure down to its source records, rates and rules."""


@explain.command()
@click.option("--project", required=True, help="The project's code, e.g. P1018.")
@click.option("--period", required=True, help="The month, e.g. 2026-05.")
@click.option("--known-on", "moment", help="As known on a past day.")
def margin(project: str, period: str, moment: str | None) -> None:
    """Explain the margin of a project and month."""
    from dlt_pipelines.knowledge import explain as explaining
    from dlt_pipelines.knowledge import knowledge, show

    where = paths()
    if moment is not None:
        where = knowledge.known_on(where, knowledge.moment_of(moment))
    told = explaining.explain_margin(where, project, _month(period))
    show.explanation(told, console.out)


@main.command()
@click.option("--from", "since", required=True, help="The earlier day of knowledge.")
@click.option("--to", "until", help="The later one; what is landed now by default.")
@click.option("--period", required=True, help="The month, e.g. 2026-05.")
@click.option("--project", help="Only this project, with the records of each part.")
def bridge(since: str, until: str | None, period: str, project: str | None) -> None:
    """Split the change of a month's margin between two days of knowledge."""
    from dlt_pipelines.knowledge import bridge as bridging
    from dlt_pipelines.knowledge import knowledge, show
    from dlt_pipelines.operations import refresh as steps

    month = _month(period)
    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        _landed_or_say_so()
        first = knowledge.moment_of(since)
        last = knowledge.moment_of(until) if until else knowledge.latest(paths())
        with console.step(report, "build"):
            built = bridging.bridges(paths(), first, last, console.build_progress)
    found = built.of(month, project)
    if not found:
        raise ConfigurationError(
            f"no margin of {period} is known on either day",
            "give a project's code and a month that has activity.",
        )
    moments = (f"{first:%Y-%m-%d %H:%M}", f"{last:%Y-%m-%d %H:%M}")
    for told in found:
        changes = built.changes(told.project_code, month) if project else []
        show.bridge(told, moments, changes, console.out)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ConfigurationError(
            f"«{text}» is no month", "give it as 2026-05."
        ) from None


@main.command()
@click.option("--diff", is_flag=True, help="Show it line by line against the ERP.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write it to a file.")
@click.option("--submit", is_flag=True, help="Bring it before the approvers.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]),
              default="table", help="For the eye, or for another program.")  # fmt: skip
def plan(diff: bool, out: str | None, submit: bool, form: str) -> None:
    """Show what the ERP should hold and does not yet, and what would be posted."""
    from dlt_pipelines.operations.refresh import firm_key
    from dlt_pipelines.reverse_sync import listing, record_run, show
    from dlt_pipelines.reverse_sync import run as reverse_sync

    planned = reverse_sync.make_plan(paths())
    if form != "table":
        if diff or out or submit:
            raise click.UsageError("--format only shows: give it by itself.")
        click.echo(listing.written(planned, form))
        return
    console.out.print(show.difference(planned) if diff else show.table(planned))
    console.out.print(show.records(record_run.make_plan(paths())))
    if submit:
        fresh = reverse_sync.submit(planned, paths())
        console.line(f"Brought before the approvers: {len(fresh)}")
    if out:
        count = reverse_sync.write_plan(planned, Path(out), firm_key(), paths())
        console.line(f"Written: {out}, {count} entries")


@main.command()
@click.option("--plan", "file", type=click.Path(exists=True, dir_okay=False),
              help="Post what this file says, unchanged, or nothing.")  # fmt: skip
@click.option("--retry-refused", is_flag=True, help="Try again what the ERP refused.")
def post(file: str | None, retry_refused: bool) -> None:
    """Post the plan: what policy or approvers let through, exactly once."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.reverse_sync import planfile, record_run, show
    from dlt_pipelines.reverse_sync import run as reverse_sync

    written = planfile.read(Path(file), steps.firm_key()) if file else None
    with steps.one_run_at_a_time(paths()), steps.systems(paths()) as run:
        planned = reverse_sync.make_plan(paths(), retry_refused=retry_refused)
        records = record_run.make_plan(paths(), retry_refused=retry_refused)
        if written:  # a plan's file is of journals
            planned, records = written.execute(planned), type(planned)()
        console.out.print(show.table(planned))
        console.out.print(show.records(records))
        report = reverse_sync.post_plan(planned, paths(), run.instances)
        reports = record_run.post_plan(records, paths(), run.instances)
        kept = reverse_sync.checkpoint(paths())
    told = reverse_sync.lines(report) if report else []
    for result in (*told, *record_run.lines(reports), *kept.lines):
        console.line(result)
    errors = [e for outcome in (report, *reports) if outcome for e in outcome.errors]
    for error in errors[1:]:
        console.error(error)
    if errors:
        raise errors[0]


REASON = click.option("--reason", required=True, help="Why; auditors read it.")


def _deciding(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a decision: on named keys, or on what a filter takes."""
    for option in (
        click.option("--yes", is_flag=True, help="Don't ask: for scripts."),
        REASON,
        click.option("--below", help="Only below this, in the entity's currency."),
        click.option("--period", help="Only of this month, e.g. 2026-05."),
        click.option("--entity", help="Only of this legal entity, e.g. US10."),
        click.option("--kind", help="Only of this kind, e.g. revenue_accrual."),
        click.argument("keys", nargs=-1),
    ):
        command = option(command)
    return command


@main.command()
@_deciding
def approve(keys: tuple[str, ...], reason: str, yes: bool, **wanted: str) -> None:
    """Approve entries as they are now: those with these posting KEYS, or by filter."""
    _decide(keys, reason, wanted, sure=yes, approve=True)


@main.command()
@_deciding
def reject(keys: tuple[str, ...], reason: str, yes: bool, **wanted: str) -> None:
    """Reject entries as they are now: those with these posting KEYS, or by filter."""
    _decide(keys, reason, wanted, sure=yes, approve=False)


def _decide(
    keys: tuple[str, ...],
    reason: str,
    wanted: dict[str, str],
    *,
    sure: bool,
    approve: bool,
) -> None:
    from dlt_pipelines.reverse_sync import run as reverse_sync
    from dlt_pipelines.warehouse.policies import people

    by = people.here()
    planned = reverse_sync.make_plan(paths())
    if not keys:
        keys = _chosen(planned, wanted, by, sure=sure, approve=approve)
    elif any(wanted.values()):
        raise click.UsageError("Name posting keys, or choose by filter, not both.")
    decided = reverse_sync.decide(planned, paths(), keys, by, reason, approve=approve)
    for entry in decided:
        what = "approved" if approve else "rejected"
        console.line(f"{entry.posting_key} ({entry.content_hash[:16]}): {what} by {by}")


def _chosen(
    planned: "Plan", wanted: dict[str, str], by: "Person", *, sure: bool, approve: bool
) -> list[str]:
    """The keys that a filter takes, when whoever is asked says yes to their sums."""
    from dlt_pipelines.reverse_sync import run as reverse_sync
    from dlt_pipelines.reverse_sync import show

    filter_ = _filter(**wanted)
    if filter_.is_empty:
        raise click.UsageError("Name posting keys, or choose by --kind, --entity, …")
    choice = reverse_sync.choose(planned, paths(), filter_, by)
    console.out.print(show.choice(choice))
    if not choice.entries:
        raise ConfigurationError(
            "nothing that awaits approval is chosen",
            "`tieout plan` shows what does; others decide on what is left out.",
        )
    what = "Approve" if approve else "Reject"
    if not sure:
        click.confirm(f"{what} these {len(choice.entries)} as {by}?", abort=True)
    return [entry.posting_key for entry in choice.entries]


def _filter(
    kind: str | None, entity: str | None, period: str | None, below: str | None
) -> "Filter":
    from dlt_pipelines.reverse_sync.choosing import Filter

    try:
        most = Decimal(below) if below else None
    except InvalidOperation:
        raise ConfigurationError(
            f"«{below}» is no amount", "give it as 1000 or 999.99."
        ) from None
    return Filter(kind, entity, _month(period) if period else None, most)


@main.group()
def ledger() -> None:
    """The posting ledger."""


@ledger.command()
def verify() -> None:
    """Hold the ledger to its chains and to every checkpoint that can be reached."""
    from dlt_pipelines.reverse_sync import run as reverse_sync

    verdict = reverse_sync.verify(paths())
    for line in (*verdict.lines, str(verdict)):
        console.line(line)
    sys.exit(1 if verdict.wrong else 3 if verdict.unreached else 0)


@ledger.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def recover(yes: bool) -> None:
    """Take up what the ERP holds of ours and the ledger lacks."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.reverse_sync import record_run, show
    from dlt_pipelines.reverse_sync import run as reverse_sync

    with steps.one_run_at_a_time(paths()), steps.systems(paths()) as run:
        journals = reverse_sync.find_lost(paths(), run.instances)
        records = record_run.find_lost(paths(), run.instances)
        found = journals | records
        for lost in journals.values():
            console.out.print(show.recovery(lost))
        for line in record_run.recovery_lines(records):
            console.line(line)
        if any(found.values()) and (yes or click.confirm("Add them to the ledger?")):
            kept = reverse_sync.take_up(found, paths())
            for what, lost in (("journals", journals), ("records", records)):
                count = sum(len(one.ends) for one in lost.values())
                console.line(f"Recovered: {count} {what}")
            for told in kept.lines:
                console.line(told)
    sys.exit(4 if any(lost.unclear for lost in found.values()) else 0)


@ledger.command()
@click.argument("asked", metavar="KEY|POSTING_ID")
def history(asked: str) -> None:
    """Show who decided on a posting and why, and every attempt to make it.

    Of a key (labour_cost_accrual|US10|P1|2026-05) or of one posting of it (…|v1).
    """
    from dlt_pipelines.reverse_sync import history as telling
    from dlt_pipelines.reverse_sync import run as reverse_sync

    with reverse_sync.opened(paths()) as opened:
        for line in telling.lines(opened, asked):
            console.line(line)


@ledger.command()
@REASON
def accept(reason: str) -> None:
    """Let the ledger count as it is, whatever its checkpoints of before saw."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.reverse_sync import run as reverse_sync

    with steps.one_run_at_a_time(paths()):
        kept = reverse_sync.begin_anew(paths(), reason)
    for line in kept.lines:
        console.line(line)


@main.group()
def group() -> None:
    """The group's figures, from aggregates that its regions hand over."""


@group.command("hand-over")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def hand_over(file: Path) -> None:
    """Write what this region tells the group to FILE, with a manifest beside it."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.warehouse.residency import handover, manifest

    with steps.one_run_at_a_time(paths()):
        told = handover.hand_over(paths(), file)
    console.line(
        f"{told.region} ({', '.join(told.entities)}) as of {told.as_of_date}: "
        f"{told.rows} rows in {file}, told in {manifest.manifest_of(file)}, signed by "
        f"key {told.key}"
    )
    for few in told.withheld:
        month = few["period_month"][:7]
        console.line(f"Withheld: {few['figures']} of {month}, too few people")


@group.command("build")
@click.argument("files", nargs=-1, required=True,
                type=click.Path(dir_okay=False, path_type=Path))  # fmt: skip
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The DuckDB file to write.")  # fmt: skip
@click.option(
    "--without", multiple=True, help="A region to leave out; repeat for more."
)
@click.option("--allow-different-days", is_flag=True,
              help="Let the regions be of different as-of dates.")  # fmt: skip
def build_group(
    files: tuple[Path, ...], out: Path, without: tuple[str, ...],
    allow_different_days: bool,
) -> None:  # fmt: skip
    """Make the group's file of the regions' FILES, checked and tied to their sum."""
    from dlt_pipelines.warehouse.residency import group as whole

    hand_overs = whole.build(
        files,
        out,
        datetime.now(UTC),
        without=frozenset(without),
        allow_different_days=allow_different_days,
    )
    for told in (each.manifest for each in hand_overs):
        entities = ", ".join(told.entities)
        console.line(f"{told.region} ({entities}) as of {told.as_of_date}: "
                     f"{told.rows} rows, signed by key {told.key}")  # fmt: skip
    console.line(f"The group, which is their sum: {out}")


@main.command()
def status() -> None:
    """Name the published snapshot, its age and its controls."""
    from dlt_pipelines.core import books
    from dlt_pipelines.warehouse import publication

    published = publication.published_snapshot(paths())
    if published is None:
        raise ConfigurationError("nothing is published yet", "run `make refresh`.")
    snapshot, controls = published
    written = datetime.fromtimestamp(snapshot.path.stat().st_mtime, UTC)
    held = books.owner(paths())
    console.firm(held.name if held else "unknown")
    minutes = int((datetime.now(UTC) - written).total_seconds() // 60)
    console.snapshot(snapshot, f"{minutes // 60} h {minutes % 60} min")
    console.controls(controls)


@main.command()
def doctor() -> None:
    """Check configuration, credentials, reachability and versions."""
    from dlt_pipelines.operations.doctor import examine

    findings = examine(paths())
    for finding in findings:
        console.line(str(finding))
    sys.exit(max(finding.exit_code for finding in findings))


@main.group()
def sandbox() -> None:
    """The embedded demo firm and its systems."""
    from dlt_pipelines.core import books

    books.check_owner(paths(), books.SANDBOX_KEY.encode(), books.SANDBOX)


@sandbox.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port to answer on; 0 picks a free one.",
)
def serve(port: int) -> None:
    """Serve the firm's systems on loopback until interrupted."""
    from dlt_pipelines.sandbox import process

    file = paths().sandbox / "server.json"
    console.line(f"The sandbox's addresses are in {file} as soon as it answers")
    process.serve(paths().sandbox, port)


@sandbox.command()
@click.option(
    "--days",
    type=click.IntRange(0, 3650),
    required=True,
    help="How far to move the clock.",
)
def advance(days: int) -> None:
    """Let the firm work for some more days."""
    from dlt_pipelines.sandbox import process

    state = process.advanced(paths().sandbox, days)
    console.line(f"The sandbox's clock is {state.clock}")


@sandbox.command()
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--scale", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option("--faults/--no-faults", default=True, show_default=True)
def reset(seed: int, scale: int, faults: bool) -> None:
    """Forget everything of the sandbox and start the firm anew.

    The landed, built and published databases and the ledger of the old firm go too.
    """
    from dlt_pipelines.core import books
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.sandbox import process

    with steps.one_run_at_a_time(paths()):
        if process.running_server(paths().sandbox):
            raise ConfigurationError(
                "the sandbox is being served", "stop `tieout sandbox serve` first."
            )
        books.forget_sandbox(paths())
        process.write_state(
            paths().sandbox, process.State(seed=seed, scale=scale, faults=faults)
        )
    console.line(f"A new firm: seed {seed}, scale {scale}")


@sandbox.command()
def truth() -> None:
    """Write what is true of the firm to work/sandbox/truth.json."""
    from dlt_pipelines.sandbox import process
    from dlt_pipelines.sandbox.truth import truth as truth_of

    firm = process.simulated(process.read_state(paths().sandbox))
    file = paths().sandbox / "truth.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    truth_of(firm).write(file)
    console.line(f"Written: {file}")


if __name__ == "__main__":
    main()
