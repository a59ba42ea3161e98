"""Whose books a work folder holds, what they are made of, and how they are removed.

The file ``firm`` in the folder says whose: a word by which the firm's key is known
again, and the firm's name. A folder is one firm's for good: neither another one nor the
sandbox is let in, whatever the configuration has become.
"""

import contextlib
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from dlt_pipelines.core.confidential import pseudonym
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import Paths

FIRM_FILE = "firm"
REGION_FILE = "region"
SANDBOX = "sandbox"
SANDBOX_KEY = "the sandbox firm has no secrets"
# What is a firm's and cannot be made again. ``firm`` goes last when books are removed.
KEPT = {
    "land.duckdb": "every version of every record, and the forecasts kept",
    "land.duckdb.wal": "the last of them",
    "land.duckdb*.aside-*": "past days that `--land-anew` set aside",
    "ledger*": "what was posted and decided",
    "checkpoint*": "what the ledger held, signed",
    "published": "snapshots",
    "sandbox": "the simulated firm and its systems",
    REGION_FILE: "which region's they are",
    FIRM_FILE: "whose books these are",
}
# What the next refresh makes of those and of the systems.
MADE_AGAIN = {
    "land.duckdb.tmp": "what a query put down on the disk",
    "build.duckdb*": "the build database",
    "build.part*": "an unfinished build",
    "build.json": "what was built",
    "standard.duckdb*": "the build at standard cost",
    "standard.part*": "an unfinished one",
    "known": "past days, built",
    "dev": "a model tried out",
    "bridges": "bridges, built",
    "pipelines": "how far each system has been read",
    "dbt": "the models as last read",
    "error.log*": "the last defect",
}
UNFINISHED = ".part"  # what a file or folder is called until it is whole
RUN_LOCK = "run.lock"  # stays: who waits for it must find the same one
READERS = ("published", "known", "dev")  # the folders of what readers open
OTHER_FOLDER = "set TIEOUT_WORK to another folder for the sandbox."
LOCKS = {RUN_LOCK, "ledger.lock", "ledger.opening"}


@dataclass(frozen=True)
class Owner:
    """Whose books a folder holds; an earlier release did not write down the name."""

    check: str
    name: str = ""

    @property
    def is_sandbox(self) -> bool:
        """Whether they are the simulated firm's."""
        return self.check == key_check(SANDBOX_KEY.encode())


@dataclass(frozen=True)
class Part:
    """A file or folder of the books."""

    path: Path
    what: str
    is_kept: bool  # it cannot be made again, so backups hold it

    @property
    def size(self) -> int:
        """In bytes, a folder with all that is in it."""
        files = [self.path, *self.path.rglob("*")]
        return sum(f.lstat().st_size for f in files if f.is_file())


def key_check(key: bytes) -> str:
    """What a work folder remembers of its key: enough to know it again, no more."""
    return pseudonym("whose books these are", key)


def owner(paths: Paths) -> Owner | None:
    """Whose books the folder holds; None when nobody's yet."""
    file = paths.work / FIRM_FILE
    if not file.exists():
        return None
    check, _, name = file.read_text(encoding="utf-8").strip().partition("\n")
    found = Owner(check, name.strip())
    return Owner(check, SANDBOX) if found.is_sandbox else found


def owner_of(published: Path) -> Owner | None:
    """Whose figures a published file, or a past day as it was known, has.

    None when it lies in no work folder, or in one that says nothing of it.
    """
    for folder in published.parents:
        if published.relative_to(folder).parts[0] in READERS:
            with contextlib.suppress(PermissionError):  # a reader may not see the rest
                if found := owner(Paths(folder)):
                    return found
    return None


def check_owner(paths: Paths, key: bytes, firm: str) -> None:
    """Raise ConfigurationError when the folder's books are not this firm's.

    Pay data would no longer link to itself, and the sandbox's firm and a real one
    would be added up as if they were one.
    """
    held, work = owner(paths), f"{paths.work.name}/"
    if held is None and firm == SANDBOX and _holds_something(paths):
        raise ConfigurationError(
            f"{work} holds a landing file or postings, but not whose they are",
            f"put {work}{FIRM_FILE} back from a backup, or {OTHER_FOLDER}",
        )
    if held is not None and held.check != key_check(key):
        raise _anothers(held, work, firm)
    if held is not None and held.name not in ("", firm):
        raise ConfigurationError(
            f"{work} holds the books of «{held.name}», not those of «{firm}»",
            "correct firm under [tieout]; if the firm was renamed, write its new name "
            f"on the second line of {work}{FIRM_FILE} too.",
        )


