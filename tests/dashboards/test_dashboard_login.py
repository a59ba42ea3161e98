"""Logging in, in a real browser, at an identity provider that runs as a process."""

import contextlib
import json
import time
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import duckdb
import pytest
from playwright.sync_api import Page, expect

from dashboards import formats
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.reverse_sync import approvals
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import plan
from dlt_pipelines.warehouse.policies import people
from tests.dashboards import browser as servers
from tests.dashboards import stub

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("login")]

WAITS = "labour_cost_accrual|US10|P1004|2026-05"
PEOPLE = {
    "controller@firm.example": ["tieout-finance"],
    "cfo@firm.example": ["tieout-finance", "tieout-delivery"],
    "lead@firm.example": ["tieout-delivery"],
    "eve@firm.example": ["everybody"],
}
SECRETS = """
[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "a secret of these tests, long enough to sign with"
client_id = "tieout"
client_secret = "known to the provider"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


class Provider:
    """The identity provider: what it says of somebody, and its own pages."""

    def __init__(self, address: str) -> None:
        self.address = address

    def knows(self, person: str, **claims) -> None:
        """From now on tokens of a person have these claims."""
        told = {"email": person, "groups": PEOPLE[person], **claims}
        request = Request(
            f"{self.address}/users/{quote(person)}",
            json.dumps(told).encode(),
            {"Content-Type": "application/json"},
            method="PUT",
        )
        urlopen(request, timeout=5).close()


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A work folder with two audiences' files, each with a margin of its own."""
    paths = Paths(tmp_path_factory.mktemp("login"))
    finance, delivery = paths.audience("finance"), paths.audience("delivery")
    for file, shift in ((finance, Decimal(0)), (delivery, Decimal(700))):
        file.parent.mkdir(parents=True)
        stub.build(file, shift)
    paths.published.symlink_to(finance)
    with duckdb.connect(delivery) as database:
        for schema in ("adjustments", "reconciliation"):
            database.execute(f"drop schema {schema} cascade")
    return paths.work


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    port = servers.free_port()
    address = f"http://localhost:{port}"
    command = ["oidc_provider_mock", "--port", str(port)]
    health = f"{address}/.well-known/openid-configuration"
    log = tmp_path_factory.mktemp("provider") / "log"
    with servers.serving(command, health, log):
        yield Provider(address)


@pytest.fixture(scope="module")
def address(work, provider):
    port = servers.free_port()
    secrets = work / "secrets.toml"
    told = SECRETS.format(address=f"http://127.0.0.1:{port}", provider=provider.address)
    secrets.write_text(told)
    options = ("--secrets.files", str(secrets))
    with servers.pages(work, *options, port=port, TIEOUT_WORK=str(work)) as served:
        yield served


@pytest.fixture
def page(browser, address):
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", base_url=address
    )
    # The provider's own pages ask another host for their style.
    here = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:")
    context.route(lambda url: not url.startswith(here), lambda route: route.abort())
    yield context.new_page()
    context.close()


@pytest.fixture
def log_in(page, provider):
    def as_(person: str, **claims) -> Page:
        provider.knows(person, **claims)
        page.goto("/")
        page.get_by_role("button", name="Log in").click()
        page.get_by_placeholder("sub").fill(person)
        page.get_by_role("button", name="Authorize", exact=True).click()
        return page

    return as_


def margin(file: Path) -> str:
    with duckdb.connect(file, read_only=True) as database:
        [(amount,)] = database.execute(
            "select sum(margin_amount) from marts.mart_project_margin_monthly"
            " where legal_entity_code = 'DE30' and contract_type != 'non_billable'"
            " and period_month = date '2026-05-01'"
        ).fetchall()
    return formats.amount(amount)


def shows(page: Page, amount: str) -> None:
    cards = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Margin, EUR"))
    expect(cards.get_by_test_id("stMetricValue").first).to_have_text(amount)


def shows_nothing(page: Page, because: str) -> None:
    expect(page.get_by_text(because)).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(0)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)


