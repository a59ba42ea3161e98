"""Places that keep checkpoints: texts under names, only ever added.

The first is a folder beside the ledger. A second place is one that the ledger's owner
cannot change, named by ``checkpoint_places`` under ``[tieout]``: a folder, whatever
fsspec knows (``s3://…``), or PostgreSQL under a role that may insert and read. One that
cannot be used raises Unreachable, which never says more than its name.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import fsspec  # type: ignore[import-untyped]
import sqlalchemy as sa

from dlt_pipelines.core.errors import ConfigurationError, Unreachable

NAME = re.compile(r"\d{8}-[0-9a-f]{64}\.json")
ANSWERS_WITHIN = 10  # seconds, of a database


class Place(Protocol):
    """Where checkpoints are kept; ``shown`` is its name, without secrets."""

    shown: str

    def names(self) -> set[str]:
        """The names of what it holds."""

    def read(self, name: str) -> str:
        """What it holds under a name."""

    def add(self, name: str, text: str) -> None:
        """Hold a text for good; what is there under that name stays as it is."""


def place_of(address: str) -> Place:
    """The second place that an address names; nothing is asked of it yet.

    Raises ConfigurationError for an address that names none.
    """
    if address.startswith("postgresql"):
        return Table(address)
    if "://" in address:
        return Objects(address)
    if not Path(address).is_absolute():
        raise ConfigurationError(
            f"checkpoint_places names {address}, which is no place",
            "give a folder by its whole path, or an address (s3://…, postgresql+…).",
        )
    return Folder(Path(address))


class Folder:
    """A folder of this machine, or one mounted from another."""

    def __init__(self, path: Path, *, is_ours: bool = False) -> None:
        """One that is not ours must be there: a mount may be missing."""
        self.path = path
        self.shown = str(path)
        self.is_ours = is_ours

    def names(self) -> set[str]:
        """The names of what it holds."""
        if self.is_ours and not self.path.exists():
            return set()
        with self._reached():
            return {name for name in os.listdir(self.path) if NAME.fullmatch(name)}

    def read(self, name: str) -> str:
        """What it holds under a name."""
        with self._reached():
            return (self.path / name).read_text(encoding="utf-8", errors="replace")

    def add(self, name: str, text: str) -> None:
        """Hold a text for good, whole and on the disk."""
        if self.is_ours:
            self.path.mkdir(parents=True, exist_ok=True)
        part = self.path / f".{name}.{os.getpid()}.part"
        with self._reached():
            try:
                with part.open("w", encoding="utf-8") as new:
                    new.write(text)
                    new.flush()
                    os.fsync(new.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(part, self.path / name)  # a rename would write over
                _sync(self.path)
            finally:
                with contextlib.suppress(OSError):  # where nothing may be removed
                    part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self.is_ours:
                raise
            raise _unreachable(self.shown, error) from None


class Objects:
    """Object storage, or whatever else fsspec has a file system for."""

    def __init__(self, address: str) -> None:
        """Raises ConfigurationError for a kind of address that nothing here knows."""
        parts = urlsplit(address)
        self.shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
        self.address = address
        try:
            fsspec.get_filesystem_class(parts.scheme)
        except (ValueError, ImportError):
            raise ConfigurationError(
                f"checkpoint_places names {parts.scheme}://, which cannot be used here",
                "correct it, or install what fsspec needs for it (s3fs for s3://).",
            ) from None

    def names(self) -> set[str]:
        """The names of what it holds."""
        return self._asked(self._list)

    def read(self, name: str) -> str:
        """What it holds under a name."""
        kept = self._asked(lambda files, root: files.cat_file(f"{root}/{name}"))
        return kept.decode(errors="replace")

    def add(self, name: str, text: str) -> None:
        """Hold a text for good."""
        with contextlib.suppress(FileExistsError):
            self._asked(
                lambda files, root: files.pipe_file(
                    f"{root}/{name}", text.encode(), mode="create"
                )
            )

    @staticmethod
    def _list(files: Any, root: str) -> set[str]:
        files.invalidate_cache()
        try:
            listed = files.ls(root, detail=False)
        except FileNotFoundError:  # object storage has no empty folders
            return set()
        found = (path.rpartition("/")[2] for path in listed)
        return {name for name in found if NAME.fullmatch(name)}

    def _asked(self, question: Callable[[Any, str], Any]) -> Any:
        try:
            files, root = fsspec.url_to_fs(self.address)
            return question(files, root.rstrip("/"))
        except FileExistsError:
            raise
        except Exception as error:  # each file system has errors of its own
            raise _unreachable(self.shown, error) from None


class Table:
    """A table ``tieout_checkpoints`` in PostgreSQL, made by another role."""

    rows = sa.table("tieout_checkpoints", sa.column("name"), sa.column("content"))

    def __init__(self, address: str) -> None:
        """Nothing is asked yet."""
        url = sa.make_url(address)
        self.shown = f"PostgreSQL at {url.host}/{url.database}"
        options = {"connect_timeout": ANSWERS_WITHIN}
        self.engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=options)

    def names(self) -> set[str]:
        """The names of what it holds."""
        with self._connected() as connection:
            query = sa.select(self.rows.c.name)
            held: Iterable[str] = connection.execute(query).scalars()
            return {name for name in held if NAME.fullmatch(name)}

    def read(self, name: str) -> str:
        """What it holds under a name."""
        query = sa.select(self.rows.c.content).where(self.rows.c.name == name)
        with self._connected() as connection:
            return connection.execute(query).scalar_one()

    def add(self, name: str, text: str) -> None:
        """Hold a text for good."""
        row = {"name": name, "content": text}
        with (
            self._connected() as connection,
            contextlib.suppress(sa.exc.IntegrityError),
        ):
            connection.execute(sa.insert(self.rows), row)
            connection.commit()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise _unreachable(self.shown, error) from None


def _unreachable(shown: str, error: Exception) -> Unreachable:
    return Unreachable(
        f"{shown} cannot be used to keep checkpoints ({type(error).__name__})",
        "see that it is there and may be written to; what it missed is brought up at "
        "the next run.",
    )


def _sync(folder: Path) -> None:
    """Have a folder's entries on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
