"""Bad input: one clear message with what to do, a non-zero exit, and nothing lost."""

import dataclasses
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from dlt_pipelines.sandbox.firm.model import Firm as Business
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.sandbox.simulation import simulate
from tests.end_to_end.conftest import EARLY
from tests.end_to_end.office import Office

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bad input")]


@pytest.fixture(scope="module")
def business() -> Business:
    return simulate(5, 1, EARLY)


@pytest.fixture(scope="module")
def office(firms, tmp_path_factory):
    """Refreshed once, in order; each test brings one thing out of it."""
    with firms.office(tmp_path_factory.mktemp("bad input") / "office") as office:
        shutil.copytree(office.firm.work, office.good, symlinks=True)
        yield office


@pytest.fixture
def snapshot(office):
    """What readers had before; they must have it after."""
    office.configure()
    before = office.firm.published.resolve()
    yield before
    assert office.firm.published.resolve().exists()


def test_a_wrong_secret_names_the_source_and_the_rest_still_lands(office, snapshot):
    office.configure(coupa={"client_secret": "not the secret"})
    run = office.tieout("refresh")
    assert run.code == 3
    assert "coupa refused" in run.err
    assert "[sources.coupa]" in run.err
    assert "not the secret" not in run.out + run.err
    assert "Postings   none: coupa could not be landed" in run.out
    by_hand = office.tieout("post")
    assert by_hand.code == 3
    assert "coupa could not be landed whole" in by_hand.err


def test_what_was_not_read_is_published_with_its_age_and_holds_what_is_made_of_it(
    office, snapshot
):
    """By the landing above."""
    failed = office.firm.rows(
        "select distinct source_instance, status, age_days, contains(error, 'refused')"
        " from publication.sources where status != 'landed'"
    )
    assert failed == [("coupa", "failed", 0, True)]
    held = office.firm.rows(
        "select distinct kind from adjustments.adj_desired_postings"
        " where hold_reason = 'exception: feed not landed'"
    )
    kinds = {kind for (kind,) in held}
    assert {"expense_to_project", "intercompany"} <= kinds  # of what has an open period
    assert "labour_cost_accrual" not in kinds
    told = office.tieout("status").out
    assert "coupa expense lines: 0 days old, failed: coupa refused" in told


def test_an_unreachable_host_is_named(office, snapshot):
    office.configure(salesforce={"base_url": "http://127.0.0.1:9"})
    run = office.tieout("land", "salesforce")
    assert run.code == 3
    assert "salesforce did not answer" in run.err
    assert "run the same command again" in run.err


def test_a_truncated_page_is_named_and_read_again_next_time(office, snapshot):
    office.disturb(path="/time_entries", kind="truncate", times=50)
    run = office.tieout("land", "kantata")
    office.calm()
    assert run.code == 3
    assert "not whole JSON" in run.err


def test_a_command_with_an_unknown_instance_says_which_there_are(office, snapshot):
    run = office.tieout("land", "nobody")
    assert run.code == 2
    assert "the configured ones are adp, coupa" in run.err


def test_a_config_file_that_is_not_toml_is_named(office, snapshot):
    (office.folder / ".dlt" / "config.toml").write_text("[sources\n")
    run = office.tieout("doctor")
    assert run.code == 2
    assert "config.toml is not valid TOML" in run.out


@pytest.fixture
def burden_rates(office):
    """A policy seed of the firm's, which may be spoilt."""
    seed = office.folder / "seeds" / "burden_rates.csv"
    good = seed.read_text()
    yield seed
    seed.write_text(good)


SPOILED = {
    "no rate": (
        ("US10,employer_taxes,0.0765", "US10,employer_taxes,seven"),
        "seeds/burden_rates.csv line 2: rate «seven» is no decimal(18,6)",
    ),
    "two rates on a day": (
        ("US10,benefits,0.12,2020-01-01,2026-01-01", "US10,benefits,0.12,2020-01-01,"),
        "seeds/burden_rates.csv line 4: US10 benefits from 2026-01-01 overlaps line 3, "
        "which is open",
    ),
}


