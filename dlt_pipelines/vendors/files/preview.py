"""A file tried out: what of it would land, and which rows would not, by their lines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.files import pgp
from dlt_pipelines.vendors.files.checking import Checked, check
from dlt_pipelines.vendors.files.claiming import claim, opened
from dlt_pipelines.vendors.files.client import FilesClient
from dlt_pipelines.vendors.files.declaration import FileKind, Said
from dlt_pipelines.vendors.files.refusal import Refusal
from dlt_pipelines.vendors.files.stored import StoredPlace

SHOWN = 5  # rows of each contract
MOST_LINES = 100  # that are told to be wrong
HIDDEN = "…"  # what is personal, or of pay


@dataclass(frozen=True)
class Tried:
    """What came of a file: the kind it is of, and what it says or why it is refused."""

    instance: str
    name: str
    kind: FileKind
    checked: Checked | None = None
    refusal: str | None = None

    @property
    def would_land(self) -> bool:
        """Whether it would be landed."""
        return self.checked is not None and not self.checked.faults

    def told(self) -> Iterator[tuple[str, str]]:
        """What to show of it: a word and a text, line by line."""
        yield "File", f"{self.name}, as {self.kind.name} of {self.instance}"
        if self.refusal:
            yield "Refused", self.refusal
        if self.checked is None:
            return
        if self.checked.unread:
            yield "Not read", f"columns {', '.join(self.checked.unread)}"
        for fault in self.checked.faults[:MOST_LINES]:
            yield f"Line {fault.line}", f"{fault.column} {fault.what}"
        if self.checked.faults:
            more = len(self.checked.faults) - MOST_LINES
            also = f", {more:,} of them not shown" if more > 0 else ""
            yield (
                "Refused",
                f"{len(self.checked.faults):,} values cannot be read{also}: none of "
                f"its {self.checked.count:,} rows would land",
            )
            return
        if self.checked.scopes:
            column = self.kind.complete.column
            yield "Whole for", f"{column} {', '.join(self.checked.scopes)}"
        for said in self.kind.says:
            frame = self.checked.frames[said.contract]
            yield "Lands", f"{frame.height:,} rows in {said.contract}, such as"
            for row in _shown(said, frame.head(SHOWN)):
                yield "", row


def _shown(said: Said, frame: pl.DataFrame) -> Iterator[str]:
    """Rows as «column value», without what is personal or of pay."""
    hidden = {f.column.name for f in said.fields if f.column.sensitivity}
    for row in frame.to_dicts():
        yield ", ".join(
            f"{name} {HIDDEN if name in hidden else value}"
            for name, value in row.items()
            if value is not None
        )


def tried(instances: list[Instance], file: Path) -> list[Tried]:
    """A file of this machine, as each kind that is declared of its name.

    Raises ConfigurationError where it is there for none.
    """
    if not file.is_file():
        raise ConfigurationError(f"there is no file {file}", "name one to be tried.")
    found = []
    for instance in instances:
        client = FilesClient(instance)
        try:
            found += [
                _try(client, kind, file, name)
                for kind in client.kinds
                if (name := _name(kind, file))
            ]
        finally:
            client.close()
    if not found:
        raise ConfigurationError(
            f"no declaration is of files named {file.name}",
            "see «files» in the declarations; a foreign file is landed by none.",
        )
    return found


def _name(kind: FileKind, file: Path) -> str | None:
    """The file's name below its place of delivery, if it can be of this kind."""
    parts = file.resolve().parts[1:]
    names = ("/".join(parts[-length:]) for length in range(1, len(parts) + 1))
    return next((name for name in names if kind.parts(name) is not None), None)


def _try(client: FilesClient, kind: FileKind, file: Path, name: str) -> Tried:
    folder = str(file.resolve())[: -len(name)]
    place = StoredPlace(client.instance, folder)
    beside = [kind.whole.beside.format(name=name)] if kind.whole.beside else []
    there = {n: entry for n in (name, *beside) if (entry := place.entry(n))}
    now = replace(kind, settles_seconds=0, done=None)
    decrypt = partial(pgp.decrypt, client.instance)
    told = Tried(client.instance.name, name, kind)
    try:
        claimed = claim(place, there[name], now, there, client.emptied_folder())
        path = opened(claimed.path, kind, decrypt)
        checked = check(path, kind, name, claimed.sha256, claimed.beside)
    except Refusal as refusal:
        return replace(told, refusal=str(refusal))
    return replace(told, checked=checked)
