"""What the stub firm's accounting engine made: rows of the other marts, by table.

Everything follows from a project's months, so that what must add up does: the lines of
a margin to it, ages to what is unbilled, entities to the projects.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

SCHEMAS = {
    "marts": (
        "mart_margin_explained",
        "mart_invoice_proposals",
        "mart_lock_up_monthly",
        "mart_time_to_invoice_monthly",
        "mart_revenue_schedule",
        "mart_forecast_accuracy",
        "mart_bookings_monthly",
        "mart_practice_utilisation_monthly",
        "mart_practice_utilisation_weekly",
        "mart_scheduled_utilisation_weekly",
        "mart_practice_realisation_monthly",
        "mart_billing_waterfall_monthly",
        "mart_entity_margin_monthly",
    ),
    "canonical": (
        "dim_periods",
        "fct_margins_incomplete",
        "fct_wip_ageing",
        "fct_invoice_proposal_lines",
        "fct_time_entries",
        "fct_revenue_schedule",
        "fct_obligation_positions",
        "dim_obligations",
        "fct_revenue_over_time",
        "fct_revenue_capped",
        "fct_revenue_cost_plus",
    ),
}
RATES = {"USD": Decimal(1), "GBP": Decimal("1.25"), "EUR": Decimal("1.10")}
CHARGE = Decimal("5000.00")  # what US10 charges UK20 a month, in USD
LAST = date(2026, 6, 1)
TO_COME = [date(2026, month, 1) for month in (6, 7, 8)]
MAY = date(2026, 5, 1)

Row = dict[str, object]
Rows = Iterator[tuple[str, Row]]


def labels(head: Row) -> Row:
    """The names a mart repeats of a project; others have fewer columns."""
    return {name: head[name] for name in head if name not in ("revenue_method",)}


def month(head: Row, row: Row) -> Rows:
    """A project's month: what its margin is made of, and the value of its work."""
    code, period = head["project_code"], row["period_month"]
    own = {"project_key": head["project_key"], "project_code": code}
    revenue = row["recognised_revenue_amount"]
    by_rate = (revenue / 4).quantize(Decimal("0.01"))
    parts = (
        ("revenue", "bill_rate", "Consultant", by_rate, None),
        ("revenue", head["revenue_method"], head["project_name"], revenue - by_rate,
         f"obligation:{code}:01"),
        ("labour", "payroll", None, -row["labour_cost_amount"], None),
        ("subcontractor", "vendor_bill", None, -row["subcontractor_amount"], None),
        ("expense", "expense_line", "Rail", -row["expense_amount"], f"coupa:e:{code}"),
        ("loss_provision", "expected_loss", None, -row["loss_provision_amount"],
         f"obligation:{code}:01"),
    )  # fmt: skip
    for component, valued_by, item, amount, record in parts:
        if amount:
            yield (
                "marts.mart_margin_explained",
                own
                | {
                    "explained_key": f"{code}|{period}|{component}|{valued_by}",
                    "period_month": period,
                    "obligation_code": "01",
                    "obligation_name": head["project_name"],
                    "component": component,
                    "valued_by": valued_by,
                    "is_provisional": component == "labour" and period >= MAY,
                    "item": item,
                    "record_id": record,
                    "lines_count": 1 if record else 4,
                    "currency_code": head["currency_code"],
                    "margin_amount": amount,
                },
            )
    if head["contract_type"] != "non_billable":
        yield "marts.mart_billing_waterfall_monthly", labels(head) | waterfall(row)


def waterfall(row: Row) -> Row:
    """What becomes of a month's work; a tenth of it is not invoiced yet."""
    standard = row["standard_value_amount"]
    unbilled = (standard / 10).quantize(Decimal("0.01"))
    return {
        "period_month": row["period_month"],
        "standard_amount": standard + 100,
        "discount_amount": 100,
        "chargeable_amount": standard,
        "unbilled_amount": unbilled,
        "write_down_amount": row["write_down_amount"],
        "collected_amount": standard - unbilled - row["write_down_amount"],
        "overdue_amount": unbilled / 2,
        "leakage_amount": unbilled / 2 + row["write_down_amount"],
    }


