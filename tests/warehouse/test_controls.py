"""Each control is silent on clean books and names exactly the record a fault is in.

A firm without faults is refreshed once. Each fault is one hand-made change to a copy
of its databases; what the change reaches is then rebuilt by the queries dbt compiled
in that refresh, which takes a fraction of another dbt run.
"""

import contextlib
import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.warehouse.publication import Snapshot, publish, published_snapshot
from dlt_pipelines.warehouse.warehouse import OWN_TESTS, SEEDS
from tests.bench.margin import computed, differing_rows
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, Firm
from tests.end_to_end.findings import of_one_firm
from tests.end_to_end.firms import CLEAN
from tests.policy_seeds import seeds_with
from tests.security.comparing import differences as moved_between
from tests.truth.controls import LAGS
from tests.truth.truth import Truth
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("controls")]

LAGGING = {"C01", "C02", "C03", "C11"}  # the ERP is behind the others in any firm

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Fault:
    """One change to clean books, and what one control must then say.

    ``pick`` finds the records: the first one's columns fill ``change``, each one's
    fill ``found``, a row that the control must report and did not before. ``at`` is
    what the change is made to («vendor.table», a model, a seed); what reads it on the
    way to the control is rebuilt. A control that reads raw itself needs none.
    """

    control: str
    name: str
    at: tuple[str, ...]
    change: str
    found: dict[str, str]
    pick: str = "select 1"


@dataclass(frozen=True)
class Project:
    """What dbt built and how: models, tests and the queries it compiled for them."""

    target: Path

    @cached_property
    def nodes(self) -> dict[str, dict]:
        manifest = json.loads((self.target / "manifest.json").read_text())
        return manifest["nodes"] | manifest["sources"]

    def control_tests(self, control: str) -> list[dict]:
        """The test of that control; for I00 all an audit runs that belong to none."""
        wanted = None if control == OWN_TESTS else control
        return [
            node
            for node in self.nodes.values()
            if node["resource_type"] == "test"
            and node["config"]["meta"].get("control_id") == wanted
            and (node.get("test_metadata") or {}).get("name") != "keys_are_sound"
            and not self._is_of_an_absent_vendor(node)
        ]

    def _is_of_an_absent_vendor(self, test: dict) -> bool:
        """Whether it is of a model not built, as its vendor has said nothing."""
        model = self.nodes.get(test.get("attached_node"))
        if model is None or model["fqn"][1] != "staging":
            return False
        return not (self.target / "compiled" / "models" / model["path"]).parent.exists()

    def to_build(self, at: tuple[str, ...], control: str | None = None) -> list[dict]:
        """The tables that read what was changed; only the control's if one is named."""
        reads = {
            name: node.get("depends_on", {}).get("nodes", [])
            for name, node in self.nodes.items()
        }
        left = [self.control_tests(control)[0]["unique_id"]] if control else [*reads]
        wanted: set[str] = set()
        while left:
            node = left.pop()
            left += [] if node in wanted else reads[node]
            wanted.add(node)
        dirty = {node for node in wanted if self._called(node) in at}
        assert dirty or not at, f"{control} does not depend on {at}"
        order = []
        for node in TopologicalSorter({n: reads[n] for n in wanted}).static_order():
            if node not in dirty and dirty.intersection(reads[node]):
                dirty.add(node)
                order.append(self.nodes[node])
        return [node for node in order if self._is_table(node)]

    def _called(self, unique_id: str) -> str:
        node = self.nodes[unique_id]
        vendor = f"{node.get('source_name')}."
        return (vendor if node["resource_type"] == "source" else "") + node["name"]

    def _is_table(self, node: dict) -> bool:
        table = node["config"].get("materialized") == "table"
        return node["resource_type"] == "model" and table

    def query(self, test: dict) -> str:
        declared = Path(test["original_file_path"])
        own = declared.name == Path(test["path"]).name
        file = declared if own else declared / test["path"]
        return (self.target / "compiled" / "tieout" / file).read_text()

    def built(self, model: dict) -> str:
        """The statement that builds this model as its materialisation does."""
        query = (self.target / "compiled" / "models" / model["path"]).read_text()
        return (
            f"create or replace table {model['relation_name']} as "
            f"(select {', '.join(model['columns']) or '*'} from (\n{query}\n))"
        )


@dataclass(frozen=True)
class Books:
    """The landing and the build database of a firm, open."""

    db: duckdb.DuckDBPyConnection
    project: Project

    def rows(self, query: str) -> Rows:
        result = self.db.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def reported(self, control: str) -> Rows:
        """The rows of a control's query; for I00 with the test's name on each."""
        return [
            row | ({"test": test["name"]} if control == OWN_TESTS else {})
            for test in self.project.control_tests(control)
            for row in self.rows(self.project.query(test))
        ]

    def build(self, models: list[dict]) -> None:
        """Build these models as dbt did."""
        for model in models:
            self.db.execute(self.project.built(model))


@contextlib.contextmanager
def opened(paths: Paths, project: Project):
    with duckdb.connect(paths.build, config={"threads": 2}) as db:
        db.execute(f"attach '{paths.land}' as land")
        db.execute("set timezone = 'UTC'")
        yield Books(db, project)


@pytest.fixture(scope="module")
def clean(firms, tmp_path_factory) -> Paths:
    """A firm without faults, refreshed once."""
    work = tmp_path_factory.mktemp("clean") / "work"
    return Paths(firms.refreshed(CLEAN, work, posting=False).work)


@pytest.fixture(scope="module")
def project(clean) -> Project:
    return Project(clean.work / "dbt" / "target")


@pytest.fixture(scope="module")
def before(clean, project) -> dict[str, Rows]:
    """What every control reports on the clean books."""
    with opened(clean, project) as books:
        register = books.rows("select control_id from seeds.control_policies")
        controls = [OWN_TESTS, *(row["control_id"] for row in register)]
        return {control: books.reported(control) for control in controls}


@pytest.fixture
def books(clean, project, tmp_path):
    """A copy of the clean books, to be spoilt."""
    copy = Paths(tmp_path)
    shutil.copyfile(clean.build, copy.build)
    shutil.copyfile(clean.land, copy.land)
    with opened(copy, project) as books:
        yield books
    shutil.rmtree(tmp_path)


def raw(table: str) -> str:
    return f"land.raw.{table.replace('.', '__')}"


def removed(control: str, table: str, pick: str, key: str = "id", **found: str):
    """A record that its system has no more."""
    change = f"update {raw(table)} set _deleted = true where {key} = '{{id}}'"
    name = f"without its {table}"
    return Fault(control, name, (table,), change, found, pick)


def changed(control: str, table: str, to: str, pick: str, key: str = "id", **found):
    """A raw record that landed as something else."""
    change = f"update {raw(table)} set {to} where {key} = '{{id}}'"
    name = f"{table} with {to.split(' where ')[0]}"
    return Fault(control, name, (table,), change, found, pick)


def uncarried(measure: str, model: str, amount: str) -> Fault:
    """A canonical fact whose amount is a cent more than its source says."""
    change = (
        f"update canonical.{model} set {amount} = {amount} + 0.01 where rowid ="
        f" (select min(rowid) from canonical.{model} where {amount} > 0)"
    )
    return Fault("I04", f"{measure} a cent off", (model,), change, {"measure": measure})


