"""Work folders of a region as a refresh leaves them, with a build of a few cells."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse.residency.handover import hand_over
from dlt_pipelines.warehouse.residency.manifest import Manifest

RATES = {"US10": ("USD", 1), "UK20": ("GBP", 2), "DE30": ("EUR", 3)}
CELLS = """
    create table marts.int_group_cells_monthly as select
        ? as legal_entity_code, ? as practice_code, ?::date as period_month,
        ? as currency_code,
        ?::decimal(18, 4) as recognised_revenue_amount,
        ?::decimal(18, 4) as total_cost_amount,
        recognised_revenue_amount - total_cost_amount as margin_amount,
        100::decimal(18, 4) as unbilled_amount, 0::decimal(18, 4) as deferred_amount,
        'USD' as reporting_currency_code,
        (? * recognised_revenue_amount)::decimal(18, 4)
            as reporting_recognised_revenue_amount,
        (? * total_cost_amount)::decimal(18, 4) as reporting_total_cost_amount,
        (? * margin_amount)::decimal(18, 4) as reporting_margin_amount,
        (? * unbilled_amount)::decimal(18, 4) as reporting_unbilled_amount,
        0::decimal(18, 4) as reporting_deferred_amount,
        0::integer as untranslated_count,
        600::bigint as approved_minutes, 480::bigint as billable_minutes,
        960::bigint as capacity_minutes
"""


@dataclass
class RegionsFolder:
    """A region's work folder; what it hands over lies beside it."""

    paths: Paths
    name: str

    @property
    def file(self) -> Path:
        return self.paths.work.parent / f"{self.name}.parquet"

    def has(
        self,
        entity: str,
        practice: str,
        people: int,
        revenue: int,
        cost: int,
        month: str = "2026-03-01",
    ) -> None:
        """A cell of a month with its people, built and published."""
        currency, rate = RATES[entity]
        cell = [entity, practice, month, currency, revenue, cost, *[rate] * 4]
        with duckdb.connect(self.paths.build) as db:
            db.execute(CELLS.replace("create table", "create temp table", 1).replace(
                "marts.int_group_cells_monthly", "cell"), cell)  # fmt: skip
            db.execute("insert into marts.int_group_cells_monthly from cell")
            for number in range(people):
                who = [entity, practice, month, f"{entity}-{practice}-{number}"]
                for kind in ("money", "minutes"):
                    db.execute(
                        "insert into marts.int_group_people_monthly"
                        " values (?, ?, ?, ?, ?)",
                        [kind, *who],
                    )
        self.publishes()

    def publishes(self, as_of: str = "2026-04-10") -> None:
        """The margins of the build, as a snapshot shows them."""
        self.paths.published.parent.mkdir(parents=True, exist_ok=True)
        self.paths.published.unlink(missing_ok=True)
        with duckdb.connect(self.paths.published) as db:
            db.execute(f"attach '{self.paths.build}' as build (read_only)")
            db.execute("create schema marts; create schema publication")
            db.execute(
                "create table marts.mart_project_margin_monthly as"
                " from build.marts.int_group_cells_monthly"
            )
            db.execute(
                "create table publication.snapshot as select 'S1' as snapshot_id,"
                f" now()::timestamp as published_at, date '{as_of}' as as_of_date,"
                " 'L1' as load_ids, 1 as controls_passed, 0 as controls_failed"
            )
            db.execute(
                "create table publication.controls (control_id varchar, name varchar,"
                " kind varchar, blocks varchar, owner varchar, failures bigint,"
                " status varchar)"
            )

    def hands_over(self, monkeypatch) -> Manifest:
        monkeypatch.setenv("TIEOUT__REGION", self.name)
        return hand_over(self.paths, self.file)


@pytest.fixture
def folder(tmp_path):
    """Work folders of regions by name, each of one firm and with nothing built yet."""

    def made(name: str, firm: str = "whose books") -> RegionsFolder:
        paths = Paths(tmp_path / name)
        paths.work.mkdir()
        (paths.work / "firm").write_text(f"{firm.replace(' ', '-')}\nA firm\n")
        with duckdb.connect(paths.build) as db:
            db.execute("create schema marts")
            db.execute(f"{CELLS} limit 0", ["", "", "2026-03-01", "", 0, 0, 1, 1, 1, 1])
            db.execute(
                "create table marts.int_group_people_monthly (counted_for varchar,"
                " legal_entity_code varchar, practice_code varchar, period_month date,"
                " resource_key varchar)"
            )
        return RegionsFolder(paths, name)

    return made


@pytest.fixture
def regions(folder, monkeypatch):
    """Europe and the Americas, handed over: UK20 and DE30 have a rest each."""
    europe, americas = folder("Europe"), folder("Americas")
    europe.has("UK20", "PR-1", people=6, revenue=600, cost=400)
    europe.has("UK20", "PR-2", people=3, revenue=90, cost=50)
    europe.has("UK20", "PR-3", people=5, revenue=10, cost=30)
    europe.has("DE30", "PR-1", people=7, revenue=70, cost=7)
    americas.has("US10", "PR-1", people=9, revenue=1000, cost=900)
    for region in (europe, americas):
        region.hands_over(monkeypatch)
    return europe, americas
