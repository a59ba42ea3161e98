"""A firm in yen and one in dinars: published, and true to the last minor unit.

Their business is that of the default firm in its first months, every amount of it the
same number of cents: so their truth is its truth, told in other decimals. Nightly: the
cases of tests/casebook in yen and dinars hold each kind of amount to its minor unit.
"""

import csv
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.sandbox.firm.denominations import DENOMINATIONS, Denomination
from dlt_pipelines.sandbox.process import State, write_state
from dlt_pipelines.sandbox.serving.store import Records
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.vendors.netsuite.sandbox.journals import KIND
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, Firm, seen_by_finance_alone
from tests.end_to_end.findings import missed, wrongly_found
from tests.truth.denominated import truth_in

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

CURRENCY_POLICIES = (
    "approvers",
    "legal_entity_policies",
    "posting_policies",
    "transfer_rate_cards",
)
OF_POLICIES = ("approval_threshold_amount", "limit_amount", "hourly_rate")


def denominated(folder: Path, into: Denomination) -> Firm:
    """A firm whose policies name its currencies, one to report in."""
    firm = seen_by_finance_alone(folder / "firm")
    reporting = firm.home / "seeds" / "firm_policies.csv"
    delivered = reporting.read_text()
    reporting.write_text(delivered.replace("USD", into.currencies["USD"]))
    for name in CURRENCY_POLICIES:
        seed = firm.home / "seeds" / f"{name}.csv"
        with seed.open() as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row["currency_code"] = into.currencies[row["currency_code"]]
            for column in OF_POLICIES:
                if row.get(column):
                    told = into.amount(Decimal(row[column]))
                    row[column] = f"{told.normalize():f}"
        with seed.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return firm


@pytest.mark.parametrize("name", ["yen", "dinars"])
def test_a_firm_ties_to_its_truth_in_the_minor_units_of_its_currencies(tmp_path, name):
    into = DENOMINATIONS[name]
    firm = denominated(tmp_path, into)
    state = State(clock=EARLY.isoformat(), denomination=name)
    write_state(firm.work / "sandbox", state)
    firm.done("refresh", "--no-post")
    business = simulate(state.seed, state.scale, state.moment)
    truth = truth_in(business, name)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []
    assert finer_than_a_minor_unit(firm, into) == []
    firm.done("post")
    decimals = {-x.as_tuple().exponent for x in amounts_in_the_books(firm)}
    assert decimals == {into.digits}


def finer_than_a_minor_unit(firm: Firm, into: Denomination) -> list[str]:
    """The amounts of the published snapshot that are no whole minor units."""
    with duckdb.connect(firm.published.resolve(), read_only=True) as db:
        columns = db.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " where column_name like '%\\_amount' escape '\\'"
            " and schema_name in ('marts', 'canonical', 'adjustments')"
        ).fetchall()
        found = []
        for schema, table, column in columns:
            [(count,)] = db.execute(
                f"select count(*) from {schema}.{table} where"
                f' "{column}" * {10**into.digits} % 1 != 0'
            ).fetchall()
            if count:
                found.append(f"{schema}.{table}.{column}: {count}")
    return found


def amounts_in_the_books(firm: Firm) -> list[Decimal]:
    """What the ERP keeps of the journals that were posted to it."""
    kept = Records(firm.work / "sandbox" / "written.sqlite", "netsuite").all(KIND)
    return [
        Decimal(line[side])
        for journal in kept
        for line in journal["lines"]
        for side in ("debit", "credit")
    ]