A_BOOKED_ENTRY = """
    select entries.time_entry_id as id, difference_key as key
    from reconciliation.rec_labour_time_to_gl as ties
    inner join canonical.fct_labour_costs as costs
        on difference_key = costs.project_code || '|' || costs.period_month
    inner join canonical.fct_time_entries as entries using (time_entry_key)
    where match_status = 'matched' and entries.worked_minutes > 60
    order by id limit 1
"""
A_BOOKED_LABOUR_LINE = """
    select
        entries.transaction_id || '|' || entries.line_id as id, difference_key as key
    from reconciliation.rec_labour_time_to_gl as ties
    inner join canonical.fct_gl_entries as entries
        on difference_key = entries.project_code || '|' || entries.period_month
        and entries.account_number = '5000'
    where match_status = 'matched' and entries.net_amount > 0
    order by id limit 1
"""
A_BOOKED_INVOICE = """
    select invoices.invoice_id as id, entries.transaction_id as transaction
    from reconciliation.rec_invoices_psa_to_erp as ties
    inner join canonical.fct_invoices as invoices
        on difference_key = invoices.source_instance || ':' || invoices.invoice_id
        and ties.currency_code = invoices.currency_code
    inner join canonical.fct_gl_entries as entries
        on entries.external_id = 'KANTATA-INV-' || invoices.invoice_id
    where match_status = 'matched'
    order by id limit 1
"""
A_BOOKED_EXPENSE = """
    select
        expense_line_id as id,
        transaction_id as transaction,
        line_id as line,
        amount
    from reconciliation.rec_expenses_to_erp as ties
    inner join canonical.fct_expenses using (expense_line_id)
    inner join canonical.fct_gl_entries on source_line_id = expense_line_id
    where match_status = 'matched' and debit_amount > 0
    order by id limit 1
"""
A_PAID_PERSON = """
    select
        employee_number as id,
        costs.legal_entity_code || '|' || costs.source_instance || ':' || payroll_run_id
            as run
    from canonical.fct_payroll_costs as costs
    inner join canonical.dim_resources using (resource_key)
    where employee_number = (
        select min(employee_number) from canonical.dim_resources
        inner join canonical.fct_payroll_costs using (resource_key)
    )
"""
AN_EMPLOYEE = """
    select employee_number as key, record_id as id
    from canonical.dim_resources
    inner join canonical.crosswalk_resources using (employee_number)
    where worker_type = 'employee' and is_active and role = '{role}'
    order by key limit 1
"""
A_CHARGED_PROJECT = """
    select project_code as key, record_id as id
    from canonical.crosswalk_projects
    where role = '{role}' and project_code in (
        select project_code from canonical.fct_invoices where is_billed
    )
    order by key limit 1 offset {nth}
"""
AN_APPROVED_EXPENSE = """
    select expense_line_id as id, expense_report_id as report
    from canonical.fct_expenses
    inner join seeds.expense_category_policies using (category_name)
    where is_approved and is_client_related
    order by id limit 1
"""
AN_EXPENSE_REPORT = """
    select expense_report_id as id, expense_line_id as line
    from canonical.fct_expenses
    where expense_report_id = (
        select min(expense_report_id) from canonical.fct_expenses where is_approved
    )
"""
AN_INVOICED_MILESTONE = """
    select milestone_id as id from reconciliation.rec_milestones_to_invoices
    inner join canonical.dim_milestones
        on difference_key = source_instance || ':' || milestone_id
    where match_status = 'matched'
    order by id limit 1
"""
A_CHARGEABLE_ENTRY = """
    select time_entry_id as id from canonical.fct_time_values
    inner join canonical.dim_obligations using (obligation_key)
    where is_chargeable and revenue_method = 'time_and_materials' order by id limit 1
"""
WHAT_A_PERSON_COSTS = """
    with person as (
        select resource_key, employee_pseudonym as id
        from canonical.fct_labour_costs
        inner join canonical.int_hr_people using (resource_key)
        order by employee_number limit 1
    )
    select id, time_entry_id as key, 'missing_cost_rate' as reason
    from canonical.fct_time_entries inner join person using (resource_key)
    where is_approved
    union all
    select id, source_id as key, 'missing_planned_rate' as reason
    from canonical.fct_allocations inner join person using (resource_key)
"""
A_KEPT_MONTH = """
    select legal_entity_code as entity, project_key as key, period_month as month
    from canonical.int_closed_activity order by key, month limit 1
"""
A_CAPPED_PROJECT = """
    select project_code as key, record_id as id
    from canonical.dim_obligations
    inner join canonical.crosswalk_projects using (project_code)
    where revenue_method = 'time_and_materials_capped' and role = 'crm'
    order by key limit 1
"""
A_POSTED_LINE = """
    select transaction_id || '|' || line_id as id, transaction_id as key
    from canonical.fct_gl_entries where debit_amount > 0 order by id limit 1
"""
A_RECEIVERS_LEG = """
    select
        {id} as id,
        qualifier || '>' || legal_entity_code || '|' || period_month
        || '|mirror' as key
    from canonical.fct_gl_entries as entries
    inner join canonical.int_account_purposes
        using (legal_entity_code, account_number)
    where purpose = 'due_to'
    order by id limit 1
"""
A_CHARGED_ENTRY = """
    select time_entry_id as id, difference_key as key
    from reconciliation.rec_intercompany_mirror as ties
    inner join canonical.fct_intercompany_charges as charges
        on difference_key = provider_entity_code || '>' || receiver_entity_code || '|'
        || charges.period_month || '|charge'
    inner join canonical.fct_time_entries using (time_entry_key)
    where match_status = 'matched'
    order by id limit 1
"""
A_JOURNAL_OF_TWO_LINES = """
    select
        transaction_id as id,
        max(transaction_currency_code) as currency,
        max(transaction_amount) as amount,
        cast(max(transaction_date) - interval 1 month as date) as posting_date
    from canonical.fct_gl_entries
    where transaction_type = 'Journal'
    group by transaction_id
    having count(*) = 2 and count(*) filter (debit_amount > 0) = 1
    order by id limit 1
"""
WHAT_A_GRADE_IS_LENT_FOR = """
    select time_entry_id as key
    from canonical.int_time_lent
    inner join canonical.fct_time_entries using (time_entry_key)
    where int_time_lent.grade_code = 'G3' and transfer_price_method = 'rate_card'
"""
A_LINE = "transaction_id || '|' || line_id"
A_FX_PAIR = """
    select
        from_currency_code as one,
        to_currency_code as other,
        max(valid_from) as latest
    from canonical.dim_fx_rates group by one, other
    having count(*) > 1 order by one, other limit 1
"""
A_MONTH_OF_WIP = "(project_key, period_month) = ('{key}', date '{month}')"
A_LAST_MONTH_OF_WIP = """
    select project_key as key, max(period_month) as month
    from marts.mart_project_wip_monthly group by key order by key limit 1
"""
A_MONTH_BETWEEN_OTHERS = """
    select
        project_key as key,
        project_code as code,
        period_month as month,
        lead(period_month) over months as next_month,
        closing_amount - opening_amount as moved
    from marts.mart_project_wip_monthly
    window months as (partition by project_key order by period_month)
    qualify moved != 0 and opening_amount != 0 and next_month is not null
    order by key, month limit 1
"""


def rolled(name: str, change: str, *told: tuple[str, str, str]) -> Fault:
    """A spoilt month of WIP, and what I15 says: of which month's end, and how much."""
    ends = " union all ".join(
        f"select *, code || '|' || {month} || '|{end}' as told,"
        f" cast({by} as decimal(18, 4)) as by from a_month"
        for month, end, by in told
    )
    return Fault(
        "I15",
        name,
        ("mart_project_wip_monthly",),
        f"{change} where {A_MONTH_OF_WIP}",
        {"difference_key": "{told}", "difference_amount": "{by}"},
        f"with a_month as ({A_MONTH_BETWEEN_OTHERS}) {ends}",
    )


def off(measures: str, *told: tuple[str, str, str]) -> Fault:
    """Measures of a month's WIP that are a cent more than they were."""
    more = [f"{name}_amount = {name}_amount + 0.01" for name in measures.split()]
    change = f"update marts.mart_project_wip_monthly set {', '.join(more)}"
    return rolled(f"WIP's {measures} a cent off", change, *told)


