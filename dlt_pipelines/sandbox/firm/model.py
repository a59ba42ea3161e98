"""The business objects of the sandbox firm, free of any vendor's shape.

The simulation creates and changes them day by day; each vendor's ``sandbox``
shows its own part of them over HTTP; ``tests/truth`` computes the firm's economics from
them. Money is ``Decimal`` in the currency named beside it, hours are whole minutes,
``created_at`` and ``updated_at`` are aware UTC datetimes.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Day = date  # where a field is called date


@dataclass
class LegalEntity:
    """A company of the firm with books of its own."""

    code: str  # US10, UK20, DE30
    name: str
    country: str  # ISO 3166 alpha-2
    currency: str  # functional currency, ISO 4217
    annual_standard_hours: int
    payroll_group: str  # ADP company code
    hourly_group: str | None = None  # of those paid by the hour, if they have their own


@dataclass
class Practice:
    """A line of service; also the department costs are booked to."""

    code: str  # PR-1 … PR-6
    name: str


@dataclass
class Assignment:
    """Where a person works from ``effective_date`` until the next assignment."""

    effective_date: date
    entered_at: datetime
    entity: str
    practice: str
    cost_centre: str | None
    title: str
    grade: str
    role: str  # the role priced by the standard rate card
    fte: Decimal  # 1, 0.8 …
    weekly_hours: Decimal


@dataclass
class Pay:
    """Base pay from ``effective_date`` until the next one."""

    effective_date: date
    entered_at: datetime
    amount: Decimal  # a year's actual pay at this FTE, or an hour's
    currency: str
    frequency: str  # Annual | Hourly
    is_rescinded: bool = False


@dataclass
class Absence:
    """One day's approved or requested absence of a person."""

    id: str
    day: date
    hours: Decimal
    kind: str  # vacation | sick
    status: str  # Approved | Submitted
    updated_at: datetime


@dataclass
class Person:
    """An employee or a contractor. Identifiers differ by system, as they do."""

    number: str  # employee number: Workday, Coupa, Salesforce, NetSuite entityid
    first_name: str
    last_name: str
    email: str
    is_contractor: bool
    hired: date
    left: date | None
    workday_id: str  # 32 hex
    kantata_id: str
    adp_id: str | None  # associate OID; None for contractors
    payroll_file: str | None  # six digits with leading zeros
    netsuite_id: int
    supplier: str | None  # Supplier.number of a contractor
    created_at: datetime
    updated_at: datetime
    assignments: list[Assignment] = field(default_factory=list)
    pay: list[Pay] = field(default_factory=list)  # employees only
    absences: list[Absence] = field(default_factory=list)
    in_hr: bool = True  # False: the fault «unknown employee» (payroll only)
    in_psa: bool = True


@dataclass
class Holiday:
    """A public holiday of a country."""

    country: str
    day: date
    name: str


@dataclass
class Customer:
    """A customer, perhaps the child of another."""

    number: str  # C0001; NetSuite entityid, Salesforce AccountNumber
    name: str
    parent: str | None  # Customer.number
    country: str
    currency: str
    owner: str  # Person.number
    salesforce_id: str  # 18 characters
    kantata_id: str
    netsuite_id: int
    created_at: datetime
    updated_at: datetime


@dataclass
class OpportunityLine:
    """A product of a deal: a performance obligation with a price of its own."""

    salesforce_id: str
    obligation: str  # 01, 02 … within the deal's project
    name: str
    contract_type: str
    list_price: Decimal  # what it would cost alone
    total_price: Decimal  # what the deal says it costs
    included_hours: Decimal | None  # of a retainer whose unused hours roll over
    service_start: date
    service_end: date
    created_at: datetime
    updated_at: datetime


