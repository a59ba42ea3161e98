"""Landing, against a real server: versions, deletions, failures, kills."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import dlt
import duckdb
import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, Refused, Unreachable, explained
from dlt_pipelines.core.settings import ROOT, Instance, Paths
from dlt_pipelines.landing import deletions
from dlt_pipelines.landing import landing as landing_module
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.landing import Landing, land, land_instances
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.vendors.feeds import Feed
from dlt_pipelines.vendors.http import ApiClient
from dlt_pipelines.vendors.salesforce import source
from dlt_pipelines.vendors.salesforce.source import FEEDS
from tests.pipelines.small_firm import NOW, customer, small_firm


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    return Host(small_firm(), tmp_path_factory.mktemp("sandbox") / "written.sqlite")


@pytest.fixture(scope="module")
def systems(host):
    with running(host, only={"salesforce"}) as at:
        yield at


@pytest.fixture
def firm(host):
    host.replace(small_firm())
    return host.firm


@pytest.fixture
def landed(tmp_path, systems):
    """Lands Salesforce, ``hours`` after the last time; returns the report."""
    paths = Paths(tmp_path)

    def run(*instances: Instance, hours: int = 0, **policy):
        moment = NOW + timedelta(hours=hours, seconds=1)
        name = f"L{hours}"
        asked = list(instances) or [systems.instance("salesforce")]
        return land(
            asked, Landing(paths, name, moment, moment.date(), b"key", **policy)
        )

    run.paths = paths
    run.rows = lambda query: duckdb.connect(paths.land).execute(query).fetchall()
    return run


ACCOUNTS = "from raw.salesforce__accounts"


def disturb(systems, **plan):
    requests.post(f"{systems.plain}/_sandbox/disturb", json=plan, timeout=5)


def test_landing_twice_lands_nothing_twice(firm, landed):
    assert landed().rows_landed == 300
    assert landed(hours=1).rows_landed == 0


def test_a_correction_is_a_new_version_and_the_old_one_stays(firm, host, landed):
    landed()
    firm.customers["C0007"] = customer(7, name="Renamed", changed=NOW)
    host.replace(firm)
    landed(hours=1)
    rows = landed.rows(
        f"select _version, name {ACCOUNTS} where id like '%0007' order by 1"
    )
    assert rows == [(1, "Customer 7"), (2, "Renamed")]


def test_what_was_read_and_landed_is_on_record(firm, landed):
    landed()
    query = "select rows_read, rows_landed, status from raw._landings"
    assert landed.rows(f"{query} where table_name = 'accounts'") == [
        (300, 300, "landed")
    ]


def test_a_table_that_the_system_has_not_is_not_asked_for(firm, landed):
    report = landed(absent={"salesforce.accounts": "no accounts here"})
    assert report.errors == []
    query = "select rows_read, status, error from raw._landings where table_name ="
    assert landed.rows(f"{query} 'accounts'") == [(0, "absent", "no accounts here")]
    landed(hours=1)
    assert landed.rows(f"{query} 'accounts' and status = 'landed'") != []


def test_a_declared_table_is_there_even_when_no_vendor_fills_it(firm, landed):
    landed()
    assert landed.rows("select count(*) from raw.netsuite__transactions") == [(0,)]


def test_the_list_of_systems_is_kept_when_it_changes(landed):
    crm, psa = Instance("crm", "salesforce", {}), Instance("psa", "kantata", {})
    for hour, systems in enumerate(([crm, psa], [psa, crm], [psa])):
        moment = NOW + timedelta(hours=hour)
        step = Landing(landed.paths, f"L{hour}", moment, moment.date(), b"key")
        land_instances(systems, step)
    query = "select source_instance, vendor, landed_at from raw._instances order by all"
    first, third = (
        NOW.replace(tzinfo=None),
        NOW.replace(tzinfo=None) + timedelta(hours=2),
    )
    assert landed.rows(query) == [
        ("crm", "salesforce", first),
        ("psa", "kantata", first),
        ("psa", "kantata", third),
    ]


def test_a_wrong_secret_is_refused_once_and_said(firm, landed, systems):
    right = systems.instance("salesforce")
    wrong = {**right.options, "client_secret": "wrong"}
    report = landed(Instance("crm", "salesforce", wrong), right)
    assert isinstance(report.failures["crm"], Refused)
    assert "[sources.crm]" in report.failures["crm"].do
    assert "wrong" not in str(report.failures["crm"])
    assert landed.rows(f"select count(*) {ACCOUNTS}") == [(300,)]


def test_an_unreachable_host_fails_alone(firm, landed, systems, monkeypatch):
    monkeypatch.setattr(ApiClient, "attempts", 2)
    right = systems.instance("salesforce")
    gone = {**right.options, "base_url": "http://127.0.0.1:9"}
    report = landed(Instance("crm", "salesforce", gone), right)
    assert isinstance(report.failures["crm"], Unreachable)
    assert report.rows_landed == 300


def test_a_truncated_page_lands_nothing_of_itself_and_is_read_again(
    firm, landed, systems
):
    disturb(systems, path="/query", kind="truncate", times=3)
    report = landed()
    assert isinstance(report.failures["salesforce"], BadAnswer)
    assert landed(hours=1).rows_landed + report.rows_landed == 300


@pytest.mark.parametrize("kind", ["503", "429", "cut"])
def test_a_passing_trouble_is_waited_out(firm, landed, systems, kind, monkeypatch):
    monkeypatch.setattr(ApiClient, "longest_wait", 0.05)
    disturb(systems, path="/query", kind=kind, times=2)
    report = landed()
    assert (report.failures, report.rows_landed) == ({}, 300)


def narrow(host, number: int) -> None:
    """Let the integration's user see the first customers only."""
    firm = small_firm()
    firm.customers = dict(list(firm.customers.items())[:number])
    host.replace(firm)


