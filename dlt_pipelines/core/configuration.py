"""The configuration as written, held to what is known.

A section, instance or option that nobody reads is a misspelling of one that somebody
needs: passed over, it would leave the sandbox in a firm's place, or postings in another
ledger. It is refused with its file, its line and the nearest right spelling. What a
vendor's instances may say, its ``client.py`` declares as ``OPTIONS`` and its
``settings.yml`` as what a tenant may call otherwise.
"""

import difflib
import importlib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.vendors import VENDORS, can_be_posted_to
from dlt_pipelines.vendors.settings import declared_settings

MARK = ".tieout"  # the file by which a firm's folder is known
FIRM_OPTIONS = (  # what [tieout] may say
    "approve_locally",
    "checkpoint_key_file",
    "checkpoint_other_keys",
    "checkpoint_places",
    "firm",
    "groups_claim",
    "hand_over_keys",
    "ledger_url",
    "local_audience",
    "pseudonym_key",
    "region",
)
NOTATION = ("decimal_mark", "time_zone")  # how a system writes, of every vendor
FIRMS_ALONE = ("firm", "pseudonym_key")  # nobody has these without systems
DLTS_OWN = (
    "data_writer",
    "destination",
    "extract",
    "load",
    "normalize",
    "pipelines",
    "runtime",
    "schema",
)
SECTIONS = ("sources", "tieout", *DLTS_OWN)
HEADER = re.compile(r"\s*\[\[?([^\]]+)\]")
KEY = re.compile(r"""\s*([\w."' -]+?)\s*=""")


@dataclass(frozen=True)
class File:
    """A file of the ``.dlt`` folder; without text when it is not there."""

    path: Path
    text: str
    tables: dict[str, Any]

    @property
    def sources(self) -> dict[str, Any]:
        """The instances it names, with their options."""
        return self.tables.get("sources", {})

    @property
    def firm(self) -> dict[str, Any]:
        """What it says under ``[tieout]``."""
        return self.tables.get("tieout", {})

    def place(self, *names: str) -> str:
        """The file, with the line on which a table or key is written."""
        for length in range(len(names), 0, -1):
            wanted = list(names[:length])
            for number, written in self._written():
                if written[:length] == wanted:
                    return f"{self.path.name} line {number}"
        return self.path.name

    def _written(self) -> Iterator[tuple[int, list[str]]]:
        """The tables and keys of the text by their whole names, with their lines."""
        table: list[str] = []
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := HEADER.match(line):
                table = _names(header[1])
                yield number, table
            elif key := KEY.match(line):
                yield number, table + _names(key[1])


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in dotted.split(".")]


def files(home: Path) -> tuple[File, File]:
    """``config.toml`` and ``secrets.toml``, below DLT_PROJECT_DIR as dlt has it.

    Raises ConfigurationError for one that is not TOML, that has an unknown section or
    an unknown option of the firm, and for a folder that was named and has none.
    """
    named = os.environ.get("DLT_PROJECT_DIR")
    folder = Path(named or home) / ".dlt"
    config, secrets = _read(folder / "config.toml"), _read(folder / "secrets.toml")
    if (home / MARK).exists() and not config.path.exists():
        # Passed over, it would leave the sandbox to run in the firm's place.
        raise ConfigurationError(
            f"there is no {config.path}, though {home.name}/ is a firm's folder",
            "put it back; `tieout init` writes one to begin with.",
        )
    if named and not config.path.exists():
        raise ConfigurationError(
            f"there is no {config.path}, where DLT_PROJECT_DIR has it looked for",
            "correct DLT_PROJECT_DIR, or put the firm's config.toml there.",
        )
    for file in (config, secrets):
        _check_sections(file)
    for name, option in from_environment("TIEOUT"):
        if option not in FIRM_OPTIONS:
            raise unknown(name, f"{name} is no setting", option, FIRM_OPTIONS)
    return config, secrets


