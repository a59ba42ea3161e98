"""A firm with two NetSuite accounts: each gets the postings of its entities, once."""

import contextlib
from dataclasses import dataclass, replace

import pytest

from dlt_pipelines.core.settings import Instance
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import (
    Addresses,
    running,
    vendor_sandboxes,
)
from dlt_pipelines.sandbox.simulation import simulate
from tests.end_to_end.conftest import EARLY
from tests.end_to_end.office import Office

pytestmark = [
    pytest.mark.nightly,  # the fault matrix posts to two ERPs, test_dispatch to several
    pytest.mark.slow,
    pytest.mark.xdist_group("two_erps"),
]

ERP = "netsuite"
ENTITIES = {"erp_eu": ("UK20", "DE30"), "erp_us": ("US10",)}


@dataclass(frozen=True)
class Together:
    """Where a firm's systems answer, its ERPs each at an address of its own."""

    rest: Addresses
    erps: dict[str, Addresses]

    @property
    def plain(self) -> str:
        return self.rest.plain

    def instances(self) -> list[Instance]:
        others = [i for i in self.rest.instances() if i.vendor != ERP]
        ours = [replace(at.instance(ERP), name=n) for n, at in self.erps.items()]
        return [*others, *ours]


@pytest.fixture(scope="module")
def accounts() -> dict[str, Host]:
    return {}


@pytest.fixture(scope="module")
def office(tmp_path_factory, accounts):
    folder = tmp_path_factory.mktemp("two")
    business = simulate(5, 1, EARLY)
    with contextlib.ExitStack() as stack:
        erps = {}
        for name, codes in ENTITIES.items():
            books = replace(
                business,
                entities={code: business.entities[code] for code in codes},
                ledger={n: t for n, t in business.ledger.items() if t.entity in codes},
            )
            accounts[name] = Host(books, folder / f"{name}.sqlite")
            erps[name] = stack.enter_context(running(accounts[name], only={ERP}))
        host = Host(business, folder / "written.sqlite")
        others = vendor_sandboxes().keys() - {ERP}
        rest = stack.enter_context(running(host, only=others))
        yield Office(folder, host, Together(rest, erps))


@pytest.fixture(scope="module")
def first(office):
    run = office.tieout("refresh")
    assert run.code == 0, run.out + run.err
    return run


def journals(accounts) -> dict[str, int]:
    return {
        name: len(host.records(ERP).all("journalEntry"))
        for name, host in accounts.items()
    }


def test_each_erp_gets_the_postings_of_its_entities(office, first, accounts):
    for name, codes in ENTITIES.items():
        assert any(f"{name}: {code}: " in first.out for code in codes)
    posted = office.firm.rows(
        "select target_instance, legal_entity_code, count(*)"
        " from canonical.fct_postings where status = 'posted' and amount != 0"
        " group by all"
    )
    assert {(erp, code) for erp, code, _ in posted} <= {
        (erp, code) for erp, codes in ENTITIES.items() for code in codes
    }
    held = journals(accounts)
    assert all(held.values())
    assert held == {
        name: sum(count for erp, _, count in posted if erp == name) for name in held
    }
    ids = {erp: {j["id"] for j in h.records(ERP).all("journalEntry")}
           for erp, h in accounts.items()}  # fmt: skip
    assert set.intersection(*ids.values())  # what the one calls 1 is not the other's


def test_what_was_posted_stands_there_as_posted(office, first):
    assert office.firm.rows(
        "select count(*) from reconciliation.rec_postings_to_erp"
        " where match_status = 'matched'"
    ) > [(0,)]
    assert (
        office.firm.rows(
            "select * from reconciliation.rec_postings_to_erp"
            " where match_status != 'matched'"
        )
        == []
    )


def test_a_repeat_posts_nothing_in_either(office, first, accounts):
    before = journals(accounts)
    told = office.tieout("refresh")
    assert (told.code, "Postings   0 to post" in told.out) == (0, True)
    assert journals(accounts) == before