def balance(head: Row, wip: Row) -> Rows:
    """The age of what is unbilled: a quarter of it is older than 90 days."""
    if not wip["unbilled_amount"]:
        return
    old = (wip["unbilled_amount"] / 4).quantize(Decimal("0.01"))
    yield (
        "canonical.fct_wip_ageing",
        {
            "project_key": head["project_key"],
            "project_code": head["project_code"],
            "period_month": wip["period_month"],
            "currency_code": head["currency_code"],
            "unbilled_amount": wip["unbilled_amount"],
            "age_0_30_amount": wip["unbilled_amount"] - old,
            "age_over_90_amount": old,
        },
    )


def project(head: Row, number: int) -> Rows:
    """What a sold project has to come: revenue, an invoice, time and a measure."""
    code, currency = head["project_code"], head["currency_code"]
    key = {"project_key": head["project_key"], "project_code": code}
    obligation = f"obligation-{code}"
    yield (
        "canonical.dim_obligations",
        key
        | {
            "obligation_key": obligation,
            "obligation_code": "01",
            "obligation_name": head["project_name"],
            "revenue_method": head["revenue_method"],
            "straight_line_basis": "months",
            "no_estimate": "cost_recovery",
            "overdue_plan": "carry",
            "fulfilment_cost": "as_incurred",
            "contract_currency_code": currency,
            "is_first": True,
            "correlation_id": f"obligation:{code}:01",
        },
    )
    for place, period in enumerate(TO_COME):
        amount = Decimal(1000 * (number + 1) + place)
        schedule = {"period_month": period, "scheduled_amount": amount}
        yield "marts.mart_revenue_schedule", labels(head) | schedule
        yield (
            "canonical.fct_revenue_schedule",
            key
            | schedule
            | {
                "obligation_key": obligation,
                "currency_code": currency,
            },
        )
    yield from measure(head, obligation)
    yield from invoice(head, number)
    for entry in range(2):
        yield (
            "canonical.fct_time_entries",
            key
            | {
                "time_entry_key": f"{code}-{entry}",
                "work_date": date(2026, 5, 4 + entry),
                "period_month": MAY,
                "role_name": "Consultant",
                "home_legal_entity_code": head["legal_entity_code"],
                "home_practice_code": head["practice_code"],
                "approval_status": "approved",
                "is_approved": True,
                "is_future": False,
                "billable_minutes": 450,
                "is_billable": True,
                "worked_hours": Decimal("7.50"),
                "correlation_id": f"kantata:psa:time_entry:{code}{entry}",
            },
        )
    yield "marts.mart_forecast_accuracy", accuracy(head, Decimal(100 + number))


def accuracy(head: Row, error: Decimal) -> Row:
    """Two forecasts made a month ahead, too high by ``error`` together."""
    row = {
        "scope": "project",
        "scope_code": head["project_code"],
        "practice_code": head["practice_code"],
        "lead_months": 1,
        "months_count": 2,
        "reporting_currency_code": "USD",
    }
    for name in ("revenue", "cost", "margin"):
        row[f"forecast_{name}_amount"] = 2000 + error
        row[f"actual_{name}_amount"] = row[f"absolute_{name}_amount"] = 2000
        row[f"{name}_error_amount"] = error
    return row


def measure(head: Row, obligation: str) -> Rows:
    """A fixed fee was half done in May, a fifth of it before."""
    if head["revenue_method"] != "cost_to_cost":
        return
    key = {
        "obligation_key": obligation,
        "project_key": head["project_key"],
        "period_month": MAY,
    }
    yield (
        "canonical.fct_revenue_over_time",
        key
        | {
            "price_amount": 10000,
            "basis": "estimate",
            "done_quantity": 400,
            "total_quantity": 800,
            "progress_rate": Decimal("0.5"),
            "cumulative_amount": 5000,
            "recognised_amount": 3000,
        },
    )
    yield "canonical.fct_obligation_positions", key | {"measured_to_date": MAY}


