"""What the firm decides once: the currency it reports in, whose rates count."""

from pathlib import Path

import pytest
import yaml

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.warehouse.policies import firm_policies, policies
from tests.policy_seeds import rewritten as write
from tests.policy_seeds import seeds_with

SEEDS = ROOT / "seeds"


@pytest.fixture
def folder(tmp_path) -> Path:
    return seeds_with(tmp_path)


def in_lari(folder: Path, reporting: str) -> Path:
    """All entities keep their books in lari."""
    for currency in ("USD", "GBP", "EUR"):
        write(folder, "legal_entity_policies", f",{currency},", ",GEL,")
    write(folder, "firm_policies", "\nUSD,", f"\n{reporting},")
    return folder


def test_dbt_by_hand_has_what_is_delivered():
    said = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text())["vars"]
    delivered = firm_policies.decided(SEEDS)
    del delivered["owner"]
    assert {name: str(said[name]) for name in delivered} == delivered


def test_a_firm_of_one_currency_reports_in_it(folder):
    decided = firm_policies.decided(in_lari(folder, ""))
    assert decided["reporting_currency_code"] == "GEL"


def test_a_firm_of_several_says_in_which(folder):
    write(folder, "firm_policies", "\nUSD,", "\n,")
    with pytest.raises(ConfigurationError) as refused:
        firm_policies.decided(folder)
    assert "the entities keep books in EUR, GBP, USD" in refused.value.what


def test_reporting_in_what_nobody_keeps_books_in_is_told(folder):
    assert firm_policies.unusual(SEEDS) == []
    [told] = firm_policies.unusual(in_lari(folder, "USD"))
    assert "reports in USD, and the entities keep books in GEL" in told


def test_rates_are_those_of_a_system_that_is_there(folder):
    write(folder, "firm_policies", "USD,,", "USD,erp_us,")
    firm_policies.check(["erp_us", "psa"], folder)
    with pytest.raises(ConfigurationError) as refused:
        firm_policies.check(["erp", "psa"], folder)
    assert "rates_from erp_us, which is no configured system" in refused.value.what


def test_one_row_decides(folder):
    row = (folder / "firm_policies.csv").read_text().splitlines()[1]
    write(folder, "firm_policies", "CFO", f"CFO\n{row.replace('CFO', 'Finance')}")
    assert list(map(str, policies.problems(folder))) == [
        "seeds/firm_policies.csv line 3: line 2 decides already"
    ]
    (folder / "firm_policies.csv").write_text(
        (folder / "firm_policies.csv").read_text().splitlines()[0] + "\n"
    )
    assert list(map(str, policies.problems(folder))) == [
        "seeds/firm_policies.csv: it has no row, and one must decide"
    ]