FAULTS = [
    changed(
        "C01",
        "kantata.time_entries",
        "time_in_minutes = time_in_minutes + 60",
        A_BOOKED_ENTRY,
        difference_key="{key}",
        match_status="amount_differs",
    ),
    changed(
        "C01",
        "kantata.time_entries",
        "_deleted = true",
        A_BOOKED_ENTRY,
        difference_key="{key}",
    ),
    changed(
        "C01",
        "netsuite.accounting_lines",
        f"account = (select id from {raw('netsuite.accounts')}"
        " where account_number = '5100')",
        A_BOOKED_LABOUR_LINE,
        A_LINE,
        difference_key="{key}",
        match_status="missing_in_erp",
    ),
    changed(
        "C01",
        "netsuite.transaction_lines",
        "hours = hours + 1",
        A_BOOKED_LABOUR_LINE,
        "transaction_id || '|' || id",
        difference_key="{key}",
        match_status="quantity_differs",
    ),
    removed(
        "C02",
        "netsuite.transactions",
        A_BOOKED_INVOICE.replace(
            "invoices.invoice_id as id, entries.transaction_id as transaction",
            "entries.transaction_id as id, invoices.invoice_id as key",
        ).replace("order by id", "order by id desc"),  # not the one that the PSA loses
        difference_key="kantata:{key}",
        match_status="missing_in_erp",
    ),
    removed(
        "C02",
        "kantata.invoices",
        A_BOOKED_INVOICE,
        difference_key="ERP:netsuite:{transaction}",
        match_status="missing_in_psa",
    ),
    changed(
        "C02",
        "kantata.invoices",
        "balance_in_cents = balance_in_cents + 1",
        A_BOOKED_INVOICE,
        difference_key="kantata:{id}",
        difference_amount="0.0100",
    ),
    changed(
        "C03",
        "coupa.expense_lines",
        "accounting_total = accounting_total + 0.01",
        A_BOOKED_EXPENSE,
        difference_key="coupa:{id}",
        difference_amount="0.0100",
    ),
    removed(
        "C03",
        "coupa.expense_lines",
        A_BOOKED_EXPENSE,
        difference_key="ERP:netsuite:{transaction}:{line}",
        match_status="missing_in_expenses",
    ),
    Fault(
        "C03",
        "booked twice",
        ("netsuite.accounting_lines", "netsuite.transaction_lines"),
        f"""
        insert into {raw("netsuite.accounting_lines")}
        select * replace (line_id || '00' as line_id, _key || '00' as _key)
        from {raw("netsuite.accounting_lines")}
        where transaction_id = '{{transaction}}' and line_id = '{{line}}';
        insert into {raw("netsuite.transaction_lines")}
        select * replace (id || '00' as id, _key || '00' as _key)
        from {raw("netsuite.transaction_lines")}
        where transaction_id = '{{transaction}}' and id = '{{line}}'
        """,
        {"difference_key": "coupa:{id}", "difference_amount": "-{amount}"},
        A_BOOKED_EXPENSE,
    ),
    changed(
        "C04",
        "workday.workers",
        "payroll_file_pseudonym = 'nobody'",
        A_PAID_PERSON,
        "employee_id",
        difference_key="{run}|missing_in_labour|unknown_employee",
        people_count="1",
        difference_amount="None",  # one person's pay
    ),
    removed(
        "C05",
        "kantata.users",
        AN_EMPLOYEE.format(role="psa"),
        difference_key="{key}",
        match_status="missing_in_psa",
    ),
    removed(
        "C05",
        "adp.workers",
        AN_EMPLOYEE.format(role="payroll"),
        "associate_pseudonym",
        difference_key="{key}",
        match_status="missing_in_payroll",
    ),
    removed(
        "C06",
        "salesforce.opportunities",
        A_CHARGED_PROJECT.format(role="crm", nth=0),
        difference_key="{key}",
        match_status="missing_in_crm",
    ),
    removed(
        "C06",
        "kantata.workspaces",
        A_CHARGED_PROJECT.format(role="psa", nth=1),
        difference_key="{key}",
        match_status="missing_in_psa",
    ),
    removed(
        "C06",
        "netsuite.projects",
        A_CHARGED_PROJECT.format(role="erp", nth=2),
        difference_key="{key}",
        match_status="missing_in_erp",
    ),
    changed(
        "C06",
        "netsuite.projects",
        "department = null",
        A_CHARGED_PROJECT.format(role="erp", nth=3),
        difference_key="{key}",
        match_status="missing_cost_centre",
    ),
    removed(
        "C07",
        "netsuite.accounting_lines",
        A_POSTED_LINE,
        A_LINE,
        difference_key="{key}",
        match_status="amount_differs",
    ),
    changed(
        "C08",
        "coupa.expense_lines",
        "project_code = null",
        AN_APPROVED_EXPENSE,
        difference_key="coupa:{id}",
        reason="missing_project_code",
    ),
    changed(
        "C08",
        "coupa.expense_lines",
        "project_code = 'P0000'",
        AN_APPROVED_EXPENSE,
        difference_key="coupa:{id}",
        reason="unknown_project",
    ),
    changed(
        "C08",
        "coupa.expense_lines",
        "cost_centre = null",
        AN_APPROVED_EXPENSE,
        difference_key="coupa:{id}",
        reason="missing_cost_centre",
    ),
    changed(
        "C08",
        "coupa.expense_reports",
        "employee_number = 'E0000'",
        AN_EXPENSE_REPORT,
        difference_key="coupa:{line}",
        reason="unknown_employee",
    ),
    changed(
        "C09",
        "kantata.billing_milestones",
        "invoice_id = null",
        AN_INVOICED_MILESTONE,
        difference_key="kantata:{id}",
        reason="missing_invoice",
    ),
    changed(
        "C10",
        "kantata.time_entries",
        "rate_in_cents = null",
        A_CHARGEABLE_ENTRY,
        source_ids="{id}",
        reason="missing_bill_rate",
    ),
    changed(  # what is gone counts as last known
        "C10",
        "workday.compensation",
        "is_rescinded = true",
        WHAT_A_PERSON_COSTS,
        "employee_pseudonym",
        source_ids="{key}",
        reason="{reason}",
    ),
    changed(
        "C10",
        "salesforce.opportunities",
        "contract_type = 'Barter'",
        A_CHARGED_PROJECT.format(role="crm", nth=4),
        source_ids="{key} 01",
        reason="missing_sold_terms",
    ),
    changed(
        "C10",
        "salesforce.opportunities",
        "cap_amount = null",
        A_CAPPED_PROJECT,
        source_ids="{key} 01",
        reason="missing_sold_terms",
    ),
    changed(
        "C10",
        "salesforce.opportunities",
        "amends = 'a deal nobody delivers'",
        "select min(source_id) as id from canonical.fct_contract_modifications",
        source_ids="{id}",
        reason="modification_of_unknown_project",
    ),
    Fault(
        "C10",
        "a grade without a transfer price",
        ("transfer_rate_cards",),
        "delete from seeds.transfer_rate_cards where grade_code = 'G3'",
        {"source_ids": "{key}", "reason": "missing_transfer_price"},
        WHAT_A_GRADE_IS_LENT_FOR,
    ),
    removed(
        "C11",
        "netsuite.transactions",
        A_RECEIVERS_LEG.format(id="entries.transaction_id"),
        difference_key="{key}",
        match_status="missing_in_receiver",
    ),
    changed(
        "C11",
        "netsuite.transaction_lines",
        "foreign_amount = foreign_amount - 1",
        A_RECEIVERS_LEG.format(id="entries.transaction_id || '|' || entries.line_id"),
        "transaction_id || '|' || id",
        difference_key="{key}",
        match_status="amount_differs",
        difference_amount="-1.0000",
    ),
    changed(
        "C11",
        "kantata.time_entries",
        "time_in_minutes = time_in_minutes + 60",
        A_CHARGED_ENTRY,
        difference_key="{key}",
        match_status="amount_differs",
    ),
    Fault(
        "C12",
        "a posting that the ERP does not have",
        ("ledger.postings",),
        f"insert into {raw('ledger.postings')} (posting_id, posting_key, external_id,"
        " amount, status, landed_at)"
        " values ('k|v1', 'k', 'TIEOUT-1', 12.5, 'posted', now())",
        {
            "difference_key": "TIEOUT-1",
            "match_status": "missing_in_erp",
            "difference_amount": "12.5000",
        },
    ),
    changed(
        "C12",
        "netsuite.transactions",
        "external_id = 'TIEOUT-2'",
        "select min(transaction_id) as id from canonical.fct_gl_entries"
        " where transaction_type = 'Journal'",
        difference_key="TIEOUT-2",
        match_status="missing_in_ledger",
    ),
    Fault(
        "C12",
        "a posting that the ERP moved to another month",
        ("ledger.postings", "netsuite.transactions"),
        f"update {raw('netsuite.transactions')} set external_id = 'TIEOUT-3'"
        f" where id = '{{id}}'; insert into {raw('ledger.postings')} (posting_id,"
        " posting_key, external_id, currency_code, amount, status, posting_date,"
        " landed_at) values ('k|v1', 'k', 'TIEOUT-3', '{currency}', {amount}, 'posted',"
        " date '{posting_date}', now())",
        {
            "difference_key": "TIEOUT-3",
            "match_status": "date_differs",
            "difference_amount": "0.0000",
        },
        A_JOURNAL_OF_TWO_LINES,
    ),
    Fault(
        "I24",
        "a desired posting a cent off",
        ("adj_desired_postings",),
        "update adjustments.adj_desired_postings set desired_amount ="
        " desired_amount + 0.01 where posting_key = '{key}'",
        {"kind": "{kind}", "difference_amount": "-0.0100"},
        "select posting_key as key, kind from adjustments.adj_desired_postings"
        " order by key limit 1",
    ),
    Fault(
        "I31",
        "an absorption a cent off",
        ("mart_absorption_monthly",),
        "update marts.mart_absorption_monthly set absorption_amount ="
        " absorption_amount + 0.01 where legal_entity_code = '{entity}'"
        " and practice_code = '{practice}' and period_month = '{month}'",
        {
            "legal_entity_code": "{entity}",
            "practice_code": "{practice}",
            "period_month": "{month}",
            "absorption_amount": "0.0100",
        },
        "select legal_entity_code as entity, practice_code as practice,"
        " period_month as month from marts.mart_absorption_monthly"
        " order by all limit 1",
    ),
    Fault(
        "I32",
        "labour without a standard cost",
        ("rec_labour_at_standard",),
        "insert into reconciliation.rec_labour_at_standard (control_id,"
        " difference_key, worker_type, grade_code, practice_code, legal_entity_code,"
        " set_on, first_date, people_count, labour_hours, match_status, reason) values"
        " ('I32', 'k', 'employee', 'G2', '', 'US10', date '2025-01-01',"
        " date '2025-01-07', 3, 7.5, 'missing_at_standard', 'no_standard_rate')",
        {
            "message": "employee G2 without practice US10: 7.50 hours of 3 people from"
            " 2025-01-07 (no standard rate in force on 2025-01-01)"
        },
    ),
    Fault(
        "I00",
        "a time entry doubled",
        ("fct_time_entries",),
        "insert into canonical.fct_time_entries"
        " from canonical.fct_time_entries where not is_approved limit 1",
        {
            "test": "keys_of_canonical",
            "message": "fct_time_entries: 1 repeated time_entry_key",
        },
    ),
    Fault(
        "I00",
        "burden policies that overlap",
        ("burden_rates",),
        "insert into seeds.burden_rates"
        " select * replace (date '2025-01-01' as valid_from) from seeds.burden_rates"
        " where legal_entity_code = 'UK20' and pool = 'benefits'",
        {"test": "no_overlapping_validity_burden_rates_legal_entity_code__pool"},
    ),
    Fault(
        "I00",
        "a ledger line that the ERP's model does not carry",
        ("erp_ledger_lines",),
        "alter view staging.netsuite__erp_ledger_lines rename to said;"
        " create view staging.netsuite__erp_ledger_lines as"
        " from staging.said where source_id != '{id}'",
        {
            "test": "{test}",
            "staged_rows": "{rows}",
            "carried_rows": "{left}",
            "staged_amount": "{amount}",
        },
        "select min(source_id) as id, count(*) as rows, rows - 1 as left,"
        " sum(debit_amount + credit_amount) as amount,"
        " 'is_carried_whole_stg_netsuite__accounting_lines_'"
        " || 'debit_amount_credit_amount__ref_netsuite__erp_ledger_lines_' as test"
        " from staging.netsuite__erp_ledger_lines",
    ),
    Fault(
        "I00",
        "an expense that the expense tool's model does not carry",
        ("spend_expense_lines",),
        "alter view staging.coupa__spend_expense_lines rename to said;"
        " create view staging.coupa__spend_expense_lines as"
        " from staging.said where source_id != '{id}'",
        {
            "test": "expense_lines_are_carried_whole",
            "staged_rows": "{rows}",
            "carried_rows": "{left}",
            "carried_amount": "{amount}",
        },
        "select max_by(source_id, expense_line_id) as id, count(*) as rows,"
        " rows - 1 as left, sum(amount) - max_by(amount, expense_line_id) as amount"
        " from staging.coupa__spend_expense_lines",
    ),
    Fault(
        "I00",
        "a deal's change that neither of the CRM's models carries",
        ("crm_deal_changes",),
        "alter view staging.salesforce__crm_deal_changes rename to said;"
        " create view staging.salesforce__crm_deal_changes as"
        " from staging.said where source_id != '{id}'",
        {"test": "opportunities_are_carried_whole", "staged_amount": "{amount}"},
        "select id, total as amount from ("
        " select min(source_id) as id from staging.salesforce__crm_deal_changes), ("
        " select sum(amount) as total from staging.stg_salesforce__opportunities)",
    ),
    Fault(
        "I00",
        "a price that the PSA's model of rate cards does not carry",
        ("psa_bill_rates",),
        "alter view staging.kantata__psa_bill_rates rename to said;"
        " create view staging.kantata__psa_bill_rates as"
        " from staging.said where source_id != '{id}'",
        {"test": "bill_rates_are_carried_whole", "staged_rows": "{rows}"},
        "select min(source_id) as id, count(*) as rows"
        " from staging.kantata__psa_bill_rates",
    ),
    Fault(
        "I01",
        "a row lost from raw",
        (),
        f"delete from {raw('kantata.users')} where id = '{{id}}'",
        {
            "vendor": "kantata",
            "table_name": "users",
            "rows_landed": "{rows}",
            "rows_held": "{left}",
        },
        f"select min(id) as id, count(*) as rows, rows - 1 as left"
        f" from {raw('kantata.users')}",
    ),
    Fault(
        "I02",
        "a version landed twice",
        (),
        f"insert into {raw('netsuite.accounts')}"
        f" from {raw('netsuite.accounts')} limit 1",
        {"vendor": "netsuite", "table_name": "accounts", "rows_repeated": "1"},
    ),
    Fault(
        "I03",
        "a time entry dropped",
        ("fct_time_entries",),
        "delete from canonical.fct_time_entries where time_entry_id = '{id}'",
        {
            "measure": "time_entries",
            "staged_rows": "{rows}",
            "carried_rows": "{left}",
            "staged_minutes": "{minutes}",
        },
        "select min(time_entry_id) as id, count(*) as rows, rows - 1 as left,"
        " sum(worked_minutes) as minutes from canonical.fct_time_entries",
    ),
    Fault(
        "I03",
        "a project matched twice",
        ("crosswalk_projects",),
        "insert into canonical.crosswalk_projects select * replace ('P0000' as"
        " project_code) from canonical.crosswalk_projects"
        " where role = 'psa' and project_code = '{code}'",
        {"measure": "{measure}"},
        "select min(project_code) as code,"
        " unnest(['time_entries', 'allocations']) as measure"
        " from canonical.fct_time_entries",
    ),
    uncarried("expenses", "fct_expenses", "amount"),
    uncarried("purchase orders", "fct_purchase_commitments", "ordered_amount"),
    uncarried("invoices", "fct_invoices", "amount"),
    uncarried("milestones", "dim_milestones", "amount"),
    uncarried("payroll", "int_payroll_lines", "stated_amount"),
    uncarried("payroll costs", "fct_payroll_costs", "payroll_cost_amount"),
    uncarried("ledger", "fct_gl_entries", "debit_amount"),
    Fault(
        "I05",
        "a deal in no crosswalk",
        ("crosswalk_projects",),
        "delete from canonical.crosswalk_projects where role = 'crm'"
        " and record_id = '{id}'",
        {"side": "crm projects", "record_id": "{id}", "crossed_count": "0"},
        A_CHARGED_PROJECT.format(role="crm", nth=5),
    ),
    Fault(
        "I05",
        "a payroll record linked twice",
        ("crosswalk_resources",),
        "insert into canonical.crosswalk_resources select *"
        " from canonical.crosswalk_resources where record_id = '{id}'",
        {"side": "payroll people", "record_id": "{id}", "crossed_count": "2"},
        AN_EMPLOYEE.format(role="payroll"),
    ),
    Fault(
        "I06",
        "rates that overlap",
        ("dim_fx_rates",),
        "update canonical.dim_fx_rates set valid_to = valid_to + 1"
        " where (from_currency_code, to_currency_code, valid_to)"
        " = ('{one}', '{other}', date '{latest}')",
        {
            "rate_table": "dim_fx_rates",
            "rate_key": "{one}>{other}",
            "next_valid_from": "{latest}",
        },
        A_FX_PAIR,
    ),
    Fault(
        "I06",
        "rates with a gap",
        ("dim_fx_rates",),
        "update canonical.dim_fx_rates set valid_to = valid_to - 1"
        " where (from_currency_code, to_currency_code, valid_to)"
        " = ('{one}', '{other}', date '{latest}')",
        {
            "rate_table": "dim_fx_rates",
            "rate_key": "{one}>{other}",
            "next_valid_from": "{latest}",
        },
        A_FX_PAIR,
    ),
    Fault(
        "I06",
        "burden policies that end",
        ("burden_rates",),
        "update seeds.burden_rates set valid_to = date '2025-02-01'"
        " where legal_entity_code = 'DE30'",
        {"rate_table": "dim_burden_rates", "rate_key": "DE30"},
    ),
    Fault(
        "I19",
        "a policy names an account that the ERP does not have",
        ("account_purposes",),
        "insert into seeds.account_purposes"
        " values ('UK20', 'labour_cost', null, '5999', 'Finance')",
        {"message": "5999 for labour_cost of UK20 in account_purposes"},
    ),
    Fault(
        "I19",
        "an overhead account is written in a way the ERP does not know",
        ("account_purposes",),
        "insert into seeds.account_purposes"
        " values ('UK20', 'overhead', 'general', '06100', 'Finance')",
        {"message": "06100 for overhead of UK20 in account_purposes"},
    ),
    Fault(
        "I25",
        "policy names an ERP that does not state the entity",
        ("legal_entity_policies",),
        "update seeds.legal_entity_policies set erp_instance = 'nowhere'"
        " where legal_entity_code = 'UK20'",
        {
            "message": "UK20 is stated by netsuite, and erp_instance in"
            " legal_entity_policies is «nowhere»"
        },
    ),
    Fault(
        "I25",
        "two ERPs state an entity",
        ("netsuite.subsidiaries",),
        f"insert into {raw('netsuite.subsidiaries')} by name select * replace"
        f" ('old_erp' as source_instance) from {raw('netsuite.subsidiaries')}"
        " where external_id = 'UK20'",
        {
            "message": "UK20 is stated by netsuite and old_erp, and erp_instance in"
            " legal_entity_policies is empty"
        },
    ),
    Fault(
        "I33",
        "a kind of exception that nobody owns",
        ("exception_policies",),
        "delete from seeds.exception_policies where kind = 'missing_bill_rate'",
        {"message": "no row of exception_policies is for missing_bill_rate"},
    ),
    Fault(
        "I33",
        "a policy of a kind that no model finds",
        ("exception_policies",),
        "insert into seeds.exception_policies by name select * replace"
        " ('bad_luck' as kind) from seeds.exception_policies limit 1",
        {"message": "no model finds bad_luck, which exception_policies has a row for"},
    ),
    Fault(
        "I33",
        "an exception that goes by another name than its model",
        ("rec_exceptions",),
        "insert into reconciliation.rec_exceptions by name"
        " select 'bad_luck' as kind, 'bad_luck' as exception_key",
        {"message": "an exception is called bad_luck, which no model is"},
    ),
    Fault(
        "I34",
        "a table that was never read whole",
        ("landing.loads",),
        "update land.raw._landings set status = 'failed' where table_name = 'users'"
        " and source_instance = 'kantata'",
        {"source_instance": "kantata", "table_name": "users", "status": "failed"},
    ),
    Fault(
        "I34",
        "a table that is said to be absent and has rows",
        ("landing.loads",),
        "update land.raw._landings set status = 'absent' where table_name = 'users'"
        " and source_instance = 'kantata'",
        {"source_instance": "kantata", "table_name": "users", "status": "absent"},
    ),
    Fault(
        "I26",
        "another ERP has another rate",
        ("netsuite.currencies", "netsuite.currency_rates"),
        ";".join(
            f"insert into {raw(table)} by name select * replace"
            f" ('other_erp' as source_instance{rate}) from {raw(table)}{where}"
            for table, rate, where in (
                ("netsuite.currencies", "", ""),
                (
                    "netsuite.currency_rates",
                    ", exchange_rate * 1.02 as exchange_rate"
                    ", cast(null as varchar) as rate_type",  # it knows of no types
                    " where id = '{key}'",
                ),
            )
        ),
        {"source_instance": "other_erp", "effective_date": "{day}"},
        "select max(id) as key, max_by(effective_date, id) as day"
        f" from {raw('netsuite.currency_rates')} where rate_type = '1'",
    ),
    Fault(
        "I20",
        "policy says another currency of an entity than its ERP",
        ("legal_entity_policies",),
        "update seeds.legal_entity_policies set currency_code = 'EUR'"
        " where legal_entity_code = 'UK20'",
        {"message": "UK20 keeps its books in GBP in GB"},
    ),
    Fault(
        "I07",
        "no project visible",
        ("kantata.workspaces", "salesforce.opportunities", "netsuite.projects"),
        ";".join(
            f"delete from {raw(table)}"
            for table in (
                "kantata.workspaces",
                "salesforce.opportunities",
                "netsuite.projects",
            )
        ),
        {"projects_count": "0"},
    ),
    changed(
        "I08",
        "kantata.invoices",
        "currency = 'CHF'",
        A_BOOKED_INVOICE,
        currency_code="CHF",
        records_count="1",
        message="CHF in invoice {id}",
    ),
    changed(
        "I08",
        "kantata.invoices",
        "currency = 'XXX'",
        A_BOOKED_INVOICE,
        currency_code="XXX",
        records_count="1",
        message="XXX in invoice {id}: not in ISO 4217",
    ),
    Fault(
        "I08",
        "books in a currency that ISO 4217 does not list",
        ("currencies",),
        "delete from seeds.currencies where currency_code = 'GBP'",
        {"currency_code": "GBP"},
    ),
    Fault(
        "I11",
        "a share of payroll a cent off",
        ("int_payroll_costs_spread",),
        "update canonical.int_payroll_costs_spread"
        " set home_payroll_amount = home_payroll_amount + 0.01"
        " where rowid = (select min(rowid) from canonical.int_payroll_costs_spread"
        " where payroll_run_id = '{key}')",
        {"difference_key": "adp:{key}", "difference_amount": "-0.0100"},
        "select min(payroll_run_id) as key from canonical.int_payroll_costs_spread",
    ),
    Fault(
        "I11",
        "a person's payroll that nobody bears",
        ("int_payroll_costs_spread",),
        "delete from canonical.int_payroll_costs_spread"
        " where payroll_run_id = '{key}' and associate_pseudonym = '{person}'",
        {"difference_key": "adp:{key}", "difference_amount": "{cost}"},
        "select payroll_run_id as key, associate_pseudonym as person,"
        " payroll_cost_amount as cost from canonical.fct_payroll_costs"
        " where resource_key is not null order by key, person limit 1",
    ),
    *(
        Fault(
            "I12",
            f"a day of {method} a cent off",
            ("fct_revenue",),
            "update canonical.fct_revenue set contract_amount ="
            " contract_amount + 0.01 where revenue_key = '{id}'",
            {"difference_key": "{key}", "difference_amount": "-0.0100"},
            "select revenue_key as id, obligation_key as key"
            f" from canonical.fct_revenue where revenue_method = '{method}'"
            " and not is_write_down order by id limit 1",
        )
        for method in (
            "time_and_materials_capped",
            "cost_to_cost",
            "effort",
            "straight_line",
            "cost_plus",
        )
    ),
    Fault(
        "I12",
        "a month that earned on no day",
        ("fct_revenue",),
        "delete from canonical.fct_revenue"
        " where obligation_key = '{key}' and source_id = '{month}'",
        {
            "difference_key": "{key}",
            "project_code": "{code}",
            "difference_amount": "{earned}",
        },
        "select obligation_key as key, source_id as month, project_code as code,"
        " sum(contract_amount) as earned from canonical.fct_revenue"
        " where source_id like 'month:%' group by all order by key, month limit 1",
    ),
    *(
        Fault(
            "I13",
            f"{measure} of {mart} lost",
            (mart,),
            f"update marts.{mart} set {measure} = 0"
            f" where currency_code = '{{currency}}' and {measure} = {{most}}",
            {
                "difference_key": f"{mart}.{measure}|{{currency}}",
                "difference_amount": "{most}",
            },
            f"select currency_code as currency, max({measure}) as most"
            f" from marts.{mart} group by currency having most > 0"
            " order by most desc limit 1",
        )
        for mart in ("mart_project_margin_monthly", "mart_project_margin_weekly")
        for measure in (
            "total_cost_amount",
            "recognised_revenue_amount",
            "billed_amount",
            "standard_value_amount",
            "loss_provision_amount",
        )
    ),
    Fault(
        "I14",
        "WIP a cent off",
        ("mart_project_wip_monthly",),
        "update marts.mart_project_wip_monthly set contract_closing_amount ="
        f" contract_closing_amount + 0.01 where {A_MONTH_OF_WIP}",
        {"difference_key": "{key}", "difference_amount": "-0.0100"},
        A_LAST_MONTH_OF_WIP,
    ),
    Fault(
        "I14",
        "a day's billing a cent off",
        ("fct_project_activity_daily",),
        "update canonical.fct_project_activity_daily set contract_billed_amount ="
        " contract_billed_amount + 0.01 where project_key = '{key}'"
        " and activity_date = date '{day}'",
        {"difference_key": "{key}", "difference_amount": "0.0100"},
        "select project_key as key, min(activity_date) as day"
        " from canonical.fct_project_activity_daily"
        " where contract_billed_amount > 0 group by key order by key limit 1",
    ),
    Fault(
        "I27",
        "a closed month a cent off",
        ("mart_project_margin_monthly",),
        "update marts.mart_project_margin_monthly set billed_amount ="
        " billed_amount + 0.01 where project_key = '{key}'"
        " and period_month = date '{month}'",
        {
            "difference_key": "{entity}|{key}|{month}|billed",
            "difference_amount": "-0.0100",
        },
        A_KEPT_MONTH,
    ),
    Fault(
        "I27",
        "a closed month's charge a cent off",
        ("mart_entity_margin_monthly",),
        "update marts.mart_entity_margin_monthly set intercompany_revenue_amount ="
        " intercompany_revenue_amount + 0.01 where legal_entity_code = '{entity}'"
        " and period_month = date '{month}'",
        {
            "difference_key": "{entity}|{month}|intercompany_revenue",
            "difference_amount": "-0.0100",
        },
        "select legal_entity_code as entity, period_month as month"
        " from canonical.int_closed_charges where leg = 'provided'"
        " order by entity, month limit 1",
    ),
    Fault(
        "I28",
        "a cent of a charge that no period has",
        ("int_charges_as_closed",),
        "update canonical.int_charges_as_closed set cost_amount = cost_amount - 0.01"
        " where rowid = (select min(rowid) from canonical.int_charges_as_closed)",
        {
            "difference_key": "{entity}|{leg}_cost_amount",
            "difference_amount": "0.0100",
        },
        "select legal_entity_code as entity, leg"
        " from canonical.int_charges_as_closed order by rowid limit 1",
    ),
    Fault(
        "I28",
        "an employee's hour that no period has",
        ("int_utilisation_as_closed",),
        "update canonical.int_utilisation_as_closed set submitted_minutes ="
        " submitted_minutes - 60 where rowid ="
        " (select min(rowid) from canonical.int_utilisation_as_closed"
        " where legal_entity_code is not null)",
        {
            "difference_key": "{entity}|submitted_minutes",
            "difference_amount": "60.0000",
        },
        "select legal_entity_code as entity from canonical.int_utilisation_as_closed"
        " where legal_entity_code is not null order by rowid limit 1",
    ),
    Fault(
        "I28",
        "an hour that no period has",
        ("int_activity_as_closed",),
        "update canonical.int_activity_as_closed set submitted_minutes ="
        " submitted_minutes - 60 where rowid ="
        " (select min(rowid) from canonical.int_activity_as_closed)",
        {
            "difference_key": "{entity}|{key}|submitted_minutes",
            "difference_amount": "60.0000",
        },
        "select legal_entity_code as entity, project_key as key"
        " from canonical.int_activity_as_closed order by rowid limit 1",
    ),
    off("earned", ("month", "closing", "0.01")),
    off("fx", ("month", "closing", "0.01")),
    off("written_off", ("month", "closing", "-0.01")),
    off("billed", ("month", "closing", "-0.01")),
    off("opening", ("month", "opening", "-0.01"), ("month", "closing", "0.01")),
    off("closing", ("month", "closing", "-0.01"), ("next_month", "opening", "0.01")),
    off(
        "opening closing",  # which together still add up
        ("month", "opening", "-0.01"),
        ("next_month", "opening", "0.01"),
    ),
    rolled(
        "a month of WIP lost",
        "delete from marts.mart_project_wip_monthly",
        ("next_month", "opening", "-moved"),
    ),
    Fault(
        "I16",
        "an entity's margin a cent off",
        ("mart_entity_margin_monthly",),
        "update marts.mart_entity_margin_monthly"
        " set reporting_margin_amount = reporting_margin_amount + 0.01"
        " where legal_entity_code = 'UK20' and period_month = date '{month}'",
        {"difference_key": "margin|{month}", "difference_amount": "-0.0100"},
        "select max(period_month) as month from marts.mart_entity_margin_monthly",
    ),
    Fault(
        "I16",
        "a month without its elimination",
        ("mart_entity_margin_monthly",),
        "delete from marts.mart_entity_margin_monthly"
        " where is_elimination and period_month = date '{month}'",
        {"difference_key": "{measure}|{month}", "difference_amount": "{amount}"},
        "select max(period_month) as month,"
        " max_by(reporting_intercompany_cost_amount, period_month) as amount,"
        " unnest(['intercompany_revenue', 'intercompany_cost']) as measure"
        " from marts.mart_entity_margin_monthly"
        " where is_elimination and reporting_intercompany_cost_amount != 0",
    ),
    Fault(
        "I17",
        "a share of overhead a cent off",
        ("fct_overhead_allocations",),
        "update canonical.fct_overhead_allocations"
        " set overhead_amount = overhead_amount + 0.01 where overhead_key = '{id}'",
        {"difference_key": "{key}", "difference_amount": "-0.0100"},
        "select overhead_key as id, legal_entity_code || '|' || period_month as key"
        " from canonical.fct_overhead_allocations order by id limit 1",
    ),
    Fault(
        "I18",
        "a margin a cent off",
        ("mart_project_margin_monthly",),
        "update marts.mart_project_margin_monthly set margin_amount ="
        " margin_amount + 0.01 where project_key = '{key}'"
        " and period_month = date '{month}'",
        {
            "project_code": "{code}",
            "period_month": "{month}",
            "difference_amount": "0.0100",
        },
        "select project_key as key, project_code as code, min(period_month) as month"
        " from marts.mart_project_margin_monthly group by all order by code limit 1",
    ),
    Fault(
        "I18",
        "a line of a margin lost",
        ("mart_margin_explained",),
        "delete from marts.mart_margin_explained where explained_key = '{id}'",
        {
            "project_code": "{code}",
            "period_month": "{month}",
            "difference_amount": "{amount}",
        },
        "select explained_key as id, project_code as code, period_month as month,"
        " margin_amount as amount"
        " from marts.mart_margin_explained where margin_amount != 0"
        " order by id limit 1",
    ),
    Fault(
        "I21",
        "a month of a price a cent off",
        ("fct_revenue_schedule",),
        "update canonical.fct_revenue_schedule set contract_scheduled_amount ="
        " contract_scheduled_amount + 0.01"
        " where (obligation_key, period_month) = ('{key}', date '{month}')",
        {"difference_key": "{key}", "difference_amount": "-0.0100"},
        "select obligation_key as key, period_month as month"
        " from canonical.fct_revenue_schedule where revenue_method = 'straight_line'"
        " order by key, month limit 1",
    ),
    Fault(
        "I22",
        "a month of an estimate lost",
        ("fct_monthly_forecasts",),
        "delete from canonical.fct_monthly_forecasts"
        " where (project_key, period_month) = ('{key}', date '{month}')",
        {"difference_key": "{key}", "difference_amount": "{amount}"},
        "select project_key as key, period_month as month,"
        " scheduled_cost_amount as amount from canonical.fct_monthly_forecasts"
        " where scheduled_cost_amount > 0 and eac_amount is not null"
        " order by key, month limit 1",
    ),
    *(
        Fault(
            "I23",
            f"a {kind} a cent off in its mart",
            (mart,),
            f"update marts.{mart} set {amount} = {amount} + 0.01"
            f" where project_key = '{{key}}' and {when}",
            {"difference_key": f"{kind}|{{key}}", "difference_amount": "-0.0100"},
            f"select project_key as key, {month} as month from marts.{mart}"
            " order by key, month limit 1",
        )
        for kind, mart, amount, month, when in (
            (
                "schedule",
                "mart_revenue_schedule",
                "scheduled_amount",
                "period_month",
                "period_month = date '{month}'",
            ),
            (
                "proposal",
                "mart_invoice_proposals",
                "gross_amount",
                "as_of_date",
                "true",
            ),
        )
    ),
]


