"""Whether the warehouse knows the postings that the ledger knows, after every run."""

import contextlib
from decimal import Decimal
from pathlib import Path

import duckdb

from dlt_pipelines.core.errors import Disagreement
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import POSTED

QUERY = (
    "select posting_id, amount from canonical.fct_postings "
    "where status = 'posted' and amount != 0"  # records have none
)
SHOWN = 5


def disagreement(database: Path, ledger: Ledger) -> Disagreement | None:
    """What a built or published database says is posted, against the ledger's word.

    None: they agree. A journal that only one of them counts makes every figure wrong
    that is desired on top of it.
    """
    held = {
        p.posting_id: p.amount
        for p in ledger.postings()
        if p.status == POSTED and p.amount
    }
    told = _told(database)
    apart = [key for key in held.keys() | told.keys() if held.get(key) != told.get(key)]
    if not apart:
        return None
    named = ", ".join(sorted(apart)[:SHOWN])
    more = f" and {len(apart) - SHOWN} more" if len(apart) > SHOWN else ""
    return Disagreement(
        f"the published snapshot and the ledger differ in what is posted: "
        f"{named}{more}",
        "run `tieout refresh` again; where it repeats, believe the ledger (`tieout "
        "ledger history`), post nothing and report it.",
    )


def _told(database: Path) -> dict[str, Decimal]:
    path = Path(database).resolve()  # the published path is a link that moves
    with contextlib.closing(duckdb.connect(path, read_only=True)) as built:
        return dict(built.execute(QUERY).fetchall())
