"""The queries of WIP and billing: balances, age, lock-up, what can be invoiced."""

import polars as pl

from dashboards.queries import margins
from dashboards.queries.margins import View
from dashboards.warehouse import Row, holds, total

CHOSEN = """
    where
        legal_entity_code = $entity
        and currency_code = $currency
        and ($practice is null or practice_code = $practice)
"""

SUMS = f"""
    cast({total("opening_amount")} as decimal(18, 4)) as opening_amount,
    cast({total("earned_amount")} as decimal(18, 4)) as earned_amount,
    cast({total("written_off_amount")} as decimal(18, 4)) as written_off_amount,
    cast({total("billed_amount")} as decimal(18, 4)) as billed_amount,
    cast({total("fx_amount")} as decimal(18, 4)) as fx_amount,
    cast({total("closing_amount")} as decimal(18, 4)) as closing_amount,
    cast({total("unbilled_amount")} as decimal(18, 4)) as unbilled_amount,
    cast({total("deferred_amount")} as decimal(18, 4)) as deferred_amount
"""

MONTHS = f"""
    select period_month, {SUMS}
    from marts.mart_project_wip_monthly
    {CHOSEN}
        and period_month <= $period
        and period_month > $since
    group by period_month
    order by period_month nulls last
"""

SPAN = """
    select
        {place} as place,
        '{span}' as span,
        max(fiscal_year) as fiscal_year,
        max(quarter_no) as quarter_no,
        {sums},
        cast({closing} as decimal(18, 4)) as closing_amount
    from marts.mart_project_wip_monthly
    {chosen} and period_month = $period
"""
# What the period, its fiscal quarter and year opened with, and what became of it.
SPANS = {
    "period": ("opening_amount", "{}_amount"),
    "quarter": ("quarter_opening_amount", "quarter_to_date_{}_amount"),
    "year": ("year_opening_amount", "year_to_date_{}_amount"),
}
FLOWS = ("earned", "written_off", "billed", "fx")

PROJECTS = f"""
    select
        wip.project_code,
        wip.project_name,
        wip.customer_name,
        wip.contract_type,
        wip.opening_amount,
        wip.earned_amount,
        wip.written_off_amount,
        wip.billed_amount,
        wip.fx_amount,
        wip.closing_amount,
        wip.unbilled_amount,
        wip.deferred_amount,
        ageing.age_over_90_amount,
        ageing.currency_code as contract_currency_code
    from (
        select * from marts.mart_project_wip_monthly
        {CHOSEN} and period_month = $period
    ) as wip
    left join canonical.fct_wip_ageing as ageing
        on wip.project_key = ageing.project_key
        and wip.period_month = ageing.period_month
    where
        wip.opening_amount != 0 or wip.closing_amount != 0 or wip.earned_amount != 0
        or wip.billed_amount != 0
    order by abs(wip.closing_amount) desc nulls last, wip.project_code nulls last
"""

AGEING = f"""
    select
        ageing.period_month,
        ageing.currency_code,
        cast({total("ageing.unbilled_amount")} as decimal(18, 4)) as unbilled_amount,
        cast({total("ageing.age_0_30_amount")} as decimal(18, 4)) as age_0_30_amount,
        cast({total("ageing.age_31_60_amount")} as decimal(18, 4)) as age_31_60_amount,
        cast({total("ageing.age_61_90_amount")} as decimal(18, 4)) as age_61_90_amount,
        cast({total("ageing.age_over_90_amount")} as decimal(18, 4))
            as age_over_90_amount
    from canonical.fct_wip_ageing as ageing
    inner join (
        select distinct project_key from marts.mart_project_wip_monthly
        {CHOSEN}
    ) as wip on ageing.project_key = wip.project_key
    where ageing.period_month <= $period and ageing.period_month > $since
    group by ageing.period_month, ageing.currency_code
    order by ageing.period_month nulls last, ageing.currency_code nulls last
"""