def test_a_sweep_that_misses_much_waits_until_what_it_missed_is_confirmed(
    host, firm, landed
):
    landed()
    narrow(host, 200)
    week = 24 * 8
    report = landed(hours=week)
    told = report.failures["salesforce"]
    assert (
        "salesforce.accounts: 100 of the 300 rows that were known (33 %)" in told.what
    )
    gone = f"select count(*) {ACCOUNTS} where _deleted"
    assert landed.rows(gone) == [(0,)]
    assert deletions.tables_waiting(landed.paths.land) == {"salesforce.accounts"}
    narrow(host, 150)  # meanwhile
    asked = "salesforce.accounts"
    report = landed(hours=week + 1, accepted=frozenset({asked}))
    assert "50 of the 300 rows" in report.failures["salesforce"].what
    assert landed(hours=week + 2, accepted=frozenset({asked})).failures == {}
    assert landed.rows(gone) == [(150,)]
    assert deletions.tables_waiting(landed.paths.land) == set()
    query = "select load_id from raw._landings where deletions = 'confirmed'"
    assert landed.rows(query) == [(f"L{week + 2}",)]


def test_rows_that_are_seen_again_wait_no_more(host, firm, landed):
    landed()
    narrow(host, 200)
    assert landed(hours=24 * 8).failures
    host.replace(small_firm())
    assert landed(hours=24 * 8 + 1).failures == {}
    assert deletions.tables_waiting(landed.paths.land) == set()
    assert landed.rows(f"select count(*) {ACCOUNTS} where _deleted") == [(0,)]


def test_a_column_that_is_declared_later_is_filled_in_older_rows(
    firm, landed, monkeypatch
):
    def without_names(vendor):
        tables = dict(declared_tables(vendor))
        accounts = tables["accounts"]
        columns = tuple(c for c in accounts.columns if c.name != "name")
        return tables | {"accounts": replace(accounts, columns=columns)}

    named = f"select count(distinct id) {ACCOUNTS} where name is not null"
    with monkeypatch.context() as patch:
        patch.setattr(landing_module, "declared_tables", without_names)
        landed()
    assert landed.rows(named) == [(0,)]
    assert list(landed(hours=1).again) == ["salesforce.accounts"]
    assert landed.rows(named) == [(300,)]
    report = landed(hours=2)
    assert (report.again, report.rows_landed) == ({}, 0)


def test_a_table_is_read_from_its_start_when_asked(firm, landed):
    landed()
    report = landed(hours=48, again=frozenset({"salesforce.accounts"}))
    assert report.again == {"salesforce.accounts": "as asked"}
    assert [t.rows_read for t in report.tables if t.table == "accounts"] == [300]
    assert report.rows_landed == 0


def test_a_landing_database_that_was_removed_is_filled_again(firm, landed):
    landed()
    landed.paths.land.unlink()
    assert landed(hours=1).rows_landed == 300


def test_a_landing_database_from_a_backup_gets_what_came_since(firm, host, landed):
    landed()
    backup = landed.paths.land.read_bytes()
    firm.customers["C0007"] = customer(7, name="Renamed", changed=NOW)
    host.replace(firm)
    landed(hours=1)
    landed.paths.land.write_bytes(backup)
    landed(hours=48)
    query = f"select count(*) {ACCOUNTS} where name = 'Renamed'"
    assert landed.rows(query) == [(1,)]


def test_a_package_that_cannot_be_brought_home_is_read_again(firm, landed, monkeypatch):
    def killed(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dlt.Pipeline, "normalize", killed)
        with pytest.raises(KeyboardInterrupt):
            landed()
    pending = landed.paths.pipelines / "salesforce" / "normalize" / "extracted"
    for file in pending.rglob("*.parquet"):
        file.write_bytes(b"torn")
    assert landed(hours=1).rows_landed == 300
    assert landed.rows(f"select count(*) {ACCOUNTS}") == [(300,)]


def test_a_connector_that_stumbles_fails_alone_and_quotes_nothing(
    firm, landed, monkeypatch
):
    def stumble(*_):
        raise KeyError("salary 5000")
        yield

    feeds = (Feed("users", stumble), *(f for f in FEEDS if f.name != "users"))
    monkeypatch.setattr(source, "FEEDS", feeds)
    report = landed()
    told = str(report.failures["salesforce"])
    assert "KeyError at test_landing.py" in told
    assert "salary" not in told
    assert report.rows_landed == 300


def test_a_missing_secret_is_found_behind_what_dlt_says(firm, landed, systems):
    options = dict(systems.instance("salesforce").options)
    del options["client_secret"]
    with pytest.raises(Exception, match="client_secret") as error:
        landed(Instance("crm", "salesforce", options))
    assert explained(error.value).what == "crm has no client_secret"


@pytest.mark.slow
def test_a_landing_killed_anywhere_is_made_good_by_the_next_run(
    firm, systems, tmp_path
):
    told = {
        "plain": systems.plain,
        "tls": systems.tls,
        "certificates": str(systems.certificates),
    }
    script = [sys.executable, "-m", "tests.pipelines.killed_landings"]
    run = subprocess.run(
        [*script, json.dumps(told), str(tmp_path), "7", "12"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert json.loads(run.stdout.splitlines()[-1])["killed"] >= 10
