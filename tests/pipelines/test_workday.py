"""Workday, against the sandbox's tenant over real HTTP."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import Response

from dlt_pipelines.core.errors import BadAnswer, Refused, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.typed_columns import conform, pseudonym
from dlt_pipelines.sandbox.firm.model import (
    Absence,
    Assignment,
    Firm,
    Holiday,
    LegalEntity,
    Pay,
    Person,
)
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.workday import sandbox
from dlt_pipelines.vendors.workday.client import WorkdayClient, connect
from dlt_pipelines.vendors.workday.source import FEEDS

CLOCK = datetime(2026, 6, 10, 6, tzinfo=UTC)
ENTERED = datetime(2025, 3, 18, 16, 12, 44, 120_000, tzinfo=UTC)
KEY = b"a key of the tests"


def assignment(effective: date, entity: str = "DE30") -> Assignment:
    return Assignment(
        effective_date=effective,
        entered_at=ENTERED,
        entity=entity,
        practice="PR-7",
        cost_centre="CC-210",
        title="Principal",
        grade="G5",
        role="Senior Consultant",
        fte=Decimal("0.8"),
        weekly_hours=Decimal("32.00"),
    )


def person(number: str, **changes) -> Person:
    fields = {
        "number": number,
        "first_name": "Ada",
        "last_name": f"Example & {number}",
        "email": f"{number.lower()}@firm.example",
        "is_contractor": False,
        "hired": date(2024, 1, 1),
        "left": None,
        "workday_id": number.lower().rjust(32, "0"),
        "kantata_id": "1",
        "adp_id": None,
        "payroll_file": "000417",
        "netsuite_id": 1,
        "supplier": None,
        "assignments": [assignment(date(2024, 1, 1))],
        "pay": [Pay(date(2025, 4, 1), ENTERED, Decimal("98000"), "EUR", "Annual")],
        "created_at": ENTERED,
        "updated_at": ENTERED,
    }
    return Person(**fields | changes)


@pytest.fixture
def firm() -> Firm:
    rescinded = Pay(date(2025, 4, 1), CLOCK, Decimal("1"), "EUR", "Annual", True)
    absence = Absence(
        "A1", date(2026, 5, 4), Decimal("6.40"), "sick", "Approved", ENTERED
    )
    people = [
        person("E0001", absences=[absence]),
        person("E0002", left=date(2026, 6, 9)),
        person("E0003", hired=date(2026, 7, 1), payroll_file="000418"),
        person("E0004", in_hr=False, payroll_file="000666"),
        person("X0001", is_contractor=True, payroll_file=None, pay=[]),
    ]
    people[0].pay.append(rescinded)
    people[0].assignments.append(assignment(date(2026, 7, 1), entity="UK20"))
    entities = [
        LegalEntity("DE30", "Firm GmbH", "DE", "EUR", 1880, "G30"),
        LegalEntity("UK20", "Firm Ltd", "GB", "GBP", 1950, "G20"),
    ]
    return Firm(
        seed=1,
        scale=1,
        start=date(2025, 1, 1),
        clock=CLOCK,
        entities={e.code: e for e in entities},
        people={p.number: p for p in people},
        holidays=[Holiday("DE", date(2026, 10, 3), "Tag der Deutschen Einheit")],
    )


@pytest.fixture
def tenant(firm, tmp_path):
    return sandbox.Tenant(Host(firm, tmp_path / "store.sqlite"))


@pytest.fixture
def instance(served, tenant, tmp_path):
    served["now"] = Starlette(routes=tenant.routes())
    options = sandbox.settings(served["url"], tmp_path)
    return Instance("hr", "workday", options)


def changed_options(instance, **options):
    return Instance(instance.name, instance.vendor, {**instance.options, **options})


def read(instance, table, known=()):
    feed = next(feed for feed in FEEDS if feed.name == table)
    window = Window(None, CLOCK, ids=lambda _: set(known))
    return [row for batch in feed.read(connect(instance), window) for row in batch.rows]


def landed(instance, table):
    declared = declared_tables("workday")[table]
    frame, drift = conform(declared, read(instance, table), KEY)
    assert drift == []
    return frame.to_dicts()


def test_every_declared_column_is_served_and_no_other(instance):
    for name, table in declared_tables("workday").items():
        rows = landed(instance, name)
        for column in table.columns:
            assert any(row[column.name] is not None for row in rows), column


def test_reports_are_complete_so_that_what_is_missing_is_gone():
    assert all(table.complete for table in declared_tables("workday").values())


def test_values_survive_the_wire(instance):
    pay = landed(instance, "compensation")[0]
    assert pay["base_pay"] == Decimal("98000")
    assert pay["effective_date"] == date(2025, 4, 1)
    assert pay["entered_at"] == ENTERED.replace(tzinfo=None)
    place = landed(instance, "assignments")[0]
    assert (place["paid_fte"], place["scheduled_weekly_hours"]) == (
        Decimal("0.8"),
        Decimal(32),
    )
    assert landed(instance, "absences")[0]["absence_hours"] == Decimal("6.4")


def test_dates_keep_their_day_whatever_the_offset(instance):
    assert read(instance, "workers")[0]["Hire_Date"] == "2024-01-01-07:00"
    assert landed(instance, "workers")[0]["hire_date"] == date(2024, 1, 1)


def test_pay_names_nobody_but_joins_to_workers(instance):
    pays = landed(instance, "compensation")
    assert "E0001" not in str(pays)
    assert {p["employee_pseudonym"] for p in pays} == {
        w["employee_pseudonym"]
        for w in landed(instance, "workers")
        if w["worker_type"] == "Employee"
    }
    numbers = {w["employee_pseudonym"] for w in landed(instance, "workers")}
    assert pseudonym("E0001", KEY) in numbers


def test_the_payroll_file_number_keeps_its_zeros_and_is_a_pseudonym(instance):
    assert read(instance, "workers")[0]["Payroll_File_Number"] == "000417"
    workers = landed(instance, "workers")
    assert workers[0]["payroll_file_pseudonym"] == pseudonym("000417", KEY)
    assert "000417" not in str(workers)


def test_empty_fields_are_left_out_and_booleans_are_digits(instance):
    first, left = read(instance, "workers")[:2]
    assert "Termination_Date" not in first
    assert (first["Active"], left["Active"]) == ("1", "0")
    pays = read(instance, "compensation")[:2]
    assert [pay.get("Is_Rescinded") for pay in pays] == [None, "1"]


def test_who_works_here_today(instance):
    active = {w["employee_id"]: w["is_active"] for w in landed(instance, "workers")}
    assert active == {"E0001": True, "E0002": False, "E0003": False, "X0001": True}


def test_somebody_hr_does_not_know_is_in_no_report(instance):
    for table in ("workers", "compensation", "assignments", "absences"):
        assert "E0004" not in str(read(instance, table))


def test_contractors_are_contingent_workers_without_pay_group(instance):
    contractor = landed(instance, "workers")[-1]
    assert contractor["worker_type"] == "Contingent Worker"
    assert contractor["pay_group"] is None
    assert landed(instance, "assignments")[-1]["employee_id"] == "X0001"


def test_the_pay_group_is_of_the_assignment_in_force(instance, tenant, firm):
    assert landed(instance, "workers")[0]["pay_group"] == "G30"
    firm.clock = datetime(2026, 7, 1, 6, tzinfo=UTC)
    tenant.host.replace(firm)
    assert landed(instance, "workers")[0]["pay_group"] == "G20"


def test_a_record_served_twice_comes_twice(instance, firm):
    firm.served_twice["absences"] = ["A1"]
    assert len(read(instance, "absences")) == 2


def test_a_report_may_have_another_name(instance, monkeypatch):
    monkeypatch.setitem(
        sandbox.REPORTS, "Our_Workers", sandbox.REPORTS["Tieout_Workers"]
    )
    monkeypatch.delitem(sandbox.REPORTS, "Tieout_Workers")
    ours = changed_options(instance, workers_report="Our_Workers")
    assert len(read(ours, "workers")) == 4


def lacking(instance: Instance) -> dict[str, str]:
    """What a tenant lacks: the table of each, by the name of its setting."""
    return {s.name: s.of for s in tenant_settings.missing(instance)}


@pytest.fixture
def renamed(monkeypatch):
    """A tenant whose report of assignments has headings of its own."""
    own = {"Employee_ID": "Worker", "Company_ID": "Firm", "Practice_ID": "Unit"}

    def assignments(firm):
        made = sandbox._assignments(firm)
        return [{own.get(k, k): v for k, v in row.items()} for row in made]

    columns = [own.get(c, c) for c in sandbox.COLUMNS["assignments"].split()]
    monkeypatch.setitem(sandbox.COLUMNS, "assignments", " ".join(columns))
    monkeypatch.setitem(
        sandbox.REPORTS, "Tieout_Assignments", ("assignments", assignments)
    )


def test_a_report_that_lacks_no_column_is_one_whose_rows_may(instance, firm):
    firm.people["E0001"].assignments[0].cost_centre = None
    assert "Cost_Center_ID" not in read(instance, "assignments")[0]
    assert lacking(instance) == {}


def test_every_column_that_a_report_lacks_is_named(instance, renamed):
    assert lacking(instance) == {
        "fields.assignment_employee_id": "assignments",
        "fields.company_id": "assignments",
        "fields.practice_id": "assignments",
    }


def test_a_tenants_own_headings_land_as_declared(instance, renamed):
    own = changed_options(
        instance,
        fields={
            "assignment_employee_id": "Worker",
            "company_id": "Firm",
            "practice_id": "Unit",
            "cost_center_id": "Unit",  # one column says two things
        },
    )
    assert lacking(own) == {}
    place = landed(own, "assignments")[0]
    assert (place["employee_id"], place["company"]) == ("E0001", "DE30")
    assert place["practice"] == place["cost_centre"] == "PR-7"


def test_a_missing_heading_is_named_as_the_tenant_calls_it(instance, renamed):
    own = changed_options(instance, fields={"assignment_employee_id": "Colleague"})
    with pytest.raises(BadAnswer, match="row 1 of 5 has no Colleague"):
        read(own, "assignments")


@pytest.mark.parametrize("omits_empty", [False, True])
def test_an_empty_report_is_believed_only_when_nothing_was_known(
    instance, tenant, firm, omits_empty
):
    firm.holidays.clear()
    tenant.omits_empty = omits_empty
    assert read(instance, "holidays") == []
    with pytest.raises(BadAnswer, match="is empty, where 2 rows were known"):
        read(instance, "holidays", known=["DE|2026-10-03", "DE|2026-12-25"])


@pytest.mark.parametrize("body", ['{"Report": []}', "[]", '{"Report_Entry": {}}'])
def test_json_that_is_no_report_is_refused(instance, tenant, monkeypatch, body):
    monkeypatch.setattr(tenant, "_answer", lambda *_: Response(body))
    with pytest.raises(BadAnswer, match="Tieout_Holidays with JSON that is no report"):
        read(instance, "holidays")


def test_a_missing_alias_is_named_with_its_report(instance, monkeypatch):
    def renamed(firm):
        kept = sandbox._holidays(firm)
        return [{**row, "Holiday_Date": None, "CF_Date_1": "x"} for row in kept]

    monkeypatch.setitem(sandbox.REPORTS, "Tieout_Holidays", ("holidays", renamed))
    with pytest.raises(BadAnswer, match="row 1 of 1 has no Holiday_Date") as bad:
        read(instance, "holidays")
    assert "report Tieout_Holidays" in bad.value.what
    assert "CF_Date_1" in bad.value.what


def test_a_column_in_a_group_is_the_rows_where_the_group_has_one_entry(
    instance, monkeypatch
):
    def assignments(firm):
        first, second, *others = sandbox._assignments(firm)
        alone = [{"Practice_ID": first.pop("Practice_ID")}]
        several = [{"Practice_ID": second.pop("Practice_ID")}, {"Practice_ID": "PR-9"}]
        return [first | {"Unit": alone}, second | {"Unit": several}, *others]

    monkeypatch.setitem(
        sandbox.REPORTS, "Tieout_Assignments", ("assignments", assignments)
    )
    rows = read(instance, "assignments")
    frame, drift = conform(declared_tables("workday")["assignments"], rows, KEY)
    assert frame["practice"].to_list()[:3] == ["PR-7", None, "PR-7"]
    assert [(d.column, d.kind, d.rows) for d in drift] == [
        ("Unit", "unknown_column", 1)
    ]


def test_one_event_without_pay_lands_beside_the_others(instance, monkeypatch):
    def compensation(firm):
        first, *others = sandbox._compensation(firm)
        return [first | {"Base_Pay": None, "Currency": None}, *others]

    monkeypatch.setitem(
        sandbox.REPORTS, "Tieout_Compensation", ("compensation", compensation)
    )
    pays = landed(instance, "compensation")
    assert [pay["base_pay"] is None for pay in pays] == [True, False, False, False]


def test_a_column_that_a_tenant_says_it_lacks_is_not_asked_for(instance):
    own = changed_options(instance, fields={"paid_fte": ""})
    assert {place["paid_fte"] for place in landed(own, "assignments")} == {None}


def test_pay_that_no_event_has_is_a_missing_alias(instance, monkeypatch):
    def compensation(firm):
        return [row | {"Base_Pay": None} for row in sandbox._compensation(firm)]

    monkeypatch.setitem(
        sandbox.REPORTS, "Tieout_Compensation", ("compensation", compensation)
    )
    with pytest.raises(BadAnswer, match="row 1 of 4 has no Base_Pay"):
        read(instance, "compensation")


@pytest.mark.parametrize(
    ("options", "said", "advice"),
    [
        ({"password": "wrong"}, "HTTP 401 invalid username or password", "password"),
        ({"username": "nobody"}, "HTTP 401 invalid username", "username"),
        ({"report_owner": "nobody"}, "HTTP 500 Invalid report owner", "report_owner"),
        ({"holidays_report": "None"}, "HTTP 404 Invalid report name", "report names"),
    ],
)
def test_a_definite_no_is_told_once(instance, options, said, advice):
    client = connect(changed_options(instance, **options))
    with pytest.raises(Refused, match=said) as refused:
        client.ping()
    assert advice in refused.value.do
    assert sandbox.PASSWORD not in str(refused.value)
    assert client.requests_sent == 1


@pytest.fixture
def by_token(instance):
    """The tenant as an API client for integrations knows it, which has no password."""
    options = {
        **instance.options,
        "client_id": sandbox.CLIENT[0],
        "client_secret": sandbox.CLIENT[1],
        "refresh_token": sandbox.REFRESH_TOKEN,
    }
    for name in ("username", "password"):
        del options[name]
    return Instance(instance.name, instance.vendor, options)


def test_a_refresh_token_buys_one_of_access_that_is_renewed_when_it_ends(
    by_token, tenant
):
    client = connect(by_token)
    assert client.report("Tieout_Holidays")
    assert client.report("Tieout_Holidays")
    assert len(tenant.tokens) == 1
    tenant.tokens.append("another, so the first is good no more")
    assert client.report("Tieout_Holidays")
    assert len(tenant.tokens) == 3


@pytest.mark.parametrize("option", ["refresh_token", "client_secret"])
def test_a_refresh_token_that_is_no_good_is_told_once_and_not_shown(by_token, option):
    with pytest.raises(Refused, match="invalid_grant") as refused:
        connect(changed_options(by_token, **{option: "wrong-one"})).ping()
    assert "refresh_token" in refused.value.do
    assert "wrong-one" not in str(refused.value)


def test_a_country_of_three_letters_is_read_as_its_two(instance, firm):
    firm.holidays = [
        Holiday("DEU", date(2026, 10, 3), "Tag der Deutschen Einheit"),
        Holiday("GB", date(2026, 12, 28), "Boxing Day"),
        Holiday("Utopia", date(2026, 12, 29), "Day of Rest"),
    ]
    countries = sorted(row["country"] for row in landed(instance, "holidays"))
    assert countries == ["DE", "GB", "Utopia"]


def test_of_two_jobs_events_of_one_moment_the_primary_one_counts(instance, monkeypatch):
    served = sandbox.REPORTS["Tieout_Assignments"][1]

    def twofold(firm):
        additional = {**served(firm)[0], "Company_ID": "UK20", "Is_Primary_Job": "0"}
        return [*served(firm), additional]

    monkeypatch.setitem(sandbox.REPORTS, "Tieout_Assignments", ("assignments", twofold))
    rows = landed(instance, "assignments")
    [additional] = [row for row in rows if row["is_primary"] is False]
    same = [row for row in rows if row["_key"] == additional["_key"]]
    assert [row["company"] for row in same] == ["UK20", "DE30"], "the last one counts"


def test_a_wrong_tenant_is_hinted_at(instance, monkeypatch):
    monkeypatch.setattr(WorkdayClient, "longest_wait", 0.01)
    with pytest.raises(Unreachable, match="tenant's name is wrong"):
        connect(changed_options(instance, tenant="elsewhere")).ping()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_throttled_report_is_asked_for_again(instance, tenant, monkeypatch, status):
    monkeypatch.setattr(WorkdayClient, "longest_wait", 0.01)
    answers = [sandbox._fault(status, "Server", "too many requests")] * 2
    answer = tenant._answer

    def throttled(*request):
        return answers.pop() if answers else answer(*request)

    monkeypatch.setattr(tenant, "_answer", throttled)
    assert len(read(instance, "holidays")) == 1


def test_the_hourly_limit_throttles(instance, tenant, monkeypatch):
    monkeypatch.setattr(WorkdayClient, "longest_wait", 0.01)
    tenant.reports_per_hour = 1
    client = connect(instance)
    client.ping()
    with pytest.raises(Unreachable, match="HTTP 429 The limit of report requests"):
        client.ping()


def test_a_report_cut_short_is_no_report(instance, tenant, monkeypatch):
    monkeypatch.setattr(tenant, "_answer", lambda *_: Response('{"Report_Entry": [{"'))
    with pytest.raises(BadAnswer, match="not whole JSON"):
        read(instance, "holidays")


def test_without_format_json_the_report_is_xml(instance):
    owner, tenant = instance.option("report_owner"), instance.option("tenant")
    answer = requests.get(
        f"{instance.option('base_url')}/ccx/service/customreport2/{tenant}/{owner}"
        "/Tieout_Workers",
        auth=(sandbox.USERNAME, sandbox.PASSWORD),
        timeout=5,
    )
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert "<wd:Full_Name>Ada Example &amp; E0001</wd:Full_Name>" in answer.text
