"""Settings: a mistake is named and never leads to another firm's systems."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from dlt_pipelines.core import configuration
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT, firm_settings, instances, paths
from dlt_pipelines.landing.declarations import declared_tables, vendor_names
from dlt_pipelines.vendors.http import ApiClient


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


KANTATA = '[sources.psa]\nvendor = "kantata"\n'


@pytest.fixture
def secret(tmp_path):
    """Writes .dlt/secrets.toml."""

    def write(text: str) -> None:
        (tmp_path / ".dlt").mkdir(exist_ok=True)
        (tmp_path / ".dlt" / "secrets.toml").write_text(text)

    return write


MISSPELT = {
    # what is wrong: (config.toml, secrets.toml, what is told, what to do)
    "a section": (
        "\n[source.psa]\nvendor = 'kantata'\n",
        "",
        "config.toml line 2: [source] is no section",
        "write sources instead",
    ),
    "an option of a system": (
        KANTATA + 'base_ulr = "https://psa.example"\n',
        "",
        "config.toml line 3: kantata has no option base_ulr",
        "write base_url instead; there are access_token, base_url, decimal_mark,"
        " time_zone, vendor.",
    ),
    "a secret of a system": (
        KANTATA,
        '# keys\n[sources.psa]\nacces_token = "hunter2"\n',
        "secrets.toml line 3: kantata has no option acces_token",
        "write access_token instead",
    ),
    "a system in the secrets": (
        KANTATA,
        '[sources.pas]\naccess_token = "hunter2"\n',
        "secrets.toml line 1: config.toml has no [sources.pas]",
        "write psa instead",
    ),
    "a vendor": (
        "[sources.psa]\n\nvendor = 'kantatta'\n",
        "",
        "config.toml line 3: there is no vendor kantatta",
        "write kantata instead; there are adp, certinia,",
    ),
    "an option of the firm": (
        KANTATA,
        '[tieout]\nledger_ulr = "postgresql://u:hunter2@db/ledger"\n',
        "secrets.toml line 2: [tieout] has no option ledger_ulr",
        "write ledger_url instead",
    ),
    "a field's name in the tenant": (
        "[sources.crm]\nvendor = 'salesforce'\n[sources.crm.fields]\n"
        "projekt_code = 'PC__c'\n",
        "",
        "config.toml line 4: salesforce has no option fields.projekt_code",
        "write fields.project_code instead",
    ),
    "a dotted key": (
        "sources.psa.vendor = 'kantata'\nsources.psa.base_ulr = 'x'\n",
        "",
        "config.toml line 2: kantata has no option base_ulr",
        "write base_url instead",
    ),
    "a system that is a value": (
        '[sources]\npsa = "kantata"\n',
        "",
        "config.toml line 2: psa under [sources] is a value, not a system",
        "begin the system with [sources.psa]",
    ),
    "secrets without systems": (
        "",
        '[sources.psa]\naccess_token = "hunter2"\n',
        "secrets.toml line 1: config.toml has no [sources.psa]",
        "correct or remove psa; none is named there",
    ),
    "a firm's key without its systems": (
        "",
        '[tieout]\npseudonym_key = "hunter2"\n',
        "secrets.toml line 2: there is a pseudonym_key, but no system",
        "name the firm's systems there",
    ),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_what_nobody_reads_is_refused_with_its_line_and_the_right_spelling(
    configured, secret, case
):
    config, secrets, what, do = MISSPELT[case]
    secret(secrets)
    with pytest.raises(ConfigurationError) as refused:
        configured(config)
    assert what in refused.value.what
    assert do in refused.value.do
    assert "hunter2" not in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("variable", "what", "do"),
    [
        ("SOURCES__PSA__ACCESS_TOKN", "no option access_tokn", "write access_token"),
        ("SOURCES__PSS__ACCESS_TOKEN", "config.toml has no [sources.pss]", "write psa"),
        ("TIEOUT__LEDGER_ULR", "TIEOUT__LEDGER_ULR is no setting", "write ledger_url"),
    ],
)
def test_a_variable_that_nobody_reads_is_refused(
    configured, monkeypatch, variable, what, do
):
    monkeypatch.setenv(variable, "hunter2")
    with pytest.raises(ConfigurationError) as refused:
        configured(KANTATA)
    assert what in refused.value.what
    assert do in refused.value.do
    assert "hunter2" not in str(refused.value)


def test_a_misspelt_ledger_address_never_leaves_the_file_in_its_place(
    configured, secret
):
    configured(KANTATA)
    secret('[tieout]\nledger = "postgresql://db/ledger"\n')
    with pytest.raises(ConfigurationError, match=r"\[tieout\] has no option ledger"):
        firm_settings()


def test_what_is_known_is_read_and_the_environment_wins(
    configured, secret, monkeypatch
):
    secret('[sources.psa]\naccess_token = "file"\n[tieout]\npseudonym_key = "file"\n')
    monkeypatch.setenv("SOURCES__PSA__ACCESS_TOKEN", "environment")
    monkeypatch.setenv("TIEOUT__PSEUDONYM_KEY", "environment")
    monkeypatch.setenv("TIEOUT__LEDGER_URL", "")
    text = KANTATA + '[tieout]\nfirm = "Blue"\n[runtime]\nlog_level = "ERROR"\n'
    [psa] = configured(text)
    assert psa.option("access_token") == "environment"
    assert firm_settings() == {"firm": "Blue", "pseudonym_key": "environment"}


def test_a_folder_that_was_named_and_has_no_configuration_is_refused(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path / "frim"))
    with pytest.raises(ConfigurationError, match="where DLT_PROJECT_DIR has it") as no:
        instances()
    assert "correct DLT_PROJECT_DIR" in no.value.do


def test_a_file_of_nearly_the_right_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("DLT_PROJECT_DIR", raising=False)
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "confg.toml").write_text(KANTATA)
    with pytest.raises(ConfigurationError, match=r"confg.toml is read by nobody") as no:
        configuration.files(tmp_path)
    assert no.value.do == "rename it to config.toml."


def is_client(thing: object) -> bool:
    """Whether it is a client, of the vendor's own or one that several share."""
    return isinstance(thing, type) and issubclass(thing, ApiClient)


