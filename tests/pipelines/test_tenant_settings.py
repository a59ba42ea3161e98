"""What tenants call things: kept in raw when it changes, as it was on a past day."""

import contextlib
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.knowledge.knowledge import Knowledge
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import vendor_names
from dlt_pipelines.landing.landing import Landing, declare, land
from dlt_pipelines.vendors.kantata.client import KantataClient
from dlt_pipelines.vendors.netsuite.client import NetSuiteClient
from dlt_pipelines.vendors.netsuite.source import LINES, LISTS
from dlt_pipelines.vendors.settings import declared_settings
from dlt_pipelines.warehouse import warehouse

MONDAY = datetime(2026, 6, 1, 6, tzinfo=UTC)
CODE = "fields.project_code"


def psa(**fields) -> Instance:
    options = {"base_url": "http://127.0.0.1:1", "access_token": "none"}
    return Instance("psa", "kantata", {**options, "fields": fields})


def landed(paths: Paths, instance: Instance, moment: datetime) -> None:
    """Land nothing but what the instance calls things."""
    with contextlib.closing(duckdb.connect(paths.land)) as raw:
        naive = moment.replace(tzinfo=None)
        tenant_settings.land(raw, [instance], naive, f"{moment:%Y%m%dT%H%M%S}")


def kept(file, setting: str = CODE) -> list[tuple]:
    with contextlib.closing(duckdb.connect(file, read_only=True)) as raw:
        return raw.execute(
            "select value, landed_at from raw._settings"
            " where source_instance = 'psa' and setting = ? order by landed_at",
            [setting],
        ).fetchall()


@pytest.fixture
def paths(tmp_path) -> Paths:
    paths = Paths(tmp_path / "work")
    declare(paths)
    return paths


def test_a_row_is_kept_only_when_a_name_changes(paths):
    for day, instance in enumerate((psa(), psa(), psa(project_code="Kennung"))):
        landed(paths, instance, MONDAY + timedelta(days=day))
    monday = MONDAY.replace(tzinfo=None)
    assert kept(paths.land) == [
        ("Project Code", monday),
        ("Kennung", monday + timedelta(days=2)),
    ]
    assert kept(paths.land, "fields.practice") == [("Practice", monday)]


def test_names_are_kept_before_anything_is_read(paths):
    """The system cannot be reached: what would have been read was asked by them."""
    now = MONDAY
    landing = Landing(paths, "1", now, date(2026, 6, 1), b"key")
    report = land([psa(project_code="Kennung")], landing)
    assert report.failures
    assert [value for value, _ in kept(paths.land)] == ["Kennung"]


def test_a_tenant_that_cannot_be_asked_is_left_to_landing_to_tell():
    tenant_settings.require([psa()])


def test_a_field_that_a_tenant_says_it_has_not_is_not_missing(monkeypatch):
    asked = []

    def missing_fields(self, wanted):
        asked.append(wanted)
        return {(of, name) for of, names in wanted.items() for name in names}

    monkeypatch.setattr(KantataClient, "missing_fields", missing_fields)
    lacking = tenant_settings.missing(psa(expense_budget="", practice="Team"))
    assert "Team" in asked[0]["Workspace"]
    assert "fields.expense_budget" not in {setting.name for setting in lacking}
    assert "fields.tax_code" not in {setting.name for setting in lacking}, "is written"
    with pytest.raises(ConfigurationError, match=r"psa \(kantata\) lacks 6 fields"):
        tenant_settings.require([psa(expense_budget="")])


def test_a_changed_name_has_what_reads_it_built_again(paths):
    landed(paths, psa(), MONDAY)
    before = warehouse.raw_contents(paths)
    landed(paths, psa(), MONDAY + timedelta(days=1))
    assert warehouse.raw_contents(paths) == before
    landed(paths, psa(project_code="Kennung"), MONDAY + timedelta(days=2))
    after = warehouse.raw_contents(paths)
    assert {t for t in after if after[t] != before[t]} == {"landing.settings"}


def landed_before_names_were_kept(paths: Paths) -> datetime:
    """A landing of which nothing is kept but that it was, and its moment."""
    first = MONDAY.replace(tzinfo=None)
    with contextlib.closing(duckdb.connect(paths.land)) as raw:
        raw.execute(
            "insert into raw._landings (load_id, source_instance, vendor, table_name,"
            " as_of_date, started_at, status) values ('1', 'psa', 'kantata', 'users',"
            " '2026-06-01', ?, 'landed')",
            [first],
        )
    return first


def test_what_was_landed_before_names_were_kept_has_the_declared_ones(paths):
    first = landed_before_names_were_kept(paths)
    declare(paths)
    declare(paths)
    assert kept(paths.land) == [("Project Code", first)]


def test_a_past_day_has_the_names_of_that_day(paths, tmp_path):
    first = landed_before_names_were_kept(paths)
    landed(paths, psa(project_code="Kennung"), MONDAY)
    landed(paths, psa(project_code="Kürzel"), MONDAY + timedelta(days=7))
    past = Paths(tmp_path / "past")
    Knowledge(paths.land, past, first + timedelta(days=3)).begin()
    assert kept(past.land) == [("Kennung", first)]


def test_netsuite_is_asked_by_the_tenants_names_and_told_by_the_declared_ones():
    options = {
        "base_url": "http://127.0.0.1:1",
        "fields": {
            "hours": "custcol_source_line",  # which is another field's declared name
            "source_line": "custcol_acme_line",
            "service_month": "",
            "department": "custentity_unit",
        },
    }
    client = NetSuiteClient(Instance("erp", "netsuite", options))
    asked = client._in_own_names(LINES)
    assert "tl.memo, tl.custcol_source_line, tl.custcol_acme_line, null as" in asked
    assert "null as custcol_service_month, " in asked
    assert "custcol_hours" not in asked
    assert "custentity_unit, " in client._in_own_names(LISTS["projects"][0])
    plain = NetSuiteClient(Instance("erp", "netsuite", {"base_url": "http://h"}))
    assert plain._in_own_names(LINES) == LINES


def test_every_setting_says_what_it_is_for_and_a_field_of_what():
    settings = [s for v in vendor_names() for s in declared_settings(v).values()]
    assert settings
    assert [s.name for s in settings if not s.purpose] == []
    assert [s.name for s in settings if s.is_field and not (s.of and s.default)] == []
    # An account is taken to have subsidiaries and several currencies until it says
    # which one, an organisation several currencies, and no history.
    unset = {s.name for s in settings if not s.default}
    history, currency = "values.milestone_history", "values.currency"
    only = {"values.only_entity", "values.only_currency"}
    assert unset == {*only, currency, history}
