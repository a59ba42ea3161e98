"""A delivered file as a copy of our own: what is checked is then what is landed.

The copy is hashed while it is taken, decrypted where it is encrypted, and text of any
encoding becomes UTF-8, strictly.
"""

import codecs
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dlt_pipelines.vendors.files.declaration import OF_TEXT, FileKind
from dlt_pipelines.vendors.files.places import CHUNK, Entry, Place
from dlt_pipelines.vendors.files.refusal import NotYet, Refusal

LONGEST_WAIT = 86_400  # seconds for a marker or control that is to come
SMALL = 2**16  # bytes that a file beside another may have
Decrypt = Callable[[Path, Path], None]  # from, to


@dataclass(frozen=True)
class Claimed:
    """Our copy of a delivered file; ``beside`` is the text of the one beside it."""

    entry: Entry
    path: Path
    sha256: str
    beside: str | None = None


def claim(
    place: Place,
    entry: Entry,
    kind: FileKind,
    there: dict[str, Entry],
    folder: Path,
) -> Claimed:
    """Take a copy of a file into ``folder``; ``there`` is all that the place has.

    Raises NotYet while it is being written, or lacks a file that comes after it, and
    Refusal when that has not come for a day.
    """
    age = time.time() - entry.modified_at.timestamp()
    for beside in (kind.done, kind.whole.beside):
        if beside and (name := beside.format(name=entry.name)) not in there:
            if age < LONGEST_WAIT:
                raise NotYet
            raise Refusal(f"{name}, which is to come after it, has not come for a day")
    if not kind.done and 0 <= age < kind.settles_seconds:
        raise NotYet
    copy, digest = folder / "delivered", hashlib.sha256()
    with copy.open("wb") as file:
        for chunk in place.chunks(entry.name):
            digest.update(chunk)
            file.write(chunk)
    if place.entry(entry.name) != entry or copy.stat().st_size != entry.size:
        raise NotYet
    beside = None
    if kind.whole.beside:
        name = kind.whole.beside.format(name=entry.name)
        beside = _small_text(b"".join(place.chunks(name))[:SMALL], kind)
    return Claimed(entry, copy, digest.hexdigest(), beside)


def opened(path: Path, kind: FileKind, decrypt: Decrypt) -> Path:
    """A copy as it is read: decrypted, and in UTF-8 where it is text.

    What is made of it lies beside it.

    Raises Refusal for one that is empty, or is not as declared.
    """
    if path.stat().st_size == 0:
        raise Refusal("it is empty")
    if kind.pgp:
        clear = path.with_name("decrypted")
        decrypt(path, clear)
        path = clear
    if kind.format not in OF_TEXT:
        return path
    text = path.with_name("text")
    with text.open("wb") as file:
        for chunk in _in_utf8(path, kind.encoding):
            file.write(chunk)
    return text


def _in_utf8(path: Path, encoding: str) -> Iterator[bytes]:
    told = codecs.lookup(encoding).name
    # A mark of the encoding at its beginning is no text.
    decode = codecs.getincrementaldecoder("utf-8-sig" if told == "utf-8" else told)()
    may_be_utf8 = None if told.startswith("utf") else _Utf8()
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decode.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise Refusal(f"it is not in {encoding}, as declared") from error
            if "\0" in text:
                raise Refusal(
                    f"it is not in {encoding}, as declared: it has null bytes"
                )
            if may_be_utf8:
                may_be_utf8.see(chunk)
            yield text.encode()
            if not chunk:
                break
    if may_be_utf8 and may_be_utf8.is_meant:
        raise Refusal(f"it is declared to be in {encoding}, and is in utf-8")


class _Utf8:
    """Whether bytes beyond ASCII are UTF-8: those of others hardly ever are."""

    def __init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.is_valid, self.is_beyond_ascii = True, False

    def see(self, chunk: bytes) -> None:
        if not self.is_valid:
            return
        self.is_beyond_ascii |= not chunk.isascii()
        try:
            self.decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            self.is_valid = False

    @property
    def is_meant(self) -> bool:
        return self.is_valid and self.is_beyond_ascii


def _small_text(body: bytes, kind: FileKind) -> str:
    try:
        return body.decode(kind.encoding)
    except UnicodeDecodeError:
        return ""  # tells nothing, and is refused for that
