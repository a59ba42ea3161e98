"""ADP's client and feeds, over mutual TLS against the sandbox organisation."""

import gc
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from dlt_pipelines.core.errors import (
    BadAnswer,
    ConfigurationError,
    ConnectionFailed,
    Refused,
    Throttled,
)
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.typed_columns import conform, pseudonym
from dlt_pipelines.sandbox.firm.model import (
    Assignment,
    Firm,
    LegalEntity,
    Pay,
    PayrollLine,
    PayrollRun,
    Person,
)
from dlt_pipelines.sandbox.serving.certificates import make_certificates
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.vendors.adp import layout, source
from dlt_pipelines.vendors.adp import sandbox as sandbox_module
from dlt_pipelines.vendors.adp.client import AdpClient, connect
from dlt_pipelines.vendors.adp.sandbox import DISABLED
from dlt_pipelines.vendors.feeds import Window

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
PEOPLE = 130
KEY = b"key"


def person(number: int, **other) -> Person:
    hired = date(2024, 1, 1)
    given = {
        "is_contractor": False,
        "left": None,
        "adp_id": f"G3{number:06}",
        "payroll_file": f"{number:06}",
        "supplier": None,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    made = Person(
        number=f"E{number:03}",
        first_name="Ada",
        last_name="Lovelace",
        email="ada@example.com",
        hired=hired,
        workday_id=f"{number:032x}",
        kantata_id=str(number),
        netsuite_id=number,
        **(given | other),
    )
    made.assignments = [
        Assignment(
            hired, LONG_AGO, entity, "PR-1", "CC1", "Consultant", "G1", "Consultant",
            Decimal(1), Decimal("37.50"),
        )
        for entity in ("UK20",)
    ]  # fmt: skip
    made.pay = [Pay(hired, LONG_AGO, Decimal(60000), "GBP", "Annual")]
    return made


def run(month: int, status: str = "NTC", changed: datetime = LONG_AGO) -> PayrollRun:
    end = date(2026, month + 1, 1) - timedelta(days=1)
    return PayrollRun(
        id=f"UKP-{month:02}",
        group="UKP",
        entity="UK20",
        period_start=date(2026, month, 1),
        period_end=end,
        pay_date=end,
        status=status,
        created_at=changed,
        updated_at=changed,
    )


def lines(of: PayrollRun, who: str) -> list[PayrollLine]:
    paid = (
        ("earnings", "REG", "5000.00", "162.50"),
        ("employer_taxes", "NI", "552.10", None),
        ("employer_contributions", "PENSION", "250.00", None),
        ("employee_deductions", "PAYE", "1100.40", None),
    )
    return [
        PayrollLine(
            of.id, number, who, section, code, Decimal(amount), "GBP",
            Decimal(hours) if hours else None,
        )
        for number, (section, code, amount, hours) in enumerate(paid, start=1)
    ]  # fmt: skip


def firm() -> Firm:
    made = Firm(seed=1, scale=1, start=date(2024, 12, 1), clock=NOW)
    made.entities["UK20"] = LegalEntity("UK20", "UK", "GB", "GBP", 1950, "UKP")
    for number in range(1, PEOPLE + 1):
        made.people[f"E{number:03}"] = person(number, in_hr=number != 3)
    contractor = {"is_contractor": True, "adp_id": None, "payroll_file": None}
    made.people["E900"] = person(900, **contractor)
    for month in (3, 4, 5):
        paid = run(month, "PVC" if month == 5 else "NTC")
        made.payroll_runs[paid.id] = paid
        made.payroll_lines += lines(paid, "E001") + lines(paid, "E003")
    return made


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adp")
    host = Host(firm(), folder / "store.sqlite")
    with running(host, certificates=folder / "certificates") as addresses:
        yield host, addresses
    # asyncio leaves a TLS connection that failed to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def host(served):
    served[0].replace(firm())
    return served[0]


@pytest.fixture
def sandbox(served, host):
    return served[1]


@pytest.fixture
def instance(sandbox) -> Instance:
    return sandbox.instance("adp")


@pytest.fixture
def connected():
    """Connects; closes every session, else the server ends with it half open."""
    clients = []

    def connect_to(instance: Instance) -> AdpClient:
        clients.append(connect(instance))
        clients[-1].loading_waits = (0.0,)
        return clients[-1]

    yield connect_to
    for client in clients:
        client.session.close()


@pytest.fixture
def client(instance, connected) -> AdpClient:
    return connected(instance)


def window(since: datetime | None = None, known: set[str] = frozenset()) -> Window:
    return Window(since=since, until=NOW, ids=lambda table: set(known))


def read(feed, client, asked) -> tuple[dict[str, list[dict]], list[dict], object]:
    rows, gone, cursor = {}, [], None
    for batch in feed(client, asked):
        place = gone if batch.deleted else rows.setdefault(batch.table, [])
        place += batch.rows
        cursor = batch.cursor or cursor
    return rows, gone, cursor


def with_options(instance: Instance, **options: str) -> Instance:
    return replace(instance, options=instance.options | options)


def test_all_workers_are_read_past_the_page_cap_and_no_contractor(client):
    rows, _, _ = read(source.read_workers, client, window())
    assert len(rows["workers"]) == PEOPLE
    # Token, two pages, the last row again, the end, and the row once more.
    assert client.requests_sent == 6


def test_a_worker_unknown_to_hr_is_on_the_payroll(client):
    rows, _, _ = read(source.read_workers, client, window())
    assert "000003" in [row["payroll_file_pseudonym"] for row in rows["workers"]]


def test_no_name_and_no_pay_of_a_worker_reaches_a_row(client):
    rows, _, _ = read(source.read_workers, client, window())
    said = repr(rows)
    assert not any(word in said for word in ("Ada", "Lovelace", "ada@", "60000"))


def test_worker_columns_land_as_pseudonyms(client):
    rows, _, _ = read(source.read_workers, client, window())
    frame, drift = conform(declared_tables("adp")["workers"], rows["workers"], KEY)
    assert drift == []
    first = frame.to_dicts()[0]
    assert first["_key"] == first["associate_pseudonym"] == pseudonym("G3000001", KEY)
    assert first["payroll_file_pseudonym"] == pseudonym("000001", KEY)
    assert (first["payroll_group_code"], first["status"]) == ("UKP", "Active")
    assert first["hire_date"] == date(2024, 1, 1)


def test_who_left_stays_as_terminated(client, host):
    host.firm.people["E002"].left = date(2026, 5, 31)
    rows, _, _ = read(source.read_workers, client, window())
    (gone,) = [r for r in rows["workers"] if r["associate_pseudonym"] == "G3000002"]
    assert (gone["status"], gone["termination_date"]) == ("Terminated", "2026-05-31")


def test_a_worker_served_twice_is_two_equal_rows(client, host):
    host.firm.served_twice["people"] = ["E002"]
    rows, _, _ = read(source.read_workers, client, window())
    twice = [r for r in rows["workers"] if r["associate_pseudonym"] == "G3000002"]
    assert len(twice) == 2
    assert twice[0] == twice[1]


def test_only_complete_runs_bring_lines_and_previews_their_status(client):
    rows, _, cursor = read(source.read_payroll, client, window())
    statuses = {r["item_id"]: r["status_code"] for r in rows["payroll_runs"]}
    assert statuses == {"UKP-03": "NTC", "UKP-04": "NTC", "UKP-05": "PVC"}
    assert {r["item_id"] for r in rows["payroll_lines"]} == {"UKP-03", "UKP-04"}
    assert cursor == datetime(2026, 5, 31, tzinfo=UTC)


def test_lines_land_exactly_with_their_section_and_hours(client):
    rows, _, _ = read(source.read_payroll, client, window())
    march = [r for r in rows["payroll_lines"] if r["item_id"] == "UKP-03"]
    table = declared_tables("adp")["payroll_lines"]
    frame, drift = conform(table, march, KEY)
    assert drift == []
    found = [
        (r["section"], r["pay_code"], r["amount"], r["paid_hours"])
        for r in frame.to_dicts()
        if r["associate_pseudonym"] == pseudonym("G3000003", KEY)
    ]
    assert found == [
        ("earnings", "REG", Decimal("5000.00"), Decimal("162.50")),
        ("employee_deductions", "PAYE", Decimal("1100.40"), None),
        ("employer_contributions", "PENSION", Decimal("250.00"), None),
        ("employer_taxes", "NI", Decimal("552.10"), None),
    ]
    assert len(set(frame["_key"])) == frame.height == 8


def test_a_run_given_in_another_order_has_the_same_lines(client, monkeypatch):
    before, _, _ = read(source.read_payroll, client, window())
    paid = sandbox_module._payments

    def backwards(of, amounts):
        told = paid(of, amounts)[::-1]
        for payment in (one for associate in told for one in associate["payments"]):
            for items in payment.values():
                items.reverse()
        return told

    monkeypatch.setattr(sandbox_module, "_payments", backwards)
    after, _, _ = read(source.read_payroll, client, window())
    assert after["payroll_lines"] == before["payroll_lines"]


def test_a_wait_beyond_the_landing_s_patience_ends_the_feed_with_nothing_half(
    client, sandbox
):
    client.patience = 600.0
    busy = {"path": "/payroll-output", "kind": "429", "retry_after": "3600", "skip": 2}
    requests.post(f"{sandbox.plain}/_sandbox/disturb", json=busy, timeout=5)
    batches, landed = source.read_payroll(client, window()), []
    with pytest.raises(Throttled, match=r"to be asked again in 3,600 s"):
        landed.extend(row for batch in batches for row in batch.rows)
    assert landed == []
    assert client.waited == 0.0


def test_every_declared_column_is_served(client):
    workers, _, _ = read(source.read_workers, client, window())
    payroll, _, _ = read(source.read_payroll, client, window())
    never = {"rehire_date", "termination_date", "payroll_region_code"}
    for name, table in declared_tables("adp").items():
        frame, drift = conform(table, (workers | payroll)[name], KEY)
        assert drift == []
        empty = {c.name for c in table.columns if frame[c.name].is_null().all()}
        assert empty <= never


def test_a_later_reading_asks_for_the_pay_of_thirty_days(client):
    asked = window(datetime(2026, 5, 25, tzinfo=UTC), known={"UKP-03|1", "UKP-04|1"})
    rows, _, _ = read(source.read_payroll, client, asked)
    assert [r["item_id"] for r in rows["payroll_runs"]] == ["UKP-04", "UKP-05"]
    assert {r["item_id"] for r in rows["payroll_lines"]} == {"UKP-04"}


def test_a_run_for_an_old_period_that_appears_late_is_landed(client, host):
    """June's landing knows March's run, not the one that corrects it."""
    late = replace(run(3), id="UKP-03-C")
    host.firm.payroll_runs[late.id] = late
    host.firm.payroll_lines += lines(late, "E001")
    asked = window(datetime(2026, 5, 31, tzinfo=UTC), known={"UKP-03|1", "UKP-04|1"})
    rows, _, cursor = read(source.read_payroll, client, asked)
    assert "UKP-03-C" in {r["item_id"] for r in rows["payroll_runs"]}
    assert len([r for r in rows["payroll_lines"] if r["item_id"] == late.id]) == 4
    assert cursor == datetime(2026, 5, 31, tzinfo=UTC)


def test_an_open_run_holds_the_cursor_until_it_is_complete(client, host):
    host.firm.payroll_runs["UKP-03"].status = "PVC"
    host.firm.payroll_runs["UKP-05"].status = "NTC"
    _, _, cursor = read(source.read_payroll, client, window())
    assert cursor == datetime(2026, 3, 31, tzinfo=UTC)


def test_a_run_still_loading_is_asked_for_again(client, host):
    fresh = run(5, "NTC", NOW - timedelta(hours=2))
    host.firm.payroll_runs[fresh.id] = fresh
    rows, _, _ = read(source.read_payroll, client, window())
    assert "UKP-05" in {r["item_id"] for r in rows["payroll_lines"]}


def test_a_complete_run_without_its_pay_waits_for_the_next_landing(client, host):
    host.records("adp").add(DISABLED, {"group": "UKP"}, None, NOW)
    try:
        rows, _, cursor = read(source.read_payroll, client, window())
    finally:
        host.records("adp").change(DISABLED, 9_000_001, {"group": "none"}, NOW)
    assert [r["item_id"] for r in rows["payroll_runs"]] == ["UKP-05"]
    assert rows["payroll_lines"] == []
    assert cursor == datetime(2026, 3, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "given"), [("EER", False), ("NTI", False), ("PVC", True)]
)
def test_pay_is_given_or_not_by_the_state_of_the_run(client, host, status, given):
    host.firm.payroll_runs["UKP-05"].status = status
    assert (client.pay("UKP-05") is not None) is given


