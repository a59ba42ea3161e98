"""The stub snapshot, published; and a second copy of it to read expectations from.

A test never opens the file the app has open: it reads the reference copy instead.
"""

import shutil
from pathlib import Path

import duckdb
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from tests.dashboards import stub
from tests.dashboards.browser import chromium

APP = str(Path(__file__).parents[2] / "dashboards" / "app.py")
config._main_script_path = APP  # as `streamlit run` says it: its .streamlit is read


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A published snapshot file; never opened by a test itself."""
    path = tmp_path_factory.mktemp("snapshots") / "2026-06-10-1.duckdb"
    stub.build(path)
    return path


@pytest.fixture
def published(built, tmp_path, monkeypatch) -> Path:
    """The published link, pointing to a snapshot of the stub firm."""
    snapshot = tmp_path / built.name
    shutil.copy(built, snapshot)
    link = tmp_path / "tieout.duckdb"
    link.symlink_to(snapshot)
    monkeypatch.setenv("TIEOUT_PUBLISHED_PATH", str(link))
    return link


@pytest.fixture
def open_page(published):
    """Opens a page of the app at a link's parameters: ``open_page("group.py")``."""

    def open_at(file: str, **parameters: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=30)
        app.switch_page(file)
        for name, value in parameters.items():
            app.query_params[name] = [value]
        app.run()
        assert not app.exception
        return app

    return open_at


@pytest.fixture(scope="session")
def reference(built):
    """Asks a copy of the stub database: ``reference(sql)`` gives rows."""
    copy = built.with_name("reference.duckdb")
    shutil.copy(built, copy)
    with duckdb.connect(str(copy), read_only=True) as database:
        yield lambda sql: database.execute(sql).fetchall()


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened
