"""Whatever goes wrong reaches the user as two sentences and the right exit code."""

import errno
import os
import re
import subprocess
import sys

import duckdb
import pytest
from click.testing import CliRunner

from dlt_pipelines import cli
from dlt_pipelines.core.errors import ConfigurationError, explained
from dlt_pipelines.operations import refresh


def test_an_error_of_ours_is_found_behind_a_librarys():
    ours = ConfigurationError("crm has no base_url", "set it.")
    theirs = RuntimeError("pipeline step failed")
    theirs.__cause__ = ours
    assert explained(theirs) is ours


HOLDER = """
import duckdb, sys
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_a_database_that_is_open_elsewhere_is_named(tmp_path):
    file = tmp_path / "land.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(duckdb.Error) as error:
            duckdb.connect(file)
        holder.stdin.close()
    assert explained(error.value).what == "land.duckdb is open in another program"


def test_a_damaged_database_is_named(tmp_path):
    file = tmp_path / "land.duckdb"
    file.write_bytes(b"not a database " * 1000)
    with pytest.raises(duckdb.Error) as error:
        duckdb.connect(file)
    assert "land.duckdb is damaged" in explained(error.value).what


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOTDIR, errno.EROFS])
def test_a_path_that_cannot_be_used_is_named(number):
    error = OSError(number, os.strerror(number), "/firm/work")
    assert explained(error).what.startswith("/firm/work cannot be used")


@pytest.fixture
def run_that(monkeypatch, tmp_path):
    """Runs `tieout refresh` where the run raises the given error."""
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path))

    def run(error: BaseException):
        def fail(*_, **__):
            raise error

        monkeypatch.setattr(refresh, "refresh", fail)
        return CliRunner().invoke(cli.main, ["refresh"])

    return run


def test_a_defect_is_no_traceback_and_no_exit_code_1(run_that, tmp_path, capfd):
    run = run_that(KeyError("salary 5000"))
    assert run.exit_code == 70
    assert "salary" not in run.output + "".join(capfd.readouterr())
    assert "salary 5000" in (tmp_path / "error.log").read_text()


def test_an_interruption_is_not_a_control_that_failed(run_that):
    assert run_that(KeyboardInterrupt()).exit_code == 130


def test_an_error_of_ours_keeps_its_exit_code(run_that):
    assert run_that(ConfigurationError("wrong", "correct it.")).exit_code == 2


@pytest.mark.parametrize(
    "words",
    ["sandbox advance --days -1", "sandbox reset --scale 0", "sandbox serve --port -1"],
)
def test_a_number_out_of_range_is_a_usage_error(words, tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path))
    run = CliRunner().invoke(cli.main, words.split())
    assert run.exit_code == 2
    assert re.search("range", run.output)
