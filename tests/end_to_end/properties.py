"""What must hold of any firm on any day, each told as the rows that break it."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from dlt_pipelines.knowledge.bridge import Bridges
from tests.end_to_end.conftest import Firm

# What tells when and in how many versions a record was landed differs by nature.
# What hangs on how often it was landed: of a percentage that a manager enters again and
# again, one landing sees the last alone.
LANDING_COLUMNS = (
    "source_version",
    "entered_progress_rate",
    "entered_date",
    "eac_entered_amount",
)

ALLOCATIONS = {
    "the price of a deal, over its obligations": """
        select project_code, sum(o.price_amount), any_value(p.price_amount)
        from canonical.dim_obligations as o
        inner join canonical.dim_projects as p using (project_key, project_code)
        group by project_code
        having sum(o.price_amount) != any_value(p.price_amount)
    """,
    "a payroll run, over the work, absence and bench it paid": """
        with
        paid as (
            select payroll_run_id, sum(payroll_cost_amount) as amount
            from canonical.fct_payroll_costs
            where resource_key is not null group by all
        ),
        spread as (
            select payroll_run_id, sum(home_payroll_amount) as amount
            from canonical.int_payroll_costs_spread group by all
        )
        select payroll_run_id, paid.amount, spread.amount
        from paid full join spread using (payroll_run_id)
        where paid.amount is distinct from spread.amount
    """,
    "overhead, over projects and what nobody bears": """
        with
        booked as (
            select legal_entity_code, period_month, sum(net_amount) as amount
            from canonical.fct_gl_entries
            inner join canonical.int_account_purposes
                using (legal_entity_code, account_number)
            where purpose = 'overhead'
            group by all
        ),
        borne as (
            select legal_entity_code, period_month, sum(overhead_amount) as amount
            from canonical.fct_overhead_allocations group by all
        )
        select legal_entity_code, period_month, booked.amount, borne.amount
        from booked full join borne using (legal_entity_code, period_month)
        where booked.amount is distinct from borne.amount
    """,
    "revenue measured by progress, over the days that earned it": """
        with
        months as (
            select obligation_key, period_month, sum(recognised_amount) as amount
            from canonical.fct_revenue_over_time group by all
        ),
        days as (
            select obligation_key, period_month, sum(contract_amount) as amount
            from canonical.fct_revenue where source_id like 'month:%' group by all
        )
        select months.obligation_key, months.period_month, months.amount, days.amount
        from months left join days using (obligation_key, period_month)
        where months.amount != coalesce(days.amount, 0)
    """,
    "a project's month, over its margin lines": """
        with
        lines as (
            select project_code, period_month, sum(margin_amount) as amount
            from canonical.fct_margin_lines group by all
        )
        select project_code, period_month, m.margin_amount, lines.amount
        from marts.mart_project_margin_monthly as m
        full join lines using (project_code, period_month)
        where coalesce(m.margin_amount, 0) != coalesce(lines.amount, 0)
    """,
}
ROLL_FORWARDS = {
    "a month closes where its movements lead": """
        select project_code, period_month, closing_amount
        from marts.mart_project_wip_monthly
        where opening_amount + earned_amount - written_off_amount - billed_amount
            + fx_amount != closing_amount
            or unbilled_amount - deferred_amount != closing_amount
    """,
    "a month opens where the one before closed, and none is missing": """
        select project_code, period_month, opening_amount, closed, month_before
        from (
            select *,
                lag(closing_amount, 1, 0) over months as closed,
                lag(period_month) over months as month_before
            from marts.mart_project_wip_monthly
            window months as (partition by project_key order by period_month)
        )
        where opening_amount != closed
            or month_before != period_month - interval 1 month
    """,
    "ageing is of what is unbilled": """
        select a.project_code, a.period_month, w.contract_closing_amount
        from canonical.fct_wip_ageing as a
        inner join marts.mart_project_wip_monthly as w
            using (project_code, period_month)
        where a.age_0_30_amount + a.age_31_60_amount + a.age_61_90_amount
            + a.age_over_90_amount != greatest(w.contract_closing_amount, 0)
    """,
}
ABOVE_THE_PRICE = """
    with
    earned as (
        select obligation_key, period_month, sum(contract_amount) as amount
        from canonical.fct_revenue where not (is_write_down or is_recharge)
        group by all
    ),
    to_date as (
        select o.project_code, o.obligation_code, o.revenue_method, t.period_month,
            case o.revenue_method
                when 'time_and_materials_capped' then t.cap_amount
                else t.price_amount
            end as price,
            sum(e.amount) over (
                partition by t.obligation_key order by t.period_month
            ) as amount
        from canonical.int_obligation_months as t
        inner join canonical.dim_obligations as o using (obligation_key)
        left join earned as e using (obligation_key, period_month)
        where o.revenue_method not in ('time_and_materials', 'cost_plus', 'none')
    )
    select * from to_date where amount > price
