"""Reverse sync as the commands use it: plan from the published snapshot, then post."""

import contextlib
import importlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from dlt_pipelines.core import books
from dlt_pipelines.core.currencies import with_code
from dlt_pipelines.core.errors import ConfigurationError, ConnectionFailed, TieoutError
from dlt_pipelines.core.settings import Instance, Paths, firm_settings
from dlt_pipelines.reverse_sync import (
    approvals,
    checkpoints,
    choosing,
    external_ids,
    planfile,
    recovery,
    removal,
)
from dlt_pipelines.reverse_sync.approvals import Approvers
from dlt_pipelines.reverse_sync.archive import Archive
from dlt_pipelines.reverse_sync.choosing import Choice, Filter
from dlt_pipelines.reverse_sync.dispatch import dispatch
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Entry, Plan, desired_rows, plan
from dlt_pipelines.reverse_sync.posting import PostingReport
from dlt_pipelines.reverse_sync.postings import ZERO, Posting
from dlt_pipelines.reverse_sync.recovery import Recovery
from dlt_pipelines.vendors import can_be_posted_to
from dlt_pipelines.warehouse import publication, warehouse
from dlt_pipelines.warehouse.policies import people
from dlt_pipelines.warehouse.policies.people import Person

SHOWN = 10  # legs of charges that are named one by one


def is_target(instance: Instance) -> bool:
    """Whether postings can be made in this system."""
    return can_be_posted_to(instance.vendor)


def open_targets(instance: Instance) -> list[Target]:
    """Sessions with a posting target, as many as calls may be made at once.

    ``posting_calls_at_once`` of the instance says how many. Nothing is sent yet.
    """
    module = importlib.import_module(f"dlt_pipelines.vendors.{instance.vendor}.target")
    most = instance.options.get("posting_calls_at_once") or module.CALLS_AT_ONCE
    return [module.open_target(instance) for _ in range(int(most))]


@contextlib.contextmanager
def opened(paths: Paths) -> Iterator[Ledger]:
    """The firm's ledger: the one configured, or the file in the work folder."""
    by = people.here().name
    where = _configured() or paths.ledger
    with contextlib.closing(Ledger(where, by, _mark(paths))) as ledger:
        yield ledger


def _mark(paths: Paths) -> str:
    """The mark of whose books a work folder holds; none before anything is landed."""
    owner = books.owner(paths)
    return owner.check[: external_ids.MARK] if owner else ""


def is_elsewhere() -> bool:
    """Whether the ledger is in a database, and not in the work folder."""
    return _configured() is not None


@contextlib.contextmanager
def opened_to_post(paths: Paths) -> Iterator[Ledger]:
    """The firm's ledger, for posting. Raises LedgerDoubted as ``hold_to`` does."""
    with opened(paths) as ledger:
        checkpoints.hold_to(archive(paths), ledger)
        yield ledger


def archive(paths: Paths) -> Archive:
    """Where the ledger's checkpoints are kept."""
    return Archive.of(paths.work, firm_settings())


def checkpoint(paths: Paths) -> checkpoints.Kept:
    """Keep what the ledger is now beside the published snapshot's name."""
    published = publication.published_snapshot(paths)
    snapshot = published[0].snapshot_id if published else None
    with opened(paths) as ledger:
        return checkpoints.keep(archive(paths), ledger, snapshot)


def verify(paths: Paths) -> checkpoints.Verdict:
    """Hold the ledger to its chains and to every checkpoint in reach."""
    with opened(paths) as ledger:
        return checkpoints.verify(archive(paths), ledger)


def begin_anew(paths: Paths, reason: str) -> checkpoints.Kept:
    """Let the ledger count as it is from now on, and say why ever after."""
    with opened(paths) as ledger:
        by = people.here().name
        return checkpoints.begin_anew(archive(paths), ledger, by, reason)


def has_ledger(paths: Paths) -> bool:
    """Whether anything can have been posted yet."""
    return bool(_configured()) or paths.ledger.exists()


def _configured() -> str | None:
    """The address of a ledger in PostgreSQL; it holds a password, so it is a secret."""
    return firm_settings().get("ledger_url")


def unanswered(paths: Paths) -> dict[str, int]:
    """How many intents nobody knows the end of, by the target's name."""
    if not has_ledger(paths):
        return {}
    with opened(paths) as ledger:
        counts = Counter(posting.target for posting in ledger.open_postings())
    return dict(sorted(counts.items()))


def make_plan(paths: Paths, *, retry_refused: bool = False) -> Plan:
    """What the published snapshot says the ERP lacks."""
    with opened(paths) as ledger:
        return plan(paths.published, ledger, retry_refused=retry_refused)


def submit(planned: Plan, paths: Paths) -> list[Entry]:
    """Bring what awaits approval before the approvers; those that were new."""
    with opened(paths) as ledger:
        return approvals.prepare(planned.to_approve, ledger, people.here())


def write_plan(planned: Plan, file: Path, key: bytes, paths: Paths) -> int:
    """Write a plan to a file that ``post`` can execute; how many entries it has."""
    published = publication.published_snapshot(paths)
    snapshot = published[0].snapshot_id if published else ""
    by = people.here().name
    return planfile.write(planned, file, key, snapshot=snapshot, user=by)


def choose(planned: Plan, paths: Paths, wanted: Filter, by: Person) -> Choice:
    """What somebody may decide on of the waiting entries that a filter takes."""
    approvers = Approvers.of(warehouse.SEEDS)
    with opened(paths) as ledger:
        decided = approvals.by_content(ledger.decisions())
    return choosing.choose(
        planned.to_approve,
        wanted,
        lambda entry: approvals.objection(entry, decided, by, approvers),
    )


