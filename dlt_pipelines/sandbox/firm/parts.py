"""The group's systems: which of them has which of its companies, and what it says.

The simulated firm is one. An ERP keeps the books of its companies, with the projects
that they run or lend people to; a PSA has the projects of its region, and for users who
works there or on one of them. All other systems are the whole group's.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml

from dlt_pipelines.sandbox.firm.costing import assignment_on
from dlt_pipelines.sandbox.firm.model import Firm, Person
from dlt_pipelines.sandbox.firm.policies import FIRM, GROUP

T = TypeVar("T")

DECLARED = yaml.safe_load(Path(__file__).with_name("group.yml").read_text("utf-8"))
# Companies by the vendor of their ERP, and of their PSA.
BOOKS: dict[str, list[str]] = DECLARED["books"]
DELIVERY: dict[str, list[str]] = DECLARED["delivery"]
# The vendors a firm uses; none named: the default ones.
SYSTEMS_OF: Mapping[str, tuple[str, ...]] = {
    FIRM: (),
    GROUP: tuple(sorted((*BOOKS, *DELIVERY, *DECLARED["shared"]))),
}


def part_of(name: str, vendor: str) -> Callable[[Firm], Firm] | None:
    """What makes the firm as a vendor's system has it; None: it has all of it."""
    if name == GROUP and vendor in BOOKS:
        return lambda firm: _books(firm, BOOKS[vendor])
    if name == GROUP and vendor in DELIVERY:
        return lambda firm: _delivery(firm, DELIVERY[vendor])
    return None


def _books(firm: Firm, entities: Collection[str]) -> Firm:
    """The books of some companies.

    What they run for others is set up under one of their own.
    """
    ledger = {n: t for n, t in firm.ledger.items() if t.entity in entities}
    named = {line.project for posted in ledger.values() for line in posted.lines}
    lent = {
        entry.project
        for entry in firm.time_entries.values()
        if _place(firm.people[entry.person], entry.day) in entities
    }
    home = next(iter(entities))
    projects = {
        code: project if project.entity in entities else replace(project, entity=home)
        for code, project in firm.projects.items()
        if project.entity in entities or code in named or code in lent
    }
    return replace(
        firm,
        entities=_of(firm.entities, lambda entity: entity.code in entities),
        projects=projects,
        ledger=ledger,
    )


def _delivery(firm: Firm, entities: Collection[str]) -> Firm:
    """The projects of some companies, with what was planned, worked and billed."""
    projects = _of(firm.projects, lambda project: project.entity in entities)

    def on_them(things: dict[str, Any]) -> dict[str, Any]:
        return _of(things, lambda thing: thing.project in projects)

    allocations = on_them(firm.allocations)
    time_entries = on_them(firm.time_entries)
    seated = {project.manager for project in projects.values()}
    seated |= {x.person for x in (*allocations.values(), *time_entries.values())}
    return replace(
        firm,
        people={
            number: replace(
                person,
                in_psa=person.in_psa
                and (number in seated or _works_for(person, entities)),
            )
            for number, person in firm.people.items()
        },
        projects=projects,
        tasks=on_them(firm.tasks),
        milestones=on_them(firm.milestones),
        allocations=allocations,
        timesheets=on_them(firm.timesheets),
        time_entries=time_entries,
        time_adjustments=on_them(firm.time_adjustments),
        invoices=on_them(firm.invoices),
    )


def _place(person: Person, day: date) -> str | None:
    held = assignment_on(person, day)
    return held.entity if held else None


def _works_for(person: Person, entities: Collection[str]) -> bool:
    return any(place.entity in entities for place in person.assignments)


def _of(things: dict[str, T], is_part: Callable[[T], bool]) -> dict[str, T]:
    return {name: thing for name, thing in things.items() if is_part(thing)}
