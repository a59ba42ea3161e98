"""Typed settings, read from dlt's own files and the environment.

``.dlt/config.toml`` names the instances and their addresses, ``.dlt/secrets.toml``
their credentials, both under ``[sources.<instance>]``; an environment variable
``SOURCES__<INSTANCE>__<OPTION>`` wins over both, as dlt has it.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlt_pipelines.core import confidential, configuration
from dlt_pipelines.core.errors import ConfigurationError

PACKAGE = Path(__file__).parents[1].resolve()
IS_INSTALLED = (PACKAGE / "product").is_dir()  # else a checkout
# Where models, dbt's project and delivered policies are.
ROOT = PACKAGE / "product" if IS_INSTALLED else PACKAGE.parent


def _home() -> Path:
    """The folder of the firm that this process works for.

    It is looked for once, from where the process was begun (or DLT_PROJECT_DIR is) up.
    A checkout serves for one where there is none.
    """
    begun = Path(os.environ.get("DLT_PROJECT_DIR") or Path.cwd()).resolve()
    marked = (f for f in (begun, *begun.parents) if (f / configuration.MARK).is_file())
    return next(marked, ROOT)


HOME = _home()
SEEDS = HOME / "seeds"
DELIVERED_SEEDS = ROOT / "seeds"
CURRENT = "current"  # the link to the newest snapshot's folder
SNAPSHOT_FILE = "tieout.duckdb"
FINANCE = "finance"  # the audience that sees everything; plan and posting read its file


@dataclass(frozen=True)
class Instance:
    """One configured system: its name, its vendor and its options."""

    name: str
    vendor: str
    options: dict[str, Any] = field(repr=False)  # holds secrets: never printed

    def option(self, key: str) -> str:
        """An option that must be there, as text."""
        value = self.options.get(key)
        if value in (None, ""):
            raise ConfigurationError(
                f"{self.name} has no {key}",
                f"set {key} under [sources.{self.name}] in .dlt/config.toml or, if it "
                f"is a secret, .dlt/secrets.toml, or set "
                f"SOURCES__{self.name.upper()}__{key.upper()}.",
            )
        return str(value)


@dataclass(frozen=True)
class Paths:
    """Where the databases and files of a run are; all absolute."""

    work: Path

    @property
    def land(self) -> Path:
        """The landing database: schema raw."""
        return self.work / "land.duckdb"

    @property
    def build(self) -> Path:
        """The database dbt builds in."""
        return self.work / "build.duckdb"

    @property
    def standard(self) -> Path:
        """The copy of the build database whose labour is at standard cost."""
        return self.work / "standard.duckdb"

    @property
    def published(self) -> Path:
        """The link to finance's file of the newest snapshot: all that was built."""
        return self.work / "published" / SNAPSHOT_FILE

    def audience(self, name: str) -> Path:
        """The file of the newest snapshot that an audience reads."""
        return self.work / "published" / CURRENT / name / SNAPSHOT_FILE

    @property
    def ledger(self) -> Path:
        """The posting ledger."""
        return self.work / "ledger.sqlite"

    @property
    def pipelines(self) -> Path:
        """Where dlt keeps its pipelines' state and pending packages."""
        return self.work / "pipelines"

    @property
    def sandbox(self) -> Path:
        """The sandbox firm's state."""
        return self.work / "sandbox"


def paths() -> Paths:
    """The work folder: TIEOUT_WORK, or ``work`` below the firm's folder.

    Raises ConfigurationError where an installed product is asked for neither.
    """
    named = os.environ.get("TIEOUT_WORK")
    if not named:
        check_is_a_firms()
    return Paths(Path(named or HOME / "work").resolve())


def check_is_a_firms() -> None:
    """Raise ConfigurationError outside any firm's folder, unless in a checkout."""
    if IS_INSTALLED and HOME == ROOT:
        raise ConfigurationError(
            f"{Path.cwd()} is in no firm's folder",
            "go to one, or make one with `tieout init FOLDER`.",
        )


def instances() -> list[Instance]:
    """The configured systems, in name order; none means the sandbox is used.

    Raises ConfigurationError on a file that is not TOML, an instance with no vendor,
    and on anything that nobody reads (see ``configuration``).
    """
    config, secrets = configuration.files(HOME)
    if config.sources:
        check_is_a_firms()  # the delivered policies are nobody's
    configuration.check_systems(config, secrets)
    found = []
    for name, options in sorted(config.sources.items()):
        told = _checked(name, {**options, **secrets.sources.get(name, {})})
        configuration.check_options(config, secrets, name, told.vendor)
        found.append(told)
    return found


def _checked(name: str, options: dict[str, Any]) -> Instance:
    vendor = f"SOURCES__{name.upper()}__VENDOR"
    if not (options.get("vendor") or os.environ.get(vendor)):
        # Passed over, it would leave the sandbox to run in a real firm's place.
        raise ConfigurationError(
            f"[sources.{name}] names no vendor",
            'set vendor = "…" to the name of a folder under dlt_pipelines/vendors.',
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == "ledger":
        raise ConfigurationError(
            f"[sources.{name}] is no name for an instance",
            "use lower-case letters, digits and underscores (and not «ledger», which "
            "is Tieout's own).",
        )
    return instance(name, options)


def instance(name: str, options: dict[str, Any]) -> Instance:
    """An instance from its options, with the environment's on top."""
    prefix = f"SOURCES__{name.upper()}__"
    environment = {
        key.removeprefix(prefix).lower(): value
        for key, value in os.environ.items()
        if key.startswith(prefix)
    }
    options = {**options, **environment}
    confidential.learn_options(options)
    return Instance(name, str(options.pop("vendor")), options)


def firm_settings() -> dict[str, Any]:
    """What ``[tieout]`` says in both files, with TIEOUT__<OPTION> on top of them."""
    config, secrets = configuration.files(HOME)
    environment = {
        option: os.environ[variable]
        for variable, option in configuration.from_environment("TIEOUT")
        if os.environ[variable]
    }
    told = {**config.firm, **secrets.firm, **environment}
    confidential.learn_options(told)
    return told
