"""A mutilated file lands nothing, and is one exception with its reason.

`make nightly` tries 500 of them. They are read, checked, told from
what was landed before and kept as in any landing; only dlt is left out.
"""

import hashlib
import random

import pytest

from tests.pipelines.bureau import HEADER, REGISTER, TABLES, Quick
from tests.pipelines.mutilated import MUTILATIONS, Delivery, body_of, lines_of

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


STATE = "select * from raw.files__{} order by all"


@pytest.fixture
def bureau(tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path / "work"))
    made = Quick(tmp_path)
    made.declare(register=STRICT, hashed=HASHED)
    yield made
    made.close()


def deliver(bureau: Quick, delivery: Delivery) -> None:
    if delivery.sha256_is_of is not None:
        told = hashlib.sha256(delivery.sha256_is_of).hexdigest()
        bureau.deliver(f"{delivery.name}.sha256", told.encode())
    bureau.deliver(delivery.name, delivery.body)


def landed(bureau: Quick) -> list[list[tuple]]:
    tables = TABLES.keys() - {"deliveries"}
    return [bureau.rows(STATE.format(name)) for name in sorted(tables)]


def is_one_exception(bureau: Quick, chance: random.Random, mutilate) -> None:
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
