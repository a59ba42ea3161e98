"""Five custom reports, each read whole: the report is the state of its table.

Workday keeps no cursor and no feed of deletions for reports, so a row that a reading
lacks is gone (a cancelled absence, a rescinded hire). The reports are the tenant's
own: what their columns are called is in ``settings.yml``. Workday leaves empty fields
out, and a column whose alias was never set comes under a generated name: a column that
every report needs is one that some row has, and what rows are known by each row has.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dlt_pipelines.core.countries import alpha_2
from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing.tenant_settings import as_declared, names_of
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.workday.assumptions import PRIMARY
from dlt_pipelines.vendors.workday.client import WorkdayClient

# By the report's table, the aliases that every row must have, as they are declared, and
# those that some row must have: somebody's pay or place may be empty.
KNOWN_BY = {
    "workers": "Employee_ID",
    "compensation": "Employee_ID Effective_Date Event_Entered",
    "assignments": "Employee_ID Effective_Date Event_Entered",
    "absences": "Absence_ID Employee_ID Absence_Date",
    "holidays": "Country Holiday_Date",
}
REQUIRED = {
    "workers": "Worker_Type Hire_Date Active",
    "compensation": "Base_Pay Currency Frequency",
    "assignments": "Company_ID Paid_FTE",
    "absences": "Absence_Hours Status",
    "holidays": "Holiday_Name",
}


def check_aliases(
    name: str,
    known_by: Iterable[str],
    required: Iterable[str],
    rows: list[dict[str, Any]],
) -> None:
    """Raise BadAnswer naming the report, the alias and the first row without it.

    ``known_by`` are the aliases that each row must have, ``required`` those that one
    must; of these a tenant may have said that it has none.
    """
    seen = {alias for row in rows for alias in row}
    needed = [*known_by, *(alias for alias in required if alias not in seen)]
    for alias in needed:
        for position, row in enumerate(rows, start=1):
            if alias in row:
                continue
            raise BadAnswer(
                f"report {name}: row {position} of {len(rows)} has no {alias}; it has "
                f"{', '.join(sorted(row)) or 'nothing'}",
                f"set the column's XML alias to {alias} in the report (Column Heading "
                "Override XML Alias), or fill it in that record. Nothing of the "
                "report was landed.",
            )


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row with the columns of its groups among its own.

    A group comes as a list of objects. Of several no one is the row's: it stays a list,
    which landing reports.
    """
    groups = {
        name: value[0]
        for name, value in row.items()
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)
    }
    own = {name: value for name, value in row.items() if name not in groups}
    return {n: v for group in groups.values() for n, v in group.items()} | own


def _read(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is declared; a country by its two letters, whichever it has."""
    if table == "holidays":
        row["Country"] = alpha_2(row["Country"])
    return row


def reader(table: str) -> Callable[[WorkdayClient, Window], Iterator[Batch]]:
    """How to read one table's report."""

    def read(client: WorkdayClient, window: Window) -> Iterator[Batch]:
        name = client.report_name(table)
        rows = [_flat(row) for row in client.report(name)]
        own_names = names_of(client.instance, table)
        known_by, required = (
            [own_names[alias] for alias in aliases[table].split()]
            for aliases in (KNOWN_BY, REQUIRED)
        )
        check_aliases(name, known_by, filter(None, required), rows)
        known = len(window.ids(table)) if not rows else 0
        if known:
            raise BadAnswer(
                f"report {name} of {client.instance.name} is empty, where {known} "
                "rows were known",
                "check that the integration system user's security group still sees "
                "the population; nothing was marked as deleted.",
            )
        rows = [_read(table, as_declared(row, own_names)) for row in rows]
        # Of two jobs' events of one moment the primary one's comes last, and counts.
        rows.sort(key=lambda row: row.get(PRIMARY) != "0")
        yield Batch(table, rows, cursor=window.until)

    return read


FEEDS = tuple(Feed(table, reader(table)) for table in REQUIRED)
