"""Who sees what: an audience's file holds what it may see, and nothing else is in it.

``seeds/audiences.csv`` names the audiences. A model that is published reaches one that
does not see everything only as the model's yml says under ``meta``:

- scope: the column that tells whose a row is (a legal entity's code, or a project's key
  or code, which stands for its entity), or ``none`` when its rows are nobody's. Without
  a scope only who sees everything gets the model;
- class: the class or classes (pay, price, personal, notes) that an audience must see to
  get the model or, on a column, the column. ``pay_of_cost_plus`` is pay in the rows of
  projects that are billed at cost plus a fee: their invoices tell their cost;
- people: the column with the number of people a row is about; rows about fewer than the
  audience's smallest group are left out, unless it sees people;
- cost_basis: ``both`` when the model compares the two, and is built at standard cost;
- needs: which columns need what a firm may not have, such as role hr (prerequisites,
  apart by blanks, and the columns). Where one is lacking the column is null in every
  file, and ``publication.absences`` says why.

In the work folder of a region every audience's file is of that region's entities only,
whatever the audience sees (``residency``).

Whatever comes of a cost is taken from the build at standard cost for who may not see
pay: which models those are dbt knows, and nobody has to declare it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import FINANCE, SEEDS
from dlt_pipelines.warehouse.policies import policy_files
from dlt_pipelines.warehouse.presence import (
    BUILD,
    LACKING_OF_A_PROJECT,
    PREREQUISITES,
)
from dlt_pipelines.warehouse.residency import rows
from dlt_pipelines.warehouse.residency.regions import Region
from dlt_pipelines.warehouse.warehouse import quoted

PAY, COST_PLUS = "pay", "pay_of_cost_plus"
CLASSES = frozenset({PAY, "price", "personal", "notes"})
SMALLEST_GROUP = 5
BASIS = "model.tieout.dim_cost_basis"  # what comes of it is at cost
NOBODYS = "none"  # the scope of rows that are no entity's
STANDARD = "standard"  # the other database a file is written from


@dataclass(frozen=True)
class Audience:
    """Who reads one file: of which entities (None: all) and which classes."""

    name: str
    entities: frozenset[str] | None
    classes: frozenset[str]
    smallest_group: int
    unix_group: str = ""
    region: Region | None = None

    @property
    def sees_pay(self) -> bool:
        """Whether its figures are at actual cost."""
        return PAY in self.classes

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is left out of its file."""
        return self.entities is None and self.classes == CLASSES

    @property
    def told_of(self) -> str:
        """The legal entities its file tells of, as the file says it."""
        bounds = [self.entities, self.region.entities if self.region else None]
        kept = [entities for entities in bounds if entities is not None]
        return " ".join(sorted(frozenset.intersection(*kept))) if kept else "*"

    def sees(self, classes: frozenset[str]) -> bool:
        """Whether it sees all of some classes, a project's at cost plus apart."""
        return classes - {COST_PLUS} <= self.classes

    def misses_cost_plus(self, classes: frozenset[str]) -> bool:
        """Whether what is so classed is withheld of projects billed at cost plus."""
        return COST_PLUS in classes and not self.sees_pay


@dataclass(frozen=True)
class Column:
    """A column's description, the classes it belongs to and what it needs."""

    name: str
    description: str
    classes: frozenset[str]
    needs: frozenset[str] = frozenset()  # prerequisites, as dim_prerequisites has them


