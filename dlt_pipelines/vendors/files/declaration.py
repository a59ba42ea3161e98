"""What a firm declares of the files that a system delivers: a TOML file for each kind.

All that is wrong with the declarations of a system is told at once, each with its file
and place. `docs/files.md` tells what may stand in one.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import HOME, ROOT, Instance
from dlt_pipelines.landing.declarations import Column, Table, declared_tables

VENDOR = "files"
DELIVERIES = "deliveries"
FORMATS = ("csv", "fixed", "jsonl", "parquet", "xlsx")
OF_TEXT = ("csv", "fixed", "jsonl")
CONTROLS = ("count", "total", "sha256")
PART = re.compile(r"\{(\w+)\}")

# The words of a contract's column that something is decided by.
WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("erp_accounts", "account_class"): (
        "receivable",
        "payable",
        "other_asset",
        "other_liability",
        "equity",
        "income",
        "expense",
        "non_posting",
    ),
    ("erp_transactions", "document_type"): (
        "customer_invoice",
        "customer_credit",
        "customer_payment",
        "cash_sale",
        "cash_refund",
        "vendor_bill",
        "vendor_credit",
        "vendor_payment",
        "expense_report",
        "journal",
        "other",
    ),
    ("payroll_lines", "section"): (
        "earnings",
        "employer_taxes",
        "employer_contributions",
        "employee_deductions",
    ),
    ("psa_projects", "contract_type"): (
        "time_and_materials",
        "time_and_materials_capped",
        "fixed_fee",
        "milestone",
        "retainer",
        "cost_plus",
        "non_billable",
    ),
    ("psa_time_entries", "approval_status"): (
        "approved",
        "pending",
        "rejected",
        "cancelled",
        "unsubmitted",
    ),
    ("spend_expense_lines", "approval_status"): ("approved", "rejected", "pending"),
}
# What a contract lets be unknown, and no figure could be made without.
NEEDED: dict[str, set[str]] = {
    "erp_accounts": {"account_class"},
    "erp_currency_rates": {"fx_rate"},
    "erp_entities": {"legal_entity_code", "currency_code"},
    "erp_fiscal_periods": {"start_date", "end_date"},
    "erp_ledger_lines": {"account_id", "entity_id"},
    "erp_transactions": {"period_id", "transaction_date", "transaction_currency_code"},
    "payroll_lines": {
        *("person_pseudonym", "section", "pay_code", "currency_code", "amount"),
    },
    "payroll_people": {"payroll_group_code", "payroll_file_pseudonym"},
    "payroll_runs": {"payroll_group_code", "period_start_date", "period_end_date"},
    "psa_time_entries": {"project_id", "person_id"},
    "spend_expense_lines": {
        *("employee_number", "expense_date", "currency_code", "amount"),
    },
}


@dataclass(frozen=True)
class Field:
    """How a column of a contract is told.

    By the columns of the file it is read ``from`` (several are joined by «|»), a fixed
    ``value``, a ``part`` of the file's name, or the number of the ``line``. ``words``
    are the file's words for the contract's; ``matches`` is what a text must look like;
    ``times`` is what a number is multiplied by. None may be empty unless it is said.
    """

    column: Column
    sources: tuple[str, ...] = ()
    value: str | None = None
    part: str | None = None
    line: bool = False
    words: Mapping[str, str] | None = None
    matches: str | None = None
    format: str | None = None
    times: Decimal | None = None
    may_be_empty: bool = False


@dataclass(frozen=True)
class Said:
    """What a kind of file says of a contract; ``repeats`` where each row may again."""

    table: Table
    fields: tuple[Field, ...]
    repeats: bool = False

    @property
    def contract(self) -> str:
        """The contract's name."""
        return self.table.name


@dataclass(frozen=True)
class Whole:
    """What tells that a file is whole: patterns of its last line or a file beside it.

    They name ``count``, ``total`` and ``sha256``; so may parts of the file's name.
    ``total_of`` is the column of the file whose sum the total is. ``nothing`` is said
    where nothing tells.
    """

    trailer: re.Pattern[str] | None = None
    beside: str | None = None
    beside_says: re.Pattern[str] | None = None
    total_of: str | None = None
    nothing: bool = False


