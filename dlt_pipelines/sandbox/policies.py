"""The demo firm's constants: who it is, what it charges and pays, how it accounts.

The truth computes with these and reads no seed, so a wrong seed shows as a difference.
"""

from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.model import Account, LegalEntity, Practice

FIRM_START = date(2024, 12, 1)
PROLOGUE_START = date(2024, 9, 2)  # deals in flight on the firm's first day began here

ENTITIES = (
    LegalEntity(
        "US10", "Meridian Advisory Inc.", "US", "USD", 2080, "QX1", "semi_monthly"
    ),
    LegalEntity("UK20", "Meridian Advisory Ltd", "GB", "GBP", 1950, "QX2", "monthly"),
    LegalEntity("DE30", "Meridian Advisory GmbH", "DE", "EUR", 1880, "QX3", "monthly"),
)
ENTITY_CURRENCY = {entity.code: entity.currency for entity in ENTITIES}
ENTITY_COUNTRY = {entity.code: entity.country for entity in ENTITIES}
ENTITY_SHARES = (("US10", 50), ("UK20", 28), ("DE30", 22))
WEEKLY_HOURS = {
    "US10": Decimal("40"),
    "UK20": Decimal("37.5"),
    "DE30": Decimal("40"),
}

PRACTICES = (
    Practice("PR-1", "Strategy"),
    Practice("PR-2", "Data and Analytics"),
    Practice("PR-3", "Cloud Engineering"),
    Practice("PR-4", "Enterprise Applications"),
    Practice("PR-5", "Cyber and Risk"),
    Practice("PR-6", "Change and Design"),
)

# Burden pools: (pool, rate, valid from, valid to), half open
_ALWAYS, _OPEN = date(2020, 1, 1), date(9999, 12, 31)
BURDEN_RATES = {
    "US10": (
        ("employer_taxes", Decimal("0.0765"), _ALWAYS, _OPEN),
        ("benefits", Decimal("0.12"), _ALWAYS, date(2026, 1, 1)),
        ("benefits", Decimal("0.125"), date(2026, 1, 1), _OPEN),
        ("paid_absence", Decimal("0.08"), _ALWAYS, _OPEN),
    ),
    "UK20": (
        ("employer_taxes", Decimal("0.138"), _ALWAYS, _OPEN),
        ("benefits", Decimal("0.06"), _ALWAYS, _OPEN),
        ("paid_absence", Decimal("0.09"), _ALWAYS, _OPEN),
    ),
    "DE30": (
        ("employer_taxes", Decimal("0.195"), _ALWAYS, _OPEN),
        ("benefits", Decimal("0.04"), _ALWAYS, _OPEN),
        ("paid_absence", Decimal("0.11"), _ALWAYS, _OPEN),
    ),
}

REVENUE_METHODS = {
    "time_and_materials": "time_and_materials",
    "time_and_materials_capped": "time_and_materials_capped",
    "fixed_fee": "cost_to_cost",
    "milestone": "milestone",
    "retainer": "straight_line",
    "cost_plus": "cost_plus",
    "non_billable": "none",
}
HOURLY_CONTRACTS = ("time_and_materials", "time_and_materials_capped")
RECHARGING_CONTRACTS = (*HOURLY_CONTRACTS, "cost_plus")
# Won deals come in these proportions, one shuffled round after another
CONTRACT_MIX = (
    ("time_and_materials", 12),
    ("time_and_materials_capped", 3),
    ("fixed_fee", 7),
    ("milestone", 4),
    ("retainer", 3),
    ("cost_plus", 2),
)

# role: (grade, share of the staff in hundredths)
ROLES = {
    "Analyst": ("G1", 22),
    "Consultant": ("G2", 30),
    "Senior Consultant": ("G3", 25),
    "Manager": ("G4", 14),
    "Director": ("G5", 9),
}
LEADING_ROLES = ("Manager", "Director")
PAY_BANDS = {  # annual base pay at full time
    "US10": {
        "Analyst": (74_000, 90_000),
        "Consultant": (96_000, 122_000),
        "Senior Consultant": (124_000, 152_000),
        "Manager": (156_000, 186_000),
        "Director": (195_000, 235_000),
    },
    "UK20": {
        "Analyst": (42_000, 52_000),
        "Consultant": (56_000, 70_000),
        "Senior Consultant": (72_000, 90_000),
        "Manager": (92_000, 112_000),
        "Director": (122_000, 150_000),
    },
    "DE30": {
        "Analyst": (52_000, 62_000),
        "Consultant": (66_000, 82_000),
        "Senior Consultant": (84_000, 102_000),
        "Manager": (104_000, 124_000),
        "Director": (132_000, 158_000),
    },
}
STANDARD_RATES = {  # an hour's price in the first year
    "USD": (135, 165, 195, 230, 265),
    "GBP": (98, 122, 145, 172, 200),
    "EUR": (108, 132, 156, 184, 214),
}
RATE_CARD_DATES = (
    (date(2024, 1, 1), Decimal("1")),
    (date(2026, 1, 1), Decimal("1.04")),
)
CONTRACTOR_RATES = {"US10": (78, 118), "UK20": (55, 85), "DE30": (62, 92)}

ACCOUNTS = (
    Account(101, "1000", "Bank", "Bank"),
    Account(102, "1100", "Accounts receivable", "AcctRec"),
    Account(103, "1200", "Unbilled receivable", "UnbilledRec"),
    Account(104, "2000", "Accounts payable", "AcctPay"),
    Account(105, "2100", "Accrued payroll", "OthCurrLiab"),
    Account(106, "2200", "Employee expenses payable", "OthCurrLiab"),
    Account(107, "2300", "Deferred revenue", "DeferRevenue"),
    Account(108, "4000", "Services revenue", "Income"),
    Account(109, "5000", "Project labour cost", "COGS"),
    Account(110, "5100", "Subcontractor cost", "COGS"),
    Account(111, "5200", "Project expenses", "COGS"),
    Account(112, "6000", "Payroll expense", "Expense"),
    Account(113, "6100", "Overhead expenses", "Expense"),
)

# category: (lowest, highest amount); the first ones are spent for a client
CLIENT_CATEGORIES = {
    "Airfare": (180, 900),
    "Hotel": (120, 620),
    "Rail": (30, 220),
    "Taxi": (12, 70),
    "Car Rental": (60, 320),
    "Client Meals": (25, 180),
}
OVERHEAD_CATEGORIES = {
    "Office Supplies": (10, 90),
    "Software": (15, 240),
    "Training": (120, 900),
    "Phone": (20, 60),
}

MILESTONE_GRACE_DAYS = 15  # an accepted milestone without an invoice is late after
# The accountant's manual labour journals are made in the month after, and end with
# this service month: from then on the firm relies on Tieout
MANUAL_JOURNAL_DAY = 12
LAST_MANUAL_JOURNAL_MONTH = date(2026, 4, 1)
PERIOD_CLOSE_DAY = 8  # of the month after next
