"""What a firm calls a practice and a legal entity is what its pages say."""

import json

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

LABELS = (
    "create schema seeds; create table seeds.labels as from (values"
    " ('practice', 'business *unit*', 'business units'),"
    " ('legal_entity', 'company', 'companies'),"
    " ('entity', 'company', 'companies')) as t(term, label, plural_label)"
)


@pytest.fixture
def renamed(published):
    """The published snapshot of a firm with words of its own."""
    with duckdb.connect(str(published.resolve())) as database:
        database.execute(LABELS)


def widgets(app: AppTest) -> set[str]:
    return {w.label for w in (*app.selectbox, *app.segmented_control)}


def headers(app: AppTest) -> set[str]:
    """What tables say above their columns."""
    told = [json.loads(t.proto.columns) for t in app.dataframe]
    labels = {column.get("label") for columns in told for column in columns.values()}
    return labels & {"Practice", "Business *unit*", "Entity", "Company"}


def test_pages_say_what_is_delivered_where_a_snapshot_says_nothing(open_page):
    app = open_page("margin.py", entity="US10")
    assert {"Legal entity", "Practice"} <= widgets(app)
    assert app.selectbox(key="practice").options[0] == "All practices"
    assert headers(app) == {"Practice"}
    assert headers(open_page("group.py")) == {"Entity"}


def test_filters_tables_and_sentences_have_the_firms_words(renamed, open_page):
    app = open_page("margin.py", entity="US10")
    assert {"Company", r"Business \*unit\*"} <= widgets(app)
    assert app.selectbox(key="practice").options[0] == "All business units"
    assert headers(app) == {"Business *unit*"}
    assert any("Business units, lowest margin" in m.value for m in app.markdown)
    group = open_page("group.py")
    assert headers(group) == {"Company"}
    told = " ".join(m.value for m in (*group.markdown, *group.caption))
    for words in (
        "companies and projects both make",
        "which companies earned it",
        "in a company's own currency below",
        "Each company in its own currency",
    ):
        assert words in told


@pytest.mark.parametrize("page", ["posting.py", "reconciliation.py", "exceptions.py"])
def test_no_page_says_entity_to_a_firm_of_companies(renamed, open_page, page):
    app = open_page(page)
    assert not {"Legal entity", "Entity"} & (widgets(app) | headers(app))