@dataclass(frozen=True)
class Completeness:
    """What a file is whole for: everything, each value of columns, a month; or nothing.

    A file of ``changes`` is whole for nothing: what it does not say stays.
    """

    kind: str  # everything | changes | each | month
    column: str = ""


@dataclass(frozen=True)
class FileKind:
    """A declared kind of file; ``name`` is its declaration's."""

    name: str
    pattern: str
    says: tuple[Said, ...]
    complete: Completeness
    whole: Whole
    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip_lines: int = 0
    columns: tuple[str, ...] = ()  # in their order: names, or the exact header
    has_header: bool = True
    widths: tuple[tuple[str, int, int], ...] = ()  # name, first sign, length
    sheet: str | None = None
    empty: tuple[str, ...] = ("",)
    decimal_mark: str = "."
    thousands_mark: str = ""
    date_format: str = "%Y-%m-%d"
    moment_format: str = "%Y-%m-%dT%H:%M:%S"
    time_zone: str = "UTC"
    settles_seconds: int = 60
    done: str | None = None
    pgp: bool = False
    due_days: int | None = None  # after the end of a month, where one comes for each
    period_format: str = "%Y-%m"

    @property
    def regex(self) -> re.Pattern[str]:
        """The pattern of its names; «*» is anything but «/», «{x}» a named part."""
        told = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(self.pattern))
        return re.compile(told.replace(r"\*", "[^/]*"))

    def parts(self, name: str) -> dict[str, str] | None:
        """The named parts of a file's name; None where it is not of this kind."""
        found = self.regex.fullmatch(name)
        return found.groupdict() if found else None


@dataclass
class _Reader:
    """A table of a declaration, of which everything must have been asked for."""

    told: dict[str, Any]
    place: str
    faults: list[str]
    asked: set[str] = field(default_factory=set)

    def wrong(self, what: str) -> None:
        self.faults.append(f"{self.place}{what}")

    def get(self, name: str, kind: type, default: Any = None) -> Any:
        """A value of a kind (int, str, bool, list, dict); the default if not there."""
        self.asked.add(name)
        if name not in self.told:
            return default
        value = self.told[name]
        if type(value) is not kind:
            self.wrong(f"{name} must be {_KINDS[kind]}")
            return default
        return value

    def sign(self, name: str, default: str, *, or_none: bool = False) -> str:
        told = self.get(name, str, default)
        if len(told) != 1 and not (or_none and not told):
            self.wrong(f"{name} must be one sign{' or empty' if or_none else ''}")
            return default
        return told

    def one_of(self, name: str, known: tuple[str, ...], default: str) -> str:
        told = self.get(name, str, default)
        if told not in known:
            self.wrong(f"{name} is «{told}», not one of {', '.join(known)}")
            return default
        return told

    def pattern(self, name: str) -> re.Pattern[str] | None:
        told = self.get(name, str)
        if told is None:
            return None
        try:
            pattern = re.compile(told)
        except re.error as error:
            self.wrong(f"{name} is no pattern: {error}")
            return None
        if not pattern.groupindex or set(pattern.groupindex) - set(CONTROLS):
            self.wrong(f"{name} must name some of {', '.join(CONTROLS)}: (?P<count>…)")
        return pattern

    def inside(self, name: str) -> "_Reader":
        told = self.get(name, dict, {})
        return _Reader(told, f"{self.place}{name}.", self.faults)

    def done(self) -> None:
        for name in sorted(self.told.keys() - self.asked):
            self.wrong(f"{name} is nothing that is read here")


_KINDS: dict[type, str] = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def folder_of(instance: Instance) -> Path:
    """Where the declarations of a system's files are: ``feeds``, or feeds/<name>."""
    return HOME / str(instance.options.get("feeds") or f"feeds/{instance.name}")


