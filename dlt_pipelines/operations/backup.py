"""Backups: what is a firm's and cannot be made again, in one file, and back from it.

A backup holds the ledger, raw with the kept forecasts and closed periods and what was
set aside of it, the published snapshots and the word whose they are; what a refresh
makes of these is left out, and named. It is taken between two runs, so that raw, ledger
and snapshots are of one moment; SQLite files, which pages and the sandbox write
meanwhile, are copied by SQLite. Its last entry is a manifest with the SHA-256 of every
file: a backup that was cut off has none. Nothing gets into a work folder before all of
a backup has been unpacked beside it and found to be what it says.
"""

import contextlib
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from dlt_pipelines.core import books
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.operations.refresh import one_run_at_a_time
from dlt_pipelines.reverse_sync import run as reverse_sync
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import Decision
from dlt_pipelines.warehouse.policies import people

MANIFEST = "manifest.json"
COMPRESSION = 1  # databases are compressed already
ELSEWHERE = "not in the backup: in a PostgreSQL database, which has its own"


@dataclass
class Manifest:
    """What a backup says of itself.

    ``files`` are each file's size and SHA-256, ``links`` where each link points;
    ``ledger`` the number of rows of each table, and where they are if not in it;
    ``left_out`` what else lay in the folder, and why that is not in it.
    """

    firm: str
    taken_at: str
    tieout: str
    ledger: dict[str, Any]
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(size for size, _ in self.files.values())


