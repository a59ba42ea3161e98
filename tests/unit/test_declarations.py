"""Every vendor's declared tables are sound, and an unsound declaration is refused."""

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.landing import declarations
from dlt_pipelines.landing.declarations import all_tables, declared_tables


def test_every_table_and_column_is_described():
    bare = [
        f"{t.raw_name}.{c.name}"
        for t in all_tables()
        for c in t.columns
        if not t.description or not c.description
    ]
    assert bare == []


@pytest.fixture
def declare(tmp_path, monkeypatch):
    def declared(text: str):
        (tmp_path / "made_up").mkdir()
        (tmp_path / "made_up" / "tables.yml").write_text(text)
        monkeypatch.setattr(declarations, "VENDORS", tmp_path)
        return declared_tables.__wrapped__("made_up")

    return declared


def test_a_name_beside_pay_is_refused(declare):
    with pytest.raises(ConfigurationError, match=r"pay\.full_name is personal"):
        declare(
            "pay:\n  key: [id]\n  part: mapping\n  columns:\n    id: {}\n"
            "    full_name: {class: personal}\n"
            "    amount: {type: 'decimal(18,4)', class: pay}\n"
        )


def test_an_unknown_type_is_refused_with_its_column(declare):
    with pytest.raises(ConfigurationError, match=r"t\.a has no type «money»"):
        declare("t:\n  key: [a]\n  part: fx\n  columns:\n    a: {type: money}\n")


def test_a_part_that_no_bridge_has_is_refused(declare):
    with pytest.raises(ConfigurationError, match=r"t\.part is luck, not one of mapp"):
        declare("t:\n  key: [a]\n  part: luck\n  columns:\n    a: {}\n")


def test_a_table_without_a_part_is_refused(declare):
    with pytest.raises(ConfigurationError, match=r"t\.part is None, not one of mapp"):
        declare("t:\n  key: [a]\n  columns:\n    a: {}\n")


def test_changes_that_are_left_without_a_part_are_refused(declare):
    with pytest.raises(ConfigurationError, match="end on otherwise"):
        declare(
            "t:\n  key: [a]\n  part: {late_time: old.a is null}\n"
            "  columns:\n    a: {}\n"
        )


def test_a_key_that_is_no_column_is_refused(declare):
    with pytest.raises(ConfigurationError, match=r"t\.b is a key or cursor"):
        declare("t:\n  key: [b]\n  columns:\n    a: {}\n")
