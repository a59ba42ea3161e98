"""A firm's own words, on the command line as on the pages."""

import io
import shutil

import pytest
from rich.console import Console

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import DELIVERED_SEEDS
from dlt_pipelines.reverse_sync import show
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.warehouse.policies import labels
from tests.reverse_sync.conftest import desired

OWN = (
    "term,label,plural_label,owner\n"
    "practice,business unit,business units,PMO\n"
    "legal_entity,company,companies,PMO\n"
    "entity,agency,agencies,PMO\n"
)


@pytest.fixture
def seeds(tmp_path):
    """A firm's folder of policies, with words of its own."""
    shutil.copytree(DELIVERED_SEEDS, tmp_path / "seeds")
    (tmp_path / "seeds" / "labels.csv").write_text(OWN)
    return tmp_path / "seeds"


def test_a_text_is_in_the_firms_words(seeds):
    told = labels.said(
        "Each legal entity has an entity or a Practice; Practices", seeds
    )
    assert told == "Each company has an agency or a Business unit; Business units"


def test_delivered_words_stay_and_a_folder_without_any_has_these(tmp_path):
    told = "legal entities and practices"
    assert labels.said(told, DELIVERED_SEEDS) == told
    assert labels.said(told, tmp_path) == told


def test_a_seed_that_nobody_can_read_is_named(seeds):
    (seeds / "labels.csv").write_text(OWN.replace("company,", ","))
    with pytest.raises(ConfigurationError, match="labels"):
        labels.said("a practice", seeds)


def test_a_plan_is_told_in_the_firms_words(seeds, monkeypatch, ledger):
    said = labels.said
    monkeypatch.setattr(labels, "said", lambda text: said(text, seeds))
    planned = compare([desired(target_instance=None)], ledger)
    out = io.StringIO()
    Console(file=out, width=160).print(show.table(planned))
    assert "Agency" in out.getvalue()
    assert "hold: company has no ERP" in out.getvalue()
    assert planned.summary().endswith("(1 company has no ERP), 0 in balance")
