"""Checkpoints: how many rows the ledger's chains had at a moment, and their heads.

Each is signed (``signing``), names the one before, and is kept in places (``places``)
under its own hash, so that none can be changed, left out or written over without a
trace.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from dlt_pipelines.core.errors import ConfigurationError, Unreachable
from dlt_pipelines.reverse_sync import signing
from dlt_pipelines.reverse_sync.chain import GENESIS
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.places import Folder, Place, place_of
from dlt_pipelines.reverse_sync.signing import Keys

FOLDER = "checkpoints"  # in the work folder
TEXTS = ("previous", "at", "public_key", "signature")


@dataclass(frozen=True)
class Checkpoint:
    """What the ledger was at a moment; ``previous`` is the hash of the one before.

    ``anew`` says why the checkpoints before this one count no more, if they don't.
    """

    number: int
    previous: str
    at: str
    heads: dict[str, tuple[int, str]]  # of each table: rows, and the newest one's hash
    snapshot_id: str | None
    anew: str | None
    public_key: str
    signature: str = ""

    @cached_property
    def signed_text(self) -> bytes:
        """All that it says, as it is signed."""
        return json.dumps(self._said(signature=""), sort_keys=True).encode()

    @cached_property
    def hash(self) -> str:
        """What the next one calls it."""
        return hashlib.sha256(self.signed_text).hexdigest()

    @property
    def name(self) -> str:
        """What places know it by."""
        return f"{self.number:08}-{self.hash}.json"

    @property
    def key(self) -> str:
        """The fingerprint of the key that signed it."""
        return signing.fingerprint(self.public_key)

    def head(self, table: str) -> tuple[int, str]:
        """Rows and the newest one's hash; none of a table that it knows nothing of."""
        return self.heads.get(table, (0, GENESIS))

    @cached_property
    def is_signed(self) -> bool:
        """Whether its key's owner signed what it says."""
        return signing.is_signed(self.public_key, self.signature, self.signed_text)

    def __str__(self) -> str:
        return f"checkpoint {self.number} of {self.at[:16].replace('T', ' ')}"

    def text(self) -> str:
        """The checkpoint as places keep it."""
        return json.dumps(self._said(), sort_keys=True)

    def _said(self, **otherwise: str) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)} | otherwise

    @classmethod
    def of(cls, text: str) -> "Checkpoint":
        """The checkpoint that ``text`` wrote. Raises ValueError for any other text."""
        try:
            told = json.loads(text)
            heads = {
                t: (int(rows), str(head)) for t, (rows, head) in told["heads"].items()
            }
            texts = {name: str(told[name]) for name in TEXTS}
            bytes.fromhex(texts["public_key"])
            made = cls(
                **{**told, **texts, "number": int(told["number"]), "heads": heads}
            )
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError("no checkpoint") from error
        return made


@dataclass
class Found:
    """The checkpoints that could be read, by name, and where each is held."""

    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    held: dict[Place, set[str]] = field(default_factory=dict)  # of those reached
    damaged: list[tuple[str, Place]] = field(default_factory=list)
    unreached: list[Unreachable] = field(default_factory=list)

    def in_order(self) -> list[Checkpoint]:
        """The checkpoints, oldest first."""
        return [self.checkpoints[name] for name in sorted(self.checkpoints)]

    @property
    def newest(self) -> Checkpoint | None:
        """The one to go on from."""
        return self.checkpoints[max(self.checkpoints)] if self.checkpoints else None


class Archive:
    """The places that keep a ledger's checkpoints: the own folder first."""

    def __init__(self, own: Folder, seconds: Iterable[Place], keys: Keys) -> None:
        """Nothing is asked of them yet."""
        self.places: list[Place] = [own, *seconds]
        self.keys = keys

    @classmethod
    def of(cls, work: Path, settings: dict[str, Any]) -> "Archive":
        """A work folder's, as ``[tieout]`` has it.

        Raises ConfigurationError for settings that make no sense.
        """
        places = _texts(settings, "checkpoint_places")
        file = settings.get("checkpoint_key_file")
        keys = Keys(
            Path(file) if file else work / signing.MADE,
            _texts(settings, "checkpoint_other_keys"),
            ours=not file,
        )
        own = Folder(work / FOLDER, is_ours=True)
        return cls(own, [place_of(address) for address in places], keys)

    def found(self, *, everything: bool = False) -> Found:
        """All checkpoints that can be reached, read where they are met first.

        ``everything``: each is read in every place that holds it.
        """
        found = Found()
        for place in self.places:
            try:
                names = place.names()
                found.held[place] = names
                known = set() if everything else found.checkpoints.keys()
                for name in sorted(names - known):
                    _read(place, name, found)
            except Unreachable as error:
                found.held.pop(place, None)
                found.unreached.append(error)
        return found

    def spread(self, found: Found) -> None:
        """Bring every place what it lacks, oldest first."""
        for place, held in list(found.held.items()):
            try:
                for name in sorted(found.checkpoints.keys() - held):
                    place.add(name, found.checkpoints[name].text())
                    held.add(name)
            except Unreachable as error:
                found.held.pop(place)
                found.unreached.append(error)

    def write(
        self,
        ledger: Ledger,
        found: Found,
        snapshot_id: str | None,
        anew: str | None = None,
    ) -> Checkpoint:
        """A new checkpoint, in every place that is reached."""
        newest = found.newest
        key = self.keys.signing()
        made = Checkpoint(
            number=newest.number + 1 if newest else 1,
            previous=newest.hash if newest else GENESIS,
            at=datetime.now(UTC).isoformat(),
            heads=ledger.heads(),
            snapshot_id=snapshot_id,
            anew=anew,
            public_key=signing.public_of(key),
        )
        made = replace(made, signature=key.sign(made.signed_text).hex())
        found.checkpoints[made.name] = made
        self.spread(found)
        return made


def _read(place: Place, name: str, found: Found) -> None:
    try:
        checkpoint = Checkpoint.of(place.read(name))
    except ValueError:
        checkpoint = None
    if checkpoint is None or checkpoint.name != name:
        found.damaged.append((name, place))
    else:
        found.checkpoints[name] = checkpoint


def _texts(settings: dict[str, Any], name: str) -> list[str]:
    told = settings.get(name, [])
    if isinstance(told, str):  # from the environment, or when there is only one
        return [told]
    if not isinstance(told, list) or not all(isinstance(text, str) for text in told):
        raise ConfigurationError(
            f"{name} under [tieout] is no list of texts", f'write {name} = ["…"].'
        )
    return told
