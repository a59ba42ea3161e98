"""The pages follow the published link, hold nobody up and say when nothing is there."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import warehouse
from dlt_pipelines.core import books
from dlt_pipelines.core.settings import Paths
from tests.dashboards import stub
from tests.dashboards.conftest import APP

PAGES = (
    "margin.py",
    "explained.py",
    "billing.py",
    "forecast.py",
    "utilisation.py",
    "group.py",
    "reconciliation.py",
    "exceptions.py",
)


def open_page(page: str = "margin.py") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    app.switch_page(page)
    app.run()
    assert not app.exception
    return app


def says(app: AppTest) -> str:
    return "\n".join(part.value for part in app.info)


@pytest.mark.parametrize("page", PAGES)
def test_without_a_snapshot_it_says_what_to_run(page, tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_PUBLISHED_PATH", str(tmp_path / "tieout.duckdb"))
    assert "tieout refresh" in says(open_page(page))


@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_is_no_database_says_what_to_run(page, tmp_path, monkeypatch):
    path = tmp_path / "tieout.duckdb"
    path.write_text("not a database")
    monkeypatch.setenv("TIEOUT_PUBLISHED_PATH", str(path))
    assert "tieout refresh" in says(open_page(page))


@pytest.mark.parametrize(
    "page", sorted({*PAGES} - {"exceptions.py"})
)  # none is good news
@pytest.mark.parametrize("complete", [True, False])
def test_an_empty_snapshot_says_what_to_run(page, complete, tmp_path, monkeypatch):
    path = tmp_path / "tieout.duckdb"
    with duckdb.connect(str(path)) as database:
        if complete:
            stub.create(database)
            stub.describe(database, "empty")
        else:
            database.execute("create table nothing (id integer)")
    monkeypatch.setenv("TIEOUT_PUBLISHED_PATH", str(path))
    assert "tieout refresh" in says(open_page(page))


def test_a_new_snapshot_shows_at_the_next_rerun(published, tmp_path):
    app = open_page()
    before = {metric.label: metric.value for metric in app.metric}
    newer = tmp_path / "newer.duckdb"
    stub.build(newer, shift=Decimal(1000))
    pending = tmp_path / "pending"
    pending.symlink_to(newer)
    pending.replace(published)
    app.run()
    after = {metric.label: metric.value for metric in app.metric}
    assert not app.exception
    assert after["Margin, EUR"] != before["Margin, EUR"]


def test_a_past_day_as_it_was_known_is_shown_and_says_so(published):
    with duckdb.connect(str(published.resolve())) as database:
        database.execute("drop schema publication cascade")
        database.execute("create table canonical.dim_as_of (as_of_date date)")
        database.execute("insert into canonical.dim_as_of values (date '2026-06-10')")
    badges = " ".join(part.value for part in open_page().markdown)
    assert "As of 10 June 2026" in badges
    assert "As it was known then; never published" in badges
    assert "3 controls passed, 2 with differences" in badges


@pytest.mark.parametrize("page", [*PAGES, "posting.py"])
@pytest.mark.parametrize(
    ("key", "firm", "badge"),
    [
        (books.SANDBOX_KEY.encode(), books.SANDBOX, "sandbox: a simulated firm"),
        (b"a firm's", "Blue Ltd", "Blue Ltd"),
    ],
)
def test_every_page_says_whose_figures_it_shows(
    built, tmp_path, monkeypatch, page, key, firm, badge
):
    work = Paths(tmp_path / "work")
    work.published.parent.mkdir(parents=True)
    books.claim(work, key, firm)
    shutil.copy(built, work.published)
    monkeypatch.setenv("TIEOUT_PUBLISHED_PATH", str(work.published))
    assert badge in " ".join(part.value for part in open_page(page).markdown)


def test_a_past_day_of_the_sandbox_says_so_too(tmp_path):
    books.claim(Paths(tmp_path), books.SANDBOX_KEY.encode(), books.SANDBOX)
    known = tmp_path / "known" / "20260610T060000" / "published" / "tieout.duckdb"
    assert books.owner_of(known).name == "sandbox"
    assert books.owner_of(tmp_path / "elsewhere" / "tieout.duckdb") is None


def test_an_open_page_stops_no_other_process(published):
    open_page()
    script = f"import duckdb; duckdb.connect({str(published.resolve())!r}).close()"
    subprocess.run(
        [sys.executable, "-c", script.replace(").close", ", read_only=True).close")],
        check=True,
    )
    published.resolve().unlink()


def test_a_query_need_not_wait_for_that_of_an_interrupted_run(published, monkeypatch):
    with duckdb.connect(str(published.resolve()), read_only=True) as connection:
        state = {"_snapshot": (str(published), connection.cursor())}
        monkeypatch.setattr(warehouse.st, "session_state", state)
        slow = "select sum(a.range) from range(20000) as a, range(5000) as b"
        with ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(warehouse.query, slow) for _ in range(8)]
            assert len({answer.result().item() for answer in answers}) == 1


def test_the_connection_can_neither_write_nor_read_files(published):
    path = str(published.resolve())
    connection = duckdb.connect(path, read_only=True, config=warehouse.SETTINGS)
    with connection:
        for statement in (
            "create table marts.x (id integer)",
            "select * from read_text('/etc/hostname')",
            "attach ':memory:' as other; copy (select 1) to 'x.csv'",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
