"""Which rows of a table are a region's.

The legal entity says whose books a row is of, and that decides: a journal, an expense
or a posting of the region's entity stays, also for another region's project, of which
it tells no more than the code. Without one, a row stays that names something of the
region (a project, an obligation, a customer, a person) and nothing of another. An hour
of one region's person on another's project is in neither's files: each side is in the
figures of its own entity. A table none of whose columns tells whose its rows are is
left out, unless its yml says that they are nobody's (``scope: none``).
"""

from dlt_pipelines.warehouse.residency.regions import Region
from dlt_pipelines.warehouse.warehouse import quoted

# Whose a project, obligation, customer or person is. Customers and people may be of two
# regions; a contractor, whom nobody employs, is of those on whose projects they work.
PROJECTS = "select {column} from build.canonical.dim_projects where {entity} {of}"
OBLIGATIONS = "select {column} from build.canonical.dim_obligations where {entity} {of}"
CUSTOMERS = """
    select {column} from build.canonical.dim_customers where customer_key in (
        select customer_key from build.canonical.dim_projects where {entity} {of}
    )"""
PEOPLE = """
    select {column} from build.canonical.dim_resources where resource_key in (
        select resource_key from build.canonical.dim_resource_assignments
        where {entity} {of}
        union all
        select entries.resource_key from build.canonical.fct_time_entries as entries
        inner join build.canonical.dim_projects as projects using (project_key)
        where entries.home_legal_entity_code is null and projects.{entity} {of}
    )"""
NAMED = {
    "project_key": PROJECTS,
    "project_code": PROJECTS,
    "obligation_key": OBLIGATIONS,
    "customer_key": CUSTOMERS,
    "customer_number": CUSTOMERS,
    "resource_key": PEOPLE,
    "employee_number": PEOPLE,
}
ENTITY = "legal_entity_code"


def tells_whose(columns: list[str]) -> bool:
    """Whether some column tells whose the rows of a table are."""
    return any(column in NAMED or _is_entity(column) for column in columns)


def condition(columns: list[str], region: Region) -> str:
    """What holds of a region's rows of a table, and of no others."""
    codes = ", ".join(quoted(code) for code in sorted(region.entities))
    entities = [column for column in columns if _is_entity(column)]
    named = [column for column in columns if column in NAMED]
    if ENTITY not in columns:
        return _of_region(entities + named, codes)
    return (
        f"case when {ENTITY} is not null then {_of_region(entities, codes)}"
        f" else {_of_region(named, codes)} end"
    )


def _of_region(columns: list[str], codes: str) -> str:
    """Some column names something of the region, and none something of another."""
    tests = [_tests(column, codes) for column in columns]
    own = " or ".join(["false", *(own for own, _ in tests)])
    foreign = " or ".join(["false", *(foreign for _, foreign in tests)])
    return f"coalesce({own}, false) and not coalesce({foreign}, false)"


def _tests(column: str, codes: str) -> tuple[str, str]:
    """Whether a column names something of the region, and something of another."""
    if column not in NAMED:
        return f"{column} in ({codes})", f"{column} not in ({codes})"
    own, others = (
        NAMED[column].format(column=column, entity=ENTITY, of=f"{of} ({codes})")
        for of in ("in", "not in")
    )
    return (
        f"{column} in ({own})",
        f"({column} in ({others}) and not coalesce({column} in ({own}), false))",
    )


def _is_entity(column: str) -> bool:
    return column.endswith("entity_code")