class _Hashed(io.RawIOBase):
    """A file whose content is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(size)
        self.sha256.update(content)
        return content


def back_up(
    paths: Paths, destination: Path, waiting: Callable[[], None]
) -> tuple[Path, Manifest]:
    """Write a backup to a new file, or to one named by firm and moment in a folder.

    ``waiting`` is called when another run must end first. Raises ConfigurationError
    when there are no books, or for a place where a backup must not be.
    """
    _check_destination(paths, destination)
    with one_run_at_a_time(paths, waiting):
        return take(paths, destination)


def take(paths: Paths, destination: Path) -> tuple[Path, Manifest]:
    """Write a backup, as ``back_up`` does, of a work folder that is held already."""
    _check_destination(paths, destination)
    owner = books.owner(paths)
    if owner is None:
        raise ConfigurationError(
            f"{paths.work.name}/ holds nobody's books", "run `tieout refresh` first."
        )
    now = datetime.now(UTC)
    manifest = Manifest(
        owner.name, now.isoformat(), version("tieout"), _ledger_told(paths)
    )
    manifest.left_out.update(books.left_out(paths))
    file = destination
    if destination.is_dir():
        name = re.sub(r"\W+", "-", owner.name.casefold()).strip("-") or "firm"
        file = destination / f"tieout-{name}-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    with _whole_or_not_at_all(file) as written, _archive(written) as archive:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".tieout-") as folder:
            kept = [part for part in books.parts(paths) if part.is_kept]
            for path in (path for part in kept for path in books.contents(part)):
                _add(archive, path, paths.work, manifest, Path(folder))
        _add_text(archive, json.dumps(asdict(manifest), indent=1), now)
    return file, manifest


def _check_destination(paths: Paths, destination: Path) -> None:
    if destination.resolve().is_relative_to(paths.work.resolve()):
        raise ConfigurationError(
            f"{destination} is in the work folder itself", "choose another place."
        )
    if not destination.is_dir() and destination.exists():
        raise ConfigurationError(
            f"{destination} exists", "choose another name: no backup is overwritten."
        )
    if not destination.parent.is_dir():
        raise ConfigurationError(
            f"there is no folder {destination.parent}", "make it, or choose another."
        )


def _ledger_told(paths: Paths) -> dict[str, Any]:
    if not reverse_sync.is_elsewhere():
        return books.ledger_rows(paths.ledger)
    with reverse_sync.opened(paths) as ledger:
        return {"place": ELSEWHERE, **ledger.heads()}


@contextlib.contextmanager
def _whole_or_not_at_all(file: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read, in its place when nothing failed."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    mode = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(part, mode, 0o600), "wb") as written:
            yield written
            written.flush()
            os.fsync(written.fileno())
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def _archive(written: BinaryIO) -> tarfile.TarFile:
    return tarfile.open(fileobj=written, mode="w:gz", compresslevel=COMPRESSION)


def _add(
    archive: tarfile.TarFile, path: Path, work: Path, manifest: Manifest, folder: Path
) -> None:
    name = str(path.relative_to(work))
    if path.is_symlink():
        manifest.links[name] = os.readlink(path)
        archive.add(path, name, recursive=False)
        return
    if path.is_dir():  # with its time, by which snapshots are pruned
        archive.add(path, name, recursive=False)
        return
    if re.search(r"\.sqlite-(wal|shm|journal)$", name):  # in the copy SQLite makes
        return
    source = _copied(path, folder) if path.suffix == ".sqlite" else path
    with source.open("rb") as file:
        described = archive.gettarinfo(arcname=name, fileobj=file)
        described.mtime = path.stat().st_mtime
        described.mode = path.stat().st_mode
        content = _Hashed(file)
        archive.addfile(described, content)
    manifest.files[name] = (described.size, content.sha256.hexdigest())


def _copied(database: Path, folder: Path) -> Path:
    """A SQLite database as it is at this moment, whoever writes it."""
    copy = folder / "copy.sqlite"
    copy.unlink(missing_ok=True)
    source = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(copy)) as to:
        source.backup(to)
    return copy


def _add_text(archive: tarfile.TarFile, text: str, now: datetime) -> None:
    described = tarfile.TarInfo(MANIFEST)
    described.size, described.mode = len(text.encode()), 0o600
    described.mtime = now.timestamp()
    archive.addfile(described, io.BytesIO(text.encode()))


def restore(file: Path, paths: Paths) -> Manifest:
    """Put a backup's books into a work folder that is empty or not there.

    The ledger may be older than what was posted from it: no decision in it counts.
    Raises ConfigurationError when the folder holds anything, or when the backup is not
    what its manifest says; then the folder is as it was.
    """
    _check_empty(paths.work)
    paths.work.parent.mkdir(parents=True, exist_ok=True)
    with _unpacked(file, paths.work) as folder:
        manifest = _checked(folder, file.name)
        (folder / MANIFEST).unlink()
        _revoke_decisions(Paths(folder).ledger, manifest)
        os.sync()
        (paths.work / books.RUN_LOCK).unlink(missing_ok=True)
        os.replace(folder, paths.work)  # over an empty folder, or none
    return manifest


def _revoke_decisions(file: Path, manifest: Manifest) -> None:
    """What was approved before the backup may have been posted after it."""
    if file.exists():
        by, reason = people.here().name, f"restored as backed up at {manifest.taken_at}"
        with contextlib.closing(Ledger(file)) as ledger:
            ledger.decide([Decision.revocation(by, reason)])


def _check_empty(work: Path) -> None:
    if work.exists() and {f.name for f in work.iterdir()} - {books.RUN_LOCK}:
        raise ConfigurationError(
            f"{work} is not empty",
            "set TIEOUT_WORK to a new folder, or move this one away: nothing is "
            "restored over what is there.",
        )
    if os.path.ismount(work):
        raise ConfigurationError(
            f"{work} is a file system of its own, which cannot be put in place at once",
            f"set TIEOUT_WORK to a folder in it ({work / 'work'}).",
        )


@contextlib.contextmanager
def _unpacked(file: Path, work: Path) -> Iterator[Path]:
    """A backup unpacked beside the work folder; what is left there is removed."""
    folder = work.with_name(f".{work.name}.restoring")
    folder.mkdir(mode=0o700, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        _hold(held, folder)
        for left in folder.iterdir():  # by one that was killed
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        _unpack(file, folder)
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def _hold(folder_opened: int, folder: Path) -> None:
    try:
        fcntl.flock(folder_opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationError(
            f"another restore is unpacking into {folder}", "wait for it to end."
        ) from None


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(folder, filter="data")  # nothing outside the folder
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        raise _damaged(file.name, "it cannot be read to its end") from error
    except OSError as error:
        if isinstance(error, FileExistsError) or error.errno is None:
            raise _damaged(file.name, "it is no backup of Tieout") from error
        raise


def _checked(folder: Path, name: str) -> Manifest:
    """The manifest of an unpacked backup, which every file has been held to."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**told)
    except (FileNotFoundError, ValueError, TypeError) as error:
        raise _damaged(name, "it has no manifest") from error
    found = _contents(folder)
    expected = {**manifest.files, **manifest.links}
    for path in sorted({*found, *expected} - {MANIFEST}):
        if found.get(path) != expected.get(path):
            raise _damaged(name, f"{path} is not as it was backed up")
    return manifest


def _contents(folder: Path) -> dict[str, Any]:
    """The size and SHA-256 of each file, and where each link points."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = [path.stat().st_size, _sha256(path)]
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _damaged(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} is damaged: {what}",
        "use another backup; nothing was restored, and the work folder is as it was.",
    )