def declared(instance: Instance) -> tuple[FileKind, ...]:
    """The kinds of files that a system delivers, by name.

    Raises ConfigurationError that names everything that is wrong with them.
    """
    folder = folder_of(instance)
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise ConfigurationError(
            f"{instance.name} has no declaration in {folder}",
            "declare each kind of file there in a .toml (docs/files.md shows one).",
        )
    faults: list[str] = []
    kinds = [kind for file in files if (kind := _read(file, faults))]
    faults += _rivals(kinds)
    if faults:
        listed = "; ".join(faults)
        raise ConfigurationError(
            f"the declarations of {instance.name} have {len(faults)} "
            f"fault{'s' if len(faults) > 1 else ''}: {listed}",
            f"correct them in {folder}; nothing was read by them.",
        )
    return tuple(kinds)


def _rivals(kinds: list[FileKind]) -> list[str]:
    """Kinds of file of which one would take what another says for gone."""
    return [
        f"{kind.name} is whole for {kind.complete.kind} of {said.contract}, which "
        f"{other.name} says too"
        for kind in kinds
        for other in kinds
        for said in kind.says
        if kind.complete.kind in ("everything", "month")
        and other is not kind
        and said.contract in contracts_of((other,))
    ]


def contracts_of(kinds: tuple[FileKind, ...]) -> set[str]:
    """The contracts that some kind of file says."""
    return {said.contract for kind in kinds for said in kind.says}


def _read(file: Path, faults: list[str]) -> FileKind | None:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{file.name}: not valid TOML: {error}")
        return None
    reader = _Reader(told, f"{file.name}: ", faults)
    before = len(faults)
    kind = _kind(file.stem, reader)
    return kind if len(faults) == before else None


def _kind(name: str, reader: _Reader) -> FileKind:
    pattern = reader.get("files", str, "")
    if not pattern:
        reader.wrong('files is lacking: the names, such as "pay_{period}_*.csv"')
    parts = PART.findall(pattern)
    if len(parts) != len(set(parts)):
        reader.wrong("files names a part twice")
    format_ = reader.one_of("format", FORMATS, "csv")
    widths = _widths(reader) if format_ == "fixed" else ()
    columns = tuple(reader.get("columns", list, []))
    has_header = reader.get("header", bool, True) if format_ == "csv" else True
    if format_ == "csv" and not has_header and not columns:
        reader.wrong("columns is lacking: without a header it names them in order")
    if len(columns) != len(set(columns)):
        reader.wrong("columns names one twice")
    known = tuple(name for name, _, _ in widths) or columns
    arrival = reader.inside("arrival")
    due_days = arrival.get("due_days", int)
    if due_days is not None and "period" not in parts:
        arrival.wrong("due_days needs a {period} in files")
    kind = FileKind(
        name=name,
        pattern=pattern,
        says=_says(reader, known, parts),
        complete=_complete(reader),
        whole=_whole(reader, known, parts, format_),
        format=format_,
        encoding=_encoding(reader),
        delimiter=reader.sign("delimiter", ","),
        quote=reader.sign("quote", '"', or_none=True),
        skip_lines=reader.get("skip_lines", int, 0),
        columns=columns,
        has_header=has_header,
        widths=widths,
        sheet=reader.get("sheet", str),
        empty=tuple(reader.get("empty", list, [""])),
        decimal_mark=reader.one_of("decimal_mark", (".", ","), "."),
        thousands_mark=reader.sign("thousands_mark", "", or_none=True),
        date_format=reader.get("date_format", str, "%Y-%m-%d"),
        moment_format=reader.get("moment_format", str, "%Y-%m-%dT%H:%M:%S"),
        time_zone=_zone(reader),
        settles_seconds=arrival.get("settles_seconds", int, 60),
        done=arrival.get("done", str),
        pgp=arrival.get("pgp", bool, False),
        due_days=due_days,
        period_format=arrival.get("period_format", str, "%Y-%m"),
    )
    if kind.decimal_mark == kind.thousands_mark:
        reader.wrong("decimal_mark and thousands_mark are the same")
    for option in ("done",):
        beside = getattr(kind, option)
        if beside is not None and "{name}" not in beside:
            arrival.wrong(f'{option} must hold {{name}}, such as "{{name}}.{option}"')
    _check_scope(kind, reader)
    arrival.done()
    reader.done()
    return kind