@pytest.mark.parametrize("link", ["/", "/posting", "/?entity=US10&audience=finance"])
def test_without_a_login_nothing_is_shown(page, link):
    page.goto(link)
    shows_nothing(page, "You have not logged in.")
    expect(page.get_by_role("link", name="Postings")).to_have_count(0)


def test_finance_sees_its_file_and_every_page(log_in, work):
    page = log_in("controller@firm.example")
    shows(page, margin(Paths(work).audience("finance")))
    expect(page.get_by_role("link", name="Postings")).to_be_visible()
    expect(page.get_by_text("controller@")).to_be_visible()


def test_delivery_sees_its_own_file_and_the_pages_it_has_something_for(log_in, work):
    page = log_in("lead@firm.example")
    shows(page, margin(Paths(work).audience("delivery")))
    for name in ("Postings", "Reconciliation"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    page.goto("/posting?audience=finance&entry=" + quote(WAITS))
    servers.settle(page)
    expect(page.get_by_text("labour_cost_accrual")).to_have_count(0)
    expect(page.get_by_text("For delivery")).to_be_visible()


def test_of_several_audiences_one_is_chosen(log_in, work):
    page = log_in("cfo@firm.example")
    shows(page, margin(Paths(work).audience("finance")))
    page.get_by_role("combobox", name="Audience").click()
    page.get_by_role("option", name="delivery").click()
    shows(page, margin(Paths(work).audience("delivery")))
    expect(page.get_by_role("link", name="Postings")).to_have_count(0)


def test_who_is_in_no_group_is_told_so_and_sees_nothing(log_in):
    page = log_in("eve@firm.example")
    shows_nothing(page, "none of your groups may see anything here")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_after_logging_out_nothing_is_shown(log_in):
    page = log_in("controller@firm.example")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="End session").click()
    shows_nothing(page, "You have not logged in.")
    page.goto("/posting")
    shows_nothing(page, "You have not logged in.")


def test_a_login_ends_with_its_token_though_nobody_touches_the_page(log_in):
    page = log_in("controller@firm.example", exp=int(time.time()) + 25)
    expect(page.get_by_role("link", name="Postings")).to_be_visible()
    ended = "Your login has ended."
    expect(page.get_by_text(ended)).to_be_visible(timeout=40_000)
    shows_nothing(page, ended)
    page.reload()
    shows_nothing(page, ended)


def prepared(work: Path, by: str) -> None:
    with contextlib.closing(Ledger(work / "ledger.sqlite")) as ledger:
        planned = plan(Paths(work).published, ledger)
        approvals.prepare(planned.to_approve, ledger, people.addressed(by))


def decisions(work: Path) -> list[tuple[str, str, str | None]]:
    with contextlib.closing(Ledger(work / "ledger.sqlite")) as ledger:
        return [(d.decision, d.decided_by, d.reason) for d in ledger.decisions()]


def test_the_ledger_names_who_approved_on_the_page_and_not_its_preparer(log_in, work):
    prepared(work, "cfo@firm.example")
    page = log_in("cfo@firm.example")
    expect(page.get_by_role("link", name="Postings")).to_be_visible()
    page.goto("/posting?entry=" + quote(WAITS))
    expect(page.get_by_text(f"prepared {WAITS}")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    page.context.clear_cookies()

    log_in("controller@firm.example")
    expect(page.get_by_role("link", name="Postings")).to_be_visible()
    page.goto("/posting?entry=" + quote(WAITS))
    page.get_by_role("textbox", name="Reason").first.fill("seen with the client")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text(f"Approved: {WAITS}")).to_be_visible()
    assert decisions(work) == [
        ("prepared", "cfo@firm.example", None),
        ("approved", "controller@firm.example", "seen with the client"),
    ]


def test_without_a_login_the_pages_are_refused_to_other_machines(
    browser, work, tmp_path
):
    everywhere = ("--server.address", "0.0.0.0")
    with servers.pages(tmp_path, *everywhere, TIEOUT_WORK=str(work)) as address:
        page = browser.new_page(base_url=address)
        page.goto("/")
        shows_nothing(page, "No login is configured")
        page.close()
