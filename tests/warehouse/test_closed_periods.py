"""A closed period is shown as first published, and nothing is lost or counted twice.

The models of closed periods are run on hand-made books, publication after publication,
while records change, periods close and open again, and projects move, go or are
contracted in another currency. What is kept is kept by the step that a refresh takes.
"""

import contextlib
import random
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing.kept_periods import (
    TABLES,
    copy_periods,
    declare,
    keep_periods,
)
from tests.mutants.rendering import Renderer
from tests.mutants.units import Units

CHAIN = (
    "int_periods_kept",
    "int_closed_periods",
    "int_periods_taking",
    "int_closed_activity",
    "int_closed_positions",
    "int_closed_differences",
    "int_activity_as_closed",
    "fct_project_activity_daily",
    "int_project_periods",
    "int_closing_periods",
    "int_closed_charges",
    "int_charges_as_closed",
    "int_utilisation_as_closed",
    "fct_closing_activity",
    "fct_closing_charges",
    "fct_closing_utilisation",
    "fct_closing_positions",
)
OF_BOTH = ("fct_closing_activity", "fct_closing_charges", "fct_closing_positions")
KNOWN = {"US10": "USD", "UK20": "GBP"}  # entities
MONTHS = [date(2026, month, 1) for month in range(1, 7)]
MEASURES = ("recognised_amount", "labour_cost_amount", "approved_minutes")


