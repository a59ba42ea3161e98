"""A ledger's server that is not there or went away ends a command as unreached."""

import contextlib

import pytest
from click.testing import CliRunner

from dlt_pipelines import cli, refresh
from dlt_pipelines.errors import Unreachable, explained
from dlt_pipelines.reverse_sync.ledger import Ledger
from tests import postgres

pytestmark = pytest.mark.xdist_group("postgresql")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_an_idle_session_that_was_cut_is_told(mode):
    with postgres.cluster() as server:
        server.sql("create database ledger")
        address = server.uri("ledger", "postgresql+psycopg")
        with contextlib.closing(Ledger(address)) as ledger:
            ledger.heads()
            postgres.stop(server, mode)
            with pytest.raises(Exception) as error:  # noqa: PT011 - the driver's
                ledger.heads()
        postgres.start(server)
    assert isinstance(explained(error.value), Unreachable)


def test_a_server_that_is_not_there_ends_a_command_with_3(monkeypatch, tmp_path):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path))
    nobody = f"postgresql+psycopg://me:hunter2@127.0.0.1:{postgres.free_port()}/ledger"
    monkeypatch.setattr(refresh, "refresh", lambda *_, **__: Ledger(nobody))
    run = CliRunner().invoke(cli.main, ["refresh"])
    assert run.exit_code == 3
    assert "the ledger's database ledger at 127.0.0.1 could not be" in run.output
    assert "ledger_url" in run.output
    assert "hunter2" not in run.output
    assert not (tmp_path / "error.log").exists()
