"""What a file says of people outright: names, identifiers, and who was ill when."""

import hashlib
from pathlib import Path

import duckdb

from dlt_pipelines.sandbox.firm.model import Firm, Person

_TEXTS = """
    select schema_name || '.' || table_name, column_name from duckdb_columns()
    where data_type = 'VARCHAR' and not internal order by all
"""


def identifying(file: Path, firm: Firm) -> dict[str, int]:
    """How many people each text column of a file names, by whatever identifies them."""
    found = {}
    with duckdb.connect(str(file), read_only=True) as db:
        texts = db.execute(_TEXTS).fetchall()
        db.execute("create temp table marks (number varchar, mark varchar)")
        marks = [(p.number, m) for p in firm.people.values() for m in _marks(firm, p)]
        db.executemany("insert into marks values (?, ?)", marks)
        for table, column in texts:
            [(people,)] = db.execute(
                "select count(distinct number) from marks inner join"
                f' (select distinct "{column}" as text from {table}) as texts'
                " on contains(texts.text, marks.mark)"
            ).fetchall()
            if people:
                found[f"{table}.{column}"] = people
    return found


def _marks(firm: Firm, person: Person) -> list[str]:
    """What a person can be told by; anybody can hash a number."""
    key = hashlib.md5(f"resource|{person.number}".encode()).hexdigest()
    marks = [person.number, f"{person.first_name} {person.last_name}", person.email]
    if person.supplier:
        marks.append(firm.suppliers[person.supplier].name)
    return [*marks, key, person.kantata_id, person.workday_id]


def sick_days(file: Path) -> int:
    """Rows that say when somebody, told by a key or a name, was ill."""
    with duckdb.connect(str(file), read_only=True) as db:
        columns: dict[str, list[str]] = {}
        for table, column in db.execute(_TEXTS).fetchall():
            columns.setdefault(table, []).append(column)
        return sum(
            db.execute(f"select count(*) from {table} where \"{kind}\" = 'sick'")
            .fetchall()[0][0]
            for table, names in columns.items()
            if {"resource_key", "employee_number", "resource_name"} & {*names}
            for kind in names
        )  # fmt: skip
