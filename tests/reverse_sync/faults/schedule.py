"""A seeded schedule: what is desired when, what goes wrong when, who dies where."""

import itertools
import random
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from tests.reverse_sync.conftest import desired
from tests.reverse_sync.faults.erp import FAULTS, PARTS, PERSONALITIES, THROTTLED

PROJECTS = ("P1001", "P1002", "P1003")
MONTHS = (5, 6)
ENTITIES = {"US10": ("1", "USD"), "UK20": ("2", "GBP")}
ERP, OTHER = "erp", "other_erp"  # where UK20 is the entity 1, too, of a split firm
LOST, EARLIER = "lost", "earlier"  # what a ledger can come to
SECOND = 10_000_000  # what the number of a firm's second ERP is greater by
LOSSES = tuple(itertools.product((LOST, EARLIER), (False, True)))
POLICIES = ("delta", "reverse_and_repost", "delta_in_open_period")
Key = tuple[str, str, int]  # entity, project, month


@dataclass(frozen=True)
class Event:
    """A state of one key as a source tells it; the greatest version is the truth."""

    key: Key
    version: int
    amount: Decimal
    hours: Decimal
    project_id: str


@dataclass(frozen=True)
class Life:
    """A run of the poster: what has been delivered by then, and where it dies.

    ``dies_at`` is the durable step at which the process is killed; None: it lives.
    """

    deliveries: tuple[Event, ...]
    dies_at: int | None
    posters: int  # at once, on one ledger


@dataclass(frozen=True)
class Loss:
    """A ledger that is gone after the last life, or is its backup of the first life.

    ``news`` is what the sources say afterwards, before anybody has noticed.
    """

    kind: str
    news: tuple[Event, ...]


@dataclass(frozen=True)
class Schedule:
    """Everything that is drawn from a seed."""

    seed: int
    personality: str
    policy: str
    batch_size: int
    calls_at_once: int
    lag: float
    lives: tuple[Life, ...]
    faults: tuple[str | None, ...]
    closing: dict[int, str]
    poison: tuple[str, ...]
    is_lenient: bool  # the ERP posts into closed periods
    events: tuple[Event, ...] = field(repr=False)
    loss: Loss | None = None
    is_split: bool = False  # each entity has an ERP of its own

    @property
    def erps(self) -> dict[str, int]:
        """The ERPs that postings go to, with the numbers they have at the server."""
        return {ERP: self.seed} | ({OTHER: self.seed + SECOND} if self.is_split else {})

    @property
    def settings(self) -> dict[str, Any]:
        """What the ERP must be told."""
        return {
            "personality": self.personality,
            "lag": self.lag,
            "faults": list(self.faults),
            "closing": self.closing,
            "poison": list(self.poison),
            "is_lenient": self.is_lenient,
        }


def drawn(seed: int) -> Schedule:
    """The schedule of a seed: always the same."""
    dice = random.Random(seed)
    events = _events(dice)
    lives = _lives(dice, events)
    policy = dice.choice(POLICIES)
    closes = dice.random() < 0.4
    personality = PERSONALITIES[seed % len(PERSONALITIES)]
    made = Schedule(
        seed=seed,
        personality=personality,
        policy=policy,
        batch_size=dice.choice((1, 1, 3, 10)),
        calls_at_once=dice.choice((1, 1, 2)),
        lag=dice.choice((0.0, 0.0, 0.02, 0.08)),
        lives=lives,
        faults=_faults(dice),
        closing={dice.randint(1, 12): "2026-05"} if closes else {},
        poison=tuple(f"{p} 2026" for p in PROJECTS if dice.random() < 0.05),
        is_lenient=dice.random() < 0.5,
        events=events,
        is_split=random.Random(f"{seed} split").random() < 0.4,
    )
    # Parts are sent one session at a time, to an ERP whose look-ups see all there is.
    return replace(made, calls_at_once=1, lag=0.0) if personality == PARTS else made


