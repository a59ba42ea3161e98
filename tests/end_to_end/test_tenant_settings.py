"""A tenant with names of its own: configured, or told before anything is landed."""

import datetime
import re

import duckdb
import pytest

from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.vendors.kantata.sandbox import objects
from dlt_pipelines.vendors.netsuite.sandbox import books
from tests.end_to_end.conftest import EARLY
from tests.end_to_end.office import Office

pytestmark = pytest.mark.slow

KANTATA = {"Project Code": "Projektkennung", "Employee ID": "Personalnummer"}
NETSUITE = {
    "custentity_department": "custentity_acme_unit",
    "custcol_hours": "custcol_acme_hours",
}
NAMED = {
    "kantata": {
        "fields.project_code": "Projektkennung",
        "fields.employee_number": "Personalnummer",
    },
    "netsuite": {
        "fields.department": "custentity_acme_unit",
        "fields.hours": "custcol_acme_hours",
    },
}
LACKING = (
    "kantata (kantata) lacks 2 fields: Workspace has no Project Code "
    "(fields.project_code: the code that all systems share for a project); User has no "
    "Employee ID (fields.employee_number: the number that HR and payroll know a person "
    "by)",
    "netsuite (netsuite) lacks 2 fields: job has no custentity_department "
    "(fields.department: the department that a project's cost is booked to); "
    "transactionline has no custcol_hours (fields.hours: the hours of a labour line)",
)


@pytest.fixture(scope="module")
def delivered(firms, tmp_path_factory):
    """What Blue Ltd publishes under the names that the vendors declare."""
    with firms.office(tmp_path_factory.mktemp("delivered") / "office") as office:
        return office.firm.published


@pytest.fixture
def renamed(tmp_path, monkeypatch):
    """Blue Ltd's systems, four fields of which have names of its own."""
    _rename_in_kantata(monkeypatch)
    _rename_in_netsuite(monkeypatch)
    host = Host(simulate(5, 1, EARLY), tmp_path / "written.sqlite")
    with running(host) as at:
        yield Office(tmp_path, host, at)


def _rename_in_kantata(patch):
    made = objects._field

    def field(subject_type, subject, name, value):
        return made(subject_type, subject, KANTATA.get(name, name), value)

    fields = {
        subject: tuple(KANTATA.get(name, name) for name in names)
        for subject, names in objects.CUSTOM_FIELDS.items()
    }
    patch.setattr(objects, "_field", field)
    patch.setattr(objects, "CUSTOM_FIELDS", fields)


def _rename_in_netsuite(patch):
    asked = books.Books.query
    own = {name: declared for declared, name in NETSUITE.items()}

    def query(self, suiteql, params, limit, offset):
        if unknown := re.search(rf"\b({'|'.join(NETSUITE)})\b", suiteql):
            raise books.WrongQuery(f"Field '{unknown[0]}' was not found")
        told = re.sub(rf"\b({'|'.join(own)})\b", lambda m: own[m[0]], suiteql)
        rows, total = asked(self, told, params, limit, offset)
        return [{NETSUITE.get(k, k): v for k, v in row.items()} for row in rows], total

    patch.setattr(books.Books, "query", query)


def test_every_field_that_is_missing_is_named_at_once_and_nothing_is_landed(renamed):
    renamed.configure()
    doctor = renamed.tieout("doctor")
    assert doctor.code == 2
    for lacking in LACKING:
        assert f": {lacking} →" in " ".join(doctor.out.split()), doctor.out
    refresh = renamed.tieout("refresh")
    assert refresh.code == 2
    told = " ".join((refresh.out + refresh.err).split())
    assert f"{LACKING[0]} · {LACKING[1]}" in told
    assert "Nothing was landed." in told
    assert not (renamed.firm.work / "land.duckdb").exists()
    assert not renamed.firm.published.exists()


@pytest.mark.nightly
def test_figures_are_the_same_under_the_tenants_names(delivered, renamed):
    """Of each vendor, tests/pipelines asks what it is asked by, unit tests the rest."""
    renamed.configure(**NAMED)
    run = renamed.tieout("refresh", "--no-post")
    assert run.code == 0, run.out + run.err
    if as_of(delivered) != as_of(renamed.firm.published):
        pytest.skip("midnight passed between the two, and figures are as of a day")
    assert differing(delivered, renamed.firm.published) == {}


def as_of(database) -> datetime.date:
    """The day that a published file's figures are as of."""
    with duckdb.connect(database, read_only=True) as db:
        [(day,)] = db.execute("select as_of_date from publication.snapshot").fetchall()
    return day


def differing(one, other) -> dict[str, int]:
    """Marts whose rows are not the same, with how many are not."""
    with duckdb.connect() as db:
        db.execute(f"attach '{one.resolve()}' as one (read_only)")
        db.execute(f"attach '{other.resolve()}' as other (read_only)")
        marts = db.execute(
            "select table_name from duckdb_tables()"
            " where database_name = 'one' and schema_name = 'marts'"
        ).fetchall()
        assert marts
        counted = {
            mart: db.execute(
                f"select count(*) from (from one.marts.{mart} except all"
                f" from other.marts.{mart} union all (from other.marts.{mart}"
                f" except all from one.marts.{mart}))"
            ).fetchone()[0]
            for (mart,) in marts
        }
    return {mart: count for mart, count in counted.items() if count}