@dataclass(frozen=True)
class Relation:
    """A published model, what its yml says of who may see it, and its columns."""

    unique_id: str
    schema: str
    name: str  # with its schema
    description: str
    columns: tuple[Column, ...]
    classes: frozenset[str]
    scope: str | None
    people: str | None
    is_at_cost: bool
    is_of_both: bool

    @property
    def is_at_standard(self) -> bool:
        """Whether somebody gets it as it is built at standard cost."""
        shared = self.scope is not None and PAY not in self.classes
        return self.is_of_both or (self.is_at_cost and shared)

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def is_told_in_regions(self) -> bool:
        """Whether it can be known whose its rows are."""
        return self.scope == NOBODYS or rows.tells_whose(self._names)

    def seen_by(self, audience: Audience) -> tuple[Column, ...]:
        """The columns an audience gets of it: none when it does not get the model."""
        if audience.region and not self.is_told_in_regions:
            return ()
        if audience.sees_everything:
            return self.columns
        if self.scope is None or not audience.sees(self.classes):
            return ()
        return tuple(c for c in self.columns if audience.sees(c.classes))

    def absences(self, lacking: Collection[str]) -> Iterator[tuple[Column, str]]:
        """The columns that need what the firm lacks, with the first such thing."""
        for column in self.columns:
            for prerequisite in lacking:
                if prerequisite in column.needs:
                    yield column, prerequisite
                    break

    def concerned_by(
        self, lacking: Mapping[str, str], of_projects: Collection[str]
    ) -> dict[str, str]:
        """What of that which is lacking its figures cannot be known without.

        What only single projects lack leaves a sum over projects incomplete.
        """
        return {
            prerequisite: reason
            for prerequisite, reason in lacking.items()
            if prerequisite not in of_projects or self.is_known_by_project(prerequisite)
        }

    def is_known_by_project(self, prerequisite: str) -> bool:
        """Whether a project that lacks it leaves the others' rows as they are."""
        return prerequisite in LACKING_OF_A_PROJECT and "project_key" in self._names

    def query(self, audience: Audience, lacking: Collection[str] = ()) -> str:
        """What an audience gets of it, from the databases a file is written from.

        A column that needs something ``lacking`` is null, of the projects that lack it
        where it is known by project: an amount without a part of it is a wrong one.
        """
        at_standard = self.is_of_both or (self.is_at_cost and not audience.sees_pay)
        source = f"{STANDARD if at_standard else BUILD}.{self.name}"
        is_whole = not any(True for _ in self.absences(lacking))
        if audience.sees_everything and not audience.region and is_whole:
            return f"from {source}"
        columns = ", ".join(
            self._shown(c, audience, lacking) for c in self.seen_by(audience)
        )
        conditions = " and ".join(self._conditions(audience)) or "true"
        return f"select {columns} from {source} where {conditions}"

    def _shown(
        self, column: Column, audience: Audience, lacking: Collection[str]
    ) -> str:
        conditions = [
            LACKING_OF_A_PROJECT[prerequisite]
            if self.is_known_by_project(prerequisite)
            else "false"
            for prerequisite in lacking
            if prerequisite in column.needs
        ]
        if audience.misses_cost_plus(column.classes):
            conditions.append(f"not {_AT_COST_PLUS}")
        if not conditions:
            return column.name
        known = " and ".join(dict.fromkeys(conditions))
        return f"case when {known} then {column.name} end as {column.name}"

    def _conditions(self, audience: Audience) -> Iterator[str]:
        if audience.region and self.scope != NOBODYS:
            yield rows.condition(self._names, audience.region)
        if audience.entities is not None and self.scope != NOBODYS:
            yield _of_entities(str(self.scope), audience.entities)
        if self.people and "personal" not in audience.classes:
            yield f"{self.people} >= {audience.smallest_group}"
        if audience.misses_cost_plus(self.classes):
            yield f"not {_AT_COST_PLUS}"


_AT_COST_PLUS = (
    f"project_key in (select project_key from {BUILD}.canonical.dim_obligations"
    " where revenue_method = 'cost_plus' and project_key is not null)"
)


def _of_entities(scope: str, entities: frozenset[str]) -> str:
    codes = ", ".join(quoted(code) for code in sorted(entities))
    if scope in ("project_key", "project_code"):
        projects = f"select {scope} from {BUILD}.canonical.dim_projects"
        return f"{scope} in ({projects} where legal_entity_code in ({codes}))"
    return f"{scope} in ({codes})"


def audiences(folder: Path = SEEDS) -> list[Audience]:
    """The audiences of the seed.

    Raises ConfigurationError when a row cannot be used or finance does not see all.
    """
    seed = policy_files.declared(folder)["audiences"]
    found = [_audience(seed, row) for row in seed.rows]
    if not any(a.name == FINANCE and a.sees_everything for a in found):
        raise ConfigurationError(
            f"no audience «{FINANCE}» sees everything",
            f"give seeds/audiences.csv a row {FINANCE},*,{' '.join(sorted(CLASSES))}: "
            "plan and posting read its file.",
        )
    return found


