"""Each mutant against the unit tests of the models that it changes."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from pathlib import Path
from threading import Timer

import duckdb

from dlt_pipelines.core.settings import ROOT
from tests.mutants.planting import Mutant, mutants
from tests.mutants.rendering import MACRO, Renderer
from tests.mutants.units import Columns, Trial, Units

A_FILE = 1  # at least so many mutants of each file, if there are
PATIENCE = 10  # seconds: what runs longer on a handful of rows is noticed


class Verdict(IntEnum):
    """What came of a mutant; of several models that it changes the highest counts."""

    UNTRIED = 0  # no model that has unit tests is rendered otherwise
    SURVIVED = 1
    KILLED = 2
    STILLBORN = 3  # it does not bind or breaks the contract: nothing could be built


class BrokenTest(Exception):
    """A unit test fails before anything is planted."""


@dataclass
class Outcome:
    """What came of each mutant, by its name."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def say(self, mutant: Mutant, verdict: Verdict) -> None:
        """Takes in what one model says of a mutant."""
        known = self.verdicts.get(mutant.name, Verdict.UNTRIED)
        self.verdicts[mutant.name] = max(known, verdict)

    def is_alive(self, mutant: Mutant) -> bool:
        """Whether a further test could kill it."""
        return self.verdicts.get(mutant.name, Verdict.UNTRIED) <= Verdict.SURVIVED

    def named(self, verdict: Verdict) -> set[str]:
        """The mutants of which this came."""
        return {name for name, came in self.verdicts.items() if came == verdict}


def all_mutants(root: Path = ROOT) -> list[Mutant]:
    """Every mutant of the macros and of the models that have unit tests."""
    renderer, units = Renderer(root), Units(root)
    tested = [file for name, file in renderer.models.items() if name in units.tests]
    return [
        mutant
        for file in [*tested, *renderer.macro_files]
        for mutant in mutants(str(file.relative_to(root)), file.read_text())
    ]


def sample(of: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Some of each file and, with those, as many as `count` of all.

    A mutant's place in the draw is its name's: the same ones are drawn run after run,
    whatever is added elsewhere.
    """
    drawn = sorted(of, key=lambda m: sha256(f"{seed} {m.name}".encode()).digest())
    of_file: dict[str, int] = {}
    first, rest = [], []
    for mutant in drawn:
        of_file[mutant.file] = of_file.get(mutant.file, 0) + 1
        (first if of_file[mutant.file] <= A_FILE else rest).append(mutant)
    return [*first, *rest[: max(0, count - len(first))]]


def try_all(planted: Sequence[Mutant], root: Path = ROOT) -> Outcome:
    """What came of each mutant, on every processor there is."""
    at_once = os.cpu_count() or 1
    models = sorted(Units(root).tests.keys() & Renderer(root).models.keys())
    outcome = Outcome({mutant.name: Verdict.UNTRIED for mutant in planted})
    with ProcessPoolExecutor(at_once) as pool:
        shares = [models[share::at_once] for share in range(at_once)]
        for share in pool.map(try_on, shares, [planted] * at_once, [root] * at_once):
            for mutant in planted:
                if mutant.name in share.verdicts:
                    outcome.say(mutant, share.verdicts[mutant.name])
    return outcome


def try_on(models: Iterable[str], planted: Sequence[Mutant], root: Path) -> Outcome:
    """What the unit tests of some models make of the mutants."""
    renderer, units, outcome = Renderer(root), Units(root), Outcome()
    inside = {mutant.name: _macro_of(mutant, root) for mutant in planted}
    for model in models:
        sql = renderer.render(model)
        used, relations = set(renderer.macros), set(renderer.relations)
        file = str(renderer.models[model].relative_to(root))
        near = [
            mutant
            for mutant in planted
            if (mutant.file == file or inside[mutant.name] in used)
            and outcome.is_alive(mutant)
        ]
        changed = {
            mutant: text
            for mutant in near
            if (text := _rendered(renderer, model, mutant)) != sql
        }
        if changed:
            _try_on_model(units, model, sql, relations, changed, outcome)
    return outcome


def _try_on_model(
    units: Units,
    model: str,
    sql: str,
    relations: set[str],
    changed: dict[Mutant, str | None],
    outcome: Outcome,
) -> None:
    for nth, test in enumerate(units.tests[model]):
        trial = Trial(units, test, relations)
        types = trial.types(sql)
        if not trial.passes(sql, types):
            raise BrokenTest(f"{test.name} of {model} fails with nothing planted")
        for mutant, text in changed.items():
            if nth == 0:
                outcome.say(mutant, _born(trial, text, types))
            if text is not None and outcome.is_alive(mutant):
                passes = _passes(trial, text, types)
                outcome.say(mutant, Verdict.SURVIVED if passes else Verdict.KILLED)
        trial.db.close()
        if not any(outcome.is_alive(mutant) for mutant in changed):
            return


def _born(trial: Trial, text: str | None, types: Columns) -> Verdict:
    """Whether it could be built: it renders, binds, yields the columns it should."""
    if text is None:
        return Verdict.STILLBORN
    try:
        same = trial.types(text) == types
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException):
        return Verdict.STILLBORN
    except duckdb.Error:  # a value cannot be what it is cast to: seen when it runs
        same = True
    return Verdict.SURVIVED if same else Verdict.STILLBORN


def _passes(trial: Trial, text: str, types: Columns) -> bool:
    timer = Timer(PATIENCE, trial.db.interrupt)
    timer.start()
    try:
        return trial.passes(text, types)
    except duckdb.Error:
        return False
    finally:
        timer.cancel()


def _rendered(renderer: Renderer, model: str, mutant: Mutant) -> str | None:
    """The model's SQL with a mutant planted; none where jinja itself fails."""
    file = renderer.root / mutant.file
    text = mutant.plant(file.read_text())
    is_own = file == renderer.models[model]
    try:
        with nullcontext() if is_own else renderer.instead(file, text):
            return renderer.render(model, text if is_own else None)
    except Exception:  # whatever a template can raise
        return None


def _macro_of(mutant: Mutant, root: Path) -> str | None:
    """The macro that a mutant is in, if it is in one."""
    if not mutant.file.startswith("dbt_project/"):
        return None
    for macro in MACRO.finditer((root / mutant.file).read_text()):
        if macro.start() <= mutant.change.start < macro.end():
            return macro[1]
    return None
