"""A refresh with two ERPs: one that could not be landed waits, the other does not."""

import contextlib
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from dlt_pipelines.commands.console import Console
from dlt_pipelines.core.errors import Unreachable
from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.operations import refresh
from dlt_pipelines.operations.refresh import RefreshReport, Systems
from dlt_pipelines.reverse_sync import record_run, run
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Plan, compare
from dlt_pipelines.reverse_sync.posting import PostingReport
from tests.reverse_sync.conftest import desired

INSTANCES = [
    Instance("erp_us", "netsuite", {}),
    Instance("erp_eu", "netsuite", {}),
    Instance("psa", "kantata", {}),
]
SILENT = Unreachable("no answer", "wait")


@pytest.fixture
def done(monkeypatch, tmp_path):
    """Post after a landing that failed in some systems; what was asked of whom."""

    def after(*failed: str):
        asked = {"landed": [], "records": 0}

        def post(planned, paths, instances, away):
            asked["away"] = away
            names = {"erp_us", "erp_eu"} - set(away)
            posted = [SimpleNamespace(target=name, kind="k") for name in sorted(names)]
            return {p.target: PostingReport(posted=[p]) for p in posted}

        def write(*_):
            asked["records"] += 1
            return []

        def land(paths, systems, console, only):
            asked["landed"] += sorted(only)
            return SimpleNamespace(failures={}, tables=[])

        for module in (run, record_run):
            monkeypatch.setattr(module, "make_plan", lambda _: Plan())
        monkeypatch.setattr(run, "submit", lambda *_: [])
        monkeypatch.setattr(run, "post_plan", post)
        monkeypatch.setattr(run, "lines", lambda reports: sorted(reports))
        monkeypatch.setattr(record_run, "post_plan", write)
        monkeypatch.setattr(refresh, "land", land)
        monkeypatch.setattr(refresh, "build_and_publish", lambda *_: None)
        report = RefreshReport()
        failures = dict.fromkeys(failed, SILENT)
        report.landings.append(SimpleNamespace(failures=failures, tables=[]))
        now = datetime(2026, 6, 10, tzinfo=UTC)
        systems = Systems(INSTANCES, now, date(2026, 6, 10), b"", "Blue Ltd")
        refresh.post_and_confirm(Paths(tmp_path), systems, Console(), report)
        return report, asked

    return after


def test_an_erp_that_could_not_be_landed_waits_and_the_other_does_not(done, capsys):
    report, asked = done("erp_eu")
    assert (list(asked["away"]), report.posted) == (["erp_eu"], ["erp_us"])
    assert asked["landed"] == ["erp_us"]
    assert asked["records"] == 0  # a record compares systems
    assert report.exit_code == 3
    report.plan = Plan()
    Console()._postings(report)
    assert "none in erp_eu: it could not be landed" in capsys.readouterr().out


@pytest.mark.parametrize("failed", [("psa",), ("erp_us", "erp_eu"), ("erp_eu", "psa")])
def test_nothing_is_posted_where_the_figures_are_not_whole(done, failed):
    report, asked = done(*failed)
    assert (report.posted, asked["landed"]) == ([], [])
    assert report.no_posting_because == f"{', '.join(failed)} could not be landed"


def test_all_erps_are_landed_again_when_all_were_posted_in(done):
    report, asked = done()
    assert (list(asked["away"]), asked["records"]) == ([], 1)
    assert (asked["landed"], report.exit_code) == (["erp_eu", "erp_us"], 0)


def test_status_counts_what_has_no_answer_by_erp(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_configured", lambda: None)
    paths = Paths(tmp_path)
    assert run.unanswered(paths) == {}
    with contextlib.closing(Ledger(paths.ledger)) as ledger:
        rows = [desired(), desired(month=6, target_instance="erp_eu")]
        for entry in compare(rows, ledger).to_post:
            ledger.intend(entry.intents, entry.target)
    assert run.unanswered(paths) == {"erp_eu": 1, "netsuite": 1}
