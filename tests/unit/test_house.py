"""The rooms of the house: who may use whom; no circle but those known.

`make lint` asks these too.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from dlt_pipelines.core.settings import PACKAGE, ROOT

# Each room uses those after it; `vendors` stands for what its package says of itself.
STOREYS = (
    "cli",
    "commands",
    "operations",
    "knowledge",
    "reverse_sync",
    "landing",
    "warehouse",
    "vendors",
    "core",
)
# The sandbox simulates and serves; only what starts it uses it.
MAY_USE_SANDBOX = {"commands", "operations", "vendors", "sandbox"}
AGAINST_THE_STOREYS = {  # each is to go; none may come
    ("vendors", "landing"),  # versions and declarations of what is being read
    ("vendors", "reverse_sync"),  # what a posting target answers with
    ("warehouse", "reverse_sync"),  # a region's hand-over is signed as checkpoints are
    ("core", "vendors"),  # where their folders are
}
CIRCLES = [  # of types alone, or of one idea in two files: each is to go
    {"reverse_sync.approvals", "reverse_sync.plan"},
    {"reverse_sync.journal", "reverse_sync.records"},
    {"sandbox.projects.amendments", "sandbox.projects.delivery"},
]
TYPES_ALONE = {("commands.console", "operations.refresh")}


@cache
def modules() -> dict[str, Path]:
    return {
        ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(
            ".__init__"
        ): file
        for file in PACKAGE.rglob("*.py")
        if file != PACKAGE / "__init__.py"
    }


@cache
def used(module: str) -> set[str]:
    """The modules of ours that one imports, wherever in it, for types too."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    ours = {name.removeprefix("dlt_pipelines.") for name in found}
    return {name for name in ours if name in modules() and name != module}


def reached(module: str) -> set[str]:
    found, left = set(), [module]
    while left:
        new = used(left.pop()) - found
        found |= new
        left.extend(new)
    return found


def room(module: str) -> str:
    return module.split(".")[0]


def test_every_room_has_its_storey():
    assert {room(m) for m in modules()} == {*STOREYS, "sandbox"}


@pytest.mark.parametrize("name", [*STOREYS, "sandbox"])
def test_a_room_uses_those_below_it(name):
    uses = {
        (room(other), f"{module} uses {other}")
        for module in modules()
        if room(module) == name
        for other in used(module)
        if room(other) != name and (name, room(other)) not in AGAINST_THE_STOREYS
    }
    if name == "sandbox":
        assert {other for other, _ in uses} <= {"core", "vendors"}, uses
        return
    below = set(STOREYS[STOREYS.index(name) + 1 :])
    below |= {"sandbox"} if name in MAY_USE_SANDBOX else set()
    assert [told for other, told in sorted(uses) if other not in below] == []


def test_no_circle_of_modules_but_those_known():
    circles = {
        frozenset({module, other})
        for module in modules()
        for other in used(module)
        if module in reached(other)
        and (module, other) not in TYPES_ALONE
        and (other, module) not in TYPES_ALONE
    }
    found = [set(circle) for circle in circles]
    assert sorted(map(sorted, found)) == sorted(map(sorted, CIRCLES))


def test_nothing_above_staging_names_a_vendor():
    vendors = {folder.name for folder in (ROOT / "dlt_pipelines/vendors").glob("*/")}
    word = re.compile(rf"\b({'|'.join(vendors)})", re.IGNORECASE)
    told = [
        f"{file.relative_to(ROOT)}:{number}"
        for folder in ("models", "dbt_project")
        for file in sorted((ROOT / folder).rglob("*.sql"))
        if "staging" not in file.relative_to(ROOT).parts
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if word.search(line)
    ]
    assert told == []
