"""The queries of the reconciliation page, and what each control means in words.

Every reconciliation model states its control, so a control added to the models shows
here without a change; only its wording waits for an entry in ``MEANINGS``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboards.warehouse import Unavailable, holds, query

COLUMNS = {
    "control_id": "varchar",
    "difference_key": "varchar",
    "legal_entity_code": "varchar",
    "period_month": "date",
    "project_code": "varchar",
    "left_amount": "decimal(18, 4)",
    "right_amount": "decimal(18, 4)",
    "difference_amount": "decimal(18, 4)",
    "currency_code": "varchar",
    "match_status": "varchar",
    "reason": "varchar",
    "owner": "varchar",
    "source_ids": "varchar",
}
MATCHED = "matched"
SHOWN = 1000  # rows sent to the browser; the rest is said, and read with SQL


@dataclass(frozen=True)
class Meaning:
    """A control in words: its two sides, what a difference means, what to do."""

    left: str
    right: str
    means: str
    remedy: str


UNKNOWN = Meaning("Left", "Right", "The two sides disagree.", "Ask the owner.")
INTEGRITY = Meaning(
    "Expected",
    "Found",
    "Tieout itself lost, doubled or changed something between two of its layers, so no "
    "figure can be relied on until it is found.",
    "The last good snapshot stays published. Read the control's rows, then run "
    "`tieout refresh` again.",
)
MEANINGS = {
    "C01": Meaning(
        "PSA time at provisional cost",
        "ERP project labour",
        "Approved time has a cost the ERP does not hold, or holds differently: the "
        "ERP's project margin is wrong by this much.",
        "Tieout posts the accrual where policy allows; otherwise approve it, or "
        "correct the project or period in the ERP.",
    ),
    "C02": Meaning(
        "PSA invoice",
        "ERP invoice",
        "An invoice is in one system only, or with another amount: billed revenue and "
        "receivables disagree.",
        "Send the invoice to the ERP, or correct or cancel the one that is wrong.",
    ),
    "C03": Meaning(
        "Approved expense",
        "ERP expense",
        "An approved expense is not in the ledger, or twice, or with another amount.",
        "Release the expense export again, or reverse the second booking.",
    ),
    "C04": Meaning(
        "Payroll register",
        "Labour and bench cost",
        "Payroll cost is not wholly spread over work and bench: labour cost does not "
        "add up to what was paid.",
        "Match the payroll record to an employee, then refresh.",
    ),
    "C05": Meaning(
        "HR",
        "PSA and payroll",
        "A person is known to one system and not to another: their time has no cost, "
        "or their pay has no work.",
        "Create or end the record in the system named, or add a crosswalk override.",
    ),
    "C06": Meaning(
        "CRM and PSA",
        "ERP",
        "A project sold or worked on is missing in another system, or has no cost "
        "centre: nothing can be posted to it.",
        "Create the project in the system named, with its department.",
    ),
    "C07": Meaning(
        "Debits",
        "Credits",
        "A ledger transaction does not balance: the ledger as read is incomplete.",
        "Land the ledger again; if it stays, ask the ERP's administrator.",
    ),
    "C08": Meaning(
        "Expense line",
        "Coding",
        "An approved expense lacks its project, cost centre or employee, so it is in "
        "nobody's margin.",
        "Code the line in the expense tool.",
    ),
    "C10": Meaning(
        "Approved fact or plan",
        "Its rate",
        "Its rate, project or person is not known, so the item adds nothing to cost "
        "or revenue yet; the reason names the cause. A contractor's bill that approved "
        "hours do not explain is in this margin and in none at standard cost.",
        "Enter the rate in the system that owns it, then refresh. Have a contractor's "
        "hours approved; what is at a fixed price, order for a sum and for nobody.",
    ),
    "C11": Meaning(
        "Charge, or the provider's books",
        "The provider's, or the receiver's books",
        "What one legal entity charges another for its people is not in its books at "
        "the transfer price, or the other's books do not mirror it: the group's "
        "figures do not eliminate.",
        "Book the missing leg, or correct the charge in both entities' books.",
    ),
    "C12": Meaning(
        "Posting ledger",
        "ERP",
        "A journal that Tieout posted is gone from the ERP, was changed there or moved "
        "to another date, period, account, project or department, or one stands in its "
        "name that it did not post.",
        "Find out who did it in the ERP and put it right there; where the ledger is "
        "what lacks it, `tieout ledger recover` takes it up.",
    ),
    "I32": Meaning(
        "Labour with a cost at actual",
        "Labour with a cost at standard",
        "Labour costs something and has no standard rate, so margins at standard cost "
        "would be too good: who does not see pay gets no file until it has one. These "
        "figures are at actual cost and whole.",
        "State a rate in seeds/standard_cost_rates.csv that is in force on the day the "
        "year's rates are set on; give a person without assignment one in HR; add the "
        "burden or exchange rate that is missing. Then refresh.",
    ),
    "C09": Meaning(
        "Accepted milestone",
        "Invoice",
        "The customer accepted a milestone and was not invoiced: cash is late.",
        "Invoice the milestone.",
    ),
}


def meaning(control_id: str, kind: str) -> Meaning:
    """The control's wording, or what can be said of any control of its kind."""
    return MEANINGS.get(control_id, INTEGRITY if kind == "integrity" else UNKNOWN)


