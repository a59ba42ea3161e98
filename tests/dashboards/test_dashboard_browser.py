"""The pages in a real browser: what is read on screen is what the database holds."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from dashboards import formats
from tests.dashboards.browser import pages as browser_pages
from tests.dashboards.browser import settle

pytestmark = pytest.mark.browser

CHARTS = '[data-testid="stVegaLiteChart"] svg'


@pytest.fixture(scope="module")
def server(built, tmp_path_factory):
    """The app's address, served on a free port from its own copy of the snapshot."""
    folder = tmp_path_factory.mktemp("served")
    snapshot = shutil.copy(built, folder / built.name)
    (folder / "tieout.duckdb").symlink_to(snapshot)
    link = str(folder / "tieout.duckdb")
    own = {"TIEOUT_PUBLISHED_PATH": link, "TIEOUT_WORK": str(folder)}
    with browser_pages(folder, **own) as address:
        yield address


@pytest.fixture
def page(browser, server):
    """A page that fails its test on a console error or a request to elsewhere."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", base_url=server
    )
    opened, errors, foreign = context.new_page(), [], []

    def heard(message):
        # A deep link makes Streamlit look for its base path: two harmless 404s.
        probing = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not (probing and "404" in message.text):
            errors.append(message.text)

    opened.on("console", heard)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((server, "data:", "blob:"))
            else foreign.append(request.url)
        ),
    )
    yield opened
    context.close()
    assert errors == []
    assert foreign == []


def card(page: Page, label: str):
    cards = page.get_by_test_id("stMetric").filter(
        has=page.get_by_text(label, exact=True)
    )
    return cards.get_by_test_id("stMetricValue")


def choose_first_row(page: Page, name: str) -> None:
    grid = page.get_by_role("region", name=name)
    grid.locator("canvas").first.wait_for()
    settle(page)
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 14, box["y"] + formats.ROW * 1.5)


def margin(reference, entity: str, month: str) -> str:
    rows = reference(
        "select sum(margin_amount) from marts.mart_project_margin_monthly"
        f" where legal_entity_code = '{entity}' and contract_type != 'non_billable'"
        f" and period_month = date '{month}'"
    )
    return formats.amount(rows[0][0])


def test_margin_is_the_databases_and_follows_the_filters(page, reference):
    page.goto("/?entity=US10")
    shown = card(page, "Margin, USD")
    expect(shown).to_have_text(margin(reference, "US10", "2026-05-01"))
    expect(page.locator(CHARTS)).to_have_count(2)

    page.get_by_role("combobox", name="Month").click()
    page.get_by_role("option", name="March 2026").click()
    expect(shown).to_have_text(margin(reference, "US10", "2026-03-01"))
    assert "month=March" in page.url

    page.get_by_test_id("stButtonGroup").get_by_text("UK20", exact=True).click()
    expect(card(page, "Margin, GBP")).to_have_text(
        margin(reference, "UK20", "2026-03-01")
    )
    assert "entity=UK20" in page.url


def test_clicking_a_project_opens_its_detail(page, reference):
    page.goto("/?entity=US10")
    choose_first_row(page, "Projects with hours, revenue, cost and margin")
    lowest = reference(
        "select project_code from marts.mart_project_margin_monthly"
        " where legal_entity_code = 'US10' and contract_type != 'non_billable'"
        " and period_month = date '2026-05-01' order by margin_amount"
    )[0][0]
    expect(page.get_by_role("heading", name=lowest)).to_be_visible()
    assert f"project={lowest}" in page.url


def test_reconciliation_opens_filters_and_shows_a_difference(page, reference):
    page.goto("/")
    page.get_by_role("link", name="Reconciliation").click()
    heading = page.get_by_role("heading", name="2 of 5 controls found differences")
    expect(heading).to_be_visible(timeout=20_000)
    page.get_by_test_id("stButtonGroup").get_by_text("UK20", exact=True).click()
    expect(page.get_by_text("1 row; net difference")).to_be_visible()
    amount = reference(
        "select difference_amount from reconciliation.rec_labour_time_to_gl"
        " where legal_entity_code = 'UK20' and match_status != 'matched'"
    )[0][0]
    caption = f"1 row; net difference GBP {formats.cents(amount)}."
    expect(page.get_by_text(caption)).to_be_visible()


def test_a_deep_link_to_reconciliation_opens_its_control(page):
    page.goto("/reconciliation?control=C02")
    name = page.get_by_role("heading", name="C02 Invoices PSA to ERP")
    expect(name).to_be_visible(timeout=20_000)


def test_a_difference_leads_to_its_project_in_margin(page):
    page.goto("/?entity=UK20")
    expect(card(page, "Margin, GBP")).to_be_visible()
    page.get_by_role("link", name="Reconciliation").click()
    choose_first_row(page, "Rows of the control with both sides")
    page.get_by_role("link", name="Open P1001 in Margin").click()
    expect(page.get_by_role("heading", name="P1001 Ledger migration")).to_be_visible()
    assert "entity=US10" in page.url


def test_a_balance_leads_to_the_lines_of_the_next_invoice(page, reference):
    page.goto("/billing?entity=US10")
    [(unbilled,)] = reference(
        "select sum(unbilled_amount) from marts.mart_project_wip_monthly"
        " where legal_entity_code = 'US10' and period_month = date '2026-05-01'"
    )
    expect(card(page, "Unbilled, USD")).to_have_text(formats.amount(unbilled))
    expect(page.locator(CHARTS)).to_have_count(3)
    choose_first_row(page, "Invoice proposals with status, reason, net, tax and gross")
    heading = page.get_by_role("heading", name="The next invoice of P1013")
    expect(heading).to_be_visible()
    page.get_by_role("link", name="Explain the margin of P1013").click()
    expect(page.get_by_text("Ties out:")).to_be_visible()
    assert "project=P1013" in page.url


@pytest.mark.parametrize(
    ("address", "charts"),
    [("/group", 2), ("/utilisation?entity=US10", 2), ("/forecast?entity=US10", 1)],
)
def test_a_page_draws_its_charts_without_a_complaint(page, address, charts):
    page.goto(address)
    expect(page.locator(CHARTS)).to_have_count(charts)
    settle(page)
