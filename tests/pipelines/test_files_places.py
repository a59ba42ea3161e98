"""Where files are delivered: an SFTP server, an object store; and encrypted ones."""

import asyncio
import threading
from concurrent.futures import Future

import asyncssh
import fsspec
import gnupg
import pytest

from dlt_pipelines.core.errors import ConfigurationError, Refused, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.files.client import place_of
from dlt_pipelines.vendors.files.places import Place
from dlt_pipelines.vendors.files.refusal import Refusal
from tests.pipelines.bureau import JUNE, REGISTER, Bureau, checked, kind_of, register

FIRST = "register_2026-06_1.csv"
PASSWORD = "a password of the bureau"


class Office(asyncssh.SSHServer):
    """Lets the firm in, by its password or its key."""

    allowed: asyncssh.SSHAuthorizedKeys | None = None

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("firm", PASSWORD)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A real SFTP server over a folder: its port, host key and the firm's key."""
    folder = tmp_path_factory.mktemp("sftp")
    root = folder / "root"
    (root / "out").mkdir(parents=True)
    host, firm = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    firm.write_private_key(folder / "firm.pem", passphrase="of the key")
    allowed = folder / "allowed"
    allowed.write_bytes(firm.export_public_key())
    loop, listening = asyncio.new_event_loop(), Future()

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host],
            server_factory=Office,
            authorized_client_keys=str(allowed),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
        )
        listening.set_result(server)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(serve(), loop)
    server = listening.result(10)
    at = server.get_port()
    known = folder / "known_hosts"
    public = host.export_public_key().decode().strip()
    known.write_text(f"[127.0.0.1]:{at} {public}\n")
    yield {"port": at, "known": known, "key": folder / "firm.pem", "root": root}

    async def end() -> None:
        server.close()
        await server.wait_closed()

    asyncio.run_coroutine_threadsafe(end(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def place(served):
    """Opens places at the server, and hangs up."""
    opened_ones: list[Place] = []

    def at(path: str = "/out", **options: str) -> Place:
        told = {
            "location": f"sftp://127.0.0.1:{served['port']}{path}",
            "username": "firm",
            "host_keys_file": str(served["known"]),
            "password": PASSWORD,
        }
        made = place_of(Instance("bureau", "files", told | options))
        opened_ones.append(made)
        return made

    yield at
    for each in opened_ones:
        each.close()


def test_files_are_listed_and_read_over_sftp_by_password_or_key(served, place):
    body = register(*JUNE)
    (served["root"] / "out" / "2026").mkdir(exist_ok=True)
    (served["root"] / "out" / "2026" / FIRST).write_bytes(body)
    key = {"private_key_file": str(served["key"]), "private_key_password": "of the key"}
    for login in ({}, key):
        there = place(**login)
        entry = there.entries()[f"2026/{FIRST}"]
        assert entry.size == len(body)
        assert there.entry(entry.name) == entry
        assert there.entry("none") is None
        assert b"".join(there.chunks(entry.name)) == body


def test_a_host_with_another_key_is_not_talked_to(served, place, tmp_path):
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{served['port']} {other}")
    with pytest.raises(Refused, match="has another key"):
        place(host_keys_file=str(known)).entries()
    with pytest.raises(ConfigurationError, match="has no host_keys_file"):
        place(host_keys_file="").entries()


def test_a_wrong_password_and_a_folder_that_is_not_there_are_told(place):
    with pytest.raises(Refused, match="does not let firm in"):
        place(password="another one").entries()
    with pytest.raises(Unreachable, match="SFTPNoSuchFile"):
        place("/nowhere").entries()


def test_a_register_is_landed_from_sftp(served, tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path / "work"))
    bureau = Bureau(tmp_path)
    bureau.declare(register=REGISTER)
    bureau.options |= {
        "location": f"sftp://127.0.0.1:{served['port']}/landed",
        "username": "firm",
        "password": PASSWORD,
        "host_keys_file": str(served["known"]),
    }
    bureau.folder = served["root"] / "landed"
    bureau.deliver(FIRST, register(*JUNE))
    assert not bureau.land().failures
    assert len(bureau.lines()) == 3
    assert not list((tmp_path / "work" / "claimed").iterdir())


def test_files_are_listed_and_read_from_an_object_store():
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/pay/a.csv", b"one")
    store.pipe("/bucket/other.csv", b"three")
    place = place_of(Instance("bureau", "files", {"location": "memory://bucket/pay"}))
    [entry] = place.entries().values()
    assert (entry.name, entry.size) == ("a.csv", 3)
    assert place.entry("a.csv") == entry
    assert b"".join(place.chunks("a.csv")) == b"one"


def test_a_store_that_is_not_there_is_told(tmp_path):
    with pytest.raises(Unreachable, match="FileNotFoundError"):
        place_of(
            Instance("bureau", "files", {"location": str(tmp_path / "none")})
        ).entries()
    with pytest.raises(ConfigurationError, match="cannot be used"):
        place_of(Instance("bureau", "files", {"location": "nothing://bucket"}))
    secrets = {"location": "memory://b", "storage_secrets": "key=1"}
    with pytest.raises(ConfigurationError, match="is no JSON object"):
        place_of(Instance("bureau", "files", secrets))


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    """The firm's key, and what encrypts for it."""
    home = tmp_path_factory.mktemp("gpg")
    home.chmod(0o700)
    gpg = gnupg.GPG(gnupghome=str(home))
    wanted = gpg.gen_key_input(
        key_type="EDDSA",
        key_curve="ed25519",
        subkey_type="ECDH",
        subkey_curve="cv25519",
        name_real="Firm",
        name_email="pay@firm.example",
        no_protection=True,
    )
    fingerprint = gpg.gen_key(wanted).fingerprint
    file = home / "firm.asc"
    file.write_text(gpg.export_keys(fingerprint, secret=True, expect_passphrase=False))

    def encrypted(body: bytes) -> bytes:
        told = gpg.encrypt(body, fingerprint, always_trust=True, armor=False)
        assert told.ok, told.status
        return told.data

    return file, encrypted


def test_an_encrypted_register_is_read_with_the_firms_key(keyring, tmp_path):
    key, encrypted = keyring
    kind = kind_of(
        tmp_path / "feeds", REGISTER.replace("[arrival]", "[arrival]\npgp = true")
    )
    instance = Instance("bureau", "files", {"pgp_key_file": str(key)})
    body = encrypted(register(*JUNE))
    read = checked(tmp_path, kind, FIRST, body, instance=instance)
    read.refuse()
    assert read.count == 3
    for wrong in (body[:-40], register(*JUNE)):
        with pytest.raises(Refusal, match="cannot be decrypted"):
            checked(tmp_path, kind, FIRST, wrong, instance=instance)
    lacking = Instance("bureau", "files", {})
    with pytest.raises(ConfigurationError, match="has no pgp_key_file"):
        checked(tmp_path, kind, FIRST, body, instance=lacking)