def test_every_control_of_the_register_has_a_fault_it_catches(before):
    assert {fault.control for fault in FAULTS} == before.keys()


@pytest.fixture(scope="module")
def truth() -> Truth:
    return truth_of(simulate(CLEAN.seed, CLEAN.scale, CLEAN.moment, faults=False))


def test_clean_books_equal_the_truth(clean, truth):
    assert truth.faults == []
    assert differences(Firm(clean.work), truth) == []


def test_clean_books_leave_only_what_the_erp_has_not_booked_yet(before, truth):
    keys = {
        control: {of_one_firm(str(row.get("difference_key"))) for row in rows}
        for control, rows in before.items()
        if rows
    }
    assert keys == {control: truth.differences[control].keys() for control in LAGGING}
    causes = {cause for found in truth.causes.values() for cause in found.values()}
    assert causes <= set(LAGS)


def test_clean_books_leave_no_exception_but_what_the_erp_has_not_booked_yet(
    clean, truth
):
    with duckdb.connect(clean.published.resolve(), read_only=True) as db:
        rows = db.execute(
            "select control_id, source_id from reconciliation.rec_exceptions"
        ).fetchall()
    assert {(control, of_one_firm(record)) for control, record in rows} == {
        (control, key)
        for control in LAGGING - {"C01"}  # Tieout's own posting clears that one
        for key in truth.differences[control]
    }


