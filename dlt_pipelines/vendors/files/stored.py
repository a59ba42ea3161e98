"""A place of delivery in a folder, or an object store that fsspec knows."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import fsspec  # type: ignore[import-untyped]

from dlt_pipelines.core import confidential
from dlt_pipelines.core.errors import ConfigurationError, Unreachable
from dlt_pipelines.core.settings import HOME, Instance
from dlt_pipelines.vendors.files.places import CHUNK, Entry

MOMENTS = ("mtime", "LastModified", "last_modified", "updated", "created")


class StoredPlace:
    """A folder of this machine, or a bucket by whatever protocol fsspec knows."""

    def __init__(self, instance: Instance, location: str) -> None:
        """Nothing is asked for yet."""
        self.name, self.location = instance.name, location
        if "://" not in location:
            location = str(HOME / location)
        try:
            self.files, root = fsspec.core.url_to_fs(location, **_secrets(instance))
        except (ImportError, ValueError) as error:
            raise ConfigurationError(
                f"location of {instance.name} cannot be used: {error}",
                "name a folder, or an address whose protocol is installed (s3fs for "
                "s3://, gcsfs for gs://, adlfs for abfs://).",
            ) from error
        self.root = root.rstrip("/")

    def entries(self) -> dict[str, Entry]:
        """All files below the location."""
        with self._reached():
            self.files.invalidate_cache()
            if not self.files.isdir(self.root):
                raise FileNotFoundError(self.root)
            found = self.files.find(self.root, detail=True)
            entries = [self._entry(path, told) for path, told in found.items()]
        return {entry.name: entry for entry in entries}

    def entry(self, name: str) -> Entry | None:
        """A file as it is now; None when it is gone."""
        path = f"{self.root}/{name}"
        with self._reached():
            self.files.invalidate_cache()
            if not self.files.isfile(path):
                return None
            return self._entry(path, self.files.info(path))

    def _entry(self, path: str, told: dict[str, Any]) -> Entry:
        name = path[len(self.root) :].lstrip("/")
        return Entry(name, int(told["size"]), _moment(told))

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file."""
        with self._reached(), self.files.open(f"{self.root}/{name}", "rb") as file:
            yield from _read(file)

    def close(self) -> None:
        """Nothing is open between two calls."""

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:  # fsspec's errors of every store are of this kind
            raise Unreachable(
                f"{self.name}: {self.location} cannot be read ({type(error).__name__})",
                "check that it is there and may be read, then run the same command "
                "again.",
            ) from error


def _read(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _moment(told: dict[str, Any]) -> datetime:
    value = next((told[name] for name in MOMENTS if told.get(name)), None)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(value or 0), UTC)


def _secrets(instance: Instance) -> dict[str, Any]:
    """What fsspec is given to log in with: JSON, as its protocol names the options."""
    text = instance.options.get("storage_secrets")
    if not text:
        return {}
    try:
        told = json.loads(str(text))
        confidential.learn(*(v for v in told.values() if isinstance(v, str)))
    except (ValueError, AttributeError):
        raise ConfigurationError(
            f"storage_secrets of {instance.name} is no JSON object",
            'write it in .dlt/secrets.toml as \'{"key": "…", "secret": "…"}\'.',
        ) from None
    return told
