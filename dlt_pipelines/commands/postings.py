"""The commands of postings: plan, decide, post."""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.commands.options import REASON, month_of
from dlt_pipelines.core.errors import ConfigurationError, NotLanded
from dlt_pipelines.core.settings import paths

if TYPE_CHECKING:
    from dlt_pipelines.reverse_sync.choosing import Filter
    from dlt_pipelines.reverse_sync.plan import Plan
    from dlt_pipelines.warehouse.policies.people import Person


@click.command()
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


@click.command()
@click.option("--plan", "file", type=click.Path(exists=True, dir_okay=False),
              help="Post what this file says, unchanged, or nothing.")  # fmt: skip
@click.option("--retry-refused", is_flag=True, help="Try again what the ERP refused.")
def post(file: str | None, retry_refused: bool) -> None:
    """Post the plan: what policy or approvers let through, exactly once.

    What the latest landing could not read is not known: nothing is posted in such an
    ERP, and nothing at all when another system is among them.
    """
    from dlt_pipelines.landing import latest
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.reverse_sync import planfile, record_run, show
    from dlt_pipelines.reverse_sync import run as reverse_sync

    written = planfile.read(Path(file), steps.firm_key()) if file else None
    with steps.one_run_at_a_time(paths()), steps.systems(paths()) as run:
        away = latest.not_whole(paths(), run.instances)
        if steps.stops_posting(away, run.instances):
            raise NotLanded(
                f"{', '.join(away)} could not be landed whole, so what should be "
                "posted is not known: nothing was",
                "run `tieout refresh`: once it has read them all, it posts too.",
            )
        planned = reverse_sync.make_plan(paths(), retry_refused=retry_refused)
        records = record_run.make_plan(paths(), retry_refused=retry_refused)
        if written:  # a plan's file is of journals
            planned, records = written.execute(planned), type(planned)()
        console.out.print(show.table(planned))
        console.out.print(show.records(records))
        journals = reverse_sync.post_plan(planned, paths(), run.instances, away)
        # A record compares systems: all of them must be as they are now.
        reports = [] if away else record_run.post_plan(records, paths(), run.instances)
        kept = reverse_sync.checkpoint(paths())
    told = reverse_sync.lines(journals)
    for name in away:
        console.line(f"nothing is posted in {name}: it could not be landed whole")
    for result in (*told, *record_run.lines(reports), *kept.lines):
        console.line(result)
    errors = [e for outcome in (*journals.values(), *reports) for e in outcome.errors]
    for error in errors[1:]:
        console.error(error)
    if errors:
        raise errors[0]


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


@click.command()
@_deciding
def approve(
    keys: tuple[str, ...], reason: str, yes: bool, **wanted: str | None
) -> None:
    """Approve entries as they are now: those with these posting KEYS, or by filter."""
    _decide(keys, reason, wanted, sure=yes, approve=True)


@click.command()
@_deciding
def reject(keys: tuple[str, ...], reason: str, yes: bool, **wanted: str | None) -> None:
    """Reject entries as they are now: those with these posting KEYS, or by filter."""
    _decide(keys, reason, wanted, sure=yes, approve=False)


def _decide(
    keys: Sequence[str],
    reason: str,
    wanted: dict[str, str | None],
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
    planned: "Plan",
    wanted: dict[str, str | None],
    by: "Person",
    *,
    sure: bool,
    approve: bool,
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
    return Filter(kind, entity, month_of(period) if period else None, most)