@dataclass
class Opportunity:
    """A deal in the CRM; a won one carries the terms the project is sold on.

    An amendment changes the price, cap or end of the deal it ``amends`` from its
    effective date on; its amount is the change.
    """

    salesforce_id: str
    name: str
    customer: str
    owner: str
    stage: str  # Prospecting | Proposal | Negotiation | Closed Won | Closed Lost
    close_date: date
    amount: Decimal
    currency: str
    probability: int  # 0–100
    entity: str
    practice: str
    contract_type: str  # as Project.contract_type
    project_code: str | None  # set when won
    cap_amount: Decimal | None
    fee_rate: Decimal | None  # cost plus
    fee_ceiling: Decimal | None
    service_start: date | None
    service_end: date | None
    created_at: datetime
    updated_at: datetime
    lines: list[OpportunityLine] = field(default_factory=list)
    amends: str | None = None  # salesforce_id of the deal an amendment changes
    effective_date: date | None = None  # of an amendment
    treatment: str | None = None  # catch_up | prospective; None: by policy


@dataclass
class Project:
    """A project as delivered: in the PSA, and as a job in the ERP."""

    code: str  # P1001
    name: str
    customer: str  # Customer.number
    entity: str  # LegalEntity.code
    practice: str
    # time_and_materials | time_and_materials_capped | fixed_fee | milestone
    # | retainer | retainer_rollover | cost_plus | non_billable
    contract_type: str
    currency: str  # of the contract
    price: Decimal  # fixed fee, milestone and retainer: the transaction price
    cap_amount: Decimal | None
    fee_rate: Decimal | None
    fee_ceiling: Decimal | None
    start: date
    end: date
    status: str  # Not Started | In Progress | Completed
    is_archived: bool
    manager: str  # Person.number
    opportunity: str | None  # salesforce_id; None for internal projects
    kantata_id: str
    netsuite_id: int | None  # None: never set up in the ERP
    erp_department: str | None  # practice code; None: the fault «missing cost centre»
    created_at: datetime
    updated_at: datetime
    expense_budget: Decimal | None = None  # planned expenses, functional currency
    erp_external_id: str | None = None  # of a job that was created from outside
    erp_comments: str | None = None


@dataclass
class Task:
    """A task or delivery milestone of a project."""

    id: str
    project: str
    title: str
    kind: str  # task | milestone
    state: str  # not started | started | completed
    is_billable: bool
    is_fixed_fee: bool
    start: date
    due: date
    completed_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    obligation: str | None = None  # None: the project's only one
    changes: list[tuple[str, datetime]] = field(default_factory=list)  # of its state


@dataclass
class Milestone:
    """A billing milestone: its value falls due when its task is accepted."""

    id: str
    project: str
    task: str
    title: str
    due: date
    amount: Decimal
    currency: str
    accepted_on: date | None  # the day Task.completed_at falls on
    invoice: str | None
    created_at: datetime
    updated_at: datetime
    # every acceptance (True) and its taking back (False)
    acceptances: list[tuple[date, bool]] = field(default_factory=list)


@dataclass
class Allocation:
    """Planned work: minutes of one person on one project within one month."""

    id: str
    project: str
    person: str
    start: date  # first planned day in the month
    end: date  # last planned day in the same month
    minutes: int
    created_at: datetime
    updated_at: datetime


@dataclass
class BillRate:
    """Standard rate card: a role's price in a currency from a date."""

    role: str
    currency: str
    effective_date: date
    rate: Decimal


@dataclass
class Timesheet:
    """A person's week on one project, submitted and decided as one."""

    id: str
    person: str
    project: str
    start: date
    end: date
    status: str  # pending | approved | rejected | cancelled
    created_at: datetime
    updated_at: datetime


@dataclass
class TimeEntry:
    """Minutes one person worked on one project on one day."""

    id: str
    person: str
    project: str
    task: str | None
    day: date
    minutes: int
    is_billable: bool
    bill_rate: Decimal | None  # frozen on the entry, contract currency; None: unpriced
    role: str
    timesheet: str | None  # None: not submitted yet
    invoice: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None  # a hard delete in the PSA


