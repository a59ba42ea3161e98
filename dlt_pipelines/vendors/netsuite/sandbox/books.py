"""The sandbox's SuiteQL: the firm's books in SQLite, asked the way NetSuite is asked.

The tables are built once per state of the firm; journals posted to the sandbox are
added whenever one was written. Dates are kept so that they compare, and are told as
NetSuite tells them: in the user's format (M/D/YYYY) unless TO_CHAR says otherwise;
booleans as T and F; every value as text; null columns are left out.
"""

import re
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dlt_pipelines.sandbox.firm.calendars import add_months, month_end
from dlt_pipelines.sandbox.firm.denominations import digits_of, least_of
from dlt_pipelines.sandbox.firm.model import (
    Assignment,
    Firm,
    JournalLine,
    LedgerTransaction,
    Period,
    Person,
)

Row = tuple[str | int | None, ...]

PAYMENT_TERM = timedelta(days=30)
MARK = "\x01"  # in front of a date or moment, so that it can be told from text
CURRENCIES = (
    "USD", "GBP", "EUR", "CHF", "CAD", "AUD", "SEK", "DKK", "PLN", "JPY", "KRW", "ISK",
    "BHD", "KWD", "JOD",
)  # fmt: skip
PRIMARY_BOOK = 1
_GROUPS = 800_000  # above every posting period's id

COLUMNS = {
    "subsidiary": "id, externalid, name, country, currency, isinactive, "
    "lastmodifieddate",
    "department": "id, externalid, name, isinactive, lastmodifieddate",
    "currency": "id, symbol, name, currencyprecision, isbasecurrency",
    "currencyrate": "id, basecurrency, transactioncurrency, exchangerate, "
    "effectivedate, currencyratetype",
    "accountingperiod": "id, periodname, startdate, enddate, parent, closed, "
    "closedondate, alllocked, aplocked, arlocked, isposting, isquarter, isyear, "
    "isadjust, isinactive, lastmodifieddate",
    "account": "id, acctnumber, accttype, fullname, isinactive, issummary, "
    "lastmodifieddate",
    "customer": "id, entityid, altname, companyname, parent, currency, isinactive, "
    "datecreated, lastmodifieddate",
    "vendor": "id, entityid, altname, companyname, currency, isjobresourcevend, "
    "isinactive, lastmodifieddate",
    "employee": "id, entityid, firstname, lastname, email, subsidiary, department, "
    "isinactive",
    "job": "id, entityid, companyname, customer, parent, subsidiary, currency, "
    "custentity_department, startdate, enddate, isinactive, datecreated, "
    "lastmodifieddate, externalid, comments",
    '"transaction"': "id primary key, tranid, transactionnumber, type, recordtype, "
    "trandate, duedate, closedate, postingperiod, posting, currency, exchangerate, "
    "entity, memo, externalid, createddate, lastmodifieddate",
    "transactionline": '"transaction", id, uniquekey, linesequencenumber, mainline, '
    "entity, department, subsidiary, foreignamount, memo, linelastmodifieddate, "
    "custcol_hours, custcol_source_line, custcol_service_month",
    "transactionaccountingline": '"transaction", transactionline, accountingbook, '
    "account, amount, debit, credit, netamount, posting",
    "nexttransactionlinelink": "previousdoc, previousline, previoustype, nextdoc, "
    "nextline, nexttype, linktype, foreignamount",
    "deletedrecord": "recordid, recordtypeid, deleteddate",
}
KEYED = ("transactionline", "transactionaccountingline")
WORDS = re.compile(r"'(?:[^']|'')*'|\btransaction\b", re.IGNORECASE)
RECORD_TYPES = {
    "Journal": "journalentry",
    "CustInvc": "invoice",
    "CustCred": "creditmemo",
    "VendBill": "vendorbill",
    "VendCred": "vendorcredit",
    "ExpRept": "expensereport",
    "CustPymt": "customerpayment",
    "VendPymt": "vendorpayment",
}


class WrongQuery(Exception):
    """SuiteQL that NetSuite would not run."""