@pytest.mark.parametrize("command", ["refresh", "build"])
@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_spoiled_policy_seed_stops_the_run_before_it_begins(
    office, snapshot, burden_rates, command, spoiled
):
    (old, new), told = SPOILED[spoiled]
    burden_rates.write_text(burden_rates.read_text().replace(old, new))
    before = untouched(office.firm.work)
    run = office.tieout(command)
    assert run.code == 2
    assert f"1 policy rows cannot be used: {told}" in run.err
    assert "correct the rows named" in run.err
    assert "nothing was built" in run.err
    assert "landed" not in run.out
    assert untouched(office.firm.work) == before
    assert office.firm.published.resolve() == snapshot


def untouched(work: Path) -> dict[str, int]:
    """When each database was last written."""
    return {file.name: file.stat().st_mtime_ns for file in work.glob("*.duckdb")}


def test_an_unknown_currency_keeps_the_last_good_snapshot(office, snapshot, business):
    invoice = next(iter(business.invoices.values()))
    strange = dataclasses.replace(invoice, currency="XXX", updated_at=EARLY)
    invoices = {**business.invoices, invoice.id: strange}
    office.host.replace(dataclasses.replace(business, invoices=invoices))
    run = office.tieout("refresh")
    office.host.replace(business)
    assert run.code == 1
    assert f"XXX in invoice {invoice.id}" in run.err
    assert "Give the currency its rates" in run.err
    assert office.firm.published.resolve() == snapshot


@pytest.fixture
def full_disk(office, tmp_path):
    """The office's good work folder on a disk of its own with next to no room left."""
    office.configure()
    disk = tmp_path / "disk"
    disk.mkdir()
    used = sum(f.stat().st_size for f in office.good.rglob("*") if f.is_file())
    size = f"size={used // 2**20 + 24}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    work = disk / "work"
    shutil.copytree(office.good, work, symlinks=True)
    (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - 200_000))
    yield work
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("command", ["publish", "refresh"])
def test_a_full_disk_is_said_and_what_was_there_stays(office, full_disk, command):
    before = (full_disk / "published" / "tieout.duckdb").resolve()
    built = (full_disk / "build.duckdb").read_bytes()
    if command == "refresh":
        (full_disk / "build.json").unlink()  # have everything built again
    run = dataclasses.replace(office.firm, work=full_disk).tieout(command)
    assert run.code == 2, run.out + run.err
    assert "the disk is full" in run.err
    assert "make room" in run.err
    assert (full_disk / "published" / "tieout.duckdb").resolve() == before
    assert (full_disk / "build.duckdb").read_bytes() == built
    assert list(full_disk.rglob("*.part*")) == []


@pytest.mark.parametrize("command", [("build",), ("land", "coupa"), ("refresh",)])
def test_a_damaged_landing_file_is_named_and_left_as_it_is(office, tmp_path, command):
    work = shutil.copytree(office.good, tmp_path / "work", symlinks=True)
    land = work / "land.duckdb"
    flip_a_bit_of_every_block(land)
    damaged = land.read_bytes()
    run = dataclasses.replace(office.firm, work=work).tieout(*command)
    assert run.code == 2, run.out + run.err
    assert "land.duckdb is damaged" in run.err
    assert "tieout restore" in run.err
    assert not (work / "error.log").exists()
    assert land.read_bytes() == damaged
    assert (work / "published" / "tieout.duckdb").resolve().exists()


def flip_a_bit_of_every_block(file: Path, headers: int = 12_288) -> None:
    blocks = bytearray(file.read_bytes())
    for at in range(headers + 5_000, len(blocks), 262_144):
        blocks[at] ^= 0x10
    file.write_bytes(blocks)


def test_neither_an_empty_firm_nor_one_that_was_not_read_is_published(tmp_path):
    empty = Business(seed=1, scale=1, start=date(2025, 1, 1), clock=EARLY)
    with running(Host(empty, tmp_path / "written.sqlite")) as at:
        office = Office(tmp_path, None, at)
        office.configure(coupa={"client_secret": "not the secret"})
        run = office.tieout("refresh")
    assert run.code == 3
    assert "There is at least one project" in run.err
    assert "I34 Every table of every configured system has been read whole" in run.err
    assert "rights of the integration users" in run.err
    assert not office.firm.published.exists()