"""


@contextmanager
def built(firm: Firm) -> Iterator[duckdb.DuckDBPyConnection]:
    """The firm's build database, to be read."""
    with duckdb.connect(firm.work / "build.duckdb", read_only=True) as db:
        db.execute(f"attach '{firm.work / 'land.duckdb'}' as land (read_only)")
        yield db


def broken(firm: Firm) -> dict[str, list[tuple]]:
    """The rows that break each property, of the properties that are broken."""
    rules = {**ALLOCATIONS, **ROLL_FORWARDS, "revenue within price": ABOVE_THE_PRICE}
    with built(firm) as db:
        found = {rule: db.execute(query).fetchall() for rule, query in rules.items()}
    found["integrity controls"] = firm.rows(
        "select control_id, name, status from publication.controls"
        " where kind = 'integrity' and status != 'passed'"
    )
    return {rule: rows[:5] for rule, rows in found.items() if rows}


def built_otherwise(one: Firm, other: Firm) -> dict[str, list[tuple]]:
    """The published tables that two firms' builds have not alike, with some rows."""
    with duckdb.connect() as db:
        for name, firm in (("one", one), ("other", other)):
            db.execute(f"attach '{firm.work / 'build.duckdb'}' as {name} (read_only)")
            land = firm.work / "land.duckdb"
            db.execute(f"attach '{land}' as land_{name} (read_only)")
        found = {}
        for table in published(one):
            columns = ", ".join(_columns(db, table))
            a, b = (f"select {columns} from {at}.{table}" for at in ("one", "other"))
            rows = db.execute(
                f"(select 'one', * from ({a} except all {b}))"
                f" union all (select 'other', * from ({b} except all {a}))"
            ).fetchall()
            if rows:
                found[table] = rows[:4]
        return found


def take_plans(firm: Firm, other: Firm) -> None:
    """Give a firm the other's versions of its plans, and the loads they came with.

    A month's estimate is what was planned then, which only a landing then has seen.
    """
    with duckdb.connect(firm.work / "land.duckdb") as db:
        db.execute(f"attach '{other.work / 'land.duckdb'}' as other (read_only)")
        plans = "raw.kantata__workspace_allocations"
        db.execute(f"delete from {plans}")
        db.execute(f"insert into {plans} by name select * from other.{plans}")
        loads = "raw._landings where table_name = 'workspace_allocations'"
        db.execute(f"delete from {loads}")
        db.execute(f"insert into raw._landings by name select * from other.{loads}")


def published(firm: Firm) -> list[str]:
    """The tables of the published snapshot, but for what tells of itself."""
    rows = firm.rows(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where schema_name != 'publication' order by 1"
    )
    assert len(rows) > 70
    return [table for (table,) in rows]


def _columns(db: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    schema, name = table.split(".")
    rows = db.execute(
        "select column_name from duckdb_columns() where database_name = 'one'"
        " and schema_name = ? and table_name = ? order by column_index",
        [schema, name],
    ).fetchall()
    return [column for (column,) in rows if column not in LANDING_COLUMNS]


def margins(bridges: Bridges) -> tuple[dict, dict]:
    """The margins a bridge starts from and ends at, by project and month."""
    with duckdb.connect(bridges.file, read_only=True) as db:
        rows = db.execute(
            "select project_code, period_month, margin_from, margin_to from margins"
        ).fetchall()
    return (
        {(code, month): amount for code, month, amount, _ in rows if amount},
        {(code, month): amount for code, month, _, amount in rows if amount},
    )


def remainders(bridges: Bridges) -> list[tuple]:
    """The projects' months whose bridge does not lead from one end to the other."""
    with duckdb.connect(bridges.file, read_only=True) as db:
        return db.execute(
            """
            with parts as (
                select project_code, period_month,
                    sum(coalesce(after, 0) - coalesce(before, 0)) as change
                from changes where is_margin group by all
            )
            select project_code, period_month, margin_from, change, margin_to
            from margins full join parts using (project_code, period_month)
            where coalesce(margin_from, 0) + coalesce(change, 0)
                != coalesce(margin_to, 0)
            """
        ).fetchall()
