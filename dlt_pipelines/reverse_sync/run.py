"""Reverse sync as the commands use it: plan from the published snapshot, then post."""

import importlib
from decimal import Decimal
from typing import Any

from dlt_pipelines.declarations import VENDORS
from dlt_pipelines.errors import ConfigurationError
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger, Posting
from dlt_pipelines.reverse_sync.plan import Plan, plan
from dlt_pipelines.reverse_sync.posting import PostingReport, post
from dlt_pipelines.settings import Instance, Paths


def is_target(instance: Instance) -> bool:
    """Whether postings can be made in this system."""
    return (VENDORS / instance.vendor / "target.py").exists()


def open_target(instance: Instance) -> Target:
    """The posting target of an instance; nothing is sent yet."""
    module = f"dlt_pipelines.vendors.{instance.vendor}.target"
    return importlib.import_module(module).open_target(instance)


def make_plan(paths: Paths, *, retry_refused: bool = False) -> Plan:
    """What the published snapshot says the ERP lacks."""
    ledger = Ledger(paths.ledger)
    try:
        return plan(paths.published, ledger, retry_refused=retry_refused)
    finally:
        ledger.close()


def show_plan(planned: Plan, out: Any) -> None:
    """Print a plan on a rich console."""
    out.print(planned)


def post_plan(planned: Plan, paths: Paths, instances: list[Instance]) -> list[str]:
    """Post a plan and settle what earlier runs left open; what happened, in lines.

    Nothing happened: no lines. Raises ConnectionFailed when the target could not be
    used to the end; what was posted until then is in the ledger.
    """
    ledger = Ledger(paths.ledger)
    try:
        if not planned.to_post and not ledger.open_postings():
            return []
        report = post(planned, ledger, _only_target(instances))
    finally:
        ledger.close()
    if report.stopped:
        raise report.stopped
    return lines(report)


def _only_target(instances: list[Instance]) -> Target:
    targets = [instance for instance in instances if is_target(instance)]
    if len(targets) != 1:
        names = ", ".join(instance.name for instance in targets) or "none"
        raise ConfigurationError(
            f"postings need exactly one ERP to go to, found: {names}",
            "configure one instance of a vendor that can be posted to.",
        )
    return open_target(targets[0])


def lines(report: PostingReport) -> list[str]:
    """A posting report in lines: sums by entity, then every refusal."""
    told = [
        *_sums("posted", report.posted),
        *_sums("of an earlier run, now settled", report.resolved),
    ]
    told += [f"refused {p.posting_id}: {why}" for p, why in report.refused]
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
        f"{what}, {sum(amounts):,.2f} {currency}"
        for (entity, currency), amounts in sorted(sums.items())
    ]
