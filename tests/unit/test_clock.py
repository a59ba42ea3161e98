"""A machine's clock is held to what the systems say; what it spoilt is put right."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import duckdb
import pytest

from dlt_pipelines.commands.console import Console
from dlt_pipelines.core.errors import ConfigurationError, Unreachable
from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing import clock, landing
from dlt_pipelines.operations import refresh

TODAY = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        assert "Authorization" not in self.headers
        self.send_response_only(401)
        if self.server.says:
            self.send_header("Date", format_datetime(self.server.says, usegmt=True))
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def systems():
    """Makes systems, each with what it says the time is."""
    with contextlib.ExitStack() as stack:

        def made(*says: datetime | None) -> list[Instance]:
            return [serve(stack, f"crm_{n}", moment) for n, moment in enumerate(says)]

        yield made


def serve(stack: contextlib.ExitStack, name: str, says: datetime | None) -> Instance:
    server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    server.says = says
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    stack.callback(thread.join)
    stack.callback(server.shutdown)
    return at(name, server.server_port)


def at(name: str, port: int) -> Instance:
    options = {"base_url": f"http://127.0.0.1:{port}", "tenant": "t"}
    login = {"username": "u", "password": "p", "report_owner": "o"}
    return Instance(name, "workday", options | login)


@pytest.mark.parametrize("days", [20, -20, 1, -1])
def test_a_clock_that_no_system_agrees_with_is_refused(systems, days):
    wrong = TODAY + timedelta(days=days)
    with pytest.raises(ConfigurationError, match="the systems say 2026-11-29 08:30"):
        clock.agree(systems(TODAY, TODAY), wrong)


@pytest.mark.parametrize("minutes", [29, -29, 0])
def test_a_drift_of_minutes_is_let_pass(systems, minutes):
    clock.agree(systems(TODAY), TODAY + timedelta(minutes=minutes))


@pytest.mark.parametrize("off", [timedelta(days=400), timedelta(days=-400)])
def test_one_system_with_a_wrong_clock_stops_nothing(systems, off):
    clock.agree(systems(TODAY, TODAY + off, None), TODAY)


def test_a_system_that_does_not_answer_is_passed_over(systems):
    with pytest.raises(ConfigurationError, match="this machine's clock"):
        clock.agree([at("gone", 9), *systems(TODAY)], TODAY + timedelta(days=20))


def test_where_no_system_answers_no_day_is_believed(systems):
    with pytest.raises(Unreachable, match=r"none of the systems .* gone"):
        clock.agree([at("gone", 9), *systems(None)], TODAY)


@pytest.fixture
def firm(systems, monkeypatch, tmp_path):
    """The configured firm of one system, on a machine whose clock may be moved."""
    paths = Paths(tmp_path)

    def on(machine: datetime):
        run = refresh.Systems(systems(TODAY), machine, machine.date(), b"k", False)
        monkeypatch.setattr(refresh, "systems", lambda _: contextlib.nullcontext(run))
        return paths, run

    return on


def test_nothing_is_landed_under_a_day_that_is_not_yet(firm):
    paths, _ = firm(TODAY + timedelta(days=20))
    with (
        pytest.raises(ConfigurationError, match="nothing was landed"),
        refresh.ready_to_land(paths),
    ):
        pass
    assert not paths.land.exists()


def test_what_a_wrong_clock_left_in_raw_is_dated_now_and_read_again(firm, capsys):
    paths, run = firm(TODAY)
    now = TODAY.replace(tzinfo=None)
    later, before = now + timedelta(days=20), now - timedelta(days=20)
    landing.declare(paths)
    with duckdb.connect(paths.land) as raw:
        columns = "load_id, source_instance, vendor, as_of_date, started_at"
        insert = f"insert into raw._landings ({columns}) values"
        for load, at in (("wrong", later), ("right", before)):
            row = [load, "kantata", "kantata", at.date(), at]
            raw.execute(f"{insert} (?, ?, ?, ?, ?)", row)
        raw.execute("insert into raw.kantata__roles (_landed_at) values (?)", [later])
        raw.execute("insert into kept.forecasts (as_of_date) values (?)", [later])
    (paths.pipelines / "kantata").mkdir(parents=True)
    refresh._correct_clock(paths, run, Console())
    assert "Clock      1 landings were dated later" in capsys.readouterr().out
    assert not paths.pipelines.exists()  # and with it how far each system was read
    with duckdb.connect(paths.land) as raw:
        landings = "select as_of_date, started_at from raw._landings order by load_id"
        assert raw.execute(landings).fetchall() == [
            (before.date(), before),
            (TODAY.date(), now),
        ]
        roles = raw.execute("select _landed_at from raw.kantata__roles").fetchall()
        assert roles == [(now,)]
        assert raw.execute("from kept.forecasts").fetchall() == []
    refresh._correct_clock(paths, run, Console())
    assert capsys.readouterr().out == ""