@dataclass
class TimeAdjustment:
    """Minutes that correct time which is locked, below 0 where they take back."""

    id: str
    person: str
    project: str
    task: str | None
    day: date  # worked
    posted_on: date
    minutes: int
    is_billable: bool
    bill_rate: Decimal | None
    invoice: str | None
    created_at: datetime
    updated_at: datetime


@dataclass
class ExpenseReport:
    """A report of one person's expenses."""

    id: str
    person_number: str  # may name nobody HR knows
    entity: str
    status: str  # pending_approval | approved_for_payment | paid | rejected
    currency: str
    submitted_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass
class ExpenseLine:
    """One expense, in the entity's currency, coded to a project or to none."""

    id: str
    report: str
    day: date
    category: str
    amount: Decimal  # report currency = entity currency
    currency: str
    foreign_amount: Decimal | None
    foreign_currency: str | None
    project: str | None  # None: overhead, or the fault «missing project code»
    cost_centre: str | None
    is_reimbursable: bool
    is_rechargeable: bool
    created_at: datetime
    updated_at: datetime


@dataclass
class Supplier:
    """A vendor; each contractor works through one."""

    number: str  # V001
    name: str
    coupa_id: int
    netsuite_id: int
    currency: str


@dataclass
class PurchaseOrder:
    """An order for one project: a contractor's hours at a rate, or goods for a sum."""

    id: str
    number: str
    supplier: str
    person: str | None  # None: goods or a fixed-price service
    project: str
    entity: str
    currency: str
    hourly_rate: Decimal | None  # of a contractor's hours
    quantity: Decimal | None  # hours ordered
    status: str  # issued | closed
    created_at: datetime
    updated_at: datetime
    amount: Decimal | None = None  # ordered value without hours
    is_pass_through: bool = False  # bought for the customer, no sign of progress


@dataclass
class Receipt:
    """Part of an order without hours that was delivered."""

    id: str
    order: str  # PurchaseOrder.id
    day: date
    amount: Decimal
    created_at: datetime
    updated_at: datetime


@dataclass
class VendorBill:
    """A supplier's bill, as booked in the ERP, for a month of hours or goods received;
    or a credit of one, below 0."""

    id: str
    number: str  # the supplier's own
    order: str  # PurchaseOrder.number
    supplier: str
    person: str | None
    project: str
    entity: str
    currency: str
    service_month: date | None  # first day; None: goods
    amount: Decimal
    bill_date: date
    created_at: datetime
    updated_at: datetime


@dataclass
class PayrollRun:
    """A payroll of one group and pay period."""

    id: str
    group: str
    entity: str
    period_start: date
    period_end: date
    pay_date: date
    status: str  # PVC | NTC: only NTC (net complete) is final
    created_at: datetime
    updated_at: datetime


@dataclass
class PayrollLine:
    """One earning, employer cost or employee deduction of one person in a run."""

    run: str
    number: int
    person: str  # Person.number
    section: str
    # earnings | employer_taxes | employer_contributions | employee_deductions
    code: str
    amount: Decimal
    currency: str
    hours: Decimal | None


@dataclass
class InvoiceItem:
    """A line of an invoice that is neither time nor a milestone: here a discount."""

    id: str
    amount: Decimal  # negative: written down
    notes: str
    created_at: datetime
    updated_at: datetime
    kind: str = "additional_items"  # or a fixed fee or an expense, as a PSA keeps them


@dataclass
class Invoice:
    """A customer invoice as the PSA issued it, or a credit of one, below 0."""

    id: str
    number: str
    project: str
    invoice_date: date
    due_date: date
    status: str  # new | accepted payment | cancelled
    currency: str
    amount: Decimal  # net of tax, its items included
    created_at: datetime
    updated_at: datetime
    paid_on: date | None = None
    items: list[InvoiceItem] = field(default_factory=list)


@dataclass
class FxRate:
    """One unit of ``currency`` in ``base`` from a date until the next."""

    base: str
    currency: str
    effective_date: date
    rate: Decimal  # 8 decimals at most


