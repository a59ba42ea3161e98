"""A firm's one ERP as two, each with the books of its own legal entities.

What both need (accounts, customers, projects …) is in both. Every id is another one in
each, counted from 1, so that the same id means other things in the two.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

ERP = "netsuite"
PARTIES = ("customers", "vendors", "employees", "projects")  # share their ids
LISTS = ("accounting_periods", "accounts", "currencies", "departments", "subsidiaries")
KEYS = {
    "accounting_lines": "transaction_id || '|' || line_id || '|' || accounting_book",
    "transaction_lines": "transaction_id || '|' || id",
}
REFERS = {  # columns by the ids that they hold
    "accounting_lines": {"transaction_id": "transactions", "account": "accounts"},
    "accounting_periods": {"id": "accounting_periods", "parent": "accounting_periods"},
    "accounts": {"id": "accounts"},
    "currencies": {"id": "currencies"},
    "currency_rates": {
        "base_currency": "currencies",
        "transaction_currency": "currencies",
    },
    "customers": {"id": "parties", "parent": "parties", "currency": "currencies"},
    "departments": {"id": "departments"},
    "employees": {
        "id": "parties",
        "subsidiary": "subsidiaries",
        "department": "departments",
    },
    "projects": {
        "id": "parties",
        "customer": "parties",
        "subsidiary": "subsidiaries",
        "currency": "currencies",
        "department": "departments",
    },
    "subsidiaries": {"id": "subsidiaries", "currency": "currencies"},
    "transaction_lines": {
        "transaction_id": "transactions",
        "entity": "parties",
        "department": "departments",
        "subsidiary": "subsidiaries",
    },
    "transactions": {
        "id": "transactions",
        "posting_period": "accounting_periods",
        "currency": "currencies",
        "entity": "parties",
    },
    "vendors": {"id": "parties", "currency": "currencies"},
}


def split(land: Path, erps: Mapping[str, Collection[str]]) -> None:
    """Divide a landing file's ERP: by the new instance's name its entities' codes."""
    with duckdb.connect(land) as db:
        for name, entities in erps.items():
            _number(db, name, entities)
            for table, refers in REFERS.items():
                _copy(db, table, refers, name)
        for table in REFERS:
            db.execute(
                f"delete from raw.{ERP}__{table} where source_instance = '{ERP}'"
            )


def _number(db: duckdb.DuckDBPyConnection, erp: str, entities: Collection[str]) -> None:
    """Tables new_<list> of an instance's new ids by the old ones."""

    def ids_of(table: str, column: str = "id") -> str:
        return (
            f"select {column} as id from raw.{ERP}__{table}"
            f" where source_instance = '{ERP}'"
        )

    codes = ", ".join(f"'{code}'" for code in entities)
    own = f"{ids_of('subsidiaries')} and external_id in ({codes})"
    lists = {table: ids_of(table) for table in LISTS}
    lists |= {
        "subsidiaries": own,
        "parties": " union ".join(map(ids_of, PARTIES)),
        "transactions": ids_of("transaction_lines", "transaction_id")
        + f" and subsidiary in ({own})",
    }
    for name, ids in lists.items():
        # What is posted keeps its order, which decides where two are alike.
        order = "length(id)" if name == "transactions" else f"md5('{erp}' || id)"
        number = f"row_number() over (order by {order}, id)"
        numbered = f"select id, cast({number} as varchar) as new_id"
        db.execute(
            f"create or replace temp table new_{name} as {numbered} "
            f"from (select distinct id from ({ids}))"
        )


def _copy(
    db: duckdb.DuckDBPyConnection, table: str, refers: Mapping[str, str], name: str
) -> None:
    raw = f"raw.{ERP}__{table}"
    columns = [row[0] for row in db.execute(f"describe {raw}").fetchall()]
    chosen = {
        column: f"(select n.new_id from new_{ids} as n where n.id = t.{column})"
        for column, ids in refers.items()
    }
    told = ", ".join(
        f"{chosen[c]} as {c}" if c in chosen else f"t.{c}" for c in columns
    )
    key = KEYS.get(table, "id")
    leading = next(iter(refers)) if table in KEYS else "id"
    rows = f"select {told} from {raw} as t where t.source_instance = '{ERP}'"
    own = f"{key} as _key, '{name}' as source_instance"
    own += f", md5('{name}' || _event_id) as _event_id"
    db.execute(
        f"insert into {raw} by name select * replace ({own}) from ({rows}) "
        f"where {leading} is not null"
    )
