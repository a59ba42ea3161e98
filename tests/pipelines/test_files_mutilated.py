"""A mutilated file lands nothing, and is one exception with its reason.

`make nightly` tries 500 of them. They are read, checked, told from
what was landed before and kept as in any landing; only dlt is left out.
"""

import hashlib
import random
from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest

from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.frames import conform_frame
from dlt_pipelines.landing.landing import LANDINGS
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.landing.versions import Versions
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.files import source
from dlt_pipelines.vendors.files.client import connect
from tests.pipelines.bureau import HEADER, NOW, REGISTER, Bureau
from tests.pipelines.mutilated import MUTILATIONS, Delivery, body_of, lines_of

TABLES = declared_tables("files")
STRICT = (
    REGISTER.replace("\n[whole]", f"columns = {HEADER.split(';')}\n[whole]")
    .replace(
        'pay_code = "Lohnart"',
        "pay_code = {from = \"Lohnart\", matches = '[A-Za-zÄÖÜäöüß -]+'}",
    )
    .replace("[arrival]", "[arrival]\nsettles_seconds = 0")
    .replace("due_days = 10", "")
)
HASHED = STRICT.replace("register_{", "hashed_{").replace(
    "total_of",
    "beside = \"{name}.sha256\"\nbeside_says = '(?P<sha256>[0-9a-f]{64})'\ntotal_of",
)


class Small(Bureau):
    """A bureau whose files are landed without dlt, in memory."""

    def __init__(self, tmp_path) -> None:
        super().__init__(tmp_path)
        self.declare(register=STRICT, hashed=HASHED)
        self.raw = duckdb.connect()
        self.raw.execute("create schema raw")
        for name, columns in _tables():
            body = ", ".join(f"{c} {t}" for c, t in columns.items())
            self.raw.execute(f"create table raw.{name} ({body})")

    def land(self) -> None:
        """Everything that is there."""
        moment = NOW + timedelta(hours=self.hours)
        self.hours += 1
        versions = {
            name: Versions(t, "bureau", f"L{self.hours}", moment, self.raw)
            for name, t in TABLES.items()
        }
        window = Window(moment, moment, set, held=lambda name: versions[name].held())
        client = connect(self.instance)
        for batch in source.read(client, window):
            table, told = TABLES[batch.table], versions[batch.table]
            if isinstance(batch.rows, list):
                frame = conform(table, batch.rows, b"key")[0]
            else:
                frame = conform_frame(table, batch.rows, b"key")
            held = set()
            if batch.whole_for:
                rows = told.held().filter(batch.whole_for).select("_key").fetchall()
                held = {key for (key,) in rows} - set(frame["_key"].to_list())
            fresh = told.changed(frame)
            told.tell_gone(held)
            for rows in (fresh, told.tombstones()):
                if rows.height:
                    self.raw.execute(f"insert into raw.{table.raw_name} from rows")
        client.close()

    def rows(self, query: str) -> list[tuple]:
        return self.raw.execute(query).fetchall()

    def close(self) -> None:
        self.raw.close()


def _tables() -> Iterator[tuple[str, dict[str, str]]]:
    yield "_landings", LANDINGS
    for table in TABLES.values():
        yield table.raw_name, table.sql_columns()


STATE = "select * from raw.files__{} order by all"


@pytest.fixture
def bureau(tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path / "work"))
    made = Small(tmp_path)
    yield made
    made.close()


def deliver(bureau: Small, delivery: Delivery) -> None:
    if delivery.sha256_is_of is not None:
        told = hashlib.sha256(delivery.sha256_is_of).hexdigest()
        bureau.deliver(f"{delivery.name}.sha256", told.encode())
    bureau.deliver(delivery.name, delivery.body)


def landed(bureau: Small) -> list[list[tuple]]:
    tables = TABLES.keys() - {"deliveries"}
    return [bureau.rows(STATE.format(name)) for name in sorted(tables)]


def is_one_exception(bureau: Small, chance: random.Random, mutilate) -> None:
    before = body_of(lines_of("06", chance))
    bureau.deliver("register_2026-05_1.csv", body_of(lines_of("05", chance)))
    bureau.deliver("register_2026-06_1.csv", before)
    bureau.land()
    good, rows = bureau.deliveries(), landed(bureau)
    assert {status for status, _ in good.values()} == {"landed"}
    delivery = mutilate(chance, before)
    deliver(bureau, delivery)
    bureau.land()
    assert landed(bureau) == rows, "it landed"
    told = bureau.deliveries()
    status, reason = told.pop(delivery.name)
    assert status in ("refused", "duplicate", "foreign")
    assert reason
    good.pop(delivery.name, None)
    assert told == good, "another exception"
    bureau.land()
    assert landed(bureau) == rows, "it landed later"


@pytest.mark.parametrize("mutilate", MUTILATIONS, ids=lambda told: told.__name__)
def test_a_mutilated_file_is_one_exception(bureau, mutilate):
    is_one_exception(bureau, random.Random(7), mutilate)


@pytest.mark.nightly  # of each kind one is tried above
@pytest.mark.parametrize("seed", range(500))
def test_500_mutilated_files_are_an_exception_each(bureau, seed):
    mutilate = MUTILATIONS[seed % len(MUTILATIONS)]
    is_one_exception(bureau, random.Random(1000 + seed), mutilate)


def test_a_good_correction_is_landed(bureau):
    """What the mutilated ones would have been."""
    chance = random.Random(7)
    bureau.deliver("register_2026-06_1.csv", body_of(lines_of("06", chance)))
    bureau.land()
    corrected = lines_of("06", chance, 13)
    bureau.deliver("register_2026-06_2.csv", body_of(corrected))
    deliver(
        bureau, Delivery("hashed_2026-05_1.csv", *[body_of(lines_of("05", chance))] * 2)
    )
    bureau.land()
    told = bureau.deliveries()
    assert {status for status, _ in told.values()} == {"landed"}
    assert len(bureau.lines()) == 13 + 12
