"""What figures need and a firm may not have: roles that no system plays.

``canonical.dim_prerequisites`` says what there is. The models build what is known, and
without a role that is a part. What is published of it is null (``audiences``); what is
told of the build itself asks here first.
"""

import duckdb

from dlt_pipelines.core.errors import ConfigurationError

BUILD = "build"  # the database, by its name in a connection
# As a reason is told: what follows from roles after them.
TOLD_IN_ORDER = (
    "psa",
    "crm",
    "hr",
    "contracted_hours",
    "capacity",
    "labour",
    "payroll",
    "spend",
    "erp",
    "exchange_rates",
    "contract_terms",
    "revenue_of_price",
    "revenue",
    "revenue_of_all",
    "revenue_by_day",
    "billing",
)
PREREQUISITES = frozenset(TOLD_IN_ORDER)
_UNMEASURED = f"select project_key from {BUILD}.canonical.dim_projects_unmeasured"
# Which rows with a project are known all the same.
LACKING_OF_A_PROJECT = {
    "contract_terms": f"project_key not in ({_UNMEASURED} where is_without_terms)",
    "revenue_of_price": (
        f"project_key not in ({_UNMEASURED} where is_price_unmeasured)"
    ),
    "revenue": f"project_key not in ({_UNMEASURED} where is_unmeasured)",
    "revenue_by_day": f"project_key not in ({_UNMEASURED} where is_undated)",
    "billing": f"project_key not in ({_UNMEASURED} where is_billing_unknown)",
}
MARGIN_NEEDS = frozenset({"psa", "labour", "spend", "exchange_rates"})


def lacking(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What the firm does not have of all that figures need, with the reason shown.

    ``db`` has the build database; one of an earlier release lacks nothing.
    """
    held = (
        "select 1 from duckdb_tables() where database_name = ?"
        " and table_name = 'dim_prerequisites'"
    )
    if not db.execute(held, [BUILD]).fetchall():
        return {}
    rows = db.execute(
        "select prerequisite, absence_reason"
        f" from {BUILD}.canonical.dim_prerequisites where not is_met"
    ).fetchall()
    reasons = dict(rows)
    return {name: reasons[name] for name in TOLD_IN_ORDER if name in reasons}


def of_single_projects(db: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """What of it only single projects lack: sums over projects are incomplete."""
    rows = db.execute(
        f"select prerequisite from {BUILD}.canonical.dim_prerequisites"
        " where is_of_projects"
    ).fetchall()
    return frozenset(prerequisite for (prerequisite,) in rows)


def check_margin_is_known(
    db: duckdb.DuckDBPyConnection, project_code: str | None = None
) -> None:
    """Raise ConfigurationError where margins, or a project's, lack what they need."""
    lacks = lacking(db)
    needs = MARGIN_NEEDS
    if not project_code and "crm" in lacks:
        # No contract may be known; with a CRM a missing term is a project's.
        needs |= {"revenue"}
    reasons = [reason for name, reason in lacks.items() if name in needs]
    reasons = reasons or (_of_project(db, project_code) if lacks else [])
    if reasons:
        whose = f"the margin of {project_code}" if project_code else "no margin"
        known = "is not known" if project_code else "is known"
        raise ConfigurationError(
            f"{whose} {known}: {', '.join(reasons)}",
            "configure a system that plays the role; the README says what a firm "
            "without it sees.",
        )


def _of_project(db: duckdb.DuckDBPyConnection, project_code: str | None) -> list[str]:
    if project_code is None:
        return []
    rows = db.execute(
        f"select absence_reason from {BUILD}.canonical.dim_projects_unmeasured"
        " where project_code = ? and is_unmeasured",
        [project_code],
    ).fetchall()
    return [reason for (reason,) in rows]
