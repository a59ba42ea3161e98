"""One case: a legal entity, a customer, people and a project, and what befalls them."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.casebook.book import LANDED, VENDOR, Book

FIRST, LAST = date(2020, 1, 1), date(2026, 12, 31)
POOLS = ("employer_taxes", "benefits", "paid_absence", "indirect")
REPORTED = (  # of a published day, what is told in the reporting currency too
    "recognised_amount",
    "write_down_amount",
    "billed_amount",
    "labour_cost_amount",
    "subcontractor_amount",
    "expense_amount",
    "loss_provision_amount",
)
AMOUNTS = (*REPORTED, "approved_minutes", "submitted_minutes", "standard_value_amount")
CHARGED = ("charge_amount", "cost_amount")
MINUTES = (  # of the utilisation of a published period
    *("working_minutes", "available_minutes", "capacity_minutes", "annual_minutes"),
    *("approved_minutes", "billable_minutes", "non_billable_minutes", "billed_minutes"),
    *("internal_minutes", "credited_minutes", "submitted_minutes"),
    *("utilised_minutes", "base_minutes", "target_minutes"),
)


@dataclass
class Case:
    """A firm's entity of one case. Its currency is that of all that is not said else.

    Nothing is loaded on pay: what an hour costs is what ``employee`` says.
    """

    book: Book
    name: str
    currency: str = "USD"
    country: str = "US"
    instance: str = VENDOR
    _ids: dict[str, int] = field(default_factory=dict)
    _customers: dict[str, str] = field(default_factory=dict)  # of projects
    _deals: dict[str, str] = field(default_factory=dict)  # the first of a project

    def __post_init__(self) -> None:
        self.entity(self.name)

    def entity(self, code: str) -> str:
        """A legal entity on whose pay nothing is loaded; returns its code."""
        self.say(
            "erp_entities",
            entity_id=f"{code}-entity",
            legal_entity_code=code,
            entity_name=code,
            country_code=self.country,
            currency_code=self.currency,
        )
        self.book.decide(
            "legal_entity_policies",
            legal_entity_code=code,
            country_code=self.country,
            currency_code=self.currency,
            annual_standard_hours=2000,
            region="Cases",
            is_unbilled_monetary="true",
            balance_basis="closing",
            owner="Finance",
        )
        for pool in POOLS:
            self.book.decide(
                "burden_rates",
                legal_entity_code=code,
                pool=pool,
                rate=0,
                valid_from=FIRST,
            )
        # of the delivered entity's actual rates none is this one's
        self.book.decide(
            "burden_actual_rates",
            legal_entity_code=code,
            pool="indirect",
            rate=0,
            valid_from=FIRST,
            valid_to=FIRST + timedelta(days=1),
            stated_on=FIRST,
        )
        for purpose in ("due_from", "due_to"):
            number = f"{purpose} {code}"
            self.say("erp_accounts", account_id=number, account_number=number)
            self.book.decide(
                "account_purposes",
                legal_entity_code="*",
                purpose=purpose,
                qualifier=code,
                account_number=number,
                owner="Finance",
            )
        return code

    def say(self, contract: str, **columns: Any) -> None:
        """A row of a contract, as a system of this case says it."""
        self.book.say(contract, **({"source_instance": self.instance} | columns))

    def new(self, what: str) -> str:
        """An id that nothing else of the book has."""
        self._ids[what] = self._ids.get(what, 0) + 1
        return f"{self.name}-{what}-{self._ids[what]}"

    def customer(self, **said: Any) -> str:
        """A customer that CRM, PSA and ERP know by one number; returns it."""
        number = self.new("customer")
        self.say(
            "crm_customers",
            customer_id=number,
            customer_number=number,
            customer_name=number,
            country_code=said.get("country_code", self.country),
            currency_code=self.currency,
        )
        self.say(
            "psa_customers",
            customer_id=number,
            crm_customer_id=number,
            customer_name=number,
        )
        self.say(
            "erp_customers",
            customer_id=number,
            customer_number=number,
            customer_name=number,
            currency_code=self.currency,
        )
        return number

    def project(
        self,
        contract: str,
        price: Any = None,
        start: date = date(2026, 1, 1),
        end: date = date(2026, 12, 31),
        currency: str | None = None,
        deal: dict[str, Any] | None = None,
        code: str | None = None,
    ) -> str:
        """A project sold by one won deal and known to all systems; returns its code.

        ``deal`` says more of the deal (cap_amount, fee_rate …).
        """
        code, customer = code or self.new("project"), self.customer()
        currency = currency or self.currency
        self._customers[code] = customer
        terms = {"currency_code": currency, **(deal or {})}
        self.deal(code, contract, price, start, end, **terms)
        self.say(
            "psa_projects",
            project_id=code,
            customer_id=customer,
            project_code=code,
            start_date=start,
            end_date=end,
            project_name=code,
            legal_entity_code=self.name,
            practice_code="PR-1",
            contract_type=contract,
            currency_code=currency,
            price_amount=price,
        )
        self.say(
            "erp_projects",
            project_id=code,
            project_code=code,
            project_name=code,
            customer_id=customer,
            entity_id=f"{self.name}-entity",
            currency_code=currency,
        )
        return code

    def deal(
        self,
        project: str,
        contract: str,
        price: Any = None,
        start: date = date(2026, 1, 1),
        end: date = date(2026, 12, 31),
        **said: Any,
    ) -> str:
        """A won deal of a project with its customer; returns the deal's id."""
        deal = self.new("deal")
        facts = {
            "deal_id": deal,
            "customer_id": self._customers[project],
            "project_code": project,
            "deal_name": deal,
            "contract_type": contract,
            "legal_entity_code": self.name,
            "practice_code": "PR-1",
            "currency_code": self.currency,
            "close_date": start - timedelta(days=30),
            "service_start_date": start,
            "service_end_date": end,
            "price_amount": price,
            "is_won": True,
        }
        self.say("crm_deals", **(facts | said))
        self._deals.setdefault(project, deal)
        return deal

    def change(self, project: str, price: Any, day: date, **said: Any) -> None:
        """A signed change of the price of a project's deal from a day on."""
        change = self.new("change")
        facts = {
            "deal_change_id": change,
            "amended_deal_id": self._deals[project],
            "change_name": change,
            "currency_code": self.currency,
            "effective_date": day,
            "price_change_amount": price,
            "is_won": True,
        }
        self.say("crm_deal_changes", **(facts | said))

    def obligation(
        self, project: str, code: str, price: Any = None, **said: Any
    ) -> str:
        """A line of the project's deal and the task that delivers it; the task's."""
        self.say(
            "crm_deal_lines",
            deal_line_id=self.new("line"),
            deal_id=self._deals[project],
            obligation_code=code,
            line_name=code,
            quantity=1,
            list_price_amount=price,
            total_price_amount=price,
            **said,
        )
        task = self.new("task")
        self.say(
            "psa_tasks",
            task_id=task,
            project_id=project,
            obligation_code=code,
            task_name=task,
            task_type="task",
            is_billable=True,
        )
        return task

    def employee(
        self, cost: Any, currency: str | None = None, since: date = FIRST, **said: Any
    ) -> str:
        """Somebody paid by the hour, whom HR and PSA know; returns the number."""
        number = self._person("employee", since, **said)
        self.say(
            "hr_pay",
            employee_pseudonym=f"pseudonym of {number}",
            valid_from=since,
            currency_code=currency or self.currency,
            pay_basis="hourly",
            pay_amount=cost,
        )
        return number

    def contractor(self, since: date = FIRST) -> str:
        """A contractor, whose hours cost what orders say; returns the number."""
        return self._person("contingent", since)

    def _person(self, worker_type: str, since: date, **said: Any) -> str:
        number = self.new(worker_type)
        self.say(
            "hr_workers",
            worker_id=number,
            employee_number=number,
            employee_pseudonym=f"pseudonym of {number}",
            full_name=number,
            work_email=f"{number.lower()}@cases.example",
            worker_type=worker_type,
            hire_date=since,
            is_active=True,
        )
        self.assignment(number, self.name, since, **said)
        self.say(
            "psa_people",
            person_id=number,
            employee_number=number,
            role_id="role",
            role_name="Consultant",
            full_name=number,
            work_email=f"{number.lower()}@cases.example",
            is_active=True,
        )
        return number

    def assignment(
        self, person: str, entity: str, since: date = FIRST, **said: Any
    ) -> None:
        """Where somebody works from a day on, full time unless said otherwise."""
        facts = {
            "practice_code": "PR-1",
            "grade_code": "G1",
            "role_name": "Consultant",
            "weekly_hours": 40,
            "fte_rate": 1,
        }
        self.say(
            "hr_assignments",
            worker_id=person,
            employee_number=person,
            valid_from=since,
            legal_entity_code=entity,
            **(facts | said),
        )

    def absence(self, person: str, day: date, hours: Any) -> None:
        """An approved absence of a day."""
        self.say(
            "hr_absences",
            absence_id=self.new("absence"),
            worker_id=person,
            employee_number=person,
            absence_date=day,
            absence_hours=hours,
            absence_type="Vacation",
            approval_status="approved",
        )

    def paid(
        self,
        person: str,
        period: tuple[date, date],
        amount: Any,
        pay_code: str = "REGULAR",
    ) -> str:
        """A final payroll run that pays one person one earning; returns its id."""
        run, pseudonym = self.new("run"), f"payroll pseudonym of {person}"
        group = f"{self.name}-QX1"
        self.say(
            "payroll_runs",
            payroll_run_id=run,
            payroll_group_code=group,
            period_start_date=period[0],
            period_end_date=period[1],
            pay_date=period[1],
            is_final=True,
        )
        if person not in self._ids:
            self._ids[person] = 1
            self.say(
                "payroll_people",
                person_pseudonym=pseudonym,
                payroll_group_code=group,
                payroll_file_pseudonym=pseudonym,
                hire_date=FIRST,
                is_active=True,
            )
            for row in self.book.rows["hr_workers"]:
                if row["worker_id"] == person:
                    row["payroll_group_code"] = group
                    row["payroll_file_pseudonym"] = pseudonym
        self.say(
            "payroll_lines",
            payroll_run_id=run,
            line_number=1,
            person_pseudonym=pseudonym,
            section="earnings",
            pay_code=pay_code,
            currency_code=self.currency,
            amount=amount,
        )
        return run

    def also_paid(
        self, run: str, person: str, amount: Any, pay_code: str, **said: Any
    ) -> None:
        """Another amount of a person's in a run; an earning unless said otherwise."""
        line = {
            "line_number": len(self.book.rows["payroll_lines"]) + 2,
            "section": "earnings",
            "currency_code": self.currency,
        }
        self.say(
            "payroll_lines",
            payroll_run_id=run,
            person_pseudonym=f"payroll pseudonym of {person}",
            pay_code=pay_code,
            amount=amount,
            **(line | said),
        )

    def time(
        self,
        project: str,
        person: str,
        day: date,
        hours: Any,
        rate: Any = None,
        **said: Any,
    ) -> str:
        """Approved time of a day at a price an hour; returns the entry's id."""
        entry, minutes = self.new("time"), int(Decimal(str(hours)) * 60)
        facts = {
            "worked_minutes": minutes,
            "billable_minutes": minutes,
            "approval_status": "approved",
            "currency_code": self.currency,
            "bill_rate": rate,
            "is_billable": True,
            "role_name": "Consultant",
        }
        self.say(
            "psa_time_entries",
            time_entry_id=entry,
            project_id=project,
            person_id=person,
            work_date=day,
            **(facts | said),
        )
        return entry

    def worked(
        self,
        project: str,
        person: str,
        first: date,
        last: date,
        hours: Any,
        **said: Any,
    ) -> None:
        """The same hours on every weekday of a range, approved."""
        for day in weekdays(first, last):
            self.time(project, person, day, hours, **said)

    def allocation(
        self, project: str, person: str, start: date, end: date, hours: Any
    ) -> str:
        """Work that is planned and firm, over a range of days; returns its id."""
        allocation = self.new("allocation")
        plan = {
            "allocation_id": allocation,
            "project_id": project,
            "person_id": person,
            "start_date": start,
            "end_date": end,
            "planned_minutes": int(Decimal(str(hours)) * 60),
            "is_committed": True,
        }
        for contract in ("psa_allocations", "psa_allocation_versions"):
            self.say(contract, **plan, source_id=allocation)
        return allocation

    def seen(self, allocation: str, day: date, hours: Any = None) -> None:
        """A landing of a day sees an allocation first, or its new hours."""
        rows = self.book.rows
        [plan] = [r for r in rows["psa_allocations"] if r["source_id"] == allocation]
        versions = rows["psa_allocation_versions"]
        if hours is None:
            versions[:] = [row for row in versions if row["source_id"] != allocation]
        else:
            plan["planned_minutes"] = int(Decimal(str(hours)) * 60)
            plan["source_version"] += 1
        plan["landed_at"] = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
        versions.append(dict(plan))

    def progress(self, project: str, day: date, rate: str, **said: Any) -> None:
        """What somebody enters on a day as done of a project: 0.35 is 35 %."""
        self.say(
            "psa_progress_stated",
            project_id=project,
            stated_date=day,
            progress_rate=Decimal(rate),
            **said,
        )

    def milestone(
        self,
        project: str,
        amount: Any,
        due: date,
        accepted: date | None = None,
        invoice: str | None = None,
        currency_code: str | None = None,
    ) -> str:
        """What the customer accepts and is billed for; returns the task's id."""
        task = self.new("milestone")
        self.say(
            "psa_tasks",
            task_id=task,
            project_id=project,
            task_name=task,
            task_type="milestone",
            is_billable=True,
        )
        self.say(
            "psa_billing_milestones",
            milestone_id=task,
            project_id=project,
            task_id=task,
            invoice_id=invoice,
            due_date=due,
            milestone_name=task,
            currency_code=currency_code or self.currency,
            amount=amount,
        )
        if accepted:
            self.say("psa_acceptances", task_id=task, event_date=accepted, direction=1)
        return task

    def order(
        self,
        project: str,
        person: str | None,
        unit_price: Any,
        hours: Any,
        ordered: date,
        **said: Any,
    ) -> str:
        """An order of a contractor's hours; returns its number."""
        number = self.new("order")
        self.say(
            "spend_purchase_order_lines",
            **{
                "purchase_order_id": number,
                "po_line_id": f"{number}/1",
                "po_number": number,
                "supplier_number": f"{self.name}-supplier",
                "project_code": project,
                "employee_number": person,
                "ordered_date": ordered,
                "order_status": "open",
                "currency_code": self.currency,
                "unit_price": unit_price,
                "quantity": hours,
                "ordered_amount": Decimal(str(unit_price)) * Decimal(str(hours)),
            }
            | said,
        )
        return number

    def expense(
        self, project: str, person: str, day: date, amount: Any, **said: Any
    ) -> str:
        """An approved expense; returns the line's id."""
        line = self.new("expense")
        facts = {
            "category_name": "Rail",
            "currency_code": self.currency,
            "approval_status": "approved",
            "is_reimbursable": True,
        }
        self.say(
            "spend_expense_lines",
            expense_line_id=line,
            expense_report_id=f"{line} report",
            employee_number=person,
            project_code=project,
            expense_date=day,
            amount=amount,
            **(facts | said),
        )
        return line

    def invoice(self, project: str | None, amount: Any, day: date, **said: Any) -> str:
        """An invoice of the PSA that was sent; returns its id."""
        invoice = self.new("invoice")
        facts = {
            "invoice_number": invoice,
            "invoice_date": day,
            "due_date": day + timedelta(days=30),
            "invoice_status": "open",
            "currency_code": self.currency,
            "net_amount": amount,
        }
        self.say(
            "psa_invoices",
            invoice_id=invoice,
            project_id=project,
            **(facts | said),
        )
        return invoice

    def invoice_line(
        self, invoice: str, project: str, amount: Any, **said: Any
    ) -> None:
        """A line of an invoice for a project's time, unless said otherwise."""
        facts = {"line_type": "time", "currency_code": self.currency}
        self.say(
            "psa_invoice_lines",
            invoice_id=invoice,
            invoice_line_id=self.new("invoice line"),
            project_id=project,
            net_amount=amount,
            **(facts | said),
        )

    def bill(
        self,
        project: str | None,
        amount: Any,
        day: date,
        order: str | None = None,
        **said: Any,
    ) -> str:
        """A subcontractor's bill in the ERP, which may name its order; its id.

        ``service`` is a day of the month it states, ``stated`` the amount in its own
        currency.
        """
        supplier = f"{self.name}-supplier"
        if supplier not in self._ids:
            self._ids[supplier] = 1
            self.say(
                "erp_suppliers",
                supplier_id=supplier,
                supplier_number=supplier,
                supplier_name=supplier,
            )
        return self.document(
            "vendor_bill" if amount > 0 else "vendor_credit",
            day,
            [("5100", amount, project), ("2000", -amount, None)],
            party_id=supplier,
            memo=order,
            **said,
        )

    def settled(self, document: str, amount: Any, day: date, by: str) -> None:
        """What settles an invoice or bill, in its currency, in full or in part."""
        self.say(
            "erp_settlements",
            settlement_id=self.new("settlement"),
            transaction_id=document,
            settling_transaction_id=by,
            settled_date=day,
            settled_amount=amount,
        )

    def sells(self, project: str, **said: Any) -> None:
        """How time is sold on a project."""
        self.book.decide(
            "time_sale_policies",
            project_code=project,
            customer_number="*",
            role_name="*",
            valid_from=date(2026, 1, 1),
            owner="Finance",
            **said,
        )

    def rate(self, of: str, to: str, day: date, rate: str) -> None:
        """A rate of exchange from a day on; cases of one system may share it."""
        said = {
            "source_instance": self.instance,
            "from_currency_code": of,
            "to_currency_code": to,
            "effective_date": day,
            "fx_rate": Decimal(rate),
        }
        rates = self.book.rows["erp_currency_rates"]
        if not any(said.items() <= row.items() for row in rates):
            self.say("erp_currency_rates", **said)

    def closes(
        self,
        month: date,
        shown: dict[str, dict[str, Any]] | None = None,
        charged: list[dict[str, Any]] | None = None,
        utilised: list[dict[str, Any]] | None = None,
    ) -> None:
        """The ERP has closed a month; with ``shown`` it was published as closed.

        ``shown`` is what each project showed of it then, measure by measure, on its
        first day; revenue and billing in the contract's currency as in the entity's,
        unless said otherwise. ``charged`` and ``utilised`` are what the entity showed
        of charges and of utilisation; without both the month was kept by a release
        that kept neither. Needs systems of its own (``own_systems``).
        """
        self.changed(
            "erp_fiscal_periods",
            {"source_instance": self.instance, "start_date": month},
            is_closed=True,
        )
        if shown is None:
            return
        published = {
            "cost_basis": "actual",
            "legal_entity_code": self.name,
            "period_month": month,
            "snapshot_id": f"closing {month}",
        }
        self.book.keep(
            "closed_periods",
            **published,
            period_end_date=(month + timedelta(days=32)).replace(day=1)
            - timedelta(days=1),
            currency_code=self.currency,
            published_at=LANDED,
            is_whole=charged is not None or utilised is not None,
        )
        for row in charged or []:
            reported = {f"reporting_{name}": row[name] for name in CHARGED}
            currency = {"reporting_currency_code": "USD"}
            self.book.keep("closed_charges", **published, **currency, **reported, **row)
        for row in utilised or []:
            minutes = dict.fromkeys(MINUTES, 0) | row
            self.book.keep("closed_utilisation", **published, **minutes)
        for project, measures in shown.items():
            code = project.upper()  # as the warehouse has it, like its key
            key = hashlib.md5(f"project|{code}".encode()).hexdigest()
            told = dict.fromkeys(AMOUNTS, 0) | {"activity_date": month} | measures
            contract_currency = told.pop("currency", self.currency)
            for measure in ("recognised_amount", "write_down_amount", "billed_amount"):
                told.setdefault(f"contract_{measure}", told[measure])
            told["total_cost_amount"] = sum(
                told[f"{kind}_amount"]
                for kind in ("labour_cost", "subcontractor", "expense")
            )
            for name in REPORTED:
                told.setdefault(f"reporting_{name}", told[name])
            self.book.keep(
                "closed_activity",
                **published,
                project_key=key,
                project_code=code,
                **told,
                contract_currency_code=contract_currency,
                currency_code=self.currency,
                reporting_currency_code="USD",
            )

    def gone(self, contract: str, **record: Any) -> None:
        """A record that was told before is deleted in its system now.

        Raises LookupError when nothing of the kind was told.
        """
        self.changed(contract, record, is_deleted=True)

    def changed(self, contract: str, record: dict[str, Any], **columns: Any) -> None:
        """A record that was told before says something else now.

        Raises LookupError when nothing of the kind was told.
        """
        rows = self.book.rows[contract]
        found = [row for row in rows if record.items() <= row.items()]
        if not found:
            raise LookupError(f"no row of {contract} has {record}")
        for row in found:
            row.update(columns)

    def document(
        self,
        document_type: str,
        day: date,
        lines: list[tuple[str, Any, str | None]],
        service: date | None = None,
        stated: Any = None,
        foreign: list[Any] | None = None,
        **said: Any,
    ) -> str:
        """What the ERP holds: lines of account number, debit (or less), project.

        ``stated`` is the first line's amount in the document's own currency,
        ``foreign`` all lines'.
        """
        transaction = self.new("transaction")
        self.say(
            "erp_transactions",
            **{
                "transaction_id": transaction,
                "period_id": f"{day:%Y-%m}",
                "transaction_date": day,
                "document_type": document_type,
                "transaction_number": transaction,
                "transaction_currency_code": self.currency,
            }
            | said,
        )
        for position, (account, amount, project) in enumerate(lines):
            debit = Decimal(str(amount))
            self.say(
                "erp_ledger_lines",
                transaction_id=transaction,
                line_id=str(position),
                account_id=account,
                entity_id=f"{self.name}-entity",
                project_id=project,
                memo=said.get("memo"),
                debit_amount=max(debit, 0),
                credit_amount=max(-debit, 0),
                service_date=service,
                transaction_amount=foreign[position]
                if foreign
                else (stated if stated and not position else debit),
                is_posting=True,
            )
        return transaction


