"""The two legs of an intercompany charge, each in its own legal entity's books.

Each is a posting key of its own. The books may be in two ERPs. Legs of entities whose
periods differ have nothing in common: each sums other days.
"""

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
