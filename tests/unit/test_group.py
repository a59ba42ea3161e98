"""The group's systems divide it: what one company has is said once, by its own."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import DELIVERED_SEEDS, ROOT
from dlt_pipelines.operations import firm_folder
from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.firm.parts import BOOKS, DELIVERY, SYSTEMS_OF, part_of
from dlt_pipelines.sandbox.firm.policies import FIRM, GROUP
from dlt_pipelines.sandbox.firm.policies_of_group import ADDED, add_policies
from dlt_pipelines.sandbox.serving.server import known_systems
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.warehouse.policies import policy_files

CLOCK = datetime(2025, 3, 10, 6, tzinfo=UTC)
OF_PROJECTS = (
    "projects", "tasks", "milestones", "allocations", "timesheets", "time_entries",
    "invoices",
)  # fmt: skip


@pytest.fixture(scope="module")
def group() -> Firm:
    return simulate(1, 1, CLOCK, name=GROUP)


def parts(group: Firm, systems: dict[str, list[str]]) -> dict[str, Firm]:
    found = {}
    for vendor in systems:
        part = part_of(GROUP, vendor)
        assert part is not None
        found[vendor] = part(group)
    return found


def test_every_company_has_one_erp_and_one_psa(group):
    for systems in (BOOKS, DELIVERY):
        counted = Counter(code for codes in systems.values() for code in codes)
        assert counted == Counter(list(group.entities))
    assert known_systems(SYSTEMS_OF[GROUP]) == SYSTEMS_OF[GROUP]


def test_the_default_firm_is_whole_in_every_system():
    assert all(part_of(FIRM, vendor) is None for vendor in SYSTEMS_OF[GROUP])


def test_every_document_is_in_the_books_of_its_company_alone(group):
    books = parts(group, BOOKS)
    held = Counter(number for part in books.values() for number in part.ledger)
    assert held == Counter(list(group.ledger))
    for erp, part in books.items():
        assert {posted.entity for posted in part.ledger.values()} == set(BOOKS[erp])
        assert part.entities.keys() == set(BOOKS[erp])


def test_an_erp_has_every_project_that_its_books_name(group):
    for part in parts(group, BOOKS).values():
        lines = (line for posted in part.ledger.values() for line in posted.lines)
        named = {line.project for line in lines if line.project}
        assert named & group.projects.keys() <= part.projects.keys()
        assert {p.entity for p in part.projects.values()} == part.entities.keys()
        assert len(part.projects) < len(group.projects)


@pytest.mark.parametrize("kind", OF_PROJECTS)
def test_what_is_of_a_project_is_in_the_psa_of_its_company_alone(group, kind):
    held = [
        id_ for part in parts(group, DELIVERY).values() for id_ in getattr(part, kind)
    ]
    assert len(held) > len(DELIVERY)
    assert Counter(held) == Counter(list(getattr(group, kind)))


def test_a_psa_has_a_user_for_whom_its_projects_name(group):
    psas = parts(group, DELIVERY)
    for part in psas.values():
        users = {number for number, person in part.people.items() if person.in_psa}
        named = {project.manager for project in part.projects.values()}
        named |= {entry.person for entry in part.time_entries.values()}
        named |= {planned.person for planned in part.allocations.values()}
        assert named <= users
        assert len(users) < len(group.people)
    shared = set.intersection(
        *({n for n, p in part.people.items() if p.in_psa} for part in psas.values())
    )
    assert shared  # who works in both regions is in both
    unknown = {number for number, p in group.people.items() if not p.in_psa}
    assert all(not part.people[n].in_psa for part in psas.values() for n in unknown)


def test_the_groups_policies_are_added_once_to_the_firms_own(tmp_path):
    firm_folder.begin(tmp_path)
    seeds = tmp_path / "seeds"
    (seeds / "tax_profiles.csv").unlink()
    add_policies(seeds)
    first = {file.name: file.read_text() for file in seeds.glob("*.csv")}
    add_policies(seeds)
    assert {file.name: file.read_text() for file in seeds.glob("*.csv")} == first
    changed = {
        name
        for name, text in first.items()
        if text != (DELIVERED_SEEDS / name).read_text()
    }
    assert changed == {f"{seed}.csv" for seed in ADDED}
    for name in changed:
        delivered = (DELIVERED_SEEDS / name).read_text()
        assert first[name].startswith(delivered)
        wide = {row.count(",") for row in first[name].splitlines()}
        assert len(wide) == 1, name
    assert len(policy_files.declared(seeds)) == len(
        policy_files.declared(DELIVERED_SEEDS)
    )


def test_the_products_policies_stay_as_delivered():
    with pytest.raises(ConfigurationError, match="tieout init"):
        add_policies(ROOT / "seeds")
    assert "IE40" not in (DELIVERED_SEEDS / "legal_entity_policies.csv").read_text()
