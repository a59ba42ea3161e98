"""What any colleague knows before opening an audience's file, and no pay among it.

Who worked how long on what: the PSA shows it to everybody who plans projects. What a
currency is worth, who belongs where: the same. An attack that needs less of it is no
weaker for having it.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

CURRENCIES = ("USD", "GBP", "EUR")
_HOURS = """
    create table hours as
    select
        people.employee_number || ':' || case
            when people.worker_type = 'employee' then home.currency_code
            else projects.functional_currency_code
        end as unknown,
        people.employee_number, entries.resource_key, entries.time_entry_key,
        entries.time_entry_id, entries.obligation_key, entries.project_key,
        entries.project_code, projects.customer_key, projects.practice_code,
        projects.legal_entity_code, entries.home_practice_code,
        entries.home_legal_entity_code, entries.grade_code, entries.role_name,
        entries.work_date as day, entries.week_start_date as week,
        entries.period_month as month, entries.worked_minutes / 60.0 as hours
    from firm.canonical.fct_time_entries as entries
    inner join firm.canonical.dim_resources as people using (resource_key)
    inner join firm.canonical.dim_projects as projects using (project_key)
    inner join firm.canonical.dim_legal_entities as home
        on entries.home_legal_entity_code = home.legal_entity_code
    where entries.is_approved
"""
_WORTH = """
    hours * case when split_part(unknown, ':', 2) = '{code}' then 1 else (
        select max_by(fx_rate, valid_from) from firm.canonical.dim_fx_rates as fx
        where fx.from_currency_code = split_part(unknown, ':', 2)
            and fx.to_currency_code = '{code}' and fx.valid_from <= hours.day
    ) end as in_{code}
"""


_CARD = """
    create or replace temp table card as
    select
        people.employee_number || ':' || rates.currency_code as unknown,
        rates.valid_from, rates.valid_to, cast(rates.cost_rate as double) as rate
    from standard.canonical.dim_cost_rates as rates
    inner join standard.canonical.dim_resources as people using (resource_key)
"""


@dataclass(frozen=True)
class Known:
    """Hours in the table `valued` of a database in memory, by whose rate they cost.

    An unknown is a person's rate in a currency («E0001:USD»), at the ``place`` it has
    in ``unknowns``; `in_USD` is what the hours cost in USD for each unit of that rate.
    """

    db: duckdb.DuckDBPyConnection
    unknowns: list[str]

    def take_card(self, standard: Path) -> None:
        """Learn a firm's rate card: the table `card`."""
        self.db.execute(f"attach '{standard}' as standard (read_only)")
        self.db.execute(_CARD)
        self.db.execute("detach standard")


def known_of(build: Path) -> Known:
    """What the colleagues of a built firm know."""
    db = duckdb.connect()
    db.execute(f"attach '{build}' as firm (read_only)")
    db.execute(_HOURS)
    worth = ", ".join(_WORTH.format(code=code) for code in CURRENCIES)
    db.execute(
        f"create table valued as select hours.*, {worth},"
        " dense_rank() over (order by unknown) - 1 as place from hours"
    )
    db.execute("detach firm")
    unknowns = db.execute("select distinct unknown from valued order by 1").fetchall()
    return Known(db, [unknown for (unknown,) in unknowns])
