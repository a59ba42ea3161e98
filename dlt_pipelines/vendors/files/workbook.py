"""A sheet of a workbook (XLSX) as texts: what a cell holds, not how it is shown."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.vendors.files.declaration import FileKind
from dlt_pipelines.vendors.files.refusal import Refusal

DIGITS = 15  # that a number of a workbook has; those beyond are its binary form's


@dataclass(frozen=True)
class Sheet:
    """The columns' names, texts by row (``n``, c0, c1 …) and the first row's line.

    ``typed`` are the columns of numbers and dates, written as ISO has them.
    """

    names: tuple[str, ...]
    frame: pl.DataFrame
    first_line: int
    typed: frozenset[str]


def read(path: Path, kind: FileKind) -> Sheet:
    """The declared sheet, or the only one; raises Refusal where it is not there."""
    try:
        import python_calamine
    except ImportError as error:
        raise ConfigurationError(
            "a workbook cannot be read: python-calamine is not installed",
            'install Tieout with its extra «files»: pip install "tieout[files]".',
        ) from error
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as error:
        raise Refusal("it is no whole workbook") from error
    names = book.sheet_names
    sheet = kind.sheet or (names[0] if len(names) == 1 else None)
    if sheet is None:
        raise Refusal(f"it has {len(names)} sheets, and none is declared")
    if sheet not in names:
        raise Refusal(f"it has no sheet {sheet}")
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return _sheet(rows, kind)


def _sheet(rows: list[list[Any]], kind: FileKind) -> Sheet:
    if len(rows) <= kind.skip_lines:
        raise Refusal("it has no rows")
    header = [str(cell).strip() for cell in rows[kind.skip_lines]]
    while header and not header[-1]:
        header.pop()
    names = tuple(header)
    if kind.columns and names != kind.columns:
        raise Refusal(
            "its header is not the declared one: its columns are moved, renamed, more "
            "or fewer"
        )
    body = rows[kind.skip_lines + 1 :]
    if any(any(cell != "" for cell in row[len(names) :]) for row in body):
        raise Refusal("it has values beside its header")
    there = [n for n, row in enumerate(body, 1) if any(cell != "" for cell in row)]
    cells = [[body[n - 1][place] for n in there] for place in range(len(names))]
    typed = frozenset(
        name
        for name, column in zip(names, cells, strict=True)
        if not any(isinstance(cell, str) and cell for cell in column)
    )
    frame = pl.DataFrame(
        {"n": there}
        | {f"c{p}": [_text(c) for c in col] for p, col in enumerate(cells)},
        schema={"n": pl.Int64} | {f"c{p}": pl.String for p in range(len(names))},
    )
    return Sheet(names, frame, kind.skip_lines + 2, typed)


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            told = f"{Decimal(f'{cell:.{DIGITS}g}'):f}"
            return told.rstrip("0").rstrip(".") if "." in told else told
        case datetime():
            is_day = cell.time() == time()
            return cell.date().isoformat() if is_day else cell.isoformat(" ")
        case _:
            return str(cell)