LOCK_UP = """
    select
        period_month,
        receivable_closing_amount,
        unbilled_closing_amount,
        sales_outstanding_days,
        wip_days,
        lock_up_days
    from marts.mart_lock_up_monthly
    where
        legal_entity_code = $entity
        and level_name = case when $practice is null then 'legal_entity'
            else 'practice' end
        and level_code = coalesce($practice, $entity)
        and period_month <= $period
        and period_month > $since
    order by period_month nulls last
"""

TIME_TO_INVOICE = """
    select invoicing_days, approval_days, billing_days, items_count
    from marts.mart_time_to_invoice_monthly
    where
        level_name = 'legal_entity'
        and level_code = $entity
        and period_month = $period
"""

PROPOSALS = """
    select
        project_code,
        project_name,
        customer_name,
        contract_type,
        first_service_date,
        last_service_date,
        lines_count,
        currency_code,
        net_amount,
        tax_code,
        tax_amount,
        gross_amount,
        status,
        blocked_reason,
        manager_name
    from marts.mart_invoice_proposals
    where
        legal_entity_code = $entity
        and ($practice is null or practice_code = $practice)
    order by net_amount desc nulls last, project_code nulls last
"""

PROPOSAL_LINES = """
    select
        service_date,
        line_type,
        line_text,
        cast(billable_minutes / 60.0 as decimal(18, 2)) as billable_hours,
        bill_rate,
        currency_code,
        net_amount,
        tax_amount,
        correlation_id
    from canonical.fct_invoice_proposal_lines
    where project_code = $project
    order by service_date nulls last, proposal_line_key nulls last
"""


def months(view: View) -> pl.DataFrame:
    """The roll-forward by month, oldest first, up to the month chosen."""
    return view.ask(MONTHS, since=margins.earlier(view.period, "month", 13))


def to_date(view: View) -> pl.DataFrame:
    """The roll-forward of the period, its fiscal quarter and year up to it, a row each.

    Empty where the snapshot, of an earlier release, does not say.
    """
    if not holds("marts.mart_project_wip_monthly", "year_opening_amount"):
        return pl.DataFrame()
    parts = []
    for place, (span, (opening, flow)) in enumerate(SPANS.items()):
        named = {"opening_amount": opening}
        named |= {f"{name}_amount": flow.format(name) for name in FLOWS}
        sums = ", ".join(
            f"cast({total(column)} as decimal(18, 4)) as {name}"
            for name, column in named.items()
        )
        closing = total("closing_amount")
        parts.append(
            SPAN.format(
                place=place, span=span, sums=sums, closing=closing, chosen=CHOSEN
            )
        )
    return view.ask("union all".join(parts) + " order by place")


def projects(view: View) -> pl.DataFrame:
    """The roll-forward of each project in the month, greatest balance first.

    What is older than 90 days is in the contract's currency, as ageing is.
    """
    return view.ask(PROJECTS)


def ageing(view: View) -> pl.DataFrame:
    """Unbilled balances by age at each month's end, one row a contract currency."""
    return view.ask(AGEING, since=margins.earlier(view.period, "month", 13))


def lock_up(view: View) -> pl.DataFrame:
    """Lock-up days of the entity, or of the practice in it, by month."""
    return view.ask(LOCK_UP, since=margins.earlier(view.period, "month", 13))


def time_to_invoice(view: View) -> Row | None:
    """Median days of the invoices of the month, of the entity; None without any."""
    return next(view.ask(TIME_TO_INVOICE).iter_rows(named=True), None)


def proposals(view: View) -> pl.DataFrame:
    """What could be invoiced on the as-of date, greatest first."""
    return view.ask(PROPOSALS)


def proposal_lines(view: View, project: str) -> pl.DataFrame:
    """The lines of a project's proposal, each with its source record."""
    return view.ask(PROPOSAL_LINES, project=project)
