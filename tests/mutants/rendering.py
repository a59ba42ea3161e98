"""The models' SQL, rendered as dbt renders it, without dbt: milliseconds a model.

Macros are the project's own and the few of dbt's that they call; `ref` names a table of
the schema `given`. That both render the same is held by
`tests/warehouse/test_models.py`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import jinja2
import yaml

from dlt_pipelines.core.settings import ROOT

LAYERS = ("canonical", "marts", "reconciliation", "adjustments")
DBT_MACROS = (  # the package and the file of what our macros call of dbt
    ("dbt.include.global_project", "macros/utils/data_types.sql"),
    ("dbt.include.global_project", "macros/utils/dateadd.sql"),
    ("dbt.include.global_project", "macros/utils/datediff.sql"),
    ("dbt.include.global_project", "macros/utils/listagg.sql"),
    ("dbt.include.duckdb", "macros/utils/dateadd.sql"),
    ("dbt.include.duckdb", "macros/utils/datediff.sql"),
    ("dbt.include.duckdb", "macros/utils/listagg.sql"),
)
MACRO = re.compile(
    r"\{%-?\s*macro\s+(\w+)\b.*?\{%-?\s*endmacro\s*-?%\}", flags=re.DOTALL
)


class _Returned(Exception):
    """What dbt's `return` hands the caller of a macro: a value, not text."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class Renderer:
    """Renders models; says which macros and relations each one used."""

    def __init__(self, root: Path = ROOT, **variables: object) -> None:
        self.root = root
        self.models = {
            file.stem: file
            for layer in LAYERS
            for file in sorted((root / "models" / layer).rglob("*.sql"))
        }
        self.macro_files = sorted((root / "dbt_project/macros").glob("*.sql"))
        self.macros: set[str] = set()  # used by what was rendered last
        self.relations: set[str] = set()
        self._texts: dict[str, str] = {}
        self._compiled: dict[str, Callable] = {}
        self._env = jinja2.Environment(
            extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined
        )
        configured = yaml.safe_load((root / "dbt_project/dbt_project.yml").read_text())
        variables = configured["vars"] | {"exceptions": self._kinds()} | variables
        self._env.globals.update(
            {
                "ref": self._ref,
                "var": lambda name, default=None: variables.get(name, default),
                "config": lambda **_: "",
                "return": self._return,
                "adapter": SimpleNamespace(dispatch=self._dispatch),
                "api": SimpleNamespace(
                    Column=SimpleNamespace(translate_type={"string": "TEXT"}.get)
                ),
            }
        )
        dbts = [self._read(text) for text in _texts_of_dbt()]
        self._env.globals["dbt"] = SimpleNamespace(
            **{name: partial(self._call, name) for names in dbts for name in names}
        )
        for file in self.macro_files:
            self._read(file.read_text())

    def render(self, model: str, text: str | None = None) -> str:
        """The model's SQL, or that of another text of it."""
        self.macros, self.relations = set(), set()
        return self._env.from_string(text or self.models[model].read_text()).render()

    @contextmanager
    def instead(self, file: Path, text: str) -> Iterator[None]:
        """A file of macros reads otherwise for a while."""
        self._read(text)
        try:
            yield
        finally:
            self._read(file.read_text())

    def _kinds(self) -> dict[str, list[str]]:
        """The kinds of exception that each layer has models of."""
        kinds: dict[str, list[str]] = {"reconciliation": [], "adjustments": []}
        for name, file in sorted(self.models.items()):
            if name.startswith("exc_"):
                layer = file.relative_to(self.root / "models").parts[0]
                kinds[layer].append(name)
        return kinds

    def _read(self, text: str) -> list[str]:
        """Takes in a file's macros, each by itself: they call each other by name."""
        names = []
        for found in MACRO.finditer(text):
            names.append(name := found[1])
            self._texts[name] = found[0]
            self._compiled.pop(name, None)
            self._env.globals[name] = partial(self._call, name)
        return names

    def _call(self, name: str, *args: object, **kwargs: object) -> object:
        self.macros.add(name)
        if name not in self._compiled:
            module = self._env.from_string(self._texts[name]).module
            self._compiled[name] = getattr(module, name)
        try:
            return self._compiled[name](*args, **kwargs)
        except _Returned as returned:
            return returned.value

    def _dispatch(self, name: str, package: str | None = None) -> Callable:
        own = f"duckdb__{name}"
        return partial(self._call, own if own in self._texts else f"default__{name}")

    def _ref(self, relation: str) -> str:
        self.relations.add(relation)
        return f"given.{relation}"

    @staticmethod
    def _return(value: object) -> None:
        raise _Returned(value)


def _texts_of_dbt() -> Iterator[str]:
    for package, file in DBT_MACROS:
        spec = find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        yield Path(spec.submodule_search_locations[0], file).read_text()
