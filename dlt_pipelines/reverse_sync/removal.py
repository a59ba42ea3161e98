"""A journal that was taken out of the ERP on purpose, accepted as that.

What the ERP came to lack the ledger goes on counting, and control C12 names it, until
somebody says that it was meant. That is a row of the ledger as every other end of a
posting is. The journal counts no more then; what would make up for it is held while it
is the same (see ``plan``). Should the ERP hold it again it is one that the ledger
lacks, and is taken up as such.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import POSTED, REMOVED, Attempt, Posting


def accept(
    asked: str, ledger: Ledger, target: Callable[[str], Target], reason: str
) -> list[Posting]:
    """Let the journals of a key, or one posting, that its ERP lacks count no more.

    ``target`` opens a session with the ERP of a name: it is asked first. Raises
    ConfigurationError where nothing was posted so, or the ERP has all of it;
    ConnectionFailed where it does not answer.
    """
    posted = [
        posting
        for posting in ledger.postings()
        if asked in (posting.posting_key, posting.posting_id)
        and posting.status == POSTED
        and posting.amount
    ]
    if not posted:
        raise ConfigurationError(
            f"no journal of {asked} counts as posted",
            "`tieout ledger history` shows what the ledger knows of a key.",
        )
    gone = [
        posting
        for name in sorted({posting.target for posting in posted})
        for posting in _lacking(target(name), [p for p in posted if p.target == name])
    ]
    if not gone:
        raise ConfigurationError(
            f"the ERP holds every journal of {asked}, or was sent it just now",
            "what was changed there has to be put right there; what was deleted right "
            "after it was posted can be accepted in some minutes.",
        )
    by = ledger.by or "unknown"
    ledger.record(
        Attempt(
            posting.posting_id,
            posting.attempts + 1,
            REMOVED,
            erp_id=posting.erp_id,
            detail=f"{reason} ({by})",
        )
        for posting in gone
    )
    return gone


def _lacking(target: Target, posted: Iterable[Posting]) -> list[Posting]:
    """What the ERP does not hold, of what it must have been able to show by now."""
    latest = datetime.now(UTC) - timedelta(seconds=target.lookup_lag)
    shown = [p for p in posted if p.ended_at and p.ended_at <= latest]
    held = target.find([posting.document for posting in shown])
    return [posting for posting in shown if posting.external_id not in held]