@pytest.mark.parametrize("rate", ["0.0765", " 7.65 %"], ids=["as it is", "by Excel"])
def test_the_margin_mart_equals_one_hand_written_script_over_the_raw_tables(
    clean, tmp_path, rate
):
    rates = (SEEDS / "burden_rates.csv").read_text().replace("0.0765", rate)
    with computed(clean, seeds_with(tmp_path, burden_rates=rates)) as (db, _):
        assert db.execute("select count(*) > 0 from margin").fetchall() == [(True,)]
        assert differing_rows(db, clean) == 0


def test_a_refresh_says_what_its_controls_report(clean, before):
    _, controls = published_snapshot(clean)
    said = {control.control_id: control.failures for control in controls}
    assert said == {control: len(rows) for control, rows in before.items()}
    assert {c.control_id for c in controls if c.status != "passed"} == LAGGING


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.control}: {f.name}")
def test_a_control_names_the_record_a_fault_is_in(books, before, fault):
    records = books.rows(fault.pick)
    assert records, "the firm has no record to spoil"
    books.db.execute(fault.change.format(**records[0]))
    if fault.control != OWN_TESTS:  # they look at what was changed itself
        books.build(books.project.to_build(fault.at, fault.control))
    was, now = before[fault.control], books.reported(fault.control)
    new = [[str(row[name]) for name in fault.found] for row in now if row not in was]
    expected = [[told.format(**r) for told in fault.found.values()] for r in records]
    assert sorted(new) == sorted(expected)
    assert [row for row in was if row not in now] == [], "and nothing else changed"