def _audience(seed: policy_files.Seed, row: policy_files.Row) -> Audience:
    cells = row.cells
    entities = frozenset(cells["legal_entities"].split())
    audience = Audience(
        cells["audience"],
        None if entities == {policy_files.WILDCARD} else entities,
        frozenset(cells["classes"].split()),
        int(cells["smallest_group"]),
        cells["unix_group"],
    )
    small = audience.smallest_group < SMALLEST_GROUP
    if small and not audience.sees_everything:
        raise ConfigurationError(
            str(seed.problem(row.line, f"smallest_group is below {SMALLEST_GROUP}")),
            f"set it to {SMALLEST_GROUP} or more: figures of fewer people tell of one.",
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", audience.name):
        raise ConfigurationError(
            str(seed.problem(row.line, f"«{audience.name}» is no name of a folder")),
            "use lower-case letters, digits and underscores: its file's folder has it.",
        )
    return audience


def relations(manifest: dict[str, Any]) -> list[Relation]:
    """Every model and seed that is published, by dbt's manifest of the project."""
    at_cost = reached(manifest["child_map"], [BASIS])
    return [
        _relation(node, node["unique_id"] in at_cost)
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
        and _meta(node).get("published", False)
    ]


def reached(edges: dict[str, list[str]], start: Iterable[str]) -> set[str]:
    """What is reached from some models along dbt's child or parent map, with them."""
    found = set(start)
    left = list(found)
    while left:
        new = set(edges.get(left.pop(), ())) - found
        found |= new
        left.extend(new)
    return found


def _relation(node: dict[str, Any], is_at_cost: bool) -> Relation:
    meta = _meta(node)
    needs = _needs(node, meta.get("needs", {}))
    return Relation(
        node["unique_id"],
        node["schema"],
        f"{node['schema']}.{node.get('alias') or node['name']}",
        node.get("description", "").strip(),
        tuple(
            Column(
                name,
                told.get("description", "").strip(),
                _classes(told, name),
                needs.get(name, frozenset()),
            )
            for name, told in node["columns"].items()
        ),
        _classes(node, node["name"]),
        meta.get("scope"),
        meta.get("people"),
        is_at_cost,
        meta.get("cost_basis") == "both",
    )


def _meta(told: dict[str, Any]) -> dict[str, Any]:
    return {**told.get("meta", {}), **told.get("config", {}).get("meta", {})}


def _needs(
    node: dict[str, Any], told: dict[str, list[str]]
) -> dict[str, frozenset[str]]:
    """What each column needs; raises ConfigurationError on what nobody can judge."""
    needs = {}
    for words, columns in told.items():
        prerequisites = frozenset(words.split())
        for name in columns:
            if name not in node["columns"] or not prerequisites <= PREREQUISITES:
                raise ConfigurationError(
                    f"{node['name']}.{name} needs {words}, which says nothing",
                    "name columns of the model under meta.needs, and of what they need "
                    f"{', '.join(sorted(PREREQUISITES))}.",
                )
            needs[name] = prerequisites
    return needs


def _classes(told: dict[str, Any], name: str) -> frozenset[str]:
    """The classes of a model or column; raises ConfigurationError on an unknown one."""
    stated = _meta(told).get("class", [])
    classes = frozenset([stated] if isinstance(stated, str) else stated)
    unknown = classes - CLASSES - {COST_PLUS}
    if unknown:
        raise ConfigurationError(
            f"{name} is of class {', '.join(sorted(unknown))}, which nobody can see",
            f"set meta.class to one of {', '.join(sorted(CLASSES | {COST_PLUS}))}.",
        )
    return classes


def controls_seen(
    manifest: dict[str, Any], relations_: list[Relation], audience: Audience
) -> set[str]:
    """The business controls whose every record an audience may see.

    How many differences a control has says something of what it compares.
    """
    if audience.entities is not None or audience.region:
        return set()
    seen = {
        r.unique_id
        for r in relations_
        if r.seen_by(audience) and not (r.is_at_cost and not audience.sees_pay)
    }
    return {control for control, reads in _controls(manifest) if reads <= seen}


def _controls(manifest: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    for node in manifest["nodes"].values():
        control = _meta(node).get("control_id")
        if node["resource_type"] == "test" and control:
            reads = node.get("depends_on", {}).get("nodes", [])
            yield control, {name for name in reads if name.startswith("model.")}