def invoice(head: Row, number: int) -> Rows:
    """A proposal of two lines; every fifth is blocked for want of a tax profile."""
    code, currency = head["project_code"], head["currency_code"]
    blocked = number % 5 == 4
    net = [Decimal(100 * (number + 1)), Decimal("50.25")]
    names = ("project_name", "customer_name", "practice_code", "legal_entity_code")
    key = {"project_key": head["project_key"], "project_code": code}
    yield (
        "marts.mart_invoice_proposals",
        key
        | {name: head[name] for name in names}
        | {
            "contract_type": head["contract_type"],
            "manager_name": head["manager_name"],
            "as_of_date": date(2026, 6, 10),
            "first_service_date": MAY,
            "lines_count": 2,
            "currency_code": currency,
            "net_amount": sum(net),
            "tax_amount": None if blocked else 0,
            "gross_amount": None if blocked else sum(net),
            "status": "blocked" if blocked else "ready",
            "blocked_reason": "no_tax_profile" if blocked else None,
        },
    )
    for place, (kind, amount) in enumerate(zip(("time", "expense"), net, strict=True)):
        yield (
            "canonical.fct_invoice_proposal_lines",
            key
            | {
                "proposal_line_key": f"{code}-{place}",
                "service_date": date(2026, 5, 4 + place),
                "line_type": kind,
                "billable_minutes": 90 if kind == "time" else None,
                "currency_code": currency,
                "net_amount": amount,
                "correlation_id": f"kantata:psa:{kind}:{code}{place}",
            },
        )


def firm(
    entities: dict[str, str],
    practices: dict[str, str],
    months: list[date],
    weeks: list[date],
    sums: dict[tuple, list[Decimal]],
) -> Rows:
    """What is not of one project: entities, practices, days, and the elimination.

    ``sums`` has revenue, cost, provision of each entity code and month.
    """
    for period in months:
        for place, (entity, currency) in enumerate(entities.items()):
            yield from lock_up(entity, currency, period, place)
            yield (
                "marts.mart_entity_margin_monthly",
                own_view(entity, currency, period, sums[entity, period]),
            )
        yield (
            "marts.mart_entity_margin_monthly",
            {
                "period_month": period,
                "group_month": period,
                "legal_entity_code": "ELIMINATION",
                "legal_entity_name": "Intercompany elimination",
                "reporting_currency_code": "USD",
                "reporting_revenue_amount": 0,
                "reporting_intercompany_revenue_amount": -CHARGE,
                "reporting_cost_amount": 0,
                "reporting_intercompany_cost_amount": -CHARGE,
                "reporting_loss_provision_amount": 0,
                "reporting_margin_amount": 0,
                "is_elimination": True,
                "is_complete": True,
                "is_quarter_to_date_complete": True,
                "is_year_to_date_complete": True,
            },
        )
    for entity in entities:
        for period in dict.fromkeys((*months, *TO_COME)):
            yield "canonical.dim_periods", fiscal_period(entity, period)
    for entity, currency in entities.items():
        for place, (practice, name) in enumerate(practices.items()):
            names = {
                "legal_entity_code": entity,
                "practice_code": practice,
                "practice_name": name,
            }
            yield from utilisation(names, currency, place, months, weeks)
            yield "marts.mart_bookings_monthly", booked(names, currency, place)


def fiscal_period(entity: str, period: date) -> Row:
    """A month of a calendar year."""
    following = (period + timedelta(days=31)).replace(day=1)
    quarter = (period.month + 2) // 3
    return {
        "legal_entity_code": entity,
        "period_month": period,
        "period_end_date": following - timedelta(days=1),
        "quarter_start_date": period.replace(month=3 * quarter - 2),
        "fiscal_year_start_date": period.replace(month=1),
        "group_month": period,
        "fiscal_year": period.year,
        "quarter_no": quarter,
        "period_no": period.month,
        "period_index": period.year * 12 + period.month,
        "is_closed": False,
        "is_calendar_month": True,
    }