def test_a_run_served_twice_lands_its_lines_once(client, host):
    host.firm.served_twice["payroll_runs"] = ["UKP-03"]
    rows, _, _ = read(source.read_payroll, client, window())
    assert len([r for r in rows["payroll_lines"] if r["item_id"] == "UKP-03"]) == 8


def test_a_line_a_run_no_longer_has_is_gone(client):
    asked = window(known={"UKP-03|8", "UKP-03|9", "UKP-02|1"})
    _, gone, _ = read(source.read_payroll, client, asked)
    assert gone == [{"item_id": "UKP-03", "line_number": "9"}]


@pytest.mark.parametrize("wrong", ["no period", "unknown pay", "no id"])
def test_a_run_that_cannot_be_read_is_told_once_its_neighbours_landed(
    client, monkeypatch, wrong
):
    shown, paid = sandbox_module._run, sandbox_module._payments

    def of_march(made):
        body = shown(made)
        if made.id == "UKP-03" and wrong == "no period":
            del body[layout.PERIOD_END[0]]
        if made.id == "UKP-03" and wrong == "no id":
            del body["itemID"]
        return body

    def payments(of, amounts):
        if wrong == "unknown pay" and amounts[0].run == "UKP-03":
            return [{"associateOID": "G3", "payments": {"grossAmount": 1}}]
        return paid(of, amounts)

    monkeypatch.setattr(sandbox_module, "_run", of_march)
    monkeypatch.setattr(sandbox_module, "_payments", payments)
    batches, landed = source.read_payroll(client, window()), []
    with pytest.raises(BadAnswer, match="the other runs were landed"):
        landed.extend(row for batch in batches for row in batch.rows)
    assert {r["item_id"] for r in landed if "line_number" in r} == {"UKP-04"}
    assert {r["item_id"] for r in landed if "status_code" in r} == {"UKP-04", "UKP-05"}


