"""A second PSA, added as `docs/new-vendor.md` tells: its time is in the margin."""

import re
import shutil
from pathlib import Path

import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.process import write_state
from tests.end_to_end.conftest import Firm, seen_by_finance_alone
from tests.end_to_end.firms import YOUNG
from tests.product import PARTS, copy_of_product

pytestmark = pytest.mark.slow

TIMEBOOK = Path(__file__).parent / "timebook"
FOLDERS = {
    "vendors": Path("dlt_pipelines/vendors/timebook"),
    "staging": Path("models/staging/timebook"),
}
PROJECT = Path("dbt_project/dbt_project.yml")
DOCS = (ROOT / "docs/new-vendor.md").read_text()
[LINE] = re.findall(r"```yaml\n(.*timebook.*\n)```", DOCS)


def add_timebook(tree: Path) -> None:
    """Its two folders, and the line that says which contracts it says."""
    for told, folder in FOLDERS.items():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(TIMEBOOK / told, tree / folder, ignore=ignored)
    text = (tree / PROJECT).read_text()
    (tree / PROJECT).write_text(
        text.replace("  vendor_roles:\n", f"  vendor_roles:\n{LINE}")
    )


def lines_outside(tree: Path) -> dict[Path, list[str]]:
    """What the tree has that the product has not, its new folders aside, by file."""
    new = {}
    for part in PARTS:
        for path in (tree / part).rglob("*"):
            file = path.relative_to(tree)
            if (
                path.is_dir()
                or "__pycache__" in file.parts
                or any(file.is_relative_to(folder) for folder in FOLDERS.values())
            ):
                continue
            ours = ROOT / file
            known = ours.read_bytes().splitlines() if ours.exists() else []
            told = path.read_bytes().splitlines()
            if told != known:
                new[file] = [line.decode() for line in told if line not in known]
    return new


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """The product with a second PSA."""
    made = copy_of_product(tmp_path_factory.mktemp("second psa") / "tree")
    add_timebook(made)
    return made


@pytest.fixture(scope="module")
def firm(tree) -> Firm:
    """The young firm with a second PSA beside its own."""
    firm = seen_by_finance_alone(tree.parent / "firm", root=tree)
    write_state(firm.work / "sandbox", YOUNG)
    firm.done("refresh", "--no-post")
    return firm


def test_it_touches_one_line_outside_its_folders(tree):
    assert lines_outside(tree) == {PROJECT: [LINE.rstrip()]}


# Nightly: the vendor of tests/casebook is added by the same line, and is in every mart.
@pytest.mark.nightly
def test_its_approved_time_reaches_the_margin(firm):
    [(hours, submitted, cost)] = firm.rows(
        "select sum(approved_hours), sum(submitted_hours), sum(labour_cost_amount)"
        " from marts.mart_project_margin_monthly where project_code = 'T9001'"
    )
    assert (hours, submitted) == (15, 7.5)  # one day of three is not signed off
    assert cost > 15 * 20


@pytest.mark.nightly
def test_its_margin_is_explained_by_its_entries(firm):
    explained = firm.rows(
        "select worked_hours, margin_amount from marts.mart_margin_explained"
        " where project_code = 'T9001' and worked_hours <> 0"
    )
    [(cost,)] = firm.rows(
        "select sum(labour_cost_amount) from marts.mart_project_margin_monthly"
        " where project_code = 'T9001'"
    )
    assert sum(hours for hours, _ in explained) == 15
    assert -sum(amount for _, amount in explained) == cost