def decide(
    planned: Plan,
    paths: Paths,
    keys: Sequence[str],
    by: Person,
    reason: str,
    *,
    approve: bool,
) -> list[Entry]:
    """Approve or reject the entries with these posting keys, all or none of them.

    Raises ConfigurationError for a key that does not wait, NotYours for a person who
    may not decide.
    """
    waiting = {entry.posting_key: entry for entry in planned.to_approve}
    unknown = sorted(set(keys) - set(waiting))
    if unknown:
        raise ConfigurationError(
            f"{', '.join(unknown)} does not await approval",
            "`tieout plan` shows what does.",
        )
    entries = [waiting[key] for key in dict.fromkeys(keys)]
    approvers = Approvers.of(warehouse.SEEDS)
    with opened(paths) as ledger:
        approvals.decide(entries, ledger, by, reason, approvers, approve=approve)
    return entries


def post_plan(
    planned: Plan,
    paths: Paths,
    instances: list[Instance],
    away: Collection[str] = (),
) -> dict[str, PostingReport]:
    """Post a plan and settle what earlier runs left open: a report for each ERP.

    Each is asked for what the ledger lacks, though nothing goes there; one that is
    ``away`` is left alone. What ended the work with an ERP early is in its report; what
    was posted until then in the ledger.
    """

    def sessions(name: str) -> list[Target]:
        return open_targets(_target(name, instances))

    with opened_to_post(paths) as ledger:
        ours = [instance.name for instance in instances if is_target(instance)]
        return dispatch(planned, ledger, sessions, ours, away=away)


def accept_removal(
    asked: str, paths: Paths, instances: list[Instance], reason: str
) -> tuple[list[Posting], checkpoints.Kept]:
    """Let what was removed from an ERP on purpose count no more (see ``removal``)."""

    def session(name: str) -> Target:
        return open_targets(_target(name, instances))[0]

    with opened_to_post(paths) as ledger, ledger.exclusive():
        gone = removal.accept(asked, ledger, session, reason)
    return gone, checkpoint(paths)


def find_lost(
    paths: Paths, instances: list[Instance]
) -> tuple[dict[str, Recovery], list[TieoutError]]:
    """What ERPs hold of ours that the ledger lacks, by their names; which said nothing.

    Nothing is written yet.
    """
    rows, keys = desired_rows(paths.published), _keys_posted(paths)
    found: dict[str, Recovery] = {}
    errors: list[TieoutError] = []
    with opened(paths) as ledger:
        for instance in filter(is_target, instances):
            ours = [row for row in rows if row.get("target_instance") == instance.name]
            try:
                target, *_ = open_targets(instance)
                told = recovery.recover(target, ledger, ours, keys)
            except ConnectionFailed as error:
                errors.append(error)
            else:
                found[target.name] = told
    return found, errors


def _keys_posted(paths: Paths) -> set[str]:
    """The posting keys of which the landed ledger knows."""
    path = paths.published.resolve()
    with contextlib.closing(duckdb.connect(path, read_only=True)) as built:
        query = "select distinct posting_key from canonical.fct_postings"
        return {key for (key,) in built.execute(query).fetchall()}


def take_up(found: Mapping[str, Recovery], paths: Paths) -> checkpoints.Kept:
    """Add to the ledger what was found to be lost, and let it count as it is then.

    Raises ConfigurationError when rows that the ledger still has were changed.
    """
    with opened(paths) as ledger, ledger.exclusive():
        for target, lost in found.items():
            if lost:
                ledger.recover(lost.found, lost.ends, target)
    kept = checkpoint(paths)
    if kept.doubted:  # it is another one than the checkpoints saw, and that is known
        count = sum(len(lost.ends) for lost in found.values())
        reason = f"{count} documents were recovered from {', '.join(found)}"
        return begin_anew(paths, reason)
    return kept


def _target(name: str, instances: list[Instance]) -> Instance:
    named = {instance.name: instance for instance in instances if is_target(instance)}
    if name not in named:
        raise ConfigurationError(
            f"no ERP that takes postings is called {name} (there is "
            f"{', '.join(sorted(named)) or 'none'})",
            "configure it, or correct erp_instance in seeds/legal_entity_policies.csv.",
        )
    return named[name]


def lines(reports: Mapping[str, PostingReport]) -> list[str]:
    """Reports in lines, ERP by ERP: sums by entity, what is left and why."""
    told = []
    for name, report in reports.items():
        ours = _of_one(report)
        told += [f"{name}: {line}" for line in ours] if len(reports) > 1 else ours
    return told


def _of_one(report: PostingReport) -> list[str]:
    told = [
        *_sums("posted", report.posted),
        *_sums("of an earlier run, now settled", report.resolved),
    ]
    told += [f"refused {p.posting_id}: {why}" for p, why in report.refused]
    told += [f"not posted {key}: {why}" for key, why in report.left[:SHOWN]]
    if more := report.left[SHOWN:]:
        told.append(f"{len(more)} more legs of charges wait for their other leg")
    if report.overtaken:
        told.append(
            f"{len(report.overtaken)} entries changed since the plan: plan again"
        )
    return told


def _sums(what: str, postings: list[Posting]) -> list[str]:
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for posting in postings:
        key = (posting.legal_entity_code, posting.currency_code)
        sums.setdefault(key, []).append(posting.amount)
    return [
        f"{entity}: {len(amounts)} {'journal' if len(amounts) == 1 else 'journals'} "
        f"{what}, {with_code(sum(amounts, ZERO), currency)}"
        for (entity, currency), amounts in sorted(sums.items())
    ]
