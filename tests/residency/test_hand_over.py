"""A region hands over what it has published, and only a region does."""

import duckdb
import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.warehouse.residency.handover import hand_over


def test_a_folder_that_is_no_regions_has_nothing_to_hand_over(folder, monkeypatch):
    monkeypatch.delenv("TIEOUT__REGION", raising=False)
    europe = folder("Europe")
    with pytest.raises(ConfigurationError, match="is no region's"):
        hand_over(europe.paths, europe.file)


def test_a_region_that_no_entity_is_in_is_refused(folder, monkeypatch):
    with pytest.raises(ConfigurationError, match="in the region «Atlantis»"):
        folder("Atlantis").hands_over(monkeypatch)


def test_before_the_first_publication_there_is_nothing_to_hand_over(
    folder, monkeypatch
):
    with pytest.raises(ConfigurationError, match="nothing is published yet"):
        folder("Europe").hands_over(monkeypatch)


def test_what_was_built_and_not_published_is_not_handed_over(folder, monkeypatch):
    europe = folder("Europe")
    europe.has("UK20", "PR-1", people=6, revenue=600, cost=400)
    with duckdb.connect(europe.paths.build) as db:
        db.execute("update marts.int_group_cells_monthly set total_cost_amount = 401")
    with pytest.raises(ConfigurationError, match="is not what is published"):
        europe.hands_over(monkeypatch)
    assert not europe.file.exists()


def test_an_amount_without_an_exchange_rate_keeps_the_hand_over_back(
    folder, monkeypatch
):
    europe = folder("Europe")
    europe.has("UK20", "PR-1", people=6, revenue=600, cost=400)
    with duckdb.connect(europe.paths.build) as db:
        db.execute("update marts.int_group_cells_monthly set untranslated_count = 1")
    with pytest.raises(ConfigurationError, match="UK20 PR-1 has an amount in 2026-03"):
        europe.hands_over(monkeypatch)


def test_what_is_of_no_entity_of_the_region_stays_out(folder, monkeypatch):
    europe = folder("Europe")
    europe.has("UK20", "PR-1", people=6, revenue=600, cost=400)
    europe.has("US10", "PR-1", people=6, revenue=999, cost=888)
    europe.hands_over(monkeypatch)
    with duckdb.connect() as db:
        told = db.execute(f"select legal_entity_code from '{europe.file}'").fetchall()
    assert told == [("UK20",)]


def test_money_is_told_where_enough_people_work_although_few_belong_there(
    folder, monkeypatch
):
    europe = folder("Europe")
    europe.has("UK20", "PR-1", people=6, revenue=600, cost=400)
    europe.has("UK20", "PR-2", people=6, revenue=60, cost=40)
    with duckdb.connect(europe.paths.build) as db:
        db.execute(
            "delete from marts.int_group_people_monthly where counted_for = 'minutes'"
            " and resource_key in ('UK20-PR-1-0', 'UK20-PR-1-1')"
        )
    europe.hands_over(monkeypatch)
    with duckdb.connect() as db:
        told = db.execute(
            "select practice_code, money_people_count, total_cost_amount::integer,"
            f" minutes_people_count, approved_minutes from '{europe.file}' order by all"
        ).fetchall()
    assert told == [
        ("PR-1", 6, 400, None, None),
        ("PR-2", 6, 40, None, None),
        (None, None, None, 10, 1200),
    ]


def test_a_region_of_four_people_hands_over_nothing(folder, monkeypatch):
    europe = folder("Europe")
    europe.has("UK20", "PR-1", people=4, revenue=600, cost=400)
    with pytest.raises(ConfigurationError, match="in no month did 5 people work"):
        europe.hands_over(monkeypatch)
    assert not europe.file.exists()


def test_a_region_in_which_nothing_was_built_hands_over_nothing(folder, monkeypatch):
    europe = folder("Europe")
    europe.publishes()
    with pytest.raises(ConfigurationError, match="in no month did 5 people work"):
        europe.hands_over(monkeypatch)
