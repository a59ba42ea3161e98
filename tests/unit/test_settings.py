"""Settings: a mistake is named and never leads to another firm's systems."""

from pathlib import Path

import pytest

from dlt_pipelines.declarations import declared_tables
from dlt_pipelines.errors import ConfigurationError
from dlt_pipelines.settings import ROOT, instances, paths


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """Writes .dlt/config.toml and returns the instances it names."""
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    (tmp_path / ".dlt").mkdir()

    def write(text: str | bytes):
        text = text.encode() if isinstance(text, str) else text
        (tmp_path / ".dlt" / "config.toml").write_bytes(text)
        return instances()

    return write


def test_a_source_without_a_vendor_does_not_leave_the_sandbox_in_its_place(configured):
    with pytest.raises(ConfigurationError, match=r"\[sources.psa\] names no vendor"):
        configured('[sources.psa]\nbase_url = "https://psa.example"')


def test_the_environment_may_name_the_vendor(configured, monkeypatch):
    monkeypatch.setenv("SOURCES__PSA__VENDOR", "kantata")
    assert configured("[sources.psa]")[0].vendor == "kantata"


@pytest.mark.parametrize("name", ["ledger", "PSA", "'psa emea'", '"o\'brien"'])
def test_a_name_that_would_not_do_is_refused(configured, name):
    with pytest.raises(ConfigurationError, match="is no name for an instance"):
        configured(f'[sources.{name}]\nvendor = "kantata"')


def test_a_file_that_is_not_text_is_not_quoted(configured):
    with pytest.raises(ConfigurationError, match=r"config.toml .* not UTF-8") as error:
        configured(b'secret = "caf\xe9-hunter2"')
    assert "hunter2" not in str(error.value)


def test_an_unknown_vendor_is_named_with_those_there_are():
    with pytest.raises(ConfigurationError, match="no vendor oracle") as error:
        declared_tables("oracle")
    assert "netsuite" in error.value.do


def test_an_empty_work_folder_setting_is_not_the_current_folder(monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", "")
    assert paths().work == Path(ROOT / "work")