def end_of(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


@dataclass
class Books:
    """What is known now, what is closed, and the work folder it is published in."""

    paths: Paths
    facts: dict[tuple[str, date], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    )
    lent: dict[tuple[str, date], int] = field(
        default_factory=lambda: defaultdict(int)
    )  # what an entity charges the other for a month
    worked: dict[tuple[str, date], int] = field(
        default_factory=lambda: defaultdict(int)
    )  # minutes of an entity's employee
    projects: dict[str, list[str]] = field(default_factory=dict)  # entity, currency
    closed: set[tuple[str, date]] = field(default_factory=set)
    as_of: date = date(2026, 1, 31)
    published: int = 0

    def learn(self, project: str, day: date, **by: int) -> None:
        """Something else is known of a day."""
        for measure, amount in by.items():
            self.facts[project, day][measure] += amount

    def build(self, basis: str = "actual") -> "Shown":
        """The models, as a build has them now."""
        db = duckdb.connect(config={"threads": 1})
        db.execute("create schema given")
        land = str(self.paths.land)
        db.execute(f"attach '{land}' as land (read_only)")
        for table in TABLES:
            db.execute(
                f"create table given.stg_kept__{table} as from land.kept.{table}"
            )
        db.execute("detach land")
        for relation in sorted(GIVEN):
            typed = ", ".join(f'"{n}" {t}' for n, t in UNITS.columns(relation).items())
            db.execute(f"create table given.{relation} ({typed})")
        self._tell(db, basis)
        for model in CHAIN:
            db.execute(f"create table given.{model} as {SQL[model]}")
        return Shown(db)

    def publish(self, at_standard: bool = False) -> "Shown":
        """Build, publish and keep what is closed; at standard labour costs double."""
        shown = self.build()
        self.published += 1
        self.paths.published.parent.mkdir(exist_ok=True)
        self.paths.published.unlink(missing_ok=True)
        shown.db.execute(f"attach '{self.paths.published}' as published")
        for schema in ("canonical", "publication"):
            shown.db.execute(f"create schema published.{schema}")
        moment = f"2026-01-01 00:00:{self.published:02}"
        shown.db.execute(
            "create table published.publication.snapshot as select"
            f" 'S{self.published}' as snapshot_id, timestamp '{moment}' as published_at"
        )
        for relation in ("dim_periods", "fct_closing_utilisation", *OF_BOTH):
            shown.db.execute(
                f"create table published.canonical.{relation} as from given.{relation}"
            )
        for relation in OF_BOTH:
            if at_standard:
                twice = " * replace (labour_cost_amount * 2 as labour_cost_amount)"
                shown.db.execute(
                    f"create table published.canonical.{relation}_at_standard as select"
                    f"{twice if relation == 'fct_closing_activity' else ' *'}"
                    f" from given.{relation}"
                )
        shown.db.execute("detach published")
        keep_periods(self.paths)
        keep_periods(self.paths)  # a second time is no time
        return shown

    def _tell(self, db: duckdb.DuckDBPyConnection, basis: str) -> None:
        def add(relation: str, **row) -> None:
            names, places = ", ".join(row), ", ".join("?" * len(row))
            db.execute(
                f"insert into given.{relation} ({names}) values ({places})",
                [*row.values()],
            )

        add("dim_cost_basis", cost_basis=basis)
        add("dim_as_of", as_of_date=self.as_of)
        for entity, currency in KNOWN.items():
            add("dim_legal_entities", legal_entity_code=entity, currency_code=currency)
            for month in MONTHS:
                add(
                    "dim_periods",
                    legal_entity_code=entity,
                    period_month=month,
                    period_end_date=end_of(month),
                    is_closed=(entity, month) in self.closed,
                )
        for project, (entity, currency) in self.projects.items():
            add(
                "dim_projects",
                project_key=project,
                project_code=project.upper(),
                legal_entity_code=entity,
                contract_currency_code=currency,
                functional_currency_code=KNOWN[entity],
            )
        for (entity, month), charge in self.lent.items():
            add(
                "int_charge_legs_monthly",
                leg="provided",
                legal_entity_code=entity,
                counterpart_entity_code=next(e for e in KNOWN if e != entity),
                period_month=month,
                charge_amount=charge,
                cost_amount=charge,
                reporting_charge_amount=charge,
                reporting_cost_amount=charge,
            )
        for (entity, month), minutes in self.worked.items():
            add(
                "fct_utilisation_daily",
                resource_key=entity,
                date_day=month,
                period_month=month,
                legal_entity_code=entity,
                practice_code="P",
                **dict.fromkeys(UTILISED, 0) | {"approved_minutes": minutes},
            )
        for (project, day), fact in self.facts.items():
            if project in self.projects and any(fact.values()):
                entity, currency = self.projects[project]
                zero = dict.fromkeys(ALL, 0)
                amounts = {
                    "contract_recognised_amount": fact["recognised_amount"] * 2,
                    "total_cost_amount": fact["labour_cost_amount"],
                    "reporting_recognised_amount": fact["recognised_amount"],
                    "reporting_labour_cost_amount": fact["labour_cost_amount"],
                }
                add(
                    "int_project_activity_daily",
                    project_key=project,
                    project_code=project.upper(),
                    legal_entity_code=entity,
                    activity_date=day,
                    period_month=day.replace(day=1),
                    contract_currency_code=currency,
                    currency_code=KNOWN[entity],
                    **(zero | fact | amounts),
                )


@dataclass(frozen=True)
class Shown:
    """The models of one build."""

    db: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple]:
        return self.db.execute(query).fetchall()

    def months(self, measure: str, project: str = "p1") -> dict[str, int]:
        """What a project shows by month; months of 0 aside."""
        rows = self.rows(
            "select strftime(period_month, '%b'),"
            f" cast(sum({measure}) as bigint) as told"
            f" from given.fct_project_activity_daily where project_key = '{project}'"
            " group by period_month having told != 0 order by period_month"
        )
        return dict(rows)

    def of(self, entity: str, month: date) -> dict[str, list[int]]:
        """What an entity's projects show of a month, measure by measure."""
        sums = ", ".join(f"cast(sum({m}) as bigint)" for m in MEASURES)
        rows = self.rows(
            f"select project_key, {sums} from given.int_activity_as_closed"
            f" where legal_entity_code = '{entity}' and period_month = '{month}'"
            " group by project_key order by project_key"
        )
        return {key: values for key, *values in rows if any(values)}

    def others_of(self, entity: str, month: date) -> list[list[tuple]]:
        """What an entity charged and how many minutes its people worked in a month."""
        return [
            self.rows(
                f"select coalesce(sum({measure}), 0) from given.{relation}"
                f" where legal_entity_code = '{entity}' and period_month = '{month}'"
            )
            for relation, measure in (
                ("int_charges_as_closed", "charge_amount"),
                ("int_utilisation_as_closed", "approved_minutes"),
            )
        ]

    def not_carried(self) -> list[tuple]:
        """Projects whose days, with what waits, are not what is known now."""
        sums = ", ".join(f"sum({m}) as {m}" for m in ALL)
        less = ", ".join(f"-{m} as {m}" for m in ALL)
        apart = " or ".join(f"{m} != 0" for m in ALL)
        all_ = ", ".join(ALL)
        return self.rows(
            f"from (select project_key, legal_entity_code, {sums} from ("
            f" select project_key, legal_entity_code, {all_}"
            " from given.int_activity_as_closed"
            f" union all select project_key, legal_entity_code, {all_}"
            " from given.int_closed_differences where taker_month is null"
            f" union all select project_key, legal_entity_code, {less}"
            f" from given.int_project_activity_daily) group by all) where {apart}"
        )

    def others_not_carried(self, books: Books) -> list[tuple]:
        """Of charges and minutes, what months and what waits do not come to."""
        return [
            (relation, told, known)
            for relation, measure, known in (
                ("int_charges_as_closed", "charge_amount", books.lent),
                ("int_utilisation_as_closed", "approved_minutes", books.worked),
            )
            for [(told,)] in [
                self.rows(f"select coalesce(sum({measure}), 0) from given.{relation}")
            ]
            if told != sum(known.values())
        ]


