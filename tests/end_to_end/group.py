"""The group's business as its systems say it, under their ids.

Of equal shares ids decide which gets a cent, and controls name records by them: where
a system has others than the simulation, the truth is told with the system's. What no
system says, nobody knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dlt_pipelines.sandbox.firm.calendars import DAY
from dlt_pipelines.sandbox.firm.model import (
    Allocation,
    Fault,
    Firm,
    Invoice,
    LedgerTransaction,
)
from dlt_pipelines.sandbox.firm.parts import BOOKS, part_of
from dlt_pipelines.sandbox.firm.policies import GROUP
from dlt_pipelines.vendors.certinia.sandbox import plans
from dlt_pipelines.vendors.certinia.sandbox.records import id_of
from dlt_pipelines.vendors.certinia.sandbox.timecards import timecards
from dlt_pipelines.vendors.s4hana.sandbox.books import document_number

PAID = "accepted payment"
IN_PSA = "KANTATA-INV-"  # with which the ERPs' ids of invoices begin


def as_said(firm: Firm) -> Firm:
    """The firm with the ids of its PSA's records and of its ERPs' documents."""
    part = part_of(GROUP, "certinia")
    assert part is not None
    theirs = part(firm)
    entries = _entry_ids(theirs)
    invoices = {name: id_of("event", name) for name in theirs.invoices}
    milestones = {
        name: id_of("milestone", milestone.task)
        for name, milestone in theirs.milestones.items()
    }

    def billed(thing: Any) -> Any:
        return replace(thing, invoice=invoices.get(thing.invoice, thing.invoice))

    def paid(invoice: Invoice) -> Invoice:
        """Certinia does not know whether an invoice was paid: the ERP alone does."""
        is_told = invoice.id not in invoices or invoice.status != PAID
        return invoice if is_told else replace(invoice, status="new")

    ids = invoices | milestones
    return replace(
        firm,
        allocations=_as_assigned(firm, theirs),
        time_entries=_renamed(firm.time_entries, entries, billed),
        milestones=_renamed(firm.milestones, milestones, billed),
        invoices=_renamed(firm.invoices, invoices, paid),
        ledger={
            number: _posted(posted, invoices) for number, posted in firm.ledger.items()
        },
        faults=[_told(fault, ids) for fault in firm.faults],
    )


def _as_assigned(firm: Firm, theirs: Firm) -> dict[str, Allocation]:
    """The plan in the parts that assignments have: one ends where a holiday is."""
    found = {}
    for allocation in firm.allocations.values():
        parts = [allocation]
        if allocation.id in theirs.allocations:
            parts = _assigned(theirs, allocation)
        found |= {part.id: part for part in parts}
    return found


def _assigned(firm: Firm, allocation: Allocation) -> list[Allocation]:
    off = plans.holidays_kept(firm, allocation)
    begins = {allocation.start, *off, *(day + DAY for day in off)}
    begins = {day for day in begins if day <= allocation.end}
    days = plans.working_days(firm, allocation)
    assignment, parts = id_of("assignment", allocation.id), []
    for place, start in enumerate(sorted(begins), 1):
        later = [day for day in begins if day > start]
        end = min(later) - DAY if later else allocation.end
        worked = sum(start <= day <= end for day in days)
        minutes = allocation.minutes
        if len(begins) > 1:
            minutes = allocation.minutes // len(days) * worked
        named = f"{assignment}:{place}"
        parts.append(
            replace(allocation, id=named, start=start, end=end, minutes=minutes)
        )
    return parts


def _entry_ids(theirs: Firm) -> dict[str, str]:
    """A day of a timecard, by the entry that is it."""
    return {
        entry.id: ":".join(
            (
                id_of("timecard", card.first.id),
                f"{entry.day}",
                *((id_of("task", entry.task),) if entry.task else ()),
            )
        )
        for card in timecards(theirs)
        for entry in card.entries
    }


def _renamed(
    things: Mapping[str, Any], ids: Mapping[str, str], told: Callable[[Any], Any]
) -> dict[str, Any]:
    named = (told(thing) for thing in things.values())
    return {
        (name := ids.get(thing.id, thing.id)): replace(thing, id=name)
        for thing in named
    }


def _posted(posted: LedgerTransaction, invoices: Mapping[str, str]) -> Any:
    """A document: of S/4HANA by its own number, its invoice by the PSA's id."""
    if posted.entity in BOOKS["s4hana"]:
        posted = replace(posted, number=document_number(posted.id))
    number = (posted.external_id or "").removeprefix(IN_PSA)
    if number in invoices:
        posted = replace(posted, external_id=f"{IN_PSA}{invoices[number]}")
    return posted


def _told(fault: Fault, ids: Mapping[str, str]) -> Fault:
    return replace(fault, keys=[ids.get(key, key) for key in fault.keys])
