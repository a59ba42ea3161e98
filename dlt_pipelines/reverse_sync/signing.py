"""The key that checkpoints are signed with (Ed25519), and whose signatures count.

``checkpoint_key_file`` under ``[tieout]`` names it; without one, a key is made in the
work folder. A signature proves that whoever made it could read the key, no more: kept
beside the ledger it says nothing about somebody who can change the ledger.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from dlt_pipelines.core.errors import ConfigurationError

MADE = "checkpoint.pem"  # in the work folder, where none is configured


class Keys:
    """The key in a file, made when it is first needed if it is ours to make.

    ``others`` are the fingerprints of keys whose checkpoints count too: former ones,
    and those of other work folders that post from the same ledger.
    """

    def __init__(self, file: Path, others: Iterable[str] = (), *, ours: bool) -> None:
        """Nothing is read or made yet."""
        self.file = file
        self.others = frozenset(others)
        self.ours = ours

    def signing(self) -> Ed25519PrivateKey:
        """The key to sign with. Raises ConfigurationError for a file that is none."""
        if not self._is_there():
            _make(self.file)
        return self._read()

    def trusted(self) -> frozenset[str]:
        """The fingerprints of the keys whose signatures count."""
        if not self._is_there():
            return self.others
        return self.others | {fingerprint(public_of(self._read()))}

    def _is_there(self) -> bool:
        if self.ours or self.file.exists():
            return self.file.exists()
        raise ConfigurationError(
            f"there is no {self.file}",
            "correct checkpoint_key_file, or make the key: "
            "`openssl genpkey -algorithm ed25519 -out FILE`.",
        )

    def _read(self) -> Ed25519PrivateKey:
        with contextlib.suppress(ValueError, TypeError):
            key = serialization.load_pem_private_key(self.file.read_bytes(), None)
            if isinstance(key, Ed25519PrivateKey):
                return key
        raise ConfigurationError(
            f"{self.file} holds no Ed25519 key in PEM without a password",
            "correct checkpoint_key_file; `openssl genpkey -algorithm ed25519` makes "
            "one.",
        )


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half of a key, as checkpoints carry it."""
    return key.public_key().public_bytes_raw().hex()


def fingerprint(public_key: str) -> str:
    """What tells keys apart, short enough to read out."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def is_signed(public_key: str, signature: str, text: bytes) -> bool:
    """Whether the owner of a key signed the text."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        public.verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(file: Path) -> None:
    """A new key, whole or not there, and nobody else's to read."""
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as new:
        new.write(text)
        new.flush()
        os.fsync(new.fileno())
    os.replace(part, file)