def results() -> pl.DataFrame:
    """One row a control as published, those with differences first."""
    rows = query(
        """
        select *
        from reconciliation.control_results
        order by status != 'failed', status = 'not_applicable', control_id nulls last
        """
    )
    if rows.is_empty():
        raise Unavailable(
            "The published snapshot holds no control results.",
            "Run `tieout refresh`, then reload this page.",
        )
    return rows


def models() -> list[tuple[str, list[str]]]:
    """The published reconciliation models and their columns."""
    found = query(
        """
        select table_name, list(column_name order by ordinal_position) as names
        from information_schema.columns
        where table_schema = 'reconciliation' and table_name like 'rec\\_%' escape '\\'
        group by table_name
        having list_contains(list(column_name), 'control_id')
            and list_contains(list(column_name), 'match_status')
        order by table_name
        """
    )
    if found.is_empty():
        raise Unavailable(
            "The published snapshot holds no reconciliation.",
            "Run `tieout refresh`, then reload this page.",
        )
    return found.rows()


def comparisons() -> str:
    """SQL of every published reconciliation row, matches included."""
    return "\nunion all\n".join(_select(*model) for model in models())


def _select(table: str, names: list[str], own: Sequence[str] = ()) -> str:
    columns = ", ".join(
        f"cast({name if name in names else 'null'} as {kind}) as {name}"
        for name, kind in COLUMNS.items()
    )
    columns = ", ".join([columns, *(f'"{name}"' for name in own)])
    return f'select {columns} from reconciliation."{table}"'


CHOSEN = """
    where
        ($entity is null or legal_entity_code = $entity)
        and ($period is null or period_month = $period)
"""


def tallies(entity: str | None, period: date | None) -> pl.DataFrame:
    """Compared and differing rows of each control, and its owners."""
    return query(
        f"""
        select
            control_id,
            count(*) as compared_count,
            count(*) filter (where match_status != 'matched') as differences_count,
            string_agg(distinct owner, ', ' order by owner) as owner
        from ({comparisons()})
        {CHOSEN}
        group by control_id
        """,
        entity=entity,
        period=period,
    )


def amounts(entity: str | None, period: date | None) -> pl.DataFrame:
    """The net difference of each control, one row a currency; never added up."""
    return query(
        f"""
        select
            control_id,
            currency_code,
            cast(sum(difference_amount) as decimal(18, 4)) as difference_amount
        from ({comparisons()})
        {CHOSEN} and match_status != 'matched' and currency_code is not null
        group by control_id, currency_code
        having sum(difference_amount) is not null
        order by currency_code nulls last
        """,
        entity=entity,
        period=period,
    )


def rows(
    control_id: str, entity: str | None, period: date | None, status: str | None
) -> pl.DataFrame:
    """The control's rows, greatest differences first; all but those of ``status``.

    Columns of its own, such as hours or in which systems a record is, come after the
    key; ``found_count`` is how many rows there are before the limit.
    """
    given = {"control": control_id, "entity": entity, "period": period}
    for table, names in models():
        own = [name for name in names if name not in COLUMNS]
        shared = [name for name in COLUMNS if name in names and name != "control_id"]
        found = query(
            f"""
            select
                {", ".join([shared[0], *own, *shared[1:]])},
                count(*) over () as found_count
            from ({_select(table, names, own)})
            {CHOSEN}
                and control_id = $control
                and ($status is null or match_status != $status)
            order by
                match_status = 'matched',
                abs(difference_amount) desc nulls last,
                difference_key nulls last
            limit {SHOWN}
            """,
            **given,
            status=status,
        )
        if not found.is_empty():
            return found
    return pl.DataFrame()


def periods_and_entities() -> tuple[list[date], list[str]]:
    """The months, newest first, and the legal entities the reconciliations speak of."""
    found = query(
        f"select distinct period_month, legal_entity_code from ({comparisons()})"
    )
    months = found["period_month"].drop_nulls().unique().sort(descending=True)
    return months.to_list(), found[
        "legal_entity_code"
    ].drop_nulls().unique().sort().to_list()


def differing_since() -> list[tuple[str, date]]:
    """The oldest month, by legal entity, where a control that holds posting differs."""
    return query(
        f"""
        select legal_entity_code, min(period_month) as oldest_month
        from ({comparisons()}) as compared
        where
            match_status != 'matched'
            and legal_entity_code is not null
            and period_month is not null
            and control_id in (
                select control_id from reconciliation.control_results
                where blocks = 'posting' and status = 'failed'
            )
        group by legal_entity_code
        order by legal_entity_code nulls last
        """
    ).rows()


def exceptions_of(control_id: str) -> int:
    """How many exceptions make a control fail; none in a file of before there were."""
    if not holds("reconciliation.rec_exceptions"):
        return 0
    found = query(
        "select count(*) from reconciliation.rec_exceptions"
        " where control_id = $control",
        control=control_id,
    )
    return found.item()


def held_postings() -> pl.DataFrame:
    """Adjustments policy holds: how many and how much, by reason and currency."""
    return query(
        """
        select
            coalesce(hold_reason, 'no reason given') as hold_reason,
            currency_code,
            count(*) as postings,
            cast(sum(desired_amount) as decimal(18, 4)) as amount
        from adjustments.adj_desired_postings
        where policy_action = 'hold' and desired_amount != 0
        group by all
        """
    )
