"""What README and CONTRIBUTING tell a cold reader to do works, word for word."""

import re

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT
from tests.end_to_end.conftest import Firm
from tests.product import copy_of_product

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
QUERIES = re.findall(r"```sql\n(select.*?)```", README, re.DOTALL)
STEPS = re.findall(
    r"`((?:dlt_pipelines|models)/[\w/]*skillbook/[\w.]+)`\n\n```\w+\n(.*?)```",
    CONTRIBUTING,
    re.DOTALL,
)


def test_there_are_five_queries_and_eight_files():
    assert len(QUERIES) == 5
    assert len(STEPS) == 8


@pytest.mark.slow
def test_an_engineer_adds_a_seventh_source_as_told(tmp_path):
    tree = copy_of_product(tmp_path / "tree")
    for path, text in STEPS:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    firm = Firm(tmp_path / "work", root=tree)
    firm.done("land", "skillbook")
    built = firm.tieout("build")
    with duckdb.connect(firm.work / "build.duckdb", read_only=True) as db:
        db.execute(f"attach '{firm.work / 'land.duckdb'}' as land (read_only)")
        rows = db.execute(
            "select count(*), min(skill_level) from staging.stg_skillbook__skills"
        ).fetchall()
    people = 100
    assert rows[0][0] > people, built.out + built.err
    assert rows[0][1] == 3