class Ids:
    """The internal ids of a firm's records that the simulation gives no number."""

    def __init__(self, firm: Firm) -> None:
        """Number entities and practices in their order, currencies for good."""
        self.firm = firm
        self.subsidiaries = {code: n for n, code in enumerate(firm.entities, 1)}
        self.departments = {code: n for n, code in enumerate(firm.practices, 1)}
        used = {e.currency for e in firm.entities.values()}
        used |= {rate.currency for rate in firm.fx_rates}
        used |= {c.currency for c in firm.customers.values()}
        self.currencies = {code: currency_id(code) for code in sorted(used)}
        self.parties = {c.number: c.netsuite_id for c in firm.customers.values()}
        self.parties |= {s.number: s.netsuite_id for s in firm.suppliers.values()}
        self.parties |= {p.number: p.netsuite_id for p in firm.people.values()}

    def party(self, number: str | None) -> int | None:
        """The internal id of a customer, supplier or person, if one is named."""
        return self.parties.get(number) if number else None

    def department(self, practice: str | None) -> int | None:
        """The internal id of a practice's department, if one is named."""
        return self.departments.get(practice) if practice else None

    def job(self, project: str | None) -> int | None:
        """The internal id of a project, if it was ever set up in the ERP."""
        found = self.firm.projects.get(project) if project else None
        return found.netsuite_id if found else None


def currency_id(code: str) -> int:
    """The internal id of a currency."""
    if code in CURRENCIES:
        return CURRENCIES.index(code) + 1
    return 1000 + zlib.crc32(code.encode()) % 100_000