def test_what_the_systems_disagree_on_never_keeps_the_picture_back(books, before):
    """All faults of business controls at once; no integrity control minds."""
    register = books.rows("select control_id, kind from seeds.control_policies")
    integrity = {row["control_id"] for row in register if row["kind"] == "integrity"}
    faults = [
        fault
        for fault in FAULTS
        if fault.control not in {OWN_TESTS, *integrity} and "insert" not in fault.change
    ]
    changes = [fault.change.format(**books.rows(fault.pick)[0]) for fault in faults]
    for change in changes:
        books.db.execute(change)
    at = {table for fault in faults for table in fault.at}
    books.build(books.project.to_build(tuple(at)))
    for fault in faults:
        assert len(books.reported(fault.control)) > len(before[fault.control])
    kept_back = {c: books.reported(c) for c in sorted({OWN_TESTS, *integrity})}
    assert {control: rows for control, rows in kept_back.items() if rows} == {}


# Time, plans, pay and orders of all but the first so many employees are no more, nor
# is any payroll.
THE_FIRST = """
    create temp table few as
        select
            users.record_id as user_id,
            people.employee_pseudonym,
            row_number() over (order by people.employee_number) as nth
        from canonical.int_hr_people as people
        inner join canonical.crosswalk_resources as users
            on users.role = 'psa' and people.employee_number = users.employee_number
        where resource_key in (
            select resource_key from canonical.fct_labour_costs
            where work_date < date '2025-01-15' and cost_amount > 0
        )
        order by nth
        limit {people};
    update {time} set _deleted = user_id not in (select user_id from few);
    update {plans} set _deleted = true;
    update {pay} set is_rescinded = employee_pseudonym not in (
        select employee_pseudonym from few);
    update {orders} set _deleted = true;
    update {payroll} set _deleted = true;
    update {pay} set effective_date = '2025-02-03' where employee_pseudonym in (
        select employee_pseudonym from few where nth > {at_first});
"""
# It always was a firm like this: what was published of its closed periods is of none.
NOTHING_KEPT = "update land.kept.closed_periods set period_end_date = null"
CHANGED = {
    "time": "kantata.time_entries",
    "plans": "kantata.workspace_allocations",
    "pay": "workday.compensation",
    "orders": "coupa.purchase_order_lines",
    "payroll": "adp.payroll_lines",
}
WITHOUT_PAY = ("analyst", "delivery")


