"""The two legs of an intercompany charge, each in its own legal entity's books.

Each is a posting key of its own. The books may be in two ERPs.
"""

from collections import defaultdict
from collections.abc import Iterable

KIND = "intercompany"
TO, FROM = "to ", "from "


def of(posting_key: str) -> str | None:
    """What both legs of a charge have in common; None for what is no leg.

    intercompany|US10|-|2026-05|to UK20 and intercompany|UK20|-|2026-05|from US10 are
    US10|UK20|2026-05.
    """
    kind, *parts = posting_key.split("|")
    if kind != KIND or len(parts) < 4:
        return None
    entity, _, month, part, *rest = parts
    if part.startswith(TO):
        legs = [entity, part.removeprefix(TO)]
    elif part.startswith(FROM):
        legs = [part.removeprefix(FROM), entity]
    else:
        return None
    return "|".join([*legs, month, *rest])


def together(posting_keys: Iterable[str]) -> dict[str, str]:
    """Of each leg among posting keys the charge that it goes out with.

    Legs of entities whose periods are no calendar months need not name the same period,
    and one may sum what are two on the other side: all between the two are one charge.
    """
    charges = {key: charge for key in posting_keys if (charge := of(key))}
    months = defaultdict(set)
    for charge in charges.values():
        months[_entities(charge)].add(charge.split("|")[2])
    differ = {who for who, found in months.items() if any(map(_is_no_month, found))}
    return {
        key: who if (who := _entities(charge)) in differ else charge
        for key, charge in charges.items()
    }


def _entities(charge: str) -> str:
    provider, receiver, *_ = charge.split("|")
    return f"{provider}|{receiver}"


def _is_no_month(period: str) -> bool:
    """A period that is a calendar month is named by it, 2026-05, others by a day."""
    return len(period) > len("2026-05")
