"""The demo firm's constants: who it is, what it charges and pays, how it accounts.

The truth computes with these and reads no seed, so a wrong seed shows as a difference.
"""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.model import Account, LegalEntity, Practice

FIRM_START = date(2024, 12, 1)
PROLOGUE_START = date(2024, 9, 2)  # deals in flight on the firm's first day began here

ENTITIES = (
    LegalEntity("US10", "Meridian Advisory Inc.", "US", "USD", 2080, "QX1", "QX4"),
    LegalEntity("UK20", "Meridian Advisory Ltd", "GB", "GBP", 1950, "QX2"),
    LegalEntity("DE30", "Meridian Advisory GmbH", "DE", "EUR", 1880, "QX3"),
)
# The group has one more, and its own shares of people, customers and deals
_IE40 = LegalEntity("IE40", "Meridian Advisory DAC", "IE", "EUR", 1850, "QX5")
FIRM, GROUP = "firm", "group"
ENTITIES_OF = {FIRM: ENTITIES, GROUP: (*ENTITIES, _IE40)}
# payroll group: (legal entity, pay frequency); who is paid by the hour has one apart
PAYROLL_GROUPS = {
    "QX1": ("US10", "semi_monthly"),
    "QX2": ("UK20", "monthly"),
    "QX3": ("DE30", "monthly"),
    "QX4": ("US10", "biweekly"),
    "QX5": ("IE40", "monthly"),
}
BIWEEKLY_ANCHOR = date(2024, 12, 2)  # a Monday: pay periods of 14 days begin here
ENTITY_CURRENCY = {entity.code: entity.currency for entity in ENTITIES_OF[GROUP]}
ENTITY_COUNTRY = {entity.code: entity.country for entity in ENTITIES_OF[GROUP]}
ENTITY_SHARES = {
    FIRM: (("US10", 50), ("UK20", 28), ("DE30", 22)),
    GROUP: (("US10", 36), ("UK20", 24), ("DE30", 20), ("IE40", 20)),
}
WEEKLY_HOURS = {
    "US10": Decimal("40"),
    "UK20": Decimal("37.5"),
    "DE30": Decimal("40"),
    "IE40": Decimal("39"),
}

PRACTICES = (
    Practice("PR-1", "Strategy"),
    Practice("PR-2", "Data and Analytics"),
    Practice("PR-3", "Cloud Engineering"),
    Practice("PR-4", "Enterprise Applications"),
    Practice("PR-5", "Cyber and Risk"),
    Practice("PR-6", "Change and Design"),
)

# Burden pools: (pool, rate, valid from, valid to), half open. The last of an entity is
# a precedence pool: it loads what the others made of the cost
_ALWAYS, _OPEN = date(2020, 1, 1), date(9999, 12, 31)
_YEAR_END = date(2026, 1, 1)
BURDEN_RATES = {
    "US10": (
        ("employer_taxes", Decimal("0.0765"), _ALWAYS, _OPEN),
        ("benefits", Decimal("0.12"), _ALWAYS, _YEAR_END),
        ("benefits", Decimal("0.125"), _YEAR_END, _OPEN),
        ("paid_absence", Decimal("0.08"), _ALWAYS, _OPEN),
        ("indirect", Decimal("0.04"), _ALWAYS, _OPEN),
    ),
    "UK20": (
        ("employer_taxes", Decimal("0.138"), _ALWAYS, _OPEN),
        ("benefits", Decimal("0.06"), _ALWAYS, _OPEN),
        ("paid_absence", Decimal("0.09"), _ALWAYS, _OPEN),
        ("indirect", Decimal("0.035"), _ALWAYS, _OPEN),
    ),
    "DE30": (
        ("employer_taxes", Decimal("0.195"), _ALWAYS, _OPEN),
        ("benefits", Decimal("0.04"), _ALWAYS, _OPEN),
        ("paid_absence", Decimal("0.11"), _ALWAYS, _OPEN),
        ("indirect", Decimal("0.03"), _ALWAYS, _OPEN),
    ),
    "IE40": (
        ("employer_taxes", Decimal("0.1115"), _ALWAYS, _OPEN),
        ("benefits", Decimal("0.05"), _ALWAYS, _OPEN),
        ("paid_absence", Decimal("0.10"), _ALWAYS, _OPEN),
        ("indirect", Decimal("0.0325"), _ALWAYS, _OPEN),
    ),
}
PRECEDENCE_POOLS = ("indirect",)
PAYROLL_POOLS = ("employer_taxes", "benefits")  # actual in the payroll itself
# Actual rates of the other pools: (pool, rate, from, to, the day Finance stated it)
_FIRM_YEAR = date(2024, 12, 1)
BURDEN_ACTUALS = {
    "US10": (
        (
            "paid_absence",
            Decimal("0.0895"),
            _FIRM_YEAR,
            date(2025, 7, 1),
            date(2025, 8, 15),
        ),
        (
            "paid_absence",
            Decimal("0.0862"),
            date(2025, 7, 1),
            _YEAR_END,
            date(2026, 2, 16),
        ),
        ("indirect", Decimal("0.0435"), _FIRM_YEAR, _YEAR_END, date(2026, 2, 16)),
    ),
    "UK20": (
        ("paid_absence", Decimal("0.0934"), _FIRM_YEAR, _YEAR_END, date(2026, 2, 16)),
        ("indirect", Decimal("0.0331"), _FIRM_YEAR, _YEAR_END, date(2026, 2, 16)),
    ),
    "DE30": (
        ("paid_absence", Decimal("0.1187"), _FIRM_YEAR, _YEAR_END, date(2026, 3, 2)),
    ),
    "IE40": (
        ("indirect", Decimal("0.0342"), _FIRM_YEAR, _YEAR_END, date(2026, 2, 16)),
    ),
}

