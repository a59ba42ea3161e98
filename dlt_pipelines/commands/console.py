"""What the commands show: progress on a terminal, plain lines elsewhere, a summary.

Names, reasons and messages come from systems where people type them, so nothing that
is shown is read as markup, and a terminal obeys none of it.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole
from rich.status import Status
from rich.table import Table
from rich.text import Text

from dlt_pipelines.core.books import SANDBOX
from dlt_pipelines.core.confidential import withheld
from dlt_pipelines.core.currencies import with_code
from dlt_pipelines.core.errors import TieoutError
from dlt_pipelines.core.readings import Reading
from dlt_pipelines.core.text import visible

if TYPE_CHECKING:
    from dlt_pipelines.operations.refresh import RefreshReport
    from dlt_pipelines.warehouse.publication import Snapshot
    from dlt_pipelines.warehouse.warehouse import Control


LONG_WAIT = 5.0  # seconds of which a line is worth while


class PlainConsole(RichConsole):
    """Rich without markup and emoji codes; what cannot be seen is made visible.

    Whatever is known to be secret is withheld.
    """

    def __init__(self, **options: Any) -> None:
        """Options are Rich's own."""
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Every text that is printed comes by here, the cells of tables too."""
        return super().render_str(visible(withheld(text)), **options)


class Console:
    """Standard output as the commands use it; errors go to standard error."""

    def __init__(self) -> None:
        """Rich on a terminal; elsewhere plain lines, wide enough not to wrap."""
        width = None if sys.stdout.isatty() else 160
        self.out = PlainConsole(width=width)
        self.err = PlainConsole(stderr=True, width=width)
        self._status: Status | None = None
        self._nodes = 0

    def line(self, text: str) -> None:
        """A line as it is."""
        self.out.print(text, soft_wrap=True)

    def error(self, error: TieoutError) -> None:
        """What happened, and what to do, on standard error."""
        self.err.print(f"✗ {error.what}", style="red", soft_wrap=True)
        self.err.print(f"  → {error.do}", soft_wrap=True)

    @contextlib.contextmanager
    def step(self, report: "RefreshReport", name: str) -> Iterator[None]:
        """A named step: shown while it runs, its seconds kept in the report."""
        started = time.monotonic()
        self._nodes = 0
        if self.out.is_terminal:
            with self.out.status(name) as self._status:
                yield
            self._status = None
        else:
            yield
        seconds = time.monotonic() - started
        report.seconds[name] = report.seconds.get(name, 0.0) + seconds
        self.line(f"{name:<15} {seconds:6.1f} s")

    def landing_progress(self, instance: str, table: str, rows: int) -> None:
        """Rows of a table so far."""
        if self._status:
            self._status.update(f"land  {instance}.{table}  {rows:,} rows")

    def waits(self, instance: str, why: str, seconds: float) -> None:
        """What a system is waited for, where it takes more than a moment."""
        told = f"{instance} is waited for, {seconds:.0f} s: {why}"
        if self._status:
            self._status.update(f"land  {told}")
        elif seconds >= LONG_WAIT:
            self.line(f"  {told}")

    def landed(self, instance: str, read: int, new: int, seconds: float) -> None:
        """A source that has been landed, as far as it let itself be."""
        self.line(f"  {instance:<15} {read:>9,} read {new:>9,} new {seconds:6.1f} s")

    def build_progress(self, node: str, _: float) -> None:
        """A model or test that has finished."""
        self._nodes += 1
        if self._status:
            self._status.update(f"{self._nodes} done, last {node}")

    def summary(self, report: "RefreshReport") -> None:
        """The end of a refresh: one readable summary."""
        self.line("")
        self.firm(report.firm)
        self.sources(report)
        self.drift(report)
        self.controls(report.controls)
        self._snapshot(report)
        self._postings(report)
        for told in report.checkpoint.lines:
            self.line(f"Ledger     {told}")
        total = sum(report.seconds.values())
        steps = " · ".join(f"{n} {s:.1f}" for n, s in report.seconds.items())
        self.line(f"Seconds    {total:.1f} ({steps})")
        for landing in report.landings:
            for error in landing.errors:
                self.error(error)
        for stop in report.stops:
            self.error(stop)

    def firm(self, name: str) -> None:
        """Whose figures these are."""
        made_up = ": a simulated firm, no real system was asked"
        self.line(f"Firm       {name}{made_up if name == SANDBOX else ''}")

    def sources(self, report: "RefreshReport") -> None:
        """A line per source: rows read, new versions, whether it failed."""
        table = Table("Source", "Rows read", "New versions", "Status", box=None)
        for column in table.columns[1:3]:
            column.justify = "right"
        sums: dict[str, list[int]] = {}
        failed: set[str] = set()
        for landing in report.landings:
            failed |= landing.failures.keys()
            for t in landing.tables:
                read_landed = sums.setdefault(t.instance, [0, 0])
                read_landed[0] += t.rows_read
                read_landed[1] += t.rows_landed
        for instance, (read, landed) in sums.items():
            status = "FAILED" if instance in failed else "landed"
            table.add_row(instance, f"{read:,}", f"{landed:,}", status)
        self.out.print(table)
        for landing in report.landings:
            for feed, why in landing.again.items():
                self.line(f"Again      {feed} was read from its start: {why}")

    def drift(self, report: "RefreshReport") -> None:
        """Fields that were not as declared, the first ten of them."""
        drift = [d for landing in report.landings for d in landing.drift]
        if not drift:
            self.line("Drift      none: every field was as declared")
        for instance, d in drift[:10]:
            kind = d.kind.replace("_", " ")
            self.line(
                f"Drift      {instance}.{d.table}.{d.column}: {kind}, {d.rows} rows"
            )

    def controls(self, controls: "list[Control]") -> None:
        """How many controls passed, and each that found differences."""
        failed = [c for c in controls if c.is_of_concern]
        passed = sum(c.status == "passed" for c in controls)
        self.line(f"Controls   {passed} passed, {len(failed)} with differences")
        absent: dict[str, list[str]] = {}
        for c in controls:
            if c.status == "not_applicable":
                absent.setdefault(c.message, []).append(c.control_id)
        for reason, control_ids in absent.items():
            told = ", ".join(control_ids)
            self.line(f"           not applicable, {reason or 'no role'}: {told}")
        for c in failed:
            effect = {
                "publication": "blocks publication",
                "publication_at_standard": "keeps files at standard cost back",
                "posting": "holds postings",
            }.get(c.blocks, "published with the picture")
            self.line(
                f"           {c.control_id} {c.name}: {c.failures} differences, "
                f"{c.kind}, {effect}, owner {c.owner}"
            )

    def readings(self, found: list[Reading]) -> None:
        """How much of what the snapshot is made of was read whole, and what was not."""
        if not found:
            return
        systems = len({reading.source_instance for reading in found})
        lacking = [reading for reading in found if not reading.is_whole]
        whole = f"{len(found) - len(lacking)} of " if lacking else "all "
        self.line(
            f"Sources    {whole}{len(found)} tables of {systems} systems are whole"
        )
        for reading in lacking:
            self.line(f"           {reading}")

    def exceptions(self, found: list[tuple[str, int, dict[str, Decimal]]]) -> None:
        """How many exceptions of each severity, and what is in question by currency."""
        if not found:
            self.line("Exceptions none")
        label = "Exceptions"
        for severity, count, amounts in found:
            told = ", ".join(with_code(amounts[code], code) for code in amounts)
            self.line(f"{label} {count:,} {severity}" + (f": {told}" if told else ""))
            label = " " * len(label)

    def _snapshot(self, report: "RefreshReport") -> None:
        if report.held_back:
            self.line("Snapshot   KEPT BACK, the last good one stays published")
        elif report.unchanged:
            self.line("Snapshot   unchanged: no system had anything new")
        if shown := report.snapshot:
            self.line(f"Snapshot   {shown.snapshot_id} as of {shown.as_of_date}")
        if report.withheld:
            self.line("           WITHOUT the files that are at standard cost")

    def _postings(self, report: "RefreshReport") -> None:
        if report.no_posting_because:
            self.line(f"Postings   none: {report.no_posting_because}")
        elif report.checkpoint.doubted:
            self.line("Postings   none: the ledger is in doubt")
        elif report.plan is None:
            self.line("Postings   not asked for")
        else:
            self.line(f"Postings   {report.plan.summary()}")
        for name in report.away:
            self.line(f"           none in {name}: it could not be landed")
        for result in report.posted:
            self.line(f"           {result}")

    def snapshot(self, snapshot: "Snapshot", age: str) -> None:
        """What `tieout status` says of the published snapshot."""
        self.line(f"Snapshot   {snapshot.snapshot_id}")
        # The folder has a file for each audience.
        self.line(f"Folder     {snapshot.path.parent.parent.parent.name}/current")
        self.line(f"As of      {snapshot.as_of_date}")
        self.line(f"Age        {age}")


console = Console()  # one for all commands
