"""A place of delivery behind SFTP, whose host is known by its key."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from stat import S_ISDIR, S_ISREG
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from dlt_pipelines.core.errors import ConfigurationError, Refused, Unreachable
from dlt_pipelines.core.settings import HOME, Instance
from dlt_pipelines.vendors.files.places import CHUNK, Entry

T = TypeVar("T")
PATIENCE = 30  # seconds for a connection, and for each answer


class SftpPlace:
    """A folder of an SFTP server; one connection, made when first asked.

    Options: username, password or private_key_file (with private_key_password), and
    host_keys_file, in the form of known_hosts: a host without its key there is not
    talked to.
    """

    def __init__(self, instance: Instance, location: str) -> None:
        """Nothing is asked for yet; ConfigurationError where asyncssh is lacking."""
        try:
            import asyncssh  # noqa: F401
        except ImportError as error:
            raise ConfigurationError(
                "SFTP cannot be spoken: asyncssh is not installed",
                'install Tieout with its extra «files»: pip install "tieout[files]".',
            ) from error
        self.instance, told = instance, urlsplit(location)
        self.host, self.port = told.hostname or "", told.port or 22
        self.root = unquote(told.path) or "."
        self.loop = asyncio.new_event_loop()
        self.connection: Any = None
        self.session: Any = None

    def entries(self) -> dict[str, Entry]:
        """All files below the location."""
        found = self._run(self._listed(self.root))
        return {entry.name: entry for entry in found}

    def entry(self, name: str) -> Entry | None:
        """A file as it is now; None when it is gone."""
        return self._run(self._seen(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file."""
        file = self._run(self._opened(name))
        try:
            while chunk := self._run(file.read(CHUNK)):
                yield chunk
        finally:
            self._run(file.close())

    def close(self) -> None:
        """Hang up."""
        if self.loop.is_closed():
            return
        if self.connection is not None:
            self.connection.close()
            with contextlib.suppress(OSError, TimeoutError):
                self.loop.run_until_complete(
                    asyncio.wait_for(self.connection.wait_closed(), PATIENCE)
                )
        self.loop.close()

    def _run(self, asked: Coroutine[Any, Any, T]) -> T:
        import asyncssh

        name = self.instance.name
        try:
            return self.loop.run_until_complete(asyncio.wait_for(asked, PATIENCE))
        except asyncssh.HostKeyNotVerifiable as error:
            raise Refused(
                f"{name}: {self.host} has another key than host_keys_file says",
                "do not go on: ask who runs it for its key, and compare.",
            ) from error
        except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied) as error:
            raise Refused(
                f"{name}: {self.host} does not let {self.instance.option('username')} "
                "in, or not where location says",
                f"correct username, key or password of [sources.{name}].",
            ) from error
        except (OSError, TimeoutError, asyncssh.Error) as error:
            raise Unreachable(
                f"{name}: {self.host} cannot be read ({type(error).__name__})",
                "check the address, the path and the network, then run the same "
                "command again.",
            ) from error

    async def _open(self) -> Any:
        if self.session is None:
            import asyncssh

            self.connection = await asyncssh.connect(
                self.host, self.port, **self._login(asyncssh)
            )
            self.session = await self.connection.start_sftp_client()
        return self.session

    def _login(self, asyncssh: Any) -> dict[str, Any]:
        asked = self.instance
        login: dict[str, Any] = {
            "username": asked.option("username"),
            "known_hosts": str(HOME / asked.option("host_keys_file")),
            "client_keys": None,
            "agent_path": None,
            "config": None,
        }
        if asked.options.get("private_key_file"):
            password = asked.options.get("private_key_password")
            try:
                file = HOME / asked.option("private_key_file")
                key = asyncssh.read_private_key(file, passphrase=password)
            except (OSError, asyncssh.KeyImportError) as error:
                raise ConfigurationError(
                    f"private_key_file of {self.instance.name} cannot be used "
                    f"({type(error).__name__})",
                    "name a private key, and its private_key_password if it has one.",
                ) from error
            return login | {"client_keys": [key], "password": None}
        return login | {"password": asked.option("password")}

    async def _listed(self, folder: str, within: str = "") -> list[Entry]:
        session, found = await self._open(), []
        for told in await session.readdir(folder):
            if told.filename in (".", ".."):
                continue
            mode, name = told.attrs.permissions or 0, f"{within}{told.filename}"
            if S_ISDIR(mode):
                inside = f"{folder}/{told.filename}"
                found += await self._listed(inside, f"{name}/")
            elif S_ISREG(mode):
                found.append(_entry(name, told.attrs))
        return found

    async def _seen(self, name: str) -> Entry | None:
        import asyncssh

        session = await self._open()
        with contextlib.suppress(asyncssh.SFTPNoSuchFile):
            return _entry(name, await session.stat(f"{self.root}/{name}"))
        return None

    async def _opened(self, name: str) -> Any:
        session = await self._open()
        return await session.open(f"{self.root}/{name}", "rb")


def _entry(name: str, told: Any) -> Entry:
    return Entry(name, told.size, datetime.fromtimestamp(told.mtime, UTC))