def weekdays(first: date, last: date) -> list[date]:
    """Mondays to Fridays of a range, both ends included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def systems(book: Book, instance: str) -> None:
    """What any firm's systems have: accounts, months, a role, a practice."""
    classes = {
        "1": "other_asset",
        "2": "other_liability",
        "4": "income",
        "1100": "receivable",
        "2000": "payable",
    }
    for number in ACCOUNTS:
        book.say(
            "erp_accounts",
            source_instance=instance,
            account_id=number,
            account_number=number,
            account_name=number,
            account_class=classes.get(number) or classes.get(number[0], "expense"),
        )
    for year in (2025, 2026):
        for month in range(1, 13):
            start = date(year, month, 1)
            end = (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            book.say(
                "erp_fiscal_periods",
                source_instance=instance,
                period_id=f"{start:%Y-%m}",
                start_date=start,
                end_date=end,
                period_name=f"{start:%b %Y}",
            )
    book.say(
        "psa_roles", source_instance=instance, role_id="role", role_name="Consultant"
    )
    book.say(
        "erp_dimensions",
        source_instance=instance,
        dimension_id="PR-1",
        practice_code="PR-1",
        dimension_name="Strategy",
    )


ACCOUNTS = (
    *("1000", "1100", "1190", "1200", "1510", "1520", "1530", "2000", "2100", "2110"),
    *("2150", "2200", "2210", "2300", "2510", "2520", "2530", "4000", "4010", "4900"),
    *("5000", "5010", "5020", "5100", "5110", "5200", "5210", "5900", "6000", "6100"),
    *("6110", "7900"),
)
