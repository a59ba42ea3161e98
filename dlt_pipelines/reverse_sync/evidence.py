"""What checkpoints say against a ledger, a line each.

Every checkpoint is held to its signature, to the one before it and to the ledger, back
to the latest that begins anew. A line names what is gone or different and which
checkpoint saw it; for a ledger that was deleted or is an old copy one line says so.
"""

from collections.abc import Sequence

from dlt_pipelines.reverse_sync.archive import Archive, Checkpoint, Found
from dlt_pipelines.reverse_sync.chain import GENESIS
from dlt_pipelines.reverse_sync.ledger import Ledger

Heads = dict[str, tuple[int, str]]


def wrong(archive: Archive, found: Found, ledger: Ledger) -> list[str]:
    """What is wrong with the ledger or its checkpoints; nothing when all agree."""
    trusted = archive.keys.trusted()
    counting = counted(found, trusted)
    start = counting[0].number if counting else 0
    return [
        *_damaged(found, start),
        *_unsigned(counting, trusted),
        *_missing(counting, {c.hash: c for c in found.checkpoints.values()}),
        *_against(counting, ledger),
    ]


def counted(found: Found, trusted: frozenset[str]) -> list[Checkpoint]:
    """The checkpoints since the latest that begins anew, oldest first."""
    known = found.in_order()
    fresh = [c.number for c in known if c.anew and c.is_signed and c.key in trusted]
    return [c for c in known if c.number >= max(fresh, default=0)]


def _damaged(found: Found, start: int) -> list[str]:
    return [
        f"checkpoint {number} in {place.shown} is damaged, and no other place has it"
        for name, place in found.damaged
        if name not in found.checkpoints
        and (number := int(name.partition("-")[0])) >= start
    ]


def _unsigned(counting: Sequence[Checkpoint], trusted: frozenset[str]) -> list[str]:
    told = [f"the signature of {c} is wrong" for c in counting if not c.is_signed]
    told += [
        f"{c} is signed by another key ({c.key}) than ours"
        for c in counting
        if c.is_signed and c.key not in trusted
    ]
    return told


def _missing(counting: Sequence[Checkpoint], known: dict[str, Checkpoint]) -> list[str]:
    """Checkpoints that a later one names and no place holds."""
    told = []
    for checkpoint in counting:
        if checkpoint.anew or (checkpoint.number, checkpoint.previous) == (1, GENESIS):
            continue
        before = known.get(checkpoint.previous)
        if before is None:
            told.append(f"the one before {checkpoint} is missing in every place")
        elif before.number != checkpoint.number - 1:
            told.append(f"{checkpoint} does not follow {before}, which it names")
    return told


def _against(counting: Sequence[Checkpoint], ledger: Ledger) -> list[str]:
    """What the ledger lacks or has otherwise than checkpoints saw it."""
    heads = ledger.heads()
    more = [c for c in counting if _is_ahead(c, heads)]
    told = _gone_or_old(more, counting, heads) if more else []
    for table in heads:
        told += _different(table, counting, ledger, heads)
    return told


def _is_ahead(checkpoint: Checkpoint, heads: Heads) -> bool:
    return any(checkpoint.head(table)[0] > rows for table, (rows, _) in heads.items())


def _gone_or_old(
    more: Sequence[Checkpoint], counting: Sequence[Checkpoint], heads: Heads
) -> list[str]:
    """In one line that everything is gone or old, else a line a table."""
    newest = more[-1]
    if not any(rows for rows, _ in heads.values()):
        return [f"everything was deleted: {newest} saw {_counts(newest.heads)}"]
    as_now = [c for c in counting if c.heads == heads]
    if as_now:
        return [
            f"the ledger is an old copy: it is as {as_now[-1]} saw it, and {newest} "
            f"saw {_counts(newest.heads)}"
        ]
    return [
        f"{table} was emptied: {newest} saw {newest.head(table)[0]} rows"
        if rows == 0
        else f"{table}: rows {rows + 1} to {newest.head(table)[0]}, which {newest} "
        "saw, are gone: cut off, or the ledger is an old copy"
        for table, (rows, _) in heads.items()
        if newest.head(table)[0] > rows
    ]


def _different(
    table: str, counting: Sequence[Checkpoint], ledger: Ledger, heads: Heads
) -> list[str]:
    seen = [c for c in counting if c.head(table)[0] <= heads[table][0]]
    now = ledger.hashes(table, [c.head(table)[0] for c in seen])
    other = [c for c in seen if now.get(c.head(table)[0]) != c.head(table)[1]]
    if not other:
        return []
    return [
        f"{table}: row {other[0].head(table)[0]} is not the one that {other[0]} saw: "
        "rows up to it were changed, reordered, removed or slipped in and the chain "
        "made anew, or an old copy was gone on with"
    ]


def _counts(heads: Heads) -> str:
    return ", ".join(f"{rows} {table}" for table, (rows, _) in heads.items())