READ = re.compile(r"""\.option(?:s\.get)?\(\s*["'](\w+)["']""")


@pytest.mark.parametrize("vendor", vendor_names())
def test_a_vendor_declares_every_option_it_reads_and_no_other(vendor):
    client = importlib.import_module(f"dlt_pipelines.vendors.{vendor}.client")
    options = client.OPTIONS
    folder = ROOT / "dlt_pipelines" / "vendors" / vendor
    has_api = getattr(client, "HAS_CLOCK", True)
    read = {"base_url"} if has_api else set()  # by every client of an API
    clients = {
        Path(inspect.getfile(one)) for one in vars(client).values() if is_client(one)
    }
    for file in {*folder.glob("*.py"), *clients}:
        read |= set(READ.findall(file.read_text()))
    options = {option.partition(".")[0] for option in options}
    reports = {f"{table}_report" for table in declared_tables(vendor)}
    assert read <= options, "read, but not declared"
    assert options - reports <= read, "declared, but read by nobody"


@pytest.mark.parametrize("vendor", vendor_names())
def test_the_readme_names_only_options_that_a_vendor_knows(vendor):
    options = importlib.import_module(f"dlt_pipelines.vendors.{vendor}.client").OPTIONS
    readme = (ROOT / "README.md").read_text()
    [others] = re.findall(rf"^\| `{vendor}` \|.*?\|(.*)\|$", readme, re.MULTILINE)
    named = {word for word in re.findall(r"`([a-z_]+)`", others) if "_" in word}
    assert named <= set(options)