def losing(schedule: Schedule, kind: str, *, moves_on: bool) -> Schedule:
    """A schedule at whose end the ledger is lost; the sources move on, or do not."""
    dice = random.Random(f"{schedule.seed} {kind}")
    keys = sorted({event.key for event in schedule.events})
    chosen = dice.sample(keys, dice.randint(1, len(keys))) if moves_on else []
    news = tuple(_event(dice, key, 100) for key in chosen)
    return replace(schedule, loss=Loss(kind, news))


def _events(dice: random.Random) -> tuple[Event, ...]:
    keys = [
        (entity, project, month)
        for entity in ENTITIES
        for project in PROJECTS
        for month in MONTHS
    ]
    return tuple(
        _event(dice, key, version)
        for key in dice.sample(keys, dice.randint(1, 5))
        for version in range(1, dice.randint(2, 4))
    )


def _event(dice: random.Random, key: Key, version: int) -> Event:
    return Event(
        key,
        version,
        # Never 0 with hours: those are held for a human.
        Decimal(dice.choice((-1, 1)) * dice.randint(1, 99_999)) / 100,
        Decimal(dice.randint(1, 4_000)) / 100,
        dice.choice(("701", "701", "799")),
    )


def _lives(dice: random.Random, events: tuple[Event, ...]) -> tuple[Life, ...]:
    """Every event is delivered at least once, some twice, in any order."""
    told = [*events, *(e for e in events if dice.random() < 0.3)]
    dice.shuffle(told)
    count = dice.randint(2, 4)
    cuts = sorted(dice.randint(0, len(told)) for _ in range(count - 1))
    bounds = [0, *cuts, len(told)]
    return tuple(
        Life(
            tuple(told[first:last]),
            dice.randint(1, 25) if dice.random() < 0.7 else None,
            2 if dice.random() < 0.2 else 1,
        )
        for first, last in itertools.pairwise(bounds)
    )


def _faults(dice: random.Random) -> tuple[str | None, ...]:
    rate = dice.choice((0.0, 0.2, 0.5))
    drawn = [dice.choice(FAULTS) if dice.random() < rate else None for _ in range(30)]
    if dice.random() < 0.15:
        at = dice.randint(0, 10)
        drawn[at:at] = [THROTTLED] * dice.randint(3, 50)
    return tuple(drawn)


def rows(
    latest: dict[Key, Event], schedule: Schedule, closed: set[tuple[str, str]]
) -> list[dict[str, Any]]:
    """The desired postings as a build would state them, with the periods as landed:
    those that are closed, each by ERP and month."""
    return [_row(event, schedule, closed) for event in latest.values()]


def _row(
    event: Event, schedule: Schedule, closed: set[tuple[str, str]]
) -> dict[str, Any]:
    entity, project, month = event.key
    policy = schedule.policy
    subsidiary, currency = ENTITIES[entity]
    erp = ERP
    if schedule.is_split and entity == "UK20":
        erp, subsidiary = OTHER, ENTITIES["US10"][0]
    is_closed = (erp, f"2026-{month:02}") in closed
    moved = is_closed and policy == "delta_in_open_period"
    row = desired(
        str(event.amount),
        str(event.hours),
        project,
        month,
        posting_key=f"labour_cost_accrual|{entity}|{project}|2026-{month:02}",
        legal_entity_code=entity,
        target_instance=erp,
        erp_subsidiary_id=subsidiary,
        currency_code=currency,
        erp_project_id=event.project_id,
        period_state="closed" if is_closed else "open",
        correction_policy="delta" if policy == "delta_in_open_period" else policy,
    )
    if moved:
        row |= {
            "posting_period_month": date(2026, 6, 1),
            "posting_date": date(2026, 6, 30),
        }
    elif is_closed:
        row |= {"policy_action": "hold", "hold_reason": "period closed"}
    return row