@pytest.fixture(scope="module")
def of_few(clean, project, tmp_path_factory):
    """Make a firm that is published one of few people, and build it."""

    def made(people: int, at_first: int) -> Firm:
        firm = Firm(tmp_path_factory.mktemp("few") / "work")
        shutil.copytree(clean.work, firm.work, symlinks=True)
        with opened(Paths(firm.work), project) as books:
            tables = {name: raw(table) for name, table in CHANGED.items()}
            change = THE_FIRST.format(people=people, at_first=at_first, **tables)
            books.db.execute(change)
            books.db.execute(NOTHING_KEPT)
            books.build(books.project.to_build(tuple(CHANGED.values())))
        return firm

    return made


def state_rates(firm: Firm, project: Project) -> None:
    """Finance states a rate for every employee, from before there was any work."""
    with opened(Paths(firm.work), project) as books:
        books.db.execute(
            "insert into seeds.standard_cost_rates (worker_type, grade_code,"
            " practice_code, legal_entity_code, valid_from, currency_code, hourly_rate)"
            " values ('employee', '*', '*', '*', date '2024-01-01', 'USD', 70)"
        )
        books.build(books.project.to_build(("standard_cost_rates",)))


def published_again(paths: Paths) -> Snapshot:
    """Publish what is built, audited or not."""
    _, controls = published_snapshot(paths)
    snapshot, _ = publish(paths, controls, "again", EARLY)
    return snapshot


