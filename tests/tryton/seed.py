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
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency

YEAR = 2026
PROJECTS = {"P1001": "Rollout", "P1002": "Audit"}


def new(model: str, **values):
    """A saved record."""
    record = Model.get(model)(**values)
    record.save()
    return record


def fiscal_year(company) -> None:
    """A year of months, numbered without gaps: GL26-000001."""
    [kind] = Model.get("ir.sequence.type").find([("name", "=", "Account Move")])
    sequence = new(
        "ir.sequence.strict", name=str(YEAR), sequence_type=kind, company=company,
        prefix="GL26-", padding=6,
    )  # fmt: skip
    year = new(
        "account.fiscalyear", name=str(YEAR), company=company,
        start_date=date(YEAR, 1, 1), end_date=date(YEAR, 12, 31),
        move_sequence=sequence,
    )  # fmt: skip
    periods = Wizard("account.fiscalyear.create_periods", [year])
    periods.form.frequency = "monthly"
    periods.execute("create_periods")


def projects(company, customer) -> dict:
    """Each project as a work and, under the same code, as an analytic account."""
    root = new(
        "analytic_account.account", name="Projects", type="root", company=company,
        state="opened",
    )  # fmt: skip
    made = {}
    for code, name in PROJECTS.items():
        made[code] = new(
            "analytic_account.account", name=name, code=code, type="normal",
            company=company, root=root, parent=root, state="opened",
        )  # fmt: skip
        new(
            "project.work", name=name, type="project", company=company,
            party=customer, timesheet_available=True,
        )  # fmt: skip
    return made


def move(day: date, description: str, *sides) -> None:
    """A posted move; a side is (account, party, debit, credit, analytic account)."""
    [journal] = Model.get("account.journal").find([("code", "=", "REV")])
    [period] = Model.get("account.period").find(
        [("start_date", "<=", day), ("end_date", ">=", day)]
    )
    made = Model.get("account.move")(
        journal=journal, period=period, date=day, description=description
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
    for work in Model.get("timesheet.work").find([]):
        for day in (date(YEAR, 5, 4), date(YEAR, 5, 5)):
            new(
                "timesheet.line", employee=employee, work=work, date=day,
                duration=timedelta(hours=7, minutes=30), description="On site",
            )  # fmt: skip


def login(password: str, company) -> None:
    """The user that Tieout is."""
    wanted = ("Accounting", "Project", "Timesheet", "Employee")
    groups = [g for g in Model.get("res.group").find([]) if g.name.startswith(wanted)]
    told = {g.name for g in groups if "Admin" not in g.name}
    user = Model.get("res.user")(name="Tieout", login="tieout", password=password)
    user.companies.append(Model.get("company.company")(company.id))
    user.company = Model.get("company.company")(company.id)
    for group in Model.get("res.group").find([("name", "in", sorted(told))]):
        user.groups.append(group)
    user.save()


def main(password: str) -> None:
    """Seed everything."""
    config.set_trytond()
    dollar, euro = get_currency("USD"), get_currency("EUR")
    new("currency.currency.rate", currency=euro, date=date(YEAR, 5, 1),
        rate=Decimal("0.925"))  # fmt: skip
    create_company(new("party.party", name="Acme Advisory", code="US10"), dollar)
    company = get_company()
    create_chart(company)
    accounts = get_accounts(company)
    fiscal_year(company)
    customer = new("party.party", name="Globex", code="C0001")
    analytic = projects(company, customer)
    for code, amount in (("P1001", "900.00"), ("P1002", "450.50")):
        move(
            date(YEAR, 5, 15),
            f"Fees {code}",
            (accounts["receivable"], customer, amount, "0", None),
            (accounts["revenue"], None, "0", amount, analytic[code]),
        )
    person = new("party.party", name="Ada Byron", code="E1")
    timesheets(new("company.employee", party=person, company=company))
    login(password, company)


if __name__ == "__main__":
    main(sys.argv[1])