def _widths(reader: _Reader) -> tuple[tuple[str, int, int], ...]:
    widths = []
    for name, place in reader.get("widths", dict, {}).items():
        good = isinstance(place, list) and len(place) == 2
        if not good or any(type(n) is not int or n < 1 for n in place):
            reader.wrong(f"widths.{name} must be [first sign, length], from 1")
        else:
            widths.append((name, place[0], place[1]))
    if not widths:
        reader.wrong("widths is lacking: of each column [first sign, length]")
    return tuple(widths)


def _encoding(reader: _Reader) -> str:
    told = reader.get("encoding", str, "utf-8")
    try:
        "".encode(told)
    except LookupError:
        reader.wrong(f"encoding is «{told}», which nobody knows")
    return told


def _zone(reader: _Reader) -> str:
    told = reader.get("time_zone", str, "UTC")
    try:
        ZoneInfo(told)
    except (ZoneInfoNotFoundError, ValueError):
        reader.wrong(f"time_zone is «{told}», no name such as «Europe/Berlin»")
    return told


def _complete(reader: _Reader) -> Completeness:
    reader.asked.add("complete")
    told = reader.told.get("complete")
    if told in ("everything", "changes"):
        return Completeness(str(told))
    if isinstance(told, dict) and len(told) == 1:
        [(kind, column)] = told.items()
        if kind in ("each", "month") and isinstance(column, str):
            return Completeness(kind, column)
    reader.wrong(
        'complete must be "everything", "changes", {each = "<column>"} or '
        '{month = "<column>"}: what a file is whole for'
    )
    return Completeness("changes")


def _check_scope(kind: FileKind, reader: _Reader) -> None:
    if not kind.complete.column:
        return
    for said in kind.says:
        column = next((f.column for f in said.fields if _is(f, kind)), None)
        if column is None:
            reader.wrong(f"complete: {said.contract} has no {kind.complete.column}")
        elif column.pseudonym:
            reader.wrong(f"complete: {said.contract}.{column.name} is a person's")
        elif kind.complete.kind == "month" and column.type != "date":
            reader.wrong(f"complete: {said.contract}.{column.name} is no date")


def _is(said: Field, kind: FileKind) -> bool:
    return said.column.name == kind.complete.column


def _whole(
    reader: _Reader, known: tuple[str, ...], parts: list[str], format_: str
) -> Whole:
    told = reader.inside("whole")
    whole = Whole(
        trailer=told.pattern("trailer"),
        beside=told.get("beside", str),
        beside_says=told.pattern("beside_says"),
        total_of=told.get("total_of", str),
        nothing=told.get("nothing", bool, False),
    )
    told.done()
    if whole.trailer and format_ not in OF_TEXT:
        told.wrong(f"trailer is a line, and {format_} has none")
    if (whole.beside is None) != (whole.beside_says is None):
        told.wrong("beside and beside_says go together")
    if whole.beside is not None and "{name}" not in whole.beside:
        told.wrong('beside must hold {name}, such as "{name}.ctl"')
    patterns = [p for p in (whole.trailer, whole.beside_says) if p]
    named = {g for p in patterns for g in p.groupindex} | (set(parts) & set(CONTROLS))
    if not named and not whole.nothing:
        told.wrong(
            "tells nothing: say what a file can be known to be whole by, or "
            "nothing = true"
        )
    if named and whole.nothing:
        told.wrong("nothing is true, and yet something tells")
    if ("total" in named) != (whole.total_of is not None):
        told.wrong("total_of and a total go together")
    if whole.total_of and known and whole.total_of not in known:
        told.wrong(f"total_of is «{whole.total_of}», no column of the file")
    return whole