def lacking(firm: Firm) -> list[tuple]:
    """What finance's file says of labour without a standard cost, by day of rates."""
    return firm.rows(
        "select set_on, sum(people_count), min(first_date), sum(labour_hours)"
        " from reconciliation.rec_labour_at_standard group by set_on order by set_on"
    )


@pytest.mark.nightly  # the year below has no standard cost at first either
def test_four_people_have_no_standard_cost_until_a_rate_is_stated(of_few, project):
    firm = of_few(people=4, at_first=4)
    paths = Paths(firm.work)
    assert all(paths.audience(name).exists() for name in WITHOUT_PAY), "the earlier one"

    run = firm.tieout("publish")
    assert run.code == 1, run.out + run.err
    assert "without the files of analyst, delivery" in run.err
    assert "I32" in run.err
    assert "(no standard rate in force on 2024-12-01)" in run.err
    assert "seeds/standard_cost_rates.csv" in run.err
    assert not any(paths.audience(name).exists() for name in WITHOUT_PAY)
    assert paths.audience("auditor").exists()
    with duckdb.connect(paths.build, read_only=True) as db:
        [(hours,)] = db.execute(
            "select sum(worked_hours) from canonical.fct_labour_costs"
            " where cost_amount != 0"
        ).fetchall()
    assert sum(row[3] for row in lacking(firm)) >= hours > 0, "plans have hours too"
    for table in ("publication.controls", "reconciliation.control_results"):
        status = f"select status from {table} where control_id = 'I32'"
        assert firm.rows(status) == [("failed",)]
    absorption = "select 1 from duckdb_tables() where table_name like '%absorption%'"
    assert firm.rows(absorption) == []

    state_rates(firm, project)
    assert published_again(paths).withheld is None
    assert lacking(firm) == []
    for name in WITHOUT_PAY:
        with duckdb.connect(paths.audience(name).resolve(), read_only=True) as db:
            [(cost,)] = db.execute(
                "select sum(labour_cost_amount) from marts.mart_project_margin_monthly"
            ).fetchall()
        assert cost > 0


def test_a_year_that_begins_with_four_who_are_paid_has_no_standard_cost(of_few):
    """There are nine from February, and their standard rates are set in January."""
    firm = of_few(people=9, at_first=4)
    assert "I32" in published_again(Paths(firm.work)).withheld.what
    with duckdb.connect(Paths(firm.work).build, read_only=True) as db:
        paid = db.execute(
            "select period_month, count(distinct resource_key)"
            " from canonical.fct_labour_costs where cost_amount > 0"
            " group by period_month order by period_month"
        ).fetchall()
    assert [people for _, people in paid] == [4, 4, 9]
    assert max(row[1] for row in lacking(firm)) == 9
    assert not any(Paths(firm.work).audience(name).exists() for name in WITHOUT_PAY)


# One contractor bills a month that nobody has hours of, as at a fixed price; another
# one has hours for less than half of what he bills in the month after.
BILLED = """
    create temp table entries as
        select
            costs.vendor_bill_key,
            costs.project_code,
            entries.resource_key,
            costs.period_month as month,
            bills.period_month as billed_month,
            time_entry_id as id,
            entries.worked_minutes as minutes
        from canonical.fct_subcontractor_costs as costs
        inner join canonical.fct_time_entries as entries using (time_entry_key)
        inner join canonical.fct_vendor_bills as bills using (vendor_bill_key);
    create temp table billed as
        with months as (
            select
                vendor_bill_key,
                project_code,
                resource_key,
                month,
                billed_month,
                min(id) as kept
            from entries
            group by all
            having max(minutes) < 0.4 * sum(minutes)
        )
        select *, row_number() over (order by vendor_bill_key) as nth
        from months
        qualify row_number() over (
            partition by project_code order by vendor_bill_key) = 1;
    update {time} set _deleted = true where id in (
        select id
        from entries
        inner join billed using (vendor_bill_key)
        where nth = 2 and id != kept
        union all
        select entries.time_entry_id
        from canonical.fct_time_entries as entries
        inner join billed using (project_code, resource_key)
        where nth = 1 and entries.period_month = billed.month
    );
"""


@pytest.fixture(scope="module")
def billed(clean, project, tmp_path_factory) -> tuple[Firm, Rows]:
    """A firm with two such bills, published, and of which projects and months."""
    firm = Firm(tmp_path_factory.mktemp("billed") / "work")
    shutil.copytree(clean.work, firm.work, symlinks=True)
    with opened(Paths(firm.work), project) as books:
        books.db.execute(BILLED.format(time=raw("kantata.time_entries")))
        books.db.execute(NOTHING_KEPT)
        told = books.rows(
            "select project_code, if(nth = 1, month, billed_month) as month"
            " from billed where nth < 3 order by nth"
        )
        books.build(books.project.to_build(("kantata.time_entries",)))
    published_again(Paths(firm.work))
    return firm, told


def test_finance_is_told_of_bills_that_hours_do_not_explain(billed):
    firm, told = billed
    assert len(told) == 2
    found = firm.rows(
        "select project_code, period_month, kind, amount > 0"
        " from reconciliation.rec_exceptions"
        " where kind in ('bill_without_hours', 'bill_beyond_hours') order by kind desc"
    )
    assert found == [
        (*told[0].values(), "bill_without_hours", True),
        (*told[1].values(), "bill_beyond_hours", True),
    ]
    assert firm.rows("from canonical.fct_margins_incomplete") == []
    incomplete = "from marts.mart_project_margin_monthly where not is_complete"
    assert firm.rows(incomplete) == []


@pytest.mark.parametrize("audience", WITHOUT_PAY)
def test_margins_that_lack_a_contractors_bill_say_so(billed, audience):
    firm, told = billed
    months = {tuple(row.values()) for row in told}
    file = Paths(firm.work).audience(audience).resolve()
    with duckdb.connect(file, read_only=True) as db:

        def said(query: str) -> set[tuple]:
            return set(db.execute(query).fetchall())

        assert months == said(
            "select project_code, period_month from canonical.fct_margins_incomplete"
            " where reason = 'bill_without_hours'"
        )
        assert months <= said(
            "select project_code, period_month from marts.mart_project_margin_monthly"
            " where not is_complete"
        )
        assert months <= said(
            "select project_code, date_trunc('month', week_start_date)::date"
            " from marts.mart_project_margin_weekly where not is_complete"
        )
        assert said(
            "select legal_entity_code, period_month"
            " from marts.mart_entity_margin_monthly where not is_complete"
        ) == said(
            "select legal_entity_code, period_month"
            " from marts.mart_project_margin_monthly where not is_complete"
        )
        assert said("from marts.mart_project_margin_monthly where is_complete")


def test_what_is_incomplete_tells_nothing_of_what_was_billed(billed, project):
    """Twice the amount on the bill that nobody has hours of: not a row differs."""
    firm, told = billed
    paths = Paths(firm.work)
    files = {name: paths.audience(name).resolve() for name in (*WITHOUT_PAY, "finance")}
    with opened(paths, project) as books:
        books.db.execute(
            "update canonical.fct_vendor_bills set amount = 2 * amount"
            " where project_code = '{project_code}'"
            " and service_month = date '{month}'".format(**told[0])
        )
        books.build(books.project.to_build(("fct_vendor_bills",)))
    published_again(paths)
    for name, before in files.items():
        moved = moved_between(before, paths.audience(name).resolve())
        assert bool(moved) == (name == "finance"), moved