def _measures() -> list[str]:
    columns = UNITS.columns("int_project_activity_daily")
    return [n for n in columns if n.endswith(("_amount", "_minutes"))]


UNITS, RENDERER = Units(), Renderer()
ALL = _measures()
UTILISED = [n for n in UNITS.columns("fct_utilisation_daily") if n.endswith("_minutes")]
SQL, GIVEN = {}, set()
for _model in CHAIN:
    SQL[_model] = RENDERER.render(_model)
    GIVEN |= RENDERER.relations
GIVEN -= {*CHAIN, *(f"stg_kept__{table}" for table in TABLES)}


@pytest.fixture
def books(tmp_path) -> Books:
    """A project of US10 with 1,000 earned and 600 of cost in January, at its end."""
    books = Books(Paths(tmp_path))
    with contextlib.closing(duckdb.connect(books.paths.land)) as land:
        declare(land)
    books.projects["p1"] = ["US10", "USD"]
    books.learn(
        "p1", date(2026, 1, 12), recognised_amount=1_000, labour_cost_amount=600
    )
    return books


def closed(books: Books, *months: int) -> None:
    """Months of US10 close, and the day after the last is reached."""
    books.closed |= {("US10", date(2026, month, 1)) for month in months}
    books.as_of = max(
        books.as_of, end_of(date(2026, max(months), 1)) + timedelta(days=9)
    )
    books.publish()


REVENUE = "recognised_amount"


def test_what_is_learned_of_a_closed_month_shows_in_the_open_one(books):
    closed(books, 1)
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    books.as_of = date(2026, 3, 10)
    books.closed.add(("US10", date(2026, 2, 1)))
    assert books.build().months(REVENUE) == {"Jan": 1_000, "Feb": -80}, "as it closes"
    books.closed.remove(("US10", date(2026, 2, 1)))
    assert books.publish().months(REVENUE) == {"Jan": 1_000, "Feb": -80}


def test_a_month_is_kept_as_first_published_closed_with_what_it_took(books):
    """February takes 80 of January and closes with them; March takes what is new."""
    closed(books, 1)
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    closed(books, 1, 2)
    books.learn("p1", date(2026, 1, 12), recognised_amount=30)
    assert books.build().months(REVENUE) == {"Jan": 1_000, "Feb": -80, "Mar": 30}


def test_a_month_closed_before_the_first_publication_is_kept_as_it_comes_out_then(
    books,
):
    books.closed.add(("US10", date(2026, 1, 1)))
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    books.as_of = date(2026, 2, 5)
    assert books.publish().months(REVENUE) == {"Jan": 920}
    books.learn("p1", date(2026, 1, 13), recognised_amount=7)
    assert books.publish().months(REVENUE) == {"Jan": 920, "Feb": 7}


def test_what_was_built_and_not_published_is_kept_nowhere(books):
    books.closed.add(("US10", date(2026, 1, 1)))
    books.as_of = date(2026, 2, 5)
    books.build()
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    assert books.publish().months(REVENUE) == {"Jan": 920}


def test_a_month_that_is_opened_again_moves_and_is_kept_anew(books):
    closed(books, 1)
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    books.closed.clear()
    assert books.build().months(REVENUE) == {"Jan": 920}, (
        "in the very build that sees it"
    )
    books.publish()
    closed(books, 1)
    books.learn("p1", date(2026, 1, 12), recognised_amount=5)
    assert books.build().months(REVENUE) == {"Jan": 920, "Feb": 5}


def test_what_a_wrong_clock_released_is_kept_once_by_the_same_snapshot(books):
    closed(books, 1)
    land = str(books.paths.land)
    with contextlib.closing(duckdb.connect(land)) as kept:
        kept.execute("update kept.closed_periods set released_at = published_at")
    keep_periods(books.paths)
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    assert books.build().months(REVENUE) == {"Jan": 1_000, "Feb": -80}