# Revenue: (method, what a modification does), by contract type; entities' own first
REVENUE_METHODS = {
    "time_and_materials": ("time_and_materials", "catch_up"),
    "time_and_materials_capped": ("time_and_materials_capped", "catch_up"),
    "fixed_fee": ("cost_to_cost", "catch_up"),
    "milestone": ("milestone", "catch_up"),
    "retainer": ("straight_line", "prospective"),
    "retainer_rollover": ("effort", "catch_up"),
    "cost_plus": ("cost_plus", "catch_up"),
    "non_billable": ("none", "catch_up"),
}
ENTITY_REVENUE_METHODS = {
    ("UK20", "fixed_fee"): ("effort", "prospective"),
    ("DE30", "fixed_fee"): ("completed_contract", "catch_up"),
}
FLAGSHIP = "P0999"  # the one project that Finance decided otherwise about
PROJECT_REVENUE_METHODS = {(FLAGSHIP, "01"): ("cost_to_cost", "prospective")}

HOURLY_CONTRACTS = ("time_and_materials", "time_and_materials_capped")
RECHARGING_CONTRACTS = (*HOURLY_CONTRACTS, "cost_plus")
FIXED_CONTRACTS = ("fixed_fee", "milestone", "retainer", "retainer_rollover")
# Won deals come in these proportions, one shuffled round after another
CONTRACT_MIX = (
    ("time_and_materials", 12),
    ("time_and_materials_capped", 3),
    ("fixed_fee", 9),
    ("milestone", 4),
    ("retainer", 3),
    ("retainer_rollover", 2),
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
    "IE40": {
        "Analyst": (46_000, 56_000),
        "Consultant": (60_000, 74_000),
        "Senior Consultant": (76_000, 94_000),
        "Manager": (96_000, 116_000),
        "Director": (124_000, 150_000),
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
CONTRACTOR_RATES = {
    "US10": (78, 118),
    "UK20": (55, 85),
    "DE30": (62, 92),
    "IE40": (60, 90),
}

ACCOUNTS = (
    Account(101, "1000", "Bank", "Bank"),
    Account(102, "1100", "Accounts receivable", "AcctRec"),
    Account(121, "1510", "Due from Meridian Advisory Inc.", "OthCurrAsset"),
    Account(122, "1520", "Due from Meridian Advisory Ltd", "OthCurrAsset"),
    Account(123, "1530", "Due from Meridian Advisory GmbH", "OthCurrAsset"),
    Account(124, "1540", "Due from Meridian Advisory DAC", "OthCurrAsset"),
    Account(131, "2510", "Due to Meridian Advisory Inc.", "OthCurrLiab"),
    Account(132, "2520", "Due to Meridian Advisory Ltd", "OthCurrLiab"),
    Account(133, "2530", "Due to Meridian Advisory GmbH", "OthCurrLiab"),
    Account(134, "2540", "Due to Meridian Advisory DAC", "OthCurrLiab"),
    Account(114, "4900", "Intercompany revenue", "Income"),
    Account(115, "5900", "Intercompany cost", "COGS"),
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
    Account(141, "1190", "Valuation of foreign currency items", "OthCurrAsset"),
    Account(142, "2110", "Payroll true-up", "OthCurrLiab"),
    Account(143, "2150", "Accrued purchases", "OthCurrLiab"),
    Account(144, "2210", "Accrued employee expenses", "OthCurrLiab"),
    Account(145, "4010", "Services revenue accrued and deferred", "Income"),
    Account(146, "5010", "Project labour true-up", "COGS"),
    Account(147, "5020", "Burden on project labour", "COGS"),
    Account(148, "5110", "Subcontractor cost accrued", "COGS"),
    Account(149, "5210", "Project expenses accrued", "COGS"),
    Account(150, "6110", "Burden absorbed by projects", "Expense"),
    Account(151, "7900", "Unrealised exchange gains and losses", "OthIncome"),
)

# category: (lowest, highest amount); the first ones are spent for a client
CLIENT_CATEGORIES = {
    "Airfare": (180, 900),
    "Hotel": (120, 620),
    "Rail": (30, 220),
    "Taxi": (12, 70),
    "Car Rental": (60, 320),
    "Client Meals": (25, 180),
    "Client Software": (150, 1_800),
}
OVERHEAD_CATEGORIES = {
    "Office Supplies": (10, 90),
    "Software": (15, 240),
    "Training": (120, 900),
    "Phone": (20, 60),
}

# What an expense category means: passed through to the customer; not allowable
PASS_THROUGH_CATEGORIES = ("Client Software",)
NOT_ALLOWABLE_CATEGORIES = ("Client Meals",)

# What one entity charges another for an hour: (method, rate, from, to) by pair
TRANSFER_PRICES = {
    ("US10", "*"): (
        ("cost_plus_percent", Decimal("0.08"), _ALWAYS, _YEAR_END),
        ("cost_plus_percent", Decimal("0.09"), _YEAR_END, _OPEN),
    ),
    ("UK20", "*"): (("percent_of_bill_rate", Decimal("0.70"), _ALWAYS, _OPEN),),
    ("UK20", "DE30"): (("cost_plus_percent", Decimal("0.06"), _ALWAYS, _OPEN),),
    ("DE30", "*"): (("rate_card", None, _ALWAYS, _OPEN),),
    ("IE40", "*"): (("cost_plus_percent", Decimal("0.07"), _ALWAYS, _OPEN),),
}
TRANSFER_RATES = {  # (provider, grade): (currency, rate, from, to)
    ("DE30", "G1"): (
        ("EUR", Decimal("61.50"), _ALWAYS, _YEAR_END),
        ("EUR", Decimal("64.00"), _YEAR_END, _OPEN),
    ),
    ("DE30", "G2"): (("EUR", Decimal("78.00"), _ALWAYS, _OPEN),),
    ("DE30", "G3"): (("EUR", Decimal("96.50"), _ALWAYS, _OPEN),),
    ("DE30", "G4"): (("EUR", Decimal("118.00"), _ALWAYS, _OPEN),),
    ("DE30", "G5"): (("EUR", Decimal("145.00"), _ALWAYS, _OPEN),),
}
DUE_FROM = {
    "US10": "1510",
    "UK20": "1520",
    "DE30": "1530",
    "IE40": "1540",
}  # by counterparty
DUE_TO = {"US10": "2510", "UK20": "2520", "DE30": "2530", "IE40": "2540"}


def accounts_of(entities: Collection[str]) -> dict[str, Account]:
    """The chart of accounts of a firm of these entities."""
    owed = {*DUE_FROM.items(), *DUE_TO.items()}
    unused = {number for entity, number in owed if entity not in entities}
    return {a.number: a for a in ACCOUNTS if a.number not in unused}


OVERHEAD_ACCOUNT = "6100"
# What a practice's overhead is shared out by: labour cost, minutes or revenue
OVERHEAD_BASES = {
    "US10": "labour",
    "UK20": "minutes",
    "DE30": "revenue",
    "IE40": "labour",
}

# Whether unbilled receivables in a foreign currency are revalued at the closing rate
UNBILLED_IS_MONETARY = {"US10": True, "UK20": True, "DE30": False, "IE40": True}

# Utilisation: the target by grade; what of internal time is credited; which measure an
# entity holds against its targets, and how far below one is still amber
UTILISATION_TARGETS = {
    "G1": Decimal("0.85"),
    "G2": Decimal("0.82"),
    "G3": Decimal("0.78"),
    "G4": Decimal("0.65"),
    "G5": Decimal("0.45"),
}
UTILISATION_CREDITS = {
    "P1001": Decimal("0.5"),
    "P1002": Decimal(1),
    "P1004": Decimal("0.5"),
    "P1007": Decimal("0.5"),
}
UTILISATION_MEASURES = {
    "US10": ("billable", "capacity"),
    "UK20": ("credited", "capacity"),
    "DE30": ("billable", "available"),
    "IE40": ("billable", "capacity"),
}
AMBER_WIDTH = Decimal("0.20")

# Days after something became billable from which it is late, by contract type
GRACE_DAYS = {
    "time_and_materials": 20,
    "time_and_materials_capped": 20,
    "fixed_fee": 15,
    "milestone": 15,
    "retainer": 10,
    "retainer_rollover": 10,
    "cost_plus": 20,
    "non_billable": 0,
}
# What an entity's days of sales and of WIP divide: the closing balance or the average
BALANCE_BASIS = {
    "US10": "closing",
    "UK20": "average",
    "DE30": "closing",
    "IE40": "average",
}

MILESTONE_GRACE_DAYS = 15  # an accepted milestone without an invoice is late after
# The accountant's manual labour journals are made in the month after, and end with
# this service month: from then on the firm relies on Tieout
MANUAL_JOURNAL_DAY = 12
LAST_MANUAL_JOURNAL_MONTH = date(2026, 4, 1)
PERIOD_CLOSE_DAY = 8  # of the month after next

# What is invoiced of a contract type
BILLING_BASES = {
    "time_and_materials": "time_and_expenses",
    "time_and_materials_capped": "time_and_expenses",
    "fixed_fee": "milestones",
    "milestone": "milestones",
    "retainer": "monthly_instalments",
    "retainer_rollover": "monthly_instalments",
    "cost_plus": "cost_with_fee",
}
CUSTOMER_REGIONS = {
    "US": "AMER",
    "CA": "AMER",
    "GB": "UK",
    "DE": "DE",
    "IE": "IE",
    "AT": "EU",
    "FR": "EU",
    "NL": "EU",
}
HOME_REGIONS = {"US10": "AMER", "UK20": "UK", "DE30": "DE", "IE40": "IE"}
REVENUE_ACCOUNT = "4000"
TAXES = {  # (entity, customer's region): (tax code, rate charged)
    ("US10", "AMER"): ("US-SERVICES-EXEMPT", Decimal(0)),
    ("US10", "UK"): ("US-EXPORT", Decimal(0)),
    ("US10", "DE"): ("US-EXPORT", Decimal(0)),
    ("US10", "EU"): ("US-EXPORT", Decimal(0)),
    ("US10", "IE"): ("US-EXPORT", Decimal(0)),
    ("UK20", "UK"): ("GB-STANDARD", Decimal("0.20")),
    ("UK20", "DE"): ("GB-REVERSE", Decimal(0)),
    ("UK20", "EU"): ("GB-REVERSE", Decimal(0)),
    ("UK20", "IE"): ("GB-REVERSE", Decimal(0)),
    ("UK20", "AMER"): ("GB-OUTSIDE-SCOPE", Decimal(0)),
    ("DE30", "DE"): ("DE-STANDARD", Decimal("0.19")),
    ("DE30", "EU"): ("DE-REVERSE", Decimal(0)),
    ("DE30", "IE"): ("DE-REVERSE", Decimal(0)),
    ("DE30", "UK"): ("DE-THIRD-COUNTRY", Decimal(0)),
    ("DE30", "AMER"): ("DE-THIRD-COUNTRY", Decimal(0)),
    ("IE40", "IE"): ("IE-STANDARD", Decimal("0.23")),
    ("IE40", "DE"): ("IE-REVERSE", Decimal(0)),
    ("IE40", "EU"): ("IE-REVERSE", Decimal(0)),
    ("IE40", "UK"): ("IE-THIRD-COUNTRY", Decimal(0)),
    ("IE40", "AMER"): ("IE-THIRD-COUNTRY", Decimal(0)),
}
