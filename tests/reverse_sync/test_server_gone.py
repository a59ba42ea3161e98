"""A ledger's server that goes away is a system not reached; nothing is doubled."""

import contextlib

import pytest
from click.testing import CliRunner

from dlt_pipelines import cli
from dlt_pipelines.core.errors import ConfigurationError, Unreachable, explained
from dlt_pipelines.operations import refresh
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from tests import postgres
from tests.reverse_sync.conftest import desired

pytestmark = pytest.mark.xdist_group("postgresql")
ROWS = [desired(), desired(month=6, amount="12.34", hours="1")]


@pytest.fixture
def server():
    """A server of its own, as it will be stopped."""
    with postgres.cluster() as running:
        running.sql("create database ledger")
        yield running


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_goes_while_posting_is_told_and_doubles_nothing(
    server, erp, mode
):
    address = server.uri("ledger", "postgresql+psycopg")
    [target] = erp.targets()
    send = target.post

    def stop_and_send(documents):
        postgres.stop(server, mode)
        return send(documents)

    target.post = stop_and_send
    with contextlib.closing(Ledger(address)) as ledger:
        told = post(compare(ROWS, ledger), ledger, [target]).stopped
    assert isinstance(told, Unreachable)
    assert "the ledger's server" in told.what
    assert told.exit_code == 3
    postgres.start(server)
    with contextlib.closing(Ledger(address)) as ledger:
        post(compare(ROWS, ledger), ledger, erp.targets())
    assert len(erp.journals()) == 2


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_an_idle_session_that_was_cut_is_told_too(server, mode):
    with contextlib.closing(
        Ledger(server.uri("ledger", "postgresql+psycopg"))
    ) as ledger:
        ledger.heads()
        postgres.stop(server, mode)
        with pytest.raises(Exception) as error:  # noqa: PT011
            ledger.heads()
    assert isinstance(explained(error.value), Unreachable)
    postgres.start(server)


def test_a_server_that_is_not_there_ends_a_command_with_3(monkeypatch, tmp_path):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path))
    nobody = f"postgresql+psycopg://me:hunter2@127.0.0.1:{postgres.free_port()}/ledger"
    monkeypatch.setattr(refresh, "refresh", lambda *_, **__: Ledger(nobody))
    run = CliRunner().invoke(cli.main, ["refresh"])
    assert run.exit_code == 3
    assert "the ledger's server did not answer" in run.output
    assert "ledger_url" in run.output
    assert "hunter2" not in run.output
    assert not (tmp_path / "error.log").exists()


def test_a_database_that_does_not_exist_is_a_wrong_setting(server):
    with pytest.raises(Exception) as error:  # noqa: PT011
        Ledger(server.uri("no_such_ledger", "postgresql+psycopg"))
    assert isinstance(explained(error.value), ConfigurationError)