def _read(path: Path) -> File:
    if not path.exists():
        _check_neighbours(path)
        return File(path, "", {})
    try:
        text = path.read_text(encoding="utf-8-sig")
        return File(path, text, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # A decoding error would quote the bytes it stumbled on: a secret's, perhaps.
        where = error if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
        raise ConfigurationError(
            f"{path.name} is not valid TOML: {where}", "correct that line."
        ) from None


def _check_neighbours(missing: Path) -> None:
    """A file of nearly that name was meant to be it."""
    names = [file.name for file in missing.parent.glob("*")]
    meant = difflib.get_close_matches(missing.name, names, n=1, cutoff=0.8)
    if meant:
        raise ConfigurationError(
            f".dlt/{meant[0]} is read by nobody", f"rename it to {missing.name}."
        )


def _check_sections(file: File) -> None:
    for section, content in file.tables.items():
        if section not in SECTIONS:
            what = f"{file.place(section)}: [{section}] is no section"
            raise unknown(section, what, section, SECTIONS)
        if not isinstance(content, dict):
            raise ConfigurationError(
                f"{file.place(section)}: {section} is a value, not a section",
                f"begin the section with [{section}] on a line of its own.",
            )
    for option in file.firm:
        if option not in FIRM_OPTIONS:
            what = f"{file.place('tieout', option)}: [tieout] has no option {option}"
            raise unknown(option, what, option, FIRM_OPTIONS)


def check_systems(config: File, secrets: File) -> None:
    """Raise ConfigurationError for a system, or an option of one, that nobody knows."""
    known = sorted(config.sources)
    for file in (config, secrets):
        for name, options in file.sources.items():
            where = file.place("sources", name)
            if not isinstance(options, dict):
                raise ConfigurationError(
                    f"{where}: {name} under [sources] is a value, not a system",
                    f"begin the system with [sources.{name}] on a line of its own.",
                )
            if name not in known:
                what = f"{where}: config.toml has no [sources.{name}]"
                raise unknown(name, what, name, known)
    for name, option in from_environment("SOURCES"):
        system = option.partition("__")[0]
        if system not in known:
            what = f"{name} is set, but config.toml has no [sources.{system}]"
            raise unknown(name, what, system, known)
    _check_firms_alone(config, secrets)


def _check_firms_alone(config: File, secrets: File) -> None:
    """A firm's secrets or name without its systems would let the sandbox run."""
    if config.sources:
        return
    written = [(f.place("tieout", o), o) for f in (config, secrets) for o in f.firm]
    for place, option in [*written, *from_environment("TIEOUT")]:
        if option in FIRMS_ALONE:
            raise ConfigurationError(
                f"{place}: there is a {option}, but no system in .dlt/config.toml",
                "name the firm's systems there, or remove the line to run the sandbox.",
            )


def check_options(config: File, secrets: File, name: str, vendor: str) -> None:
    """Raise ConfigurationError for an option of an instance that its vendor lacks."""
    known = vendor_options(config, name, vendor)
    for file in (config, secrets):
        for option in _flat(file.sources.get(name, {})):
            if option not in known:
                place = file.place("sources", name, *option.split("."))
                what = f"{place}: {vendor} has no option {option}"
                raise unknown(option, what, option, known)
    prefix = f"{name}__"
    for variable, told in from_environment("SOURCES"):
        option = told.removeprefix(prefix)
        if told.startswith(prefix) and option not in known:
            what = f"{variable}: {vendor} has no option {option}"
            raise unknown(variable, what, option, known)


def _flat(options: dict[str, Any], inside: str = "") -> Iterator[str]:
    """The names of all options, those of a table within with its name before."""
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{inside}{name}.")
        else:
            yield f"{inside}{name}"


def vendor_options(config: File, name: str, vendor: str) -> tuple[str, ...]:
    """What an instance of a vendor may say, by the declaration in its folder."""
    vendors = sorted(path.parent.name for path in VENDORS.glob("*/client.py"))
    if vendor not in vendors:
        where = config.place("sources", name, "vendor")
        raise unknown(vendor, f"{where}: there is no vendor {vendor}", vendor, vendors)
    client = importlib.import_module(f"dlt_pipelines.vendors.{vendor}.client")
    posting = ("posting_calls_at_once",) if can_be_posted_to(vendor) else ()
    said = ("vendor", *NOTATION, *client.OPTIONS)
    return (*dict.fromkeys(said), *posting, *declared_settings(vendor))


def from_environment(section: str) -> Iterator[tuple[str, str]]:
    """The variables that speak of a section, each with what it speaks of."""
    prefix = f"{section}__"
    for name in sorted(os.environ):
        if name.startswith(prefix):
            yield name, name.removeprefix(prefix).lower()


def unknown(
    written: str, what: str, name: str, known: Iterable[str]
) -> ConfigurationError:
    """``what`` is wrong with what is ``written``; the right ``name`` is a known one."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    # A tenant's names of fields are many: told only to who named one.
    known = [k for k in known if k.rpartition(".")[0] == name.rpartition(".")[0]]
    there = f"there are {', '.join(known)}" if known else "none is named there"
    do = f"write {near[0]} instead" if near else f"correct or remove {written}"
    return ConfigurationError(what, f"{do}; {there}.")