def _says(
    reader: _Reader, known: tuple[str, ...], parts: list[str]
) -> tuple[Said, ...]:
    told = reader.inside("says")
    tables = {n: t for n, t in declared_tables(VENDOR).items() if n != DELIVERIES}
    if not told.told:
        reader.wrong("says is lacking: [says.<contract>.columns]")
    says = []
    for contract in told.told:
        inside = told.inside(contract)
        if contract not in tables:
            told.wrong(f"{contract} is no contract; there are {', '.join(tables)}")
            continue
        says.append(_said(tables[contract], inside, known, parts))
    return tuple(says)


def _said(
    table: Table, reader: _Reader, known: tuple[str, ...], parts: list[str]
) -> Said:
    told = reader.inside("columns")
    repeats = reader.get("repeats", bool, False)
    reader.done()
    columns = {column.name: column for column in table.columns}
    needed = (
        required_columns(table.name) | set(table.key) | NEEDED.get(table.name, set())
    )
    found = []
    for name in told.told:
        if name not in columns:
            told.wrong(f"{name} is no column; there are {', '.join(columns)}")
        else:
            is_required = name in required_columns(table.name) | set(table.key)
            found.append(_field(columns[name], told, known, parts, is_required))
    for name in sorted(needed - told.told.keys()):
        told.wrong(f"{name} is lacking, and {table.name} needs it")
    return Said(table, tuple(found), repeats)


def _field(
    column: Column,
    told: _Reader,
    known: tuple[str, ...],
    parts: list[str],
    is_required: bool,
) -> Field:
    spec = told.told[column.name]
    spec = {"from": spec} if isinstance(spec, (str, list)) else spec
    if not isinstance(spec, dict):
        told.wrong(f"{column.name} must be a column of the file, or a table")
        return Field(column)
    reader = _Reader(spec, f"{told.place}{column.name}.", told.faults)
    sources = spec.get("from", [])
    reader.asked.add("from")
    sources = [sources] if isinstance(sources, str) else sources
    read = Field(
        column,
        sources=tuple(sources),
        value=reader.get("value", str),
        part=reader.get("part", str),
        line=reader.get("line", bool, False),
        words=reader.get("words", dict),
        matches=reader.get("matches", str),
        format=reader.get("format", str),
        times=_times(reader),
        may_be_empty=reader.get("may_be_empty", bool, False),
    )
    reader.done()
    if is_required and read.may_be_empty:
        reader.wrong("may_be_empty is true, and it must not be")
    ways = [bool(read.sources), read.value is not None, read.part is not None]
    if sum([*ways, read.line]) != 1:
        reader.wrong("needs one of from, value, part and line")
    for name in read.sources:
        if known and name not in known:
            reader.wrong(f"from names «{name}», no column of the file")
    if read.part is not None and read.part not in parts:
        reader.wrong(f"part is «{read.part}», which files does not name")
    if read.line and column.type != "bigint":
        reader.wrong("line is a number, and the column is none")
    _check_words(read, told.place, reader)
    return read


def _check_words(read: Field, place: str, reader: _Reader) -> None:
    contract = place.removesuffix(".columns.").rpartition(".")[2]
    allowed = WORDS.get((contract, read.column.name))
    meant = [*(read.words or {}).values(), *([read.value] if read.value else [])]
    for word in meant if allowed else []:
        if word not in (allowed or ()):
            reader.wrong(f"«{word}» is not one of {', '.join(allowed or ())}")
    if read.matches is not None:
        try:
            re.compile(read.matches)
        except re.error as error:
            reader.wrong(f"matches is no pattern: {error}")


def _times(reader: _Reader) -> Decimal | None:
    told = reader.get("times", str)
    if told is None:
        return None
    try:
        return Decimal(told)
    except InvalidOperation:
        reader.wrong('times must be a number in quotes, such as "60"')
        return None


@cache
def required_columns(contract: str) -> frozenset[str]:
    """The columns that a contract lets be null in no row, lineage aside."""
    role = contract.partition("_")[0]
    file = ROOT / "models" / "roles" / role / f"{contract}.yml"
    [model] = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    ours = {column.name for column in declared_tables(VENDOR)[contract].columns}
    return frozenset(
        column["name"]
        for column in model["columns"]
        if column["name"] in ours
        and any(c.get("type") == "not_null" for c in column.get("constraints", ()))
    )
