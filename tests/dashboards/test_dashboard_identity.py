"""Whose snapshot a session sees: his audience's, whatever link or state he brings."""

import shutil
import time
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import identity, warehouse
from dashboards.identity import NotAdmitted
from dlt_pipelines.core.settings import Paths
from tests.dashboards.conftest import APP
from tests.dashboards.logins import claims
from tests.policy_seeds import seeds_with

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
WORDS = {"finance": "finance-1", "delivery": "delivery-1"}  # each file's snapshot


@pytest.fixture
def audiences(built, tmp_path, monkeypatch):
    """Two audiences' files; delivery's has neither postings nor controls."""
    paths = Paths(tmp_path / "work")
    for name, snapshot in WORDS.items():
        paths.audience(name).parent.mkdir(parents=True)
        shutil.copy(built, paths.audience(name))
        with duckdb.connect(paths.audience(name)) as database:
            database.execute(
                "update publication.snapshot set snapshot_id = ?", [snapshot]
            )
            if name == "delivery":
                database.execute("drop schema adjustments cascade")
    paths.published.symlink_to(paths.audience("finance"))
    monkeypatch.setenv("TIEOUT_WORK", str(paths.work))
    return paths


@pytest.fixture
def session(audiences, monkeypatch):
    """A session of somebody in groups, before it has run."""

    def of(*groups: str, page: str = "margin.py") -> AppTest:
        told = claims("lead@firm.example", *groups)
        monkeypatch.setattr(identity, "claims", lambda: told)
        app = AppTest.from_file(APP, default_timeout=30)
        app.switch_page(page)
        return app

    return of


def seen(app: AppTest) -> str:
    app.run()
    assert not app.exception
    told = " ".join(part.value for part in app.markdown).replace("\\", "")
    return next(name for name, snapshot in WORDS.items() if snapshot in told)


def test_a_session_sees_its_audiences_file(session):
    assert seen(session("tieout-finance")) == "finance"
    assert seen(session("tieout-delivery")) == "delivery"


def test_no_link_and_no_state_leads_to_a_foreign_audience(session):
    app = session("tieout-delivery")
    app.query_params["audience"] = ["finance"]
    app.session_state["audience"] = "finance"
    assert seen(app) == "delivery"
    app.session_state["audience"] = "../finance"
    assert seen(app) == "delivery"


def test_of_several_audiences_the_chosen_one_is_shown(session):
    app = session("tieout-delivery", "tieout-finance")
    assert seen(app) == "finance"  # in the order of the seed
    app.selectbox(key="audience").set_value("delivery")
    assert seen(app) == "delivery"


def test_who_leaves_a_group_loses_its_file_though_he_had_chosen_it(
    session, monkeypatch
):
    app = session("tieout-delivery", "tieout-finance")
    seen(app)
    told = claims("lead@firm.example", "tieout-delivery")
    monkeypatch.setattr(identity, "claims", lambda: told)
    assert seen(app) == "delivery"


def test_the_postings_are_no_page_of_an_audience_that_lacks_something(session):
    app = session("tieout-delivery", page="posting.py")
    app.run()
    assert not app.dataframe or "posting_key" not in app.dataframe[0].value


@pytest.mark.parametrize(
    ("audience", "everything"),
    [
        ("finance", True),
        ("auditor", True),
        ("delivery", False),
        ("analyst", False),
        ("nobody_defined_it", False),
    ],
)
def test_who_sees_everything_the_seed_of_audiences_says(audience, everything):
    visitor = identity.Visitor((audience,), None)
    assert visitor.sees_everything is everything


def test_a_file_without_any_pages_table_says_so(session, audiences):
    with duckdb.connect(audiences.audience("delivery")) as database:
        for schema in ("marts", "reconciliation"):
            database.execute(f"drop schema {schema} cascade")
    app = session("tieout-delivery").run()
    assert "has nothing for any page" in app.info[0].value
    assert not app.exception


def test_a_file_named_by_hand_is_for_who_sees_everything(session, published):
    with pytest.raises(warehouse.Unavailable, match="not for the audience delivery"):
        warehouse.link("delivery")
    app = session("tieout-delivery").run()
    assert "not for the audience delivery" in app.info[0].value
    assert not app.metric


