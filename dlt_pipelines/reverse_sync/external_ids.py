"""The external id that a document is sent under: whose it is, and short enough.

``TIEOUT-<books>-<hash>``: the books' mark tells one firm's journals from another's in
one ERP; the hash is of the posting key and its version. Ids of earlier releases have no
mark. A system that keeps fewer characters gets the beginning of the id: what is left of
the hash still tells journals apart, and the same document always gets the same id.
"""

import re
from dataclasses import replace

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync.corrections import external_id
from dlt_pipelines.reverse_sync.journal import OURS
from dlt_pipelines.reverse_sync.records import Document

MARK = 4  # characters of a books' mark
FEWEST_DIGITS = 8  # of the hash: a firm's journals hardly meet in fewer
SHAPE = re.compile(rf"{OURS}(?:(\w{{{MARK}}})-)?([0-9a-f]+)")


def sent_as(document: Document, books: str, limit: int) -> Document:
    """A document under the id that a system is sent, of at most ``limit`` characters.

    Raises ConfigurationError where that leaves too little of the hash.
    """
    digits = document.external_id.removeprefix(OURS)
    marked = f"{OURS}{books}-{digits}" if books else document.external_id
    fitting = marked[:limit]
    if len(fitting) < len(marked) - len(digits) + FEWEST_DIGITS:
        raise ConfigurationError(
            f"an ERP that keeps {limit} characters of an external id cannot tell "
            "postings apart",
            "let a longer field of it hold the id.",
        )
    return replace(document, external_id=fitting)


def books_of(sent_id: str) -> str:
    """The mark in an id; nothing where it has none."""
    shape = SHAPE.fullmatch(sent_id)
    return (shape[1] or "") if shape else ""


def is_of(sent_id: str, posting_key: str, version: int) -> bool:
    """Whether an id was made of a posting key and version."""
    shape = SHAPE.fullmatch(sent_id)
    if shape is None or len(shape[2]) < FEWEST_DIGITS:
        return False
    return external_id(posting_key, version).startswith(OURS + shape[2])