def test_what_a_later_closed_month_took_is_taken_off_the_one_opened_again(books):
    """February is closed with January's 80 in it: they are not counted twice."""
    closed(books, 1)
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    closed(books, 2)
    books.closed = {("US10", date(2026, 2, 1))}
    shown = books.publish()
    assert shown.months(REVENUE) == {"Jan": 1_000, "Feb": -80}
    assert shown.not_carried() == []


def test_without_an_open_month_the_difference_waits(books):
    books.as_of = date(2026, 1, 31)
    books.closed.add(("US10", date(2026, 1, 1)))
    books.publish()
    books.learn("p1", date(2026, 1, 12), recognised_amount=-80)
    shown = books.publish()
    assert shown.months(REVENUE) == {"Jan": 1_000}
    assert shown.rows(
        "select taker_month, cast(recognised_amount as int) from"
        " given.int_closed_differences"
    ) == [(None, -80)]
    books.as_of = date(2026, 2, 1)
    assert books.publish().months(REVENUE) == {"Jan": 1_000, "Feb": -80}


def test_what_was_kept_at_actual_cost_is_not_shown_at_standard(books):
    """It was published without who may not see pay; the next one is their first."""
    closed(books, 1)
    books.learn("p1", date(2026, 1, 12), labour_cost_amount=50)
    assert books.build().months("labour_cost_amount") == {"Jan": 600, "Feb": 50}
    assert books.build("standard").months("labour_cost_amount") == {"Jan": 650}


def test_each_basis_of_cost_shows_what_was_kept_of_it(books):
    books.closed.add(("US10", date(2026, 1, 1)))
    books.as_of = date(2026, 2, 9)
    books.publish(at_standard=True)
    assert books.build().months("labour_cost_amount") == {"Jan": 600}
    shown = books.build("standard").months("labour_cost_amount")
    assert shown == {"Jan": 1_200, "Feb": -600}


def test_a_project_that_moves_leaves_the_closed_month_of_its_entity_as_it_was(books):
    books.closed.add(("UK20", date(2026, 1, 1)))
    closed(books, 1)
    books.projects["p1"] = ["UK20", "USD"]
    shown = books.publish()
    january, february = MONTHS[:2]
    assert shown.of("US10", january) == {"p1": [1_000, 600, 0]}
    assert shown.of("US10", february) == {"p1": [-1_000, -600, 0]}
    assert shown.of("UK20", january) == {}
    assert shown.of("UK20", february) == {"p1": [1_000, 600, 0]}
    assert shown.months(REVENUE) == {"Feb": 1_000}, "the project is the new entity's"


def test_a_project_that_is_deleted_leaves_the_closed_month_of_its_entity(books):
    closed(books, 1)
    del books.projects["p1"]
    shown = books.publish()
    assert shown.of("US10", MONTHS[0]) == {"p1": [1_000, 600, 0]}
    assert shown.of("US10", MONTHS[1]) == {"p1": [-1_000, -600, 0]}


def test_a_month_all_of_whose_facts_are_gone_is_still_among_the_projects_periods(books):
    closed(books, 1)
    books.learn(
        "p1", date(2026, 1, 12), recognised_amount=-1_000, labour_cost_amount=-600
    )
    shown = books.publish()
    assert shown.months(REVENUE) == {"Jan": 1_000, "Feb": -1_000}
    periods = "select period_month from given.int_project_periods order by 1"
    assert shown.rows(periods) == [(MONTHS[0],), (MONTHS[1],)]


@pytest.mark.parametrize(
    ("currency", "told"),
    [
        ("GBP", {"Jan": 2_000, "Feb": 160}),  # it is restated, but what is new is new
        ("USD", {"Jan": 1_000, "Feb": 1_160}),  # the functional amounts are in it
    ],
)
def test_a_contract_in_another_currency_keeps_its_functional_figures(
    books, currency, told
):
    books.projects["p1"] = ["US10", "EUR"]
    closed(books, 1)
    books.projects["p1"] = ["US10", currency]
    books.learn("p1", date(2026, 2, 2), recognised_amount=80)
    shown = books.publish()
    assert shown.months(REVENUE) == {"Jan": 1_000, "Feb": 80}
    assert shown.months("contract_recognised_amount") == told
    assert shown.not_carried() == []


