"""A hand-over's files: rows in Parquet, and a manifest that says what they are.

The manifest, JSON under the same name, says of which firm, region, entities, snapshot
and day the rows are, what they add up to by measure and currency, and the hash of their
file; it is signed with the region's key. Whoever reads them finds a row that was
changed, removed or slipped in, and whose word it is.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.reverse_sync import signing
from dlt_pipelines.warehouse.residency import tables
from dlt_pipelines.warehouse.residency.cells import COLUMNS, KINDS, SMALLEST, totals

FORMAT = 1
ASK_AGAIN = "ask the region for its hand-over again: both files, as it wrote them."


@dataclass(frozen=True)
class Manifest:
    """What a region says of the rows it hands over."""

    region: str
    entities: list[str]
    firm: str  # a word by which the firm's key is known again
    snapshot_id: str
    as_of_date: str
    reporting_currency: str
    rows: int
    totals: list[dict[str, str]]  # measure, currency, amount
    withheld: list[dict[str, str]]  # period_month, figures: the region's people are few
    sha256: str
    format: int = FORMAT
    public_key: str = ""
    signature: str = ""

    @property
    def key(self) -> str:
        """The fingerprint of the key that signed it."""
        return signing.fingerprint(self.public_key)

    @property
    def signed_text(self) -> bytes:
        """All that it says, as it is signed."""
        said = asdict(replace(self, signature=""))
        return json.dumps(said, sort_keys=True, ensure_ascii=True).encode()

    def signed_with(self, key: Ed25519PrivateKey) -> "Manifest":
        """The manifest with the signature of a key's owner."""
        told = replace(self, public_key=signing.public_of(key))
        return replace(told, signature=key.sign(told.signed_text).hex())


@dataclass(frozen=True)
class HandOver:
    """A region's rows and what its manifest says of them."""

    file: Path
    manifest: Manifest
    rows: list[dict[str, Any]] = field(repr=False)


def manifest_of(file: Path) -> Path:
    """Where the manifest of a file of rows is."""
    return file.with_suffix(".json")


def stated(sums: dict[tuple[str, str], Decimal]) -> list[dict[str, str]]:
    """Totals as a manifest states them."""
    return [
        {"measure": measure, "currency": currency, "amount": f"{amount:f}"}
        for (measure, currency), amount in sorted(sums.items())
    ]


def write_rows(rows: Iterable[dict[str, Any]], file: Path) -> str:
    """Write the rows' file, whole or not at all; its hash."""
    part = file.with_name(f"{file.name}.part")
    try:
        with contextlib.closing(duckdb.connect()) as db:
            tables.create(db, "rows", COLUMNS, rows)
            db.table("rows").write_parquet(str(part))
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return digest(file)


def write_manifest(manifest: Manifest, file: Path) -> None:
    """Put the manifest beside the rows' file, after it."""
    write_whole(manifest_of(file), json.dumps(asdict(manifest), indent=1) + "\n")


def read(file: Path) -> HandOver:
    """Read a hand-over and hold it to its manifest.

    Raises ConfigurationError, naming the file, when either is missing, is damaged or is
    not what the other says, and for a row of fewer people than may be told of.
    """
    manifest = _manifest(file)
    if digest(file) != manifest.sha256:
        raise _unsound(file, "is not the file that its manifest was written for")
    rows = _rows(file)
    hand_over = HandOver(file, manifest, rows)
    if len(rows) != manifest.rows:
        raise _unsound(file, f"has {len(rows)} rows, not {manifest.rows}")
    if stated(totals(rows, manifest.reporting_currency)) != manifest.totals:
        raise _unsound(file, "does not add up to the totals of its manifest")
    for row in rows:
        _check_row(row, hand_over)
    return hand_over


def _manifest(file: Path) -> Manifest:
    path = manifest_of(file)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        found = Manifest(**{f.name: told[f.name] for f in fields(Manifest)})
        date.fromisoformat(found.as_of_date)
        [(date.fromisoformat(w["period_month"]), w["figures"]) for w in found.withheld]
    except FileNotFoundError as error:
        missing = error.filename if file.exists() else file
        raise ConfigurationError(f"there is no {missing}", ASK_AGAIN) from None
    except (ValueError, LookupError, TypeError):
        raise _unsound(path, "is no manifest of a hand-over") from None
    if not signing.is_signed(found.public_key, found.signature, found.signed_text):
        raise _unsound(path, "does not say what was signed")
    if found.format != FORMAT:
        raise _unsound(path, f"is of format {found.format}, and {FORMAT} is known")
    return found


def digest(file: Path) -> str:
    """The hash of a file."""
    if not file.exists():
        raise ConfigurationError(f"there is no {file}", ASK_AGAIN)
    with file.open("rb") as rows:
        return hashlib.file_digest(rows, "sha256").hexdigest()


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        with contextlib.closing(duckdb.connect()) as db:
            found = db.read_parquet(str(file))
            types = {
                n: str(t).lower()
                for n, t in zip(found.columns, found.types, strict=True)
            }
            rows = found.fetchall()
    except duckdb.Error:
        raise _unsound(file, "is no Parquet file that can be read") from None
    if types != COLUMNS:
        raise _unsound(file, "does not have the columns of a hand-over")
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def _check_row(row: dict[str, Any], hand_over: HandOver) -> None:
    file, manifest = hand_over.file, hand_over.manifest
    entity = row["legal_entity_code"]
    if entity is not None and entity not in manifest.entities:
        raise _unsound(file, f"has a row of {entity}, which its manifest does not name")
    for kind in KINDS:
        people = row[f"{kind}_people_count"]
        if people is not None and people < SMALLEST:
            raise _unsound(
                file, f"has a row about {people} people; {SMALLEST} is the fewest"
            )


def _unsound(file: Path, what: str) -> ConfigurationError:
    return ConfigurationError(f"{file} {what}", ASK_AGAIN)
