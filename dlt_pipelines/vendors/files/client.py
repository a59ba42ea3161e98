"""A session with a place of delivery, and what its files are declared to say."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from dlt_pipelines.core.settings import Instance, paths
from dlt_pipelines.vendors.files.declaration import FileKind, contracts_of, declared
from dlt_pipelines.vendors.files.places import Place
from dlt_pipelines.vendors.files.sftp import SftpPlace
from dlt_pipelines.vendors.files.stored import StoredPlace

OPTIONS = (
    "feeds",
    "host_keys_file",
    "ignore",
    "location",
    "password",
    "pgp_key_file",
    "pgp_password",
    "private_key_file",
    "private_key_password",
    "storage_secrets",
    "username",
)
HAS_CLOCK = False  # when a file was written is no clock


class FilesClient:
    """A place of delivery, read only.

    Options: location (a folder, or an address such as s3://…, sftp://…), feeds (the
    folder of declarations), ignore (patterns of names that are nothing to Tieout);
    storage_secrets, or for SFTP username, password or private_key_file, and
    host_keys_file; pgp_key_file where files are encrypted.
    """

    patience = 0.0  # as landing sets it; a place is asked once
    attempts = 1

    def __init__(self, instance: Instance) -> None:
        """Read the declarations; nothing is asked for yet."""
        self.instance = instance
        self.kinds: tuple[FileKind, ...] = declared(instance)
        self.place: Place = place_of(instance)
        self.waiting: object = None

    @property
    def folder(self) -> Path:
        """Where our copies are while they are read."""
        return paths().work / "claimed" / self.instance.name

    def emptied_folder(self) -> Path:
        """The folder of copies, without what a killed run left in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        return self.folder

    def ignored(self) -> list[str]:
        """Patterns of names that are neither read nor missed."""
        told = self.instance.options.get("ignore") or []
        return [told] if isinstance(told, str) else list(told)

    def clock(self) -> None:
        """A place has no clock."""

    def ping(self) -> str:
        """List what is there; say how many kinds of files are declared."""
        found = len(self.place.entries())
        kinds = ", ".join(kind.name for kind in self.kinds)
        return f"{found} files are there; declared: {kinds}"

    def close(self) -> None:
        """Let go of the place, and of our copies."""
        self.place.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def place_of(instance: Instance) -> Place:
    """The place that ``location`` of an instance names.

    Raises ConfigurationError for one that nobody can reach.
    """
    location = instance.option("location")
    if urlsplit(location).scheme == "sftp":
        return SftpPlace(instance, location)
    return StoredPlace(instance, location)


def connect(instance: Instance) -> FilesClient:
    """A session; raises ConfigurationError for declarations that cannot be used."""
    return FilesClient(instance)


def contracts(instance: Instance) -> set[str]:
    """The contracts that an instance's files say: which roles it plays."""
    return contracts_of(declared(instance))