def test_another_reporting_currency_is_told_at_the_periods_rate(books):
    closed(books, 1)
    with contextlib.closing(duckdb.connect(books.paths.land)) as land:
        land.execute("update kept.closed_activity set reporting_currency_code = 'JPY'")
    shown = books.build()
    assert shown.months("reporting_recognised_amount") == {"Jan": 1_000}


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_closed_months_stay_and_nothing_is_lost(tmp_path, seed):
    rng = random.Random(seed)
    books = Books(Paths(tmp_path))
    with contextlib.closing(duckdb.connect(books.paths.land)) as land:
        declare(land)
    books.projects = {f"p{n}": [rng.choice([*KNOWN]), "USD"] for n in range(3)}
    expected: dict[tuple[str, date], list] = {}
    for _ in range(9):
        happen(books, rng)
        shown = books.publish()
        assert shown.not_carried() == []
        assert shown.others_not_carried(books) == []
        expected = {
            period: told for period, told in expected.items() if period in books.closed
        }
        for entity, month in sorted(books.closed):
            if end_of(month) <= books.as_of:
                told = [shown.of(entity, month), shown.others_of(entity, month)]
                assert told == expected.setdefault((entity, month), told)


def test_charges_and_utilisation_that_an_earlier_release_kept_none_of_are_as_known(
    books,
):
    books.lent["US10", MONTHS[0]], books.worked["US10", MONTHS[0]] = 70, 480
    closed(books, 1)
    with contextlib.closing(duckdb.connect(books.paths.land)) as land:
        land.execute("update kept.closed_periods set is_whole = null")
        land.execute("delete from kept.closed_charges")
        land.execute("delete from kept.closed_utilisation")
    books.lent["US10", MONTHS[0]], books.worked["US10", MONTHS[0]] = 60, 420
    shown = books.publish()
    assert shown.others_of("US10", MONTHS[0]) == [[(60,)], [(420,)]]
    assert shown.others_of("US10", MONTHS[1]) == [[(0,)], [(0,)]]


def test_charges_at_standard_cost_are_those_kept_at_standard_cost(books):
    books.lent["US10", MONTHS[0]] = books.worked["US10", MONTHS[0]] = 70
    books.closed.add(("US10", MONTHS[0]))
    books.as_of = date(2026, 2, 9)
    books.publish(at_standard=False)
    books.lent["US10", MONTHS[0]] = books.worked["US10", MONTHS[0]] = 60
    january = MONTHS[0]
    assert books.build().others_of("US10", january) == [[(70,)], [(70,)]]
    at_standard = books.build("standard").others_of("US10", january)
    assert at_standard == [[(60,)], [(70,)]], (
        "nothing was kept at standard; minutes are"
    )


def test_what_an_earlier_release_kept_is_known_of_past_days(books):
    """Its landing database has no table of charges or utilisation yet."""
    books.lent["US10", MONTHS[0]] = 70
    closed(books, 1)
    with contextlib.closing(duckdb.connect()) as db:
        copy = books.paths.land.with_name("copy.duckdb")
        shutil.copyfile(books.paths.land, copy)
        db.execute(f"attach '{books.paths.land}' as land; attach '{copy}' as copy")
        db.execute("drop table land.kept.closed_charges")
        db.execute("drop table land.kept.closed_utilisation")
        assert not copy_periods(db, datetime.fromisoformat("2027-01-01"))
        for table, rows in (("closed_periods", 1), ("closed_charges", 0)):
            found = db.execute(f"select count(*) from copy.kept.{table}").fetchone()
            assert found == (rows,)


def happen(books: Books, rng: random.Random) -> None:
    """Some days pass, and things are learned."""
    books.as_of = min(
        books.as_of + timedelta(days=rng.randrange(40)), date(2026, 6, 30)
    )
    days = (books.as_of - date(2026, 1, 1)).days + 1
    for _ in range(rng.randrange(1, 5)):
        day = date(2026, 1, 1) + timedelta(days=rng.randrange(days))
        by = {rng.choice(MEASURES): rng.randrange(-500, 900)}
        books.learn(f"p{rng.randrange(4)}", day, **by)
        for known in (books.lent, books.worked):
            known[rng.choice([*KNOWN]), day.replace(day=1)] += rng.randrange(-50, 90)
    for entity in KNOWN:
        for month in MONTHS:
            over = end_of(month) <= books.as_of
            if rng.random() < (0.5 if over else 0.05):
                books.closed.add((entity, month))
            elif rng.random() < 0.1:
                books.closed.discard((entity, month))
    if rng.random() < 0.3:
        books.projects[f"p{rng.randrange(4)}"] = [
            rng.choice([*KNOWN]), rng.choice(["USD", "GBP", "EUR"])
        ]  # fmt: skip
    if rng.random() < 0.15 and len(books.projects) > 1:
        del books.projects[rng.choice(sorted(books.projects))]