@dataclass
class Period:
    """A period of the ERP's fiscal calendar: a month, unless a year says otherwise."""

    id: int
    name: str  # May 2026
    start: date
    end: date
    is_closed: bool
    closed_on: date | None
    updated_at: datetime
    fiscal_year: int | None = None
    quarter: int | None = None
    is_adjustment: bool = False


@dataclass
class Account:
    """A general ledger account."""

    id: int
    number: str
    name: str
    kind: str  # NetSuite accttype: Expense | COGS | Income | AcctRec | AcctPay | …
    is_inactive: bool = False


@dataclass
class JournalLine:
    """A side of a ledger transaction; exactly one of debit and credit is not 0."""

    account: str  # Account.number
    debit: Decimal
    credit: Decimal
    project: str | None = None
    practice: str | None = None
    hours: Decimal | None = None  # labour lines state the hours they cost
    source_line: str | None = None  # expense lines state the Coupa line id
    person: str | None = None
    service_month: date | None = None  # vendor bill lines
    memo: str | None = None
    foreign: Decimal | None = None  # the amount in the transaction's own currency


@dataclass
class LedgerTransaction:
    """What the ERP holds: a journal, invoice, vendor bill, expense report, payment."""

    id: int
    # Journal | CustInvc | CustCred | VendBill | VendCred | ExpRept | CustPymt
    # | VendPymt
    kind: str
    number: str
    entity: str
    date: date
    period: int  # Period.id
    currency: str
    exchange_rate: Decimal
    external_id: str | None
    party: str | None  # customer, supplier or person number
    memo: str | None
    lines: list[JournalLine]
    created_at: datetime
    updated_at: datetime
    closed_on: Day | None = None  # the day an invoice or bill was paid
    # What it pays or credits: ids of invoices or bills, amounts in its currency.
    settles: dict[int, Decimal] = field(default_factory=dict)


@dataclass
class Fault:
    """A planted fault: what, to which records, and the control that must find it."""

    kind: str
    day: date
    records: dict[str, str]
    control: str | None  # None: no control of this release covers it
    keys: list[str] = field(default_factory=list)  # keys in that control's model
    note: str = ""


@dataclass
class Situation:
    """Business that a kind firm does not get into: what, when, with which records."""

    kind: str
    day: date
    records: dict[str, str]


@dataclass
class Firm:
    """Everything the firm has done up to ``clock``."""

    seed: int
    scale: int
    start: date
    clock: datetime  # the sandbox's now, UTC
    entities: dict[str, LegalEntity] = field(default_factory=dict)
    practices: dict[str, Practice] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    holidays: list[Holiday] = field(default_factory=list)
    customers: dict[str, Customer] = field(default_factory=dict)
    opportunities: dict[str, Opportunity] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    milestones: dict[str, Milestone] = field(default_factory=dict)
    allocations: dict[str, Allocation] = field(default_factory=dict)
    bill_rates: list[BillRate] = field(default_factory=list)
    drafted_rates: list[BillRate] = field(default_factory=list)  # never published
    timesheets: dict[str, Timesheet] = field(default_factory=dict)
    time_entries: dict[str, TimeEntry] = field(default_factory=dict)  # deleted ones too
    time_adjustments: dict[str, TimeAdjustment] = field(default_factory=dict)
    expense_reports: dict[str, ExpenseReport] = field(default_factory=dict)
    expense_lines: dict[str, ExpenseLine] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    purchase_orders: dict[str, PurchaseOrder] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    vendor_bills: dict[str, VendorBill] = field(default_factory=dict)
    payroll_runs: dict[str, PayrollRun] = field(default_factory=dict)
    payroll_lines: list[PayrollLine] = field(default_factory=list)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    fx_rates: list[FxRate] = field(default_factory=list)
    periods: dict[int, Period] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    ledger: dict[int, LedgerTransaction] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    situations: list[Situation] = field(default_factory=list)
    # ids served twice in one listing: the fault «duplicate delivery», by object kind
    served_twice: dict[str, list[str]] = field(default_factory=dict)