def test_the_period_of_a_run_may_come_without_hyphens():
    body = {
        "itemID": "R1",
        "payrollProcessingJobStatusCode": {"codeValue": "NTC"},
        "payPeriodStartDate": "20250301",
        "payPeriodEndDate": "20250315T000000Z",
        "payDate": "2025-03-20T00:00:00+0000",
    }
    told = layout.run(body)
    days = [told[f"{name}_date"] for name in ("period_start", "period_end", "pay")]
    assert days == ["2025-03-01", "2025-03-15", "2025-03-20"]


def test_members_of_pay_that_nobody_listed_are_named_without_their_values():
    item = {
        "deductionCode": {"codeValue": "X"},
        "employerMatchAmount": {"amountValue": 9},
    }
    payment = {"memos": [{"amountValue": 7}], "nonStatutoryDeductions": [item]}
    body = {"associatePayments": [{"associateOID": "G3", "payments": [payment]}]}
    assert layout.unlisted_pay(body) == {
        "payments.memos": layout.WITHHELD,
        "payments.nonStatutoryDeductions.employerMatchAmount": layout.WITHHELD,
    }


def test_pay_under_names_we_do_not_know_is_an_error():
    unknown = {"associateOID": "G3", "paymentItems": [{"grossAmount": 1}]}
    body = {"itemID": "R1", "associatePayments": [unknown]}
    with pytest.raises(BadAnswer, match="pays 1 associates") as error:
        layout.lines(body)
    assert "layout.py" in error.value.do


