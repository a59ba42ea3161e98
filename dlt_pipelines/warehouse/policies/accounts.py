"""Which accounts are for what, held to what a firm can mean by it.

``meta.policy.accounts`` of a seed with rows (legal entity, purpose, qualifier, account)
declares, purpose by purpose:

- several: purposes that are only read, so that several accounts may have them; what
  is posted to has one an entity and qualifier;
- needed: purposes that no entity can be without: figures would be empty in silence;
- alone: purposes whose account tells which it is, so it is for nothing else of these;
- qualified_by: the seed and column that name a purpose's qualifiers; unqualified_too:
  those that may also have none; other purposes have none;
- needed_by: other seeds whose rows need an account of a purpose, by the column that
  has the qualifier.

An entity's own rows replace those of «*» of the same purpose.
"""

from collections.abc import Iterator
from typing import Any

from dlt_pipelines.warehouse.policies.policy_files import WILDCARD, Problem, Row, Seed


def misused(seed: Seed, seeds: dict[str, Seed]) -> Iterator[Problem]:
    """What is wrong with a seed of accounts; nothing with any other seed."""
    if told := seed.policy.get("accounts"):
        yield from _misqualified(seed, seeds, told)
        entities = seeds[seed.policy["refers_to"]["legal_entity_code"]]
        found: dict[Problem, None] = {}  # what is wrong of all entities is told once
        for entity in sorted(entities.values("legal_entity_code")):
            rows = _in_force(seed, entity)
            found |= dict.fromkeys(_shared(seed, rows, told))
            found |= dict.fromkeys(_missing(seed, seeds, entity, rows, told))
        yield from found


def _in_force(seed: Seed, entity: str) -> list[Row]:
    """The rows that an entity's accounts are."""
    own = {
        row.cells["purpose"]
        for row in seed.rows
        if row.cells["legal_entity_code"] == entity
    }
    return [
        row
        for row in seed.rows
        if row.cells["legal_entity_code"] == entity
        or (
            row.cells["legal_entity_code"] == WILDCARD
            and row.cells["purpose"] not in own
        )
    ]


def _misqualified(
    seed: Seed, seeds: dict[str, Seed], told: dict[str, Any]
) -> Iterator[Problem]:
    for row in seed.rows:
        purpose, qualifier = row.named(["purpose", "qualifier"])
        where = told["qualified_by"].get(purpose)
        if qualifier and where is None:
            what = f"qualifier «{qualifier}»: purpose {purpose} has none"
            yield seed.problem(row.line, f"{what}, leave it empty")
        elif qualifier and qualifier not in seeds[where[0]].values(where[1]):
            what = f"qualifier «{qualifier}» is no {where[1]} in seeds/{where[0]}.csv"
            yield seed.problem(row.line, what)
        elif not qualifier and where and purpose not in told["unqualified_too"]:
            what = f"qualifier is empty, which purpose {purpose} needs: a {where[1]}"
            yield seed.problem(row.line, what)


def _shared(seed: Seed, rows: list[Row], told: dict[str, Any]) -> Iterator[Problem]:
    """Two accounts where there is one, or one account for two things."""
    posted: dict[tuple[str, ...], Row] = {}
    alone: dict[str, Row] = {}
    for row in rows:
        purpose, qualifier, account = row.named(
            ["purpose", "qualifier", "account_number"]
        )
        if purpose not in told["several"]:
            first = posted.setdefault((purpose, qualifier), row)
            if first is not row:
                which = f"{purpose} {qualifier}".strip()
                what = f"line {first.line} names another account for {which}"
                why = f"{what}: Tieout posts to one, remove one"
                yield seed.problem(row.line, why)
        if purpose in told["alone"]:
            first = alone.setdefault(account, row)
            if first is not row:
                other = f"{first.cells['purpose']} in line {first.line} already"
                what = (
                    f"account {account} is {other}: what is booked there would be both"
                )
                yield seed.problem(row.line, what)


def _missing(
    seed: Seed,
    seeds: dict[str, Seed],
    entity: str,
    rows: list[Row],
    told: dict[str, Any],
) -> Iterator[Problem]:
    has = {row.cells["purpose"] for row in rows}
    for purpose in told["needed"]:
        if purpose not in has:
            yield seed.problem(0, f"no row has the account for {purpose} of {entity}")
    qualified = {row.named(["purpose", "qualifier"]) for row in rows}
    for name, needs in told["needed_by"].items():
        for row in seeds[name].rows:
            for purpose, column in needs.items():
                wanted = (purpose, row.cells[column])
                if row.cells["legal_entity_code"] == entity and wanted not in qualified:
                    of = f"{purpose} {row.cells[column]} of {entity}"
                    what = f"{of} has no account in seeds/{seed.name}.csv"
                    yield seeds[name].problem(row.line, what)
