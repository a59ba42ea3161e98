"""What a record is called ends no command and commands no terminal."""

import io
import re
from decimal import Decimal

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines import cli
from dlt_pipelines.commands import run
from dlt_pipelines.commands.console import Console, PlainConsole
from dlt_pipelines.core.errors import ConfigurationError, Unreachable
from dlt_pipelines.core.readings import Reading
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.core.text import visible
from dlt_pipelines.landing import deletions
from dlt_pipelines.landing.deletions import InDoubt
from dlt_pipelines.landing.landing import LandingReport, TableLanded, declare
from dlt_pipelines.operations import refresh
from dlt_pipelines.reverse_sync import show
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.warehouse import publication
from tests.reverse_sync.conftest import desired

NASTY = [
    "[/b]", "[bold red]x[/]", "[link=http://evil.example]x[/link]", ":smile:",
    "\x1b[2J\x1b[31mowned", "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07",
    "\x9b31m", "a\rb", "a\nControls   99 passed", "\u202egnp.exe", "\u2066x", "\x00",
]  # fmt: skip
NAMES = st.lists(
    st.sampled_from(NASTY) | st.text(max_size=5), min_size=1, max_size=4
).map("".join)
STYLES = re.compile(r"\x1b\[[\d;]*m")  # what Rich itself writes: colours and weights


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """The plan whose project, entity, reason and owner have a name."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")

    def named(name: str):
        rows = [
            desired(project=name, hold_owner=name),
            desired(month=6, policy_action="hold", hold_reason=name, hold_owner=name),
        ]
        return compare(rows, ledger)

    yield named
    ledger.close()


def printed(*shown) -> str:
    """What a terminal gets, without Rich's own colours."""
    out = io.StringIO()
    console = PlainConsole(file=out, force_terminal=True, width=5000)
    for renderable in shown:
        console.print(renderable)
    return STYLES.sub("", out.getvalue())


@given(NAMES)
def test_a_plan_shows_any_name_as_it_is(plans, name):
    planned = plans(name)
    told = printed(show.table(planned), show.difference(planned))
    assert all(visible(line) == line for line in told.split("\n"))
    assert visible(name).strip() in told.replace("\u00a0", " ") or "\t" in name


@pytest.mark.parametrize("name", NASTY)
def test_every_line_and_error_is_shown_as_text(monkeypatch, tmp_path, name):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path))

    def fail(*_, **__):
        cli.console.line(f"{name} 10 read")
        raise ConfigurationError(f"{name} is wrong", f"correct {name}.")

    monkeypatch.setattr(refresh, "refresh", fail)
    run = CliRunner().invoke(cli.main, ["refresh"])
    assert run.exit_code == 2
    assert f"{visible(name)} 10 read" in run.output
    assert f"✗ {visible(name)} is wrong" in run.output
    assert f"→ correct {visible(name)}." in run.output
    assert len(run.output.splitlines()) == 3


def test_a_defects_trace_commands_no_terminal(monkeypatch, tmp_path):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path))

    def fail(*_, **__):
        raise KeyError("\x1b[2J" + "\u202e")

    monkeypatch.setattr(refresh, "refresh", fail)
    assert CliRunner().invoke(cli.main, ["refresh"]).exit_code == 70
    log = (tmp_path / "error.log").read_text()
    assert "\x1b" not in log
    assert "\u202e" not in log


def test_numbers_and_names_of_letters_are_left_alone():
    assert visible("Zoë Müller-O'Brien, 株式会社, علی\u200cرضا") == (
        "Zoë Müller-O'Brien, 株式会社, علی\u200cرضا"
    )
    assert show.money(Decimal("-1234.5"), "USD") == "(1,234.50)"
    assert show.money(Decimal("-1234.0000"), "JPY") == "(1,234)"
    assert show.money(Decimal("12.3450"), "BHD") == "12.345"


def test_only_deletions_that_were_told_are_confirmed(monkeypatch, tmp_path):
    held = Paths(tmp_path)
    monkeypatch.setattr(run, "paths", lambda: held)
    with pytest.raises(ConfigurationError, match=r"no deletions of hr\.workers wait"):
        run._check_waiting(["hr.workers"], None)
    declare(held)
    told = {"workers": {"1", "2"}, "absences": {"3"}}
    deletions.keep_waiting(held.land, "hr", told)
    deletions.keep_waiting(held.land, "hr", {"absences": set()})
    run._check_waiting(["hr.workers"], None)
    run._check_waiting(["hr.workers"], {"hr", "psa"})
    with pytest.raises(ConfigurationError, match=r"those that wait are of hr\.workers"):
        run._check_waiting(["hr.absences"], None)
    with pytest.raises(ConfigurationError, match="of hr are confirmed by landing it"):
        run._check_waiting(["hr.workers"], {"psa"})


def test_every_error_of_a_landing_is_told_once():
    silent, gone = Unreachable("no answer", "wait"), InDoubt("46 rows", "confirm")
    again = Unreachable("no answer", "wait")
    errors = [silent, None, again, gone]
    tables = [
        TableLanded("psa", "kantata", f"t{n}", 0, 0, error)
        for n, error in enumerate(errors)
    ]
    report = LandingReport("L1", tables)
    assert [error.what for error in report.errors] == ["no answer", "46 rows"]
    assert report.failures == {"psa": silent}


def test_what_is_not_whole_is_told_with_its_age(capsys):
    whole = [
        Reading("psa", "users", "landed", 0),
        Reading("hr", "workers", "landed", 0),
    ]
    lacking = [
        Reading("psa", "time_entries", "failed", 3, "no answer"),
        Reading("hr", "absences", "deletions waiting", 1),
        Reading("spend", None, "never read", None),
    ]
    Console().readings(whole)
    Console().readings(lacking + whole)
    Console().readings([])  # of an earlier release
    assert capsys.readouterr().out.splitlines() == [
        "Sources    all 2 tables of 2 systems are whole",
        "Sources    2 of 5 tables of 3 systems are whole",
        "           psa time entries: 3 days old, failed: no answer",
        "           hr absences: 1 day old, deletions waiting",
        "           spend: never read whole, never read",
    ]


def test_exceptions_are_told_by_severity_with_their_amounts(capsys):
    told = [
        ("high", 2, {"JPY": Decimal("1200"), "USD": Decimal("3.5")}),
        ("low", 1, {}),
    ]
    Console().exceptions(told)
    assert capsys.readouterr().out.splitlines() == [
        "Exceptions 2 high: 1,200 JPY, 3.50 USD",
        "           1 low",
    ]
    Console().exceptions([])
    assert capsys.readouterr().out == "Exceptions none\n"


def test_exceptions_of_a_file_are_counted_and_never_added_across_currencies(tmp_path):
    file = tmp_path / "tieout.duckdb"
    with duckdb.connect(file) as db:
        db.execute("create table nothing (id integer)")
    assert publication.exceptions(file) == []
    with duckdb.connect(file) as db:
        db.execute("create schema reconciliation")
        db.execute(
            "create table reconciliation.rec_exceptions as from (values"
            " ('low', null, null), ('high', 'USD', -3.50), ('medium', 'USD', 1.00),"
            " ('high', 'JPY', 1200.00), ('high', 'USD', 4.00), ('high', null, 5.00)"
            ") as t(severity, currency_code, amount)"
        )
    assert publication.exceptions(file) == [
        ("high", 4, {"JPY": 1200, "USD": Decimal("7.50")}),
        ("medium", 1, {"USD": 1}),
        ("low", 1, {}),
    ]