def test_a_complete_run_without_its_period_is_an_error():
    body = {"itemID": "R1", "payrollProcessingJobStatusCode": {"codeValue": "NTC"}}
    with pytest.raises(BadAnswer, match="no period_start_date and no period_end_date"):
        layout.run(body)


def test_an_unlisted_member_is_reported_without_its_value():
    row = layout.worker({"associateOID": "G3", "governmentIDs": ["123-45-6789"]})
    assert row["governmentIDs"] == layout.WITHHELD


def test_the_primary_assignment_names_the_file_number():
    row = layout.worker(
        {
            "associateOID": "G3",
            "workAssignments": [
                {"payrollFileNumber": "000009"},
                {"payrollFileNumber": "000001", "primaryIndicator": True},
            ],
        }
    )
    assert row["payroll_file_pseudonym"] == "000001"


def test_no_client_certificate_no_answer(instance):
    with pytest.raises(requests.ConnectionError):
        requests.get(
            f"{instance.option('base_url')}/hr/v2/workers",
            verify=instance.option("ca_certificate"),
            timeout=5,
        )


def test_a_strangers_certificate_gets_no_answer_and_the_error_says_why(
    instance, connected, tmp_path
):
    make_certificates(tmp_path)
    stranger = connected(
        with_options(
            instance,
            client_certificate=str(tmp_path / "client.pem"),
            client_key=str(tmp_path / "client.key"),
        )
    )
    stranger.attempts = 1
    with pytest.raises(ConnectionFailed, match="certificate"):
        stranger.ping()


