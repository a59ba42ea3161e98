"""The queries of the group page: entities, what they charge each other, and the sum."""

from datetime import date
from decimal import Decimal

import polars as pl

from dashboards.queries import margins
from dashboards.warehouse import query, total

AMOUNTS = (
    "revenue_amount",
    "intercompany_revenue_amount",
    "cost_amount",
    "intercompany_cost_amount",
    "loss_provision_amount",
    "margin_amount",
)

PERIODS = """
    select distinct group_month as period_month
    from marts.mart_entity_margin_monthly
    order by period_month desc nulls last
"""

ENTITIES = """
    select
        legal_entity_code,
        legal_entity_name,
        is_elimination,
        currency_code,
        {own},
        quarter_to_date_margin_amount,
        year_to_date_margin_amount,
        reporting_currency_code,
        {reporting},
        cast(
            case
                when earned_amount > 0
                    then 100 * reporting_margin_amount / earned_amount
            end as decimal(18, 4)
        ) as margin_percent
    from (
        select
            *,
            reporting_revenue_amount + reporting_intercompany_revenue_amount
                as earned_amount
        from marts.mart_entity_margin_monthly
        where group_month = $period
    ) as entities
    order by
        is_elimination,
        reporting_margin_amount desc nulls last,
        legal_entity_code nulls last
""".format(
    own=", ".join(AMOUNTS),
    reporting=", ".join(f"reporting_{name}" for name in AMOUNTS),
)

# The group: a month's rows added up in the reporting currency.
MONTHS = """
    select
        group_month as period_month,
        max(reporting_currency_code) as reporting_currency_code,
        {sums},
        cast(
            case
                when {revenue} > 0 then 100 * {margin} / {revenue}
            end as decimal(18, 4)
        ) as margin_percent,
        cast({eliminated} as decimal(18, 4)) as eliminated_amount
    from marts.mart_entity_margin_monthly
    where group_month <= $period and group_month > $since
    group by group_month
    order by group_month nulls last
""".format(
    sums=", ".join(
        f"cast({total(f'reporting_{name}')} as decimal(18, 4)) as {name}"
        for name in AMOUNTS
    ),
    revenue=total("reporting_revenue_amount"),
    margin=total("reporting_margin_amount"),
    eliminated=total(
        "case when is_elimination then -reporting_intercompany_revenue_amount"
        " else 0 end"
    ),
)

PROJECTS = f"""
    select cast({total("reporting_margin_amount")} as decimal(18, 4)) as margin_amount
    from marts.mart_project_margin_monthly
    where group_month = $period
"""


def periods() -> list[date]:
    """The months there are, newest first."""
    return query(PERIODS)["period_month"].to_list()


def months(period: date) -> pl.DataFrame:
    """The group by month in the reporting currency, oldest first."""
    return query(MONTHS, period=period, since=margins.earlier(period, "month", 13))


def entities(period: date) -> pl.DataFrame:
    """Each legal entity in its own and the reporting currency, then the elimination."""
    return query(ENTITIES, period=period)


def margin_of_projects(period: date) -> Decimal | None:
    """The margin of all projects in the reporting currency, which the group's is."""
    return query(PROJECTS, period=period)["margin_amount"][0]
