"""Words that not every engine has are refused, wherever SQL of the project has them."""

import re

import pytest
import sqlfluff
from sqlfluff.core import FluffConfig

from dlt_pipelines.core.settings import ROOT

CONFIG = FluffConfig.from_path(str(ROOT))
BLOCKED = {
    word.strip()
    for word in CONFIG.get_section(
        ("rules", "convention.blocked_words", "blocked_words")
    ).split(",")
}
# A comment runs nowhere, and a macro of an engine's own on that engine alone.
NOT_HELD = re.compile(r"\{#.*?#\}|--[^\n]*|\{% macro duckdb__.*?endmacro", re.DOTALL)


@pytest.mark.parametrize(
    ("word", "query"),
    [
        ("qualify", "select a from b qualify row_number() over (order by a asc) = 1\n"),
        ("any_value", "select any_value(a) as a from b\n"),
        ("string_agg", "select string_agg(a, ', ' order by a asc) as a from b\n"),
    ],
)
def test_lint_refuses_what_not_every_engine_has(word, query):
    told = [line["description"] for line in sqlfluff.lint(query, config=CONFIG)]
    assert f"Use of blocked word '{word}'." in told


def test_no_macro_has_it_either():
    """Lint does not look at what a macro writes."""
    files = sorted((ROOT / "dbt_project" / "macros").glob("*.sql"))
    found = {
        (file.name, word)
        for file in files
        for word in re.findall(r"\w+", NOT_HELD.sub("", file.read_text()).lower())
        if word in BLOCKED
    }
    assert len(files) > 20
    assert found == set()