@pytest.mark.usefixtures("audiences")
def test_an_audience_without_a_file_is_told_so_and_sees_no_other(session):
    app = session("tieout-analysts").run()
    assert "no file for the audience analyst" in app.info[0].value
    assert not app.metric


def admitted(*groups, **changes) -> identity.Visitor:
    told = claims("cfo@firm.example", *groups, **changes)
    return identity.admitted(told, datetime.now(UTC))


def test_the_groups_of_a_token_say_what_is_seen_and_signed():
    visitor = admitted("tieout-delivery", "tieout-controllers", "others")
    assert visitor.audiences == ("finance", "delivery")
    assert visitor.person.roles == {"controller"}


def test_the_claim_that_holds_the_groups_can_have_another_name(monkeypatch):
    monkeypatch.setattr(identity, "firm_settings", lambda: {"groups_claim": "roles"})
    assert admitted(roles="tieout-delivery").audiences == ("delivery",)
    with pytest.raises(NotAdmitted, match="none of your groups"):
        admitted("tieout-finance")


@pytest.mark.parametrize("groups", [(), ("everybody",), ("tieout-financeX", "*", "")])
def test_without_a_group_that_the_seed_names_nothing_is_seen(groups):
    with pytest.raises(NotAdmitted, match="none of your groups"):
        admitted(*groups)


@pytest.mark.parametrize("verified", [False, "false"])
def test_an_address_that_the_provider_does_not_vouch_for_signs_nothing(verified):
    assert admitted("tieout-finance", email_verified=verified).person is None
    assert admitted("tieout-finance", email="").person is None


@pytest.mark.parametrize(
    ("issued", "expires", "ends"),
    [
        (timedelta(0), timedelta(hours=1), timedelta(hours=1)),
        (timedelta(0), timedelta(days=30), timedelta(hours=8)),
        (timedelta(hours=-7), timedelta(hours=3), timedelta(hours=1)),
    ],
)
def test_a_login_ends_with_its_token_and_after_eight_hours_at_the_latest(
    issued, expires, ends
):
    told = {"iat": (NOW + issued).timestamp(), "exp": (NOW + expires).timestamp()}
    assert identity.login_ends(told) == NOW + ends


@pytest.mark.parametrize(
    "told", [{}, {"exp": 1}, {"iat": 1, "exp": None}, {"iat": "x", "exp": 2}]
)
def test_a_token_that_does_not_say_when_it_ends_admits_nobody(told):
    with pytest.raises(NotAdmitted, match="until when"):
        identity.login_ends(told)


def test_an_ended_login_shows_nothing_and_offers_the_next(session, monkeypatch):
    app = session("tieout-finance")
    seen(app)
    past = int(time.time()) - 1
    told = claims("lead@firm.example", "tieout-finance", exp=past)
    monkeypatch.setattr(identity, "claims", lambda: told)
    app.run()
    assert "login has ended" in app.info[0].value
    assert [b.label for b in app.button] == ["Log in"]
    assert not app.metric


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_without_a_login_the_one_person_on_this_machine_sees_his_audience(
    address, monkeypatch
):
    assert identity._alone(address).audiences == ("finance",)
    monkeypatch.setattr(
        identity, "firm_settings", lambda: {"local_audience": "delivery"}
    )
    assert identity._alone(address).audiences == ("delivery",)


@pytest.mark.parametrize(
    "address", [None, "", "0.0.0.0", "::", "10.0.0.7", "tieout.firm"]
)
def test_without_a_login_nothing_is_shown_where_others_could_see_it(address):
    with pytest.raises(NotAdmitted, match="No login is configured"):
        identity._alone(address)


def test_a_seed_that_cannot_be_used_shows_nothing(session, monkeypatch, tmp_path):
    told = "identity_group,audience\ntieout-finance,finance\n"
    monkeypatch.setattr(
        identity.people, "SEEDS", seeds_with(tmp_path, identity_groups=told)
    )
    app = session("tieout-finance").run()
    assert "its columns must be" in app.info[0].value.replace("\\", "")
    assert not app.metric