def booked(names: Row, currency: str, place: int) -> Row:
    """What a practice signed this year, twice what it billed or less."""
    billed = Decimal(1000 * (place + 1))
    return names | {
        "period_month": LAST,
        "currency_code": currency,
        "deals_count": place + 1,
        "unvalued_count": 0,
        "booked_amount": 500,
        "quarter_to_date_booked_amount": 1500,
        "quarter_to_date_billed_amount": 600,
        "year_to_date_booked_amount": 2000,
        "year_to_date_billed_amount": billed,
        "book_to_bill_rate": None,
        "year_to_date_book_to_bill_rate": (2000 / billed).quantize(Decimal("0.0001")),
        "backlog_amount": 7000,
    }


def own_view(entity: str, currency: str, period: date, sums: list[Decimal]) -> Row:
    """An entity's margin; US10 lends people to UK20, whose projects bear their cost."""
    revenue, cost, provision = sums
    rate = RATES[currency]
    charged = CHARGE if entity == "US10" else Decimal(0)
    borne = CHARGE if entity == "UK20" else Decimal(0)
    view = {
        "revenue_amount": revenue,
        "intercompany_revenue_amount": charged / rate,
        "cost_amount": cost + (charged - borne) / rate,
        "intercompany_cost_amount": borne / rate,
        "loss_provision_amount": provision,
        "margin_amount": revenue - cost - provision,
    }
    return {
        "period_month": period,
        "group_month": period,
        "legal_entity_code": entity,
        "legal_entity_name": f"Firm {entity}",
        "currency_code": currency,
        "reporting_currency_code": "USD",
        "is_complete": True,
        "is_quarter_to_date_complete": True,
        "is_year_to_date_complete": True,
        "is_elimination": False,
        **view,
        **{f"reporting_{name}": value * rate for name, value in view.items()},
    }


def lock_up(entity: str, currency: str, period: date, place: int) -> Rows:
    """Days of lock-up and to invoice, of an entity."""
    key = {"level_name": "legal_entity", "level_code": entity, "period_month": period}
    yield (
        "marts.mart_lock_up_monthly",
        key
        | {
            "legal_entity_code": entity,
            "measured_to_date": period,
            "currency_code": currency,
            "receivable_closing_amount": 1000,
            "unbilled_closing_amount": 500,
            "trailing_days": 365,
            "sales_outstanding_days": 40 + place,
            "wip_days": 20 + place + period.month / 10,
            "lock_up_days": 60 + 2 * place + period.month / 10,
        },
    )
    yield (
        "marts.mart_time_to_invoice_monthly",
        key
        | {
            "items_count": 10,
            "currency_code": "USD",
            "invoicing_days": 18 + place,
        },
    )


def utilisation(names: Row, currency: str, place: int, months, weeks) -> Rows:
    """A practice of two grades; the third practice has three people in all."""
    for grade, people in (("G1", 4), ("G2", 3)) if place < 2 else (("G1", 3),):
        hours = {
            "people_count": people,
            "capacity_hours": 100 * people,
            "billable_hours": 70 * people + place,
            "billed_hours": 40 * people,
            "internal_hours": 10 * people,
            "utilised_hours": 70 * people + place,
            "base_hours": 100 * people,
            "target_hours": 72 * people,
        }
        own = names | {"grade_code": grade}
        for period in months:
            yield (
                "marts.mart_practice_utilisation_monthly",
                own | hours | {"period_month": period},
            )
        for week in weeks:
            yield (
                "marts.mart_practice_utilisation_weekly",
                own | hours | {"week_start_date": week},
            )
        yield (
            "marts.mart_scheduled_utilisation_weekly",
            own
            | {
                "week_start_date": date(2026, 6, 15),
                "people_count": people,
                "capacity_hours": 100 * people,
                "scheduled_hours": 55 * people,
                "target_hours": 72 * people,
            },
        )
    for period in months:
        yield (
            "marts.mart_practice_realisation_monthly",
            names
            | {
                "period_month": period,
                "currency_code": currency,
                "standard_value_amount": 1000,
                "billed_amount": 800 + place,
                "approved_hours_to_date": 100,
                "standard_value_to_date_amount": 10000,
                "recognised_revenue_to_date_amount": 9000,
                "billed_to_date_amount": 8500 + place,
                "collected_to_date_amount": 8000,
            },
        )
