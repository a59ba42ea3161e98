"""A plan for another program: one record an entry, as CSV or JSON."""

import csv
import io
import json
import re

from dlt_pipelines.core import periods
from dlt_pipelines.core.currencies import plain
from dlt_pipelines.core.text import uncomputed
from dlt_pipelines.reverse_sync.plan import Entry, Plan

COLUMNS = (
    "posting_key", "kind", "legal_entity_code", "target_instance", "period_month",
    "project_code", "desired_amount", "posted_amount", "amount", "hours",
    "currency_code", "action", "reason", "owner", "content_hash",
)  # fmt: skip
AMOUNT = re.compile(r"-?\d+\.\d\d")


def written(planned: Plan, form: str) -> str:
    """Every entry of a plan; amounts are text with their decimals, as money is.

    In CSV an apostrophe stands before what a spreadsheet would compute.
    """
    rows = [_row(entry) for entry in planned.entries]
    if form == "json":
        return json.dumps(rows, indent=1, ensure_ascii=False)
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows({name: _plain(cell) for name, cell in row.items()} for row in rows)
    return out.getvalue().rstrip("\n")


def _plain(cell: str | None) -> str | None:
    return cell if cell is None or AMOUNT.fullmatch(cell) else uncomputed(cell)


def _row(entry: Entry) -> dict[str, str | None]:
    row = entry.desired
    currency = row["currency_code"]
    values = (
        entry.posting_key, row["kind"], row["legal_entity_code"], entry.target,
        periods.name_of(row["period_month"]), row["project_code"],
        plain(row["desired_amount"], currency),
        plain(entry.posted.posted.amount, currency), plain(entry.amount, currency),
        f"{entry.hours:.2f}", currency, entry.action,
        entry.reason, row.get("hold_owner"),
        entry.content_hash if entry.intents else None,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))
