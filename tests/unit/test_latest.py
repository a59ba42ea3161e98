"""What the latest landing could not read whole."""

import contextlib

import duckdb
import pytest

from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing.landing import declare
from dlt_pipelines.landing.latest import not_whole

PSA, ERP = Instance("psa", "kantata", {}), Instance("erp", "netsuite", {})


@pytest.fixture
def landed(tmp_path):
    """Keeps landings: load, system, table, moment, status."""
    paths = Paths(tmp_path)
    declare(paths)

    def keep(*rows: tuple):
        with contextlib.closing(duckdb.connect(paths.land)) as raw:
            raw.executemany(
                "insert into raw._landings (load_id, source_instance, table_name,"
                " started_at, status) values (?, ?, ?, ?, ?)",
                rows,
            )
        return not_whole(paths, [PSA, ERP])

    return keep


def test_what_was_never_landed_is_not_whole(tmp_path, landed):
    assert not_whole(Paths(tmp_path / "nothing"), [PSA, ERP]) == ["erp", "psa"]
    assert landed(("1", "psa", "users", "2026-06-10", "landed")) == ["erp"]


def test_a_table_that_failed_is_not_whole_until_a_later_landing_reads_it(landed):
    assert landed(
        ("1", "erp", "accounts", "2026-06-10", "landed"),
        ("1", "psa", "users", "2026-06-10", "landed"),
        ("1", "psa", "time_entries", "2026-06-10", "failed"),
    ) == ["psa"]
    later = ("2", "psa", "users", "2026-06-10", "landed")
    assert landed(later, ("2", "psa", "time_entries", "2026-06-10", "landed")) == []
    assert landed(("3", "psa", "users", "2026-06-11", "unfinished")) == ["psa"]