class Books:
    """The firm's books as SQLite tables that can only be read."""

    def __init__(self, firm: Firm) -> None:
        """Fill the tables from the firm."""
        self.lock = threading.Lock()
        self.ids = Ids(firm)
        self.firm = firm
        self.sql = sqlite3.connect(":memory:", check_same_thread=False)
        self.sql.row_factory = sqlite3.Row
        for name, columns in COLUMNS.items():
            self.sql.execute(f"create table {name} ({columns})")
        for name in KEYED:
            column = "id" if name == "transactionline" else "transactionline"
            self.sql.execute(
                f'create index by_{name} on {name} ("transaction", {column})'
            )
        self.sql.execute('create index by_change on "transaction" (lastmodifieddate)')
        for name, arguments, function in FUNCTIONS:
            self.sql.create_function(name, arguments, function, deterministic=True)
        for name, rows in TABLES.items():
            self._insert(name, rows(firm, self.ids))
        for transaction in firm.ledger.values():
            self._add(transaction)
        self._served_twice = set(firm.served_twice.get("transactions", ()))
        # A contact that is gone has the id of a transaction that is not: each kind of
        # record counts for itself.
        moment = moment_kept(firm.clock)
        self._deleted_parties: list[Row] = [
            (id_, "contact", moment) for id_ in list(firm.ledger)[:1]
        ]

    def written(
        self,
        transactions: list[LedgerTransaction],
        deleted: list[Row],
        drafts: list[LedgerTransaction],
    ) -> None:
        """Replace what was posted to the sandbox; ``drafts`` do not post."""
        with self.lock:
            self.sql.set_authorizer(None)
            mine = "in (select id from written)"
            self.sql.execute("create temp table if not exists written (id)")
            self.sql.execute(f'delete from "transaction" where id {mine}')
            for name in KEYED:
                self.sql.execute(f'delete from {name} where "transaction" {mine}')
            self.sql.execute("delete from written")
            self.sql.execute("delete from deletedrecord")
            for transaction in transactions:
                self.sql.execute("insert into written values (?)", (transaction.id,))
                self._add(transaction)
            for draft in drafts:
                self.sql.execute("insert into written values (?)", (draft.id,))
                self._add(draft, posts=False)
            self._insert("deletedrecord", [*deleted, *self._deleted_parties])

    def query(
        self, suiteql: str, params: list[Any], limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of rows and the number of all rows. Raises WrongQuery."""
        if not re.match(r"\s*(select|with)\b", suiteql, re.IGNORECASE):
            raise WrongQuery("Invalid or unsupported search")
        text = WORDS.sub(
            lambda m: m[0] if m[0].startswith("'") else f'"{m[0].lower()}"', suiteql
        )
        paged = f"select * from ({text}) limit {limit} offset {offset}"
        with self.lock:
            self.sql.set_authorizer(_read_only)
            try:
                counted = f"select count(*) from ({text})"
                (total,) = self.sql.execute(counted, params).fetchone()
                rows = [_told(row) for row in self.sql.execute(paged, params)]
            except (sqlite3.Error, sqlite3.Warning) as error:
                raise WrongQuery(
                    f"Invalid search query. Detailed unprocessed description follows. "
                    f"Search error occurred: {error}"
                ) from error
        return self._doubled(suiteql, rows), total

    def _doubled(
        self, suiteql: str, rows: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Rows of transactions that a listing shows twice, as shifting pages do."""
        if not self._served_twice or not re.search(
            r"from\s+transaction\b", suiteql, re.IGNORECASE
        ):
            return rows
        return [
            row
            for row in rows
            for _ in range(2 if row.get("id") in self._served_twice else 1)
        ]

    def _insert(self, name: str, rows: Iterator[Row] | list[Row]) -> None:
        rows = list(rows)
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self.sql.executemany(f"insert into {name} values ({places})", rows)

    def _add(self, transaction: LedgerTransaction, *, posts: bool = True) -> None:
        header, lines, amounts = transaction_rows(
            transaction, self.firm, self.ids, _flag(posts)
        )
        self._insert('"transaction"', [header])
        self._insert("transactionline", lines)
        self._insert("transactionaccountingline", amounts)


def _read_only(action: int, *_: Any) -> int:
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def _told(row: sqlite3.Row) -> dict[str, Any]:
    """A row as NetSuite answers it."""
    told: dict[str, Any] = {"links": []}
    for name in row.keys():  # noqa: SIM118 - a Row iterates over its values
        value = row[name]
        if value is not None:
            told[name.lower()] = _told_value(value)
    return told


def _told_value(value: Any) -> str:
    if isinstance(value, str) and value.startswith(MARK):
        moment = datetime.fromisoformat(value[1:])
        return f"{moment.month}/{moment.day}/{moment.year}"
    return str(value)


def moment_kept(value: datetime | date | None) -> str | None:
    """A date or moment as the tables keep it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return f"{MARK}{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return f"{MARK}{value:%Y-%m-%d} 00:00:00"


def _flag(value: bool) -> str:
    return "T" if value else "F"


# Oracle's format models that the sandbox knows, in strftime's words.
FORMATS = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY-MM-DD HH24:MI:SS": "%Y-%m-%d %H:%M:%S",
    "MM/DD/YYYY": "%m/%d/%Y",
}


def _to_moment(text: str | None, form: str) -> str | None:
    if text is None:
        return None
    parsed = datetime.strptime(text, FORMATS[form.upper()]).replace(tzinfo=UTC)
    return f"{MARK}{parsed:%Y-%m-%d %H:%M:%S}"


def _to_char(value: str | None, form: str) -> str | None:
    if value is None:
        return None
    shape = form.upper()
    if shape == "YYYY-MM-DD":
        return value[1:11]
    if shape == "YYYY-MM-DD HH24:MI:SS":
        return value[1:]
    return datetime.fromisoformat(value[1:]).strftime(FORMATS[shape])


FUNCTIONS = (
    ("TO_DATE", 2, _to_moment),
    ("TO_TIMESTAMP", 2, _to_moment),
    ("TO_CHAR", 2, _to_char),
    ("NVL", 2, lambda value, other: other if value is None else value),
)


def _subsidiaries(firm: Firm, ids: Ids) -> Iterator[Row]:
    for entity in firm.entities.values():
        number = ids.subsidiaries[entity.code]
        currency = ids.currencies[entity.currency]
        since = moment_kept(firm.start)
        yield number, entity.code, entity.name, entity.country, currency, "F", since


def _departments(firm: Firm, ids: Ids) -> Iterator[Row]:
    for practice in firm.practices.values():
        number = ids.departments[practice.code]
        yield number, practice.code, practice.name, "F", moment_kept(firm.start)


def _currencies(firm: Firm, ids: Ids) -> Iterator[Row]:
    bases = {entity.currency for entity in firm.entities.values()}
    for code, number in ids.currencies.items():
        yield number, code, code, digits_of(code), _flag(code in bases)


CURRENT, AVERAGE = 1, 2  # types of rates of exchange
DAYS_WITH_AVERAGES = 7
AVERAGE_OF = Decimal("1.1")
_AVERAGES = 10**10  # where their ids begin


def _currency_rates(firm: Firm, ids: Ids) -> Iterator[Row]:
    """The current rates, and averages that somebody keeps beside some of them for
    reports: other numbers, made later."""
    for rate in firm.fx_rates:
        base, other = currency_id(rate.base), currency_id(rate.currency)
        pair = zlib.crc32(f"{rate.base}{rate.currency}".encode()) % 10_000
        number = rate.effective_date.toordinal() * 10_000 + pair
        day = moment_kept(rate.effective_date)
        yield number, base, other, str(rate.rate), day, CURRENT
        if rate.effective_date.day <= DAYS_WITH_AVERAGES:
            average = f"{rate.rate * AVERAGE_OF:.8f}"  # as many as are kept
            yield _AVERAGES + number, base, other, average, day, AVERAGE


def _periods(firm: Firm, ids: Ids) -> Iterator[Row]:
    """The periods, and the quarters and years they belong to."""
    groups: dict[tuple[int, int], list[Period]] = {}
    for period in firm.periods.values():
        year, quarter = _fiscal(period)
        for group in {(year, quarter), (year, 0)}:
            groups.setdefault(group, []).append(period)
        closed, on = _flag(period.is_closed), moment_kept(period.closed_on)
        yield (
            period.id, period.name, moment_kept(period.start), moment_kept(period.end),
            _GROUPS + year * 10 + quarter, closed, on, closed, closed, closed,
            "T", "F", "F", _flag(period.is_adjustment), "F",
            moment_kept(period.updated_at),
        )  # fmt: skip
    for (year, quarter), periods in groups.items():
        name = f"Q{quarter} {year}" if quarter else f"FY {year}"
        start, end = _bounds(year, quarter, periods)
        changed = max(p.updated_at for p in periods)
        closed = _flag(all(period.is_closed for period in periods))
        yield (
            _GROUPS + year * 10 + quarter, name, moment_kept(start), moment_kept(end),
            _GROUPS + year * 10 if quarter else None, closed, None, closed, closed,
            closed, "F", _flag(quarter > 0), _flag(quarter == 0), "F", "F",
            moment_kept(changed),
        )  # fmt: skip


def _fiscal(period: Period) -> tuple[int, int]:
    """The fiscal year and quarter (0: the calendar has none) of a period."""
    if period.fiscal_year is None:
        return period.start.year, (period.start.month - 1) // 3 + 1
    return period.fiscal_year, period.quarter or 0


def _bounds(year: int, quarter: int, periods: list[Period]) -> tuple[date, date]:
    """A quarter or year is whole, though the firm's first one has months missing."""
    start, end = min(p.start for p in periods), max(p.end for p in periods)
    if all(p.name == f"{p.start:%b %Y}" and p.start.year == year for p in periods):
        first = date(year, 3 * quarter - 2 if quarter else 1, 1)
        return first, month_end(add_months(first, 2 if quarter else 11))
    return start, end


def _accounts(firm: Firm, ids: Ids) -> Iterator[Row]:
    for account in firm.accounts.values():
        inactive = _flag(account.is_inactive)
        since = moment_kept(firm.start)
        yield (
            account.id, account.number, account.kind, account.name, inactive, "F", since
        )  # fmt: skip


def _customers(firm: Firm, ids: Ids) -> Iterator[Row]:
    for customer in firm.customers.values():
        yield (
            customer.netsuite_id, customer.number, customer.name, customer.name,
            ids.party(customer.parent), ids.currencies[customer.currency], "F",
            moment_kept(customer.created_at), moment_kept(customer.updated_at),
        )  # fmt: skip


def _vendors(firm: Firm, ids: Ids) -> Iterator[Row]:
    contractors = {p.supplier for p in firm.people.values() if p.is_contractor}
    for supplier in firm.suppliers.values():
        works = supplier.number in contractors  # as a person, by whose name it goes
        yield (
            supplier.netsuite_id, supplier.number, supplier.name,
            None if works else supplier.name,
            currency_id(supplier.currency), _flag(works), "F",
            moment_kept(firm.start),
        )  # fmt: skip


def _employees(firm: Firm, ids: Ids) -> Iterator[Row]:
    today = firm.clock.date()
    for person in firm.people.values():
        if person.is_contractor or not person.in_hr:
            continue
        place = _assignment(person, today)
        yield (
            person.netsuite_id, person.number, person.first_name, person.last_name,
            person.email, ids.subsidiaries.get(place.entity) if place else None,
            ids.department(place.practice) if place else None,
            _flag(person.left is not None and person.left <= today),
        )  # fmt: skip


def _assignment(person: Person, today: date) -> Assignment | None:
    begun = [a for a in person.assignments if a.effective_date <= today]
    return max(begun, key=lambda a: (a.effective_date, a.entered_at), default=None)


def _jobs(firm: Firm, ids: Ids) -> Iterator[Row]:
    for project in firm.projects.values():
        if project.netsuite_id is None:
            continue
        customer = ids.party(project.customer)
        yield (
            project.netsuite_id, project.code, project.name, customer, customer,
            ids.subsidiaries.get(project.entity), currency_id(project.currency),
            ids.department(project.erp_department), moment_kept(project.start),
            moment_kept(project.end), _flag(project.is_archived),
            moment_kept(project.created_at), moment_kept(project.updated_at),
            project.erp_external_id, project.erp_comments,
        )  # fmt: skip


def _links(firm: Firm, ids: Ids) -> Iterator[Row]:
    """What is owed is a document's main line; a payment's or credit's next pays it."""
    for settling in firm.ledger.values():
        for document, amount in settling.settles.items():
            yield (
                document, 0, firm.ledger[document].kind, settling.id, 1,
                settling.kind, "Payment", str(amount),
            )  # fmt: skip


TABLES: dict[str, Callable[[Firm, Ids], Iterator[Row]]] = {
    "subsidiary": _subsidiaries,
    "department": _departments,
    "currency": _currencies,
    "currencyrate": _currency_rates,
    "accountingperiod": _periods,
    "account": _accounts,
    "customer": _customers,
    "vendor": _vendors,
    "employee": _employees,
    "job": _jobs,
    "nexttransactionlinelink": _links,
}


def transaction_rows(
    transaction: LedgerTransaction, firm: Firm, ids: Ids, posting: str = "T"
) -> tuple[Row, list[Row], list[Row]]:
    """The rows of ``transaction``, ``transactionline`` and
    ``transactionaccountingline`` for one ledger transaction."""
    changed = moment_kept(transaction.updated_at)
    header = (
        transaction.id, transaction.number, transaction.number, transaction.kind,
        RECORD_TYPES.get(transaction.kind, transaction.kind.lower()),
        moment_kept(transaction.date),
        moment_kept(transaction.date + PAYMENT_TERM) if _is_owed(transaction) else None,
        moment_kept(transaction.closed_on), transaction.period, posting,
        currency_id(transaction.currency), str(transaction.exchange_rate),
        ids.party(transaction.party), transaction.memo, transaction.external_id,
        moment_kept(transaction.created_at), changed,
    )  # fmt: skip
    lines: list[Row] = []
    amounts: list[Row] = []
    subsidiary = ids.subsidiaries[transaction.entity]
    for number, line in enumerate(transaction.lines, 1):
        lines.append(_line_row(transaction, number, line, subsidiary, ids))
        debit, credit = str(line.debit), str(line.credit)
        amount = str(line.debit - line.credit)
        amounts.append((
            transaction.id, number, PRIMARY_BOOK, firm.accounts[line.account].id,
            amount, debit if line.debit else None, credit if line.credit else None,
            amount, posting,
        ))  # fmt: skip
    return header, lines, amounts


def _is_owed(transaction: LedgerTransaction) -> bool:
    return transaction.kind in ("CustInvc", "VendBill")


def _line_row(
    transaction: LedgerTransaction,
    number: int,
    line: JournalLine,
    subsidiary: int,
    ids: Ids,
) -> Row:
    party = ids.party(line.person or transaction.party)
    return (
        transaction.id, number, transaction.id * 1000 + number, number,
        _flag(number == 1), ids.job(line.project) or party,
        ids.department(line.practice), subsidiary,
        str(_foreign_amount(transaction, line)), line.memo,
        moment_kept(transaction.updated_at),
        str(line.hours) if line.hours is not None else None, line.source_line,
        moment_kept(line.service_month),
    )  # fmt: skip


def _foreign_amount(transaction: LedgerTransaction, line: JournalLine) -> Decimal:
    """Debit less credit in the transaction's currency."""
    if line.foreign is not None:
        return line.foreign if line.debit else -line.foreign
    amount = line.debit - line.credit
    if transaction.exchange_rate == 1:
        return amount
    return (amount / transaction.exchange_rate).quantize(least_of(transaction.currency))
