"""The commands on the posting ledger: verify, recover, history, accept and others."""

import sys

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.commands.options import REASON
from dlt_pipelines.core.settings import paths


@click.group()
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
        journals, errors = reverse_sync.find_lost(paths(), run.instances)
        records = record_run.find_lost(paths(), run.instances)
        found = journals | records
        for lost in journals.values():
            console.out.print(show.recovery(lost))
        for line in record_run.recovery_lines(records):
            console.line(line)
        if any(found.values()) and (yes or click.confirm("Add them to the ledger?")):
            kept = reverse_sync.take_up(found, paths())
            for what, taken in (("journals", journals), ("records", records)):
                count = sum(len(lost.ends) for lost in taken.values())
                console.line(f"Recovered: {count} {what}")
            for told in kept.lines:
                console.line(told)
    for error in errors:
        console.error(error)
    unclear = any(lost.unclear for lost in found.values())
    sys.exit(4 if unclear else errors[0].exit_code if errors else 0)


@ledger.command("accept-removal")
@click.argument("asked", metavar="KEY|POSTING_ID")
@REASON
def accept_removal(asked: str, reason: str) -> None:
    """Accept that a journal was taken out of the ERP on purpose.

    The ERP is asked first. What would make up for it is held while it is the same.
    """
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.reverse_sync import run as reverse_sync

    with steps.one_run_at_a_time(paths()), steps.systems(paths()) as run:
        gone, kept = reverse_sync.accept_removal(asked, paths(), run.instances, reason)
    for posting in gone:
        console.line(f"Counts no more: {posting.posting_id}, {posting.external_id}")
    for told in kept.lines:
        console.line(told)
    console.line("Run tieout refresh: the exception ends with it.")


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