def _anothers(held: Owner, work: str, firm: str) -> ConfigurationError:
    whose = f"«{held.name}»" if held.name else "another firm or key"
    if firm == SANDBOX:
        return ConfigurationError(
            f"{work} holds the books of {whose}: the sandbox may not touch them",
            f"put the firm's .dlt/config.toml back if it is gone, or {OTHER_FOLDER}",
        )
    return ConfigurationError(
        f"{work} was filled under another pseudonym_key, as the books of {whose}",
        "put the old key back, or set TIEOUT_WORK to a folder of its own for each firm "
        "(`tieout sandbox reset` clears the sandbox's).",
    )


def claim(paths: Paths, key: bytes, firm: str) -> None:
    """Write down whose books the folder holds from now on."""
    check_owner(paths, key, firm)
    held = owner(paths)
    if held is None or not held.name:
        write_whole(paths.work / FIRM_FILE, f"{key_check(key)}\n{firm}\n")


def _holds_something(paths: Paths) -> bool:
    return paths.land.exists() or any(ledger_rows(paths.ledger).values())


def ledger_rows(file: Path) -> dict[str, int]:
    """The number of rows in each table of a ledger's file."""
    if not file.exists():
        return {}
    address = f"file:{file}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as ledger:
        names = ledger.execute("select name from sqlite_schema where type = 'table'")
        return {
            name: ledger.execute(f'select count(*) from "{name}"').fetchone()[0]
            for (name,) in names.fetchall()
        }


def parts(paths: Paths) -> list[Part]:
    """What the books are made of, the word whose they are at the end."""
    return [
        Part(path, what, pattern in KEPT)
        for pattern, what in {**MADE_AGAIN, **KEPT}.items()
        for path in sorted(paths.work.glob(pattern))
        if path.name not in LOCKS
    ]


def left_out(paths: Paths) -> dict[str, str]:
    """What lies in the folder and no backup holds, with why, by name."""
    made_again = {
        part.path.name: f"{part.what}; a refresh makes it again"
        for part in parts(paths)
        if not part.is_kept
    }
    unfinished = {
        str(path.relative_to(paths.work)): "never finished"
        for part in parts(paths)
        if part.is_kept
        for path in part.path.rglob(f"*{UNFINISHED}")
    }
    not_tieouts = dict.fromkeys(not_ours(paths), "not Tieout's")
    return {**made_again, **unfinished, **not_tieouts}


def not_ours(paths: Paths) -> list[str]:
    """What else lies in the folder: it is neither kept nor removed with the books."""
    ours = {part.path.name for part in parts(paths)} | LOCKS
    return sorted({path.name for path in paths.work.iterdir()} - ours)


def remove(paths: Paths) -> None:
    """Remove the books and nothing else.

    Not whatever is there: TIEOUT_WORK may be a folder that holds other things too.
    """
    for part in parts(paths):
        if part.path.is_dir() and not part.path.is_symlink():
            shutil.rmtree(part.path)
        else:
            part.path.unlink(missing_ok=True)
    for lock in LOCKS - {RUN_LOCK}:
        (paths.work / lock).unlink(missing_ok=True)


def forget_sandbox(paths: Paths) -> None:
    """Remove the sandbox's books; raises ConfigurationError when they are a firm's."""
    if paths.work.exists():
        check_owner(paths, SANDBOX_KEY.encode(), SANDBOX)
        remove(paths)


def contents(part: Part) -> list[Path]:
    """A part with all finished files, links and folders in it, in order."""
    return [
        part.path,
        *(
            path
            for path in sorted(part.path.rglob("*"))
            if not any(
                name.endswith(UNFINISHED) for name in path.relative_to(part.path).parts
            )
        ),
    ]
