"""Fills a new Tryton database with a small firm; run by Tryton's own Python.

The environment names the database (TRYTOND_DATABASE_URI) before anything of Tryton is
imported; the argument is the password of the user ``tieout``, who may do what Tieout
needs and no more: he is no administrator and cannot close a period.
"""

import sys
from datetime import date, timedelta
from decimal import Decimal

from proteus import Model, Wizard, config
from trytond.modules.account.tests.tools import create_chart, get_accounts
from trytond.modules.currency.tests.tools import get_currency

YEAR = 2026
PROJECTS = {"US10": ("P1001", "P1002"), "UK20": ("P2001",)}


def new(model: str, **values):
    """A saved record."""
    record = Model.get(model)(**values)
    record.save()
    return record


def open_books(code: str, name: str, currency):
    """A company with a chart of accounts and a year; the context from now on."""
    party = new("party.party", name=name, code=code)
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party, wizard.form.currency = party, currency
    wizard.execute("add")
    [company] = Model.get("company.company").find([("party", "=", party.id)])
    [admin] = Model.get("res.user").find([("login", "=", "admin")])
    if company not in admin.companies:
        admin.companies.append(company)
    admin.company_filter = "all"
    admin.save()
    config.get_config().set_context(company=company.id, companies=[company.id])
    create_chart(company)
    fiscal_year(company, code)
    return company


def fiscal_year(company, code: str) -> None:
    """A year of months, its moves numbered without gaps: US10-000001."""
    [kind] = Model.get("ir.sequence.type").find([("name", "=", "Account Move")])
    sequence = new(
        "ir.sequence.strict", name=f"{code} {YEAR}", sequence_type=kind,
        company=company, prefix=f"{code}-", padding=6,
    )  # fmt: skip
    year = new(
        "account.fiscalyear", name=str(YEAR), company=company,
        start_date=date(YEAR, 1, 1), end_date=date(YEAR, 12, 31),
        move_sequence=sequence,
    )  # fmt: skip
    periods = Wizard("account.fiscalyear.create_periods", [year])
    periods.form.frequency = "monthly"
    periods.execute("create_periods")


def projects(company, codes, customer) -> dict:
    """Each project as a work and, under the same code, as an analytic account."""
    root = new(
        "analytic_account.account", name="Projects", type="root", company=company,
        state="opened",
    )  # fmt: skip
    made = {}
    for code in codes:
        made[code] = new(
            "analytic_account.account", name=f"Project {code}", code=code,
            type="normal", company=company, root=root, parent=root, state="opened",
        )  # fmt: skip
        new(
            "project.work", name=f"Project {code}", type="project", company=company,
            party=customer, timesheet_available=True,
        )  # fmt: skip
    return made


def move(company, day: date, description: str, *sides) -> None:
    """A posted move; a side is (account, party, debit, credit, analytic account)."""
    [journal] = Model.get("account.journal").find([("code", "=", "REV")])
    [period] = Model.get("account.period").find(
        [
            ("company", "=", company.id),
            ("start_date", "<=", day),
            ("end_date", ">=", day),
        ]
    )
    made = Model.get("account.move")(
        company=company,
        journal=journal,
        period=period,
        date=day,
        description=description,
    )
    for account, party, debit, credit, analytic in sides:
        line = made.lines.new(
            account=account, debit=Decimal(debit), credit=Decimal(credit)
        )
        if party:
            line.party = party
        if analytic:
            line.analytic_lines.new(
                account=analytic, date=day, debit=Decimal(debit), credit=Decimal(credit)
            )
    made.save()
    made.click("post")


def timesheets(employee) -> None:
    """Two days on each project."""
    works = Model.get("timesheet.work").find([("company", "=", employee.company.id)])
    for work in works:
        for day in (date(YEAR, 5, 4), date(YEAR, 5, 5)):
            new(
                "timesheet.line", employee=employee, work=work, date=day,
                duration=timedelta(hours=7, minutes=30), description="On site",
            )  # fmt: skip


def login(password: str, companies) -> None:
    """The user that Tieout is."""
    user = Model.get("res.user")(name="Tieout", login="tieout", password=password)
    user.company_filter = "all"
    for company in companies:
        user.companies.append(Model.get("company.company")(company.id))
    user.company = Model.get("company.company")(companies[0].id)
    [accounting] = Model.get("res.group").find([("name", "=", "Accounting")])
    user.groups.append(accounting)
    user.save()


def main(password: str) -> None:
    """Seed everything."""
    config.set_trytond()
    dollar, pound = get_currency("USD"), get_currency("GBP")
    for day, rate in ((date(YEAR, 1, 1), "0.79"), (date(YEAR, 5, 1), "0.785")):
        new("currency.currency.rate", currency=pound, date=day, rate=Decimal(rate))
    customer = new("party.party", name="Globex", code="C0001")

    uk = open_books("UK20", "Acme Advisory Ltd", pound)
    projects(uk, PROJECTS["UK20"], customer)

    us = open_books("US10", "Acme Advisory Inc", dollar)
    analytic = projects(us, PROJECTS["US10"], customer)
    accounts = get_accounts(us)
    for code, amount in (("P1001", "900.00"), ("P1002", "450.50")):
        move(
            us,
            date(YEAR, 5, 15),
            f"Fees {code}",
            (accounts["receivable"], customer, amount, "0", None),
            (accounts["revenue"], None, "0", amount, analytic[code]),
        )
    person = new("party.party", name="Ada Byron", code="E1")
    timesheets(new("company.employee", party=person, company=us))
    login(password, [us, uk])


if __name__ == "__main__":
    main(sys.argv[1])