def test_a_server_we_do_not_trust_is_a_definite_no(instance, connected, tmp_path):
    make_certificates(tmp_path)
    wary = with_options(instance, ca_certificate=str(tmp_path / "ca.pem"))
    client = connected(wary)
    with pytest.raises(Refused, match="do not accept each other's certificates"):
        client.ping()
    assert client.requests_sent == 1


def test_a_certificate_file_that_is_not_there_is_a_setting_to_correct(
    instance, connected
):
    with pytest.raises(ConfigurationError, match="certificates cannot be read"):
        connected(with_options(instance, client_certificate="nowhere.pem"))


def test_a_wrong_secret_is_refused_in_oauths_words(instance, connected):
    with pytest.raises(Refused, match="invalid_client; The client id or secret"):
        connected(with_options(instance, client_secret="wrong")).ping()


def test_a_token_no_longer_accepted_is_renewed_once(client):
    client.ping()
    client._token = "expired"
    assert "the client certificate is valid until" in client.ping()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/hr/v2/workers?$top=many", r"HTTP 400 .*\$top and \$skip must be whole"),
        ("/hr/v2/workers/G3NOBODY", "HTTP 403 .*not in your scope"),
        ("/payroll/v2/payroll-output?level=all", "HTTP 400 .*level all"),
        ("/payroll/v1/payroll-outputs", "HTTP 404 Resource not found"),
    ],
)
def test_errors_are_told_in_adps_words(client, path, said):
    with pytest.raises(Refused, match=said):
        client.send("GET", path)


@pytest.mark.parametrize("cap", [2, 25, 40, 100])
def test_whatever_size_pages_have_all_workers_are_read(client, monkeypatch, cap):
    monkeypatch.setattr(sandbox_module, "CAP", cap)
    read = [worker["associateOID"] for worker in client.workers()]
    assert len(read) == len(set(read)) == PEOPLE


def test_a_worker_who_leaves_while_pages_are_read_takes_nobody_along(
    client, host, monkeypatch
):
    monkeypatch.setattr(sandbox_module, "CAP", 25)
    everybody = {worker["associateOID"] for worker in client.workers()}
    ask = client._page
    leaving = iter(list(host.firm.people)[:3])

    def then_somebody_leaves(*asked):
        page = ask(*asked)
        if (number := next(leaving, None)) is not None:
            del host.firm.people[number]
            host.replace(host.firm)
        return page

    monkeypatch.setattr(client, "_page", then_somebody_leaves)
    read = [worker["associateOID"] for worker in client.workers()]
    assert len(read) == len(set(read)) == PEOPLE - 3
    assert set(read) < everybody


def test_a_listing_that_never_rests_is_given_up_with_advice(client, monkeypatch):
    served = iter(range(1000))
    monkeypatch.setattr(
        client, "_page", lambda *_: [{"associateOID": str(next(served))}]
    )
    with pytest.raises(BadAnswer, match="kept changing"):
        client.workers()


def test_certificates_are_kept_while_they_hold_and_made_again_when_damaged(tmp_path):
    make_certificates(tmp_path)
    first = (tmp_path / "client.pem").read_bytes()
    make_certificates(tmp_path)
    assert (tmp_path / "client.pem").read_bytes() == first
    (tmp_path / "client.key").write_text("damaged")
    make_certificates(tmp_path)
    assert (tmp_path / "client.pem").read_bytes() != first
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")}
    assert modes == {0o600}
