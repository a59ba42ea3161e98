"""What people typed in a system is text on every page: no link, picture, icon, formula.

Every text of the published snapshot that a person or a system may choose is replaced by
one that tries all of them at once, codes and keys too.
"""

import csv
import re
import shutil
from decimal import Decimal
from urllib.parse import quote

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from dashboards import formats
from tests.dashboards.browser import READY
from tests.dashboards.test_dashboard_browser import page, server  # noqa: F401

HOST = "evil.example"
NASTY = (
    f"=[x](http://{HOST}/a) ![i](http://{HOST}/b.png) https://{HOST}/c www.{HOST} "
    f"me@{HOST} <img src='http://{HOST}/d.png'> <http://{HOST}/e> :material/star: "
    ":smile: $x^2$ :red[r] :red-badge[r] `c` -> \x1b[31m\u202e\n# h\n[l]: http://"
    f"{HOST}/f "
)
# What the models write themselves, from lists of their own.
VOCABULARY = {
    "approval_status", "assertion", "band", "blocked_reason", "blocks", "component",
    "contract_type", "control_id", "correction_policy", "kind", "level_code",
    "level_name", "line_type", "match_status", "period_state", "policy_action",
    "region", "revenue_method", "scope", "status", "valued_by", "balance_basis",
}  # fmt: skip
PAGES = {
    "margin": "/?project={project}&entity={entity}",
    "explained": "/explained?project={project}&entity={entity}",
    "billing": "/billing?project={project}&entity={entity}",
    "forecast": "/forecast?project={project}&entity={entity}",
    "utilisation": "/utilisation?project={project}&entity={entity}",
    "group": "/group?in_detail={entity}",
    "reconciliation": "/reconciliation?control=C01",
    "exceptions": "/exceptions?project_code={project}",
    "posting": "/posting?entry={entry}",
}


@pytest.fixture(scope="module")
def built(built, tmp_path_factory):
    """The stub's snapshot, with a nasty text before every text."""
    path = tmp_path_factory.mktemp("nasty") / built.name
    shutil.copy(built, path)
    with duckdb.connect(str(path)) as db:
        columns = db.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " join duckdb_tables() using (schema_name, table_name)"
            " where data_type = 'VARCHAR'"
        ).fetchall()
        for schema, table, column in columns:
            if column not in VOCABULARY:
                db.execute(
                    f'update {schema}.{table} set "{column}" = ? || "{column}"',
                    [NASTY],
                )
    return path


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_no_page_follows_what_the_data_says(page, server, name):  # noqa: F811
    named = {
        "project": "P1001",
        "entity": "US10",
        "entry": "labour_cost_accrual|US10|P1004|2026-05",
    }
    known = {key: quote(NASTY + code) for key, code in named.items()}
    page.goto(PAGES[name].format(**known))
    last = "The ledger" if name == "posting" else "How is this computed"
    page.get_by_text(last, exact=True).wait_for(timeout=30_000)
    page.wait_for_selector(READY, timeout=30_000)
    assert page.get_by_test_id("stException").count() == 0
    assert foreign_references(page, server) == []
    assert page.locator(".katex, a[href^='mailto']").count() == 0
    links = page.locator("a", has_text=re.compile(r"^\W*[xi]\W*$"))
    assert links.count() == 0
    shown = page.locator("body").inner_text()
    assert f"https:\u2060//{HOST}" in shown
    if name == "posting":
        assert "tieout approve" in shown or "You decide as" in shown
    stars = page.locator("[data-testid=stIconMaterial]", has_text=re.compile("^star$"))
    assert stars.count() == 0
    assert "\u202e" not in shown
    assert "\x1b" not in shown


def foreign_references(page: Page, server: str) -> list[str]:  # noqa: F811
    """What the document would load or open from elsewhere."""
    found = page.evaluate(
        """() => ['href', 'src', 'srcset', 'action', 'xlink:href', 'formaction']
            .flatMap(name => [...document.querySelectorAll('*')]
                .map(e => e[name] ?? e.getAttribute(name)))
            .map(value => value?.baseVal ?? value)
            .filter(value => typeof value === 'string' && value !== '')"""
    )
    own = (server, "data:", "blob:", "#", "/", "./", "?")
    return [reference for reference in found if not reference.startswith(own)]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_computes_nothing_of_a_tables_text(text):
    shown = formats.cells(
        pl.DataFrame({"name": [text, None, "P1 = 2"], "n": [-1, 2, 3]})
    )
    first, *rest = shown["name"].to_list()
    assert first.startswith(("'", "\\"))
    assert rest == [None, "P1 = 2"]
    assert shown["n"].to_list() == [-1, 2, 3]


@given(st.text())
def test_no_text_of_a_table_begins_as_a_formula(text):
    [shown] = formats.cells(pl.DataFrame({"name": [text]}))["name"]
    assert not shown.lstrip().startswith(tuple("=+-@\t\r"))


TRICKS = st.sampled_from(
    ["http://", "www.", "a@b.c", ":", "[", "](", "$", "`", "<", "\\", "&", "*", "\n"]
)


@given(st.lists(TRICKS | st.text(max_size=3), max_size=8).map("".join))
def test_escaped_text_reads_the_same(text):
    """Without the signs that are not seen and the backslashes Markdown takes away."""
    plain = formats.plain(text)
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain.replace("\u2060", ""))
    assert read == formats.visible(text).replace("\\u2060", "").strip() or (
        "\u2060" in text
    )
    assert "\n" not in plain


@pytest.mark.browser
def test_a_tables_own_download_computes_nothing(page):  # noqa: F811
    page.goto("/posting")
    page.get_by_text("The ledger", exact=True).wait_for(timeout=30_000)
    page.evaluate("delete window.showSaveFilePicker")  # else a dialog of the system's
    page.get_by_test_id("stDataFrame").first.hover()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").first.click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    [held, *_] = [row for row in rows if "Held" in row["state"]]
    assert held["project_code"].startswith("'=[x](http")
    assert not any(cell.startswith(tuple("=+@\t\r")) for cell in held.values())
    assert Decimal(held["desired"]) == Decimal("-120")
