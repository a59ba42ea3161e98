"""The queries of utilisation and of what becomes of the value of the work.

Hours add up and are then divided; a rate is never averaged. A group of fewer than five
people is not shown by itself: its hours are added to those of other small groups.
"""

from datetime import date

import polars as pl

from dashboards.queries import margins
from dashboards.queries.margins import View
from dashboards.warehouse import Row, total

SMALL = 5  # people
SMALL_NAME = "Smaller groups together"

FILTER = """
    where
        legal_entity_code = $entity
        and ($practice is null or practice_code = $practice)
"""

MEASURES = """
    cast(sum(people_count) as integer) as people_count,
    cast(sum(capacity_hours) as decimal(18, 2)) as capacity_hours,
    cast(sum(billable_hours) as decimal(18, 2)) as billable_hours,
    cast(sum(billed_hours) as decimal(18, 2)) as billed_hours,
    cast(sum(internal_hours) as decimal(18, 2)) as internal_hours,
    cast(sum(utilised_hours) as decimal(18, 2)) as utilised_hours,
    cast(sum(base_hours) as decimal(18, 2)) as base_hours,
    cast(sum(target_hours) as decimal(18, 2)) as target_hours
"""


def percent(part: str, whole: str, name: str) -> str:
    """A ratio of two sums times 100, null where the base is not positive."""
    return (
        f"cast(case when sum({whole}) > 0 then 100 * sum({part}) / sum({whole}) end"
        f" as decimal(18, 4)) as {name}"
    )


RATES = ", ".join(
    (
        percent("utilised_hours", "base_hours", "percent"),
        percent("target_hours", "base_hours", "target_percent"),
        percent("billable_hours", "capacity_hours", "billable_percent"),
        percent("billed_hours", "capacity_hours", "billed_percent"),
        percent("internal_hours", "capacity_hours", "internal_percent"),
    )
)

MONTHS = f"""
    select period_month, {MEASURES}, {RATES}
    from marts.mart_practice_utilisation_monthly
    {FILTER} and period_month in ($period, $previous)
    group by period_month
"""

WEEKS = f"""
    select
        week_start_date,
        false as is_planned,
        cast(sum(people_count) as integer) as people_count,
        cast(sum(utilised_hours) as decimal(18, 2)) as worked_hours,
        cast(sum(base_hours) as decimal(18, 2)) as base_hours,
        {percent("utilised_hours", "base_hours", "percent")},
        {percent("target_hours", "base_hours", "target_percent")}
    from marts.mart_practice_utilisation_weekly
    {FILTER} and week_start_date > $since
    group by week_start_date
    union all
    select
        week_start_date,
        true as is_planned,
        cast(sum(people_count) as integer) as people_count,
        cast(sum(scheduled_hours) as decimal(18, 2)) as worked_hours,
        cast(sum(capacity_hours) as decimal(18, 2)) as base_hours,
        {percent("scheduled_hours", "capacity_hours", "percent")},
        {percent("target_hours", "capacity_hours", "target_percent")}
    from marts.mart_scheduled_utilisation_weekly
    {FILTER} and week_start_date < $until
    group by week_start_date
    order by week_start_date nulls last
"""

# A practice, or a grade within one, that is too small joins the others that are.
GROUPS = f"""
    with

    sized as (
        select *, sum(people_count) over (partition by {{code}}) as group_people_count
        from marts.mart_practice_utilisation_monthly
        {FILTER} and period_month = $period
    ),

    grouped as (
        select
            case when group_people_count < {SMALL} then '{SMALL_NAME}'
                else coalesce({{name}}, 'None') end as group_name,
            group_people_count < {SMALL} as is_small,
            {MEASURES}, {RATES}
        from sized
        group by group_name, is_small
    )

    select *, cast(percent - target_percent as decimal(18, 1)) as gap_points
    from grouped
    where people_count >= {SMALL}
    order by is_small, gap_points nulls last, group_name nulls last
"""

# Where the people of the entity and practice worked, contractors among them.
HOURS = """
    select
        entries.project_code,
        any_value(labels.project_name) as project_name,
        any_value(labels.customer_name) as customer_name,
        cast(sum(entries.billable_minutes) / 60.0 as decimal(18, 2)) as billable_hours,
        cast(
            sum(greatest(entries.worked_minutes - entries.billable_minutes, 0)) / 60.0
            as decimal(18, 2)
        ) as other_hours,
        cast(count(*) as integer) as entries_count
    from canonical.fct_time_entries as entries
    left join marts.mart_project_margin_monthly as labels
        on entries.project_key = labels.project_key
        and entries.period_month = labels.period_month
    where
        entries.is_approved
        and entries.period_month = $period
        and entries.home_legal_entity_code = $entity
        and ($practice is null or entries.home_practice_code = $practice)
    group by entries.project_code
    order by sum(entries.worked_hours) desc nulls last, entries.project_code nulls last
"""

STEPS = (
    ("Price below standard", "discount_amount"),
    ("Not approved yet", "unapproved_amount"),
    ("Not chargeable", "unchargeable_amount"),
    ("Above the cap", "above_cap_amount"),
    ("Not invoiced yet", "unbilled_amount"),
    ("Let off on the invoice", "write_down_amount"),
    ("Not collected yet", "uncollected_amount"),
)
# What only takes its time: nothing is lost by it yet.
TIMING = frozenset({"Not approved yet", "Not invoiced yet", "Not collected yet"})
LEAKAGE = ", ".join(
    f"cast({total(name)} as decimal(18, 4)) as {name}"
    for name in (
        "standard_amount",
        *(name for _, name in STEPS),
        "chargeable_amount",
        "collected_amount",
        "leakage_amount",
    )
)
VALUE = f"""
    {{names}} {LEAKAGE}, cast(count(*) as integer) as projects_count,
    {percent("leakage_amount", "chargeable_amount", "leakage_percent")}
    from marts.mart_billing_waterfall_monthly
    {FILTER} and currency_code = $currency and period_month = $period
"""

REALISATION = f"""
    select
        coalesce(practice_name, practice_code, 'None') as practice_name,
        {percent("billed_amount", "standard_value_amount", "billing_percent")},
        {
    percent(
        "billed_to_date_amount",
        "standard_value_to_date_amount",
        "billing_to_date_percent",
    )
},
        {
    percent("collected_to_date_amount", "billed_to_date_amount", "collection_percent")
},
        cast(sum(approved_hours_to_date) as decimal(18, 2)) as approved_hours,
        cast(
            case when sum(approved_hours_to_date) > 0
                then
                    sum(recognised_revenue_to_date_amount) / sum(approved_hours_to_date)
            end as decimal(18, 2)
        ) as effective_rate
    from marts.mart_practice_realisation_monthly
    {FILTER} and currency_code = $currency and period_month = $period
    group by practice_name, practice_code
    order by billing_to_date_percent nulls last, practice_name nulls last
"""


def months(view: View) -> dict[date, Row]:
    """The sums of the month and of the one before, by month."""
    return {row["period_month"]: row for row in view.ask(MONTHS).iter_rows(named=True)}


def weeks(view: View) -> pl.DataFrame:
    """The weeks worked to the as-of week and the weeks planned after the month chosen.

    From thirteen weeks before the month's end to eight weeks after it.
    """
    end = margins.earlier(view.period, "month", -1)
    return view.ask(
        WEEKS,
        since=margins.earlier(end, "week", 14),
        until=margins.earlier(end, "week", -11),
    )


def groups(view: View) -> pl.DataFrame:
    """Practices of the entity, or grades of the practice; small ones together."""
    code = "grade_code" if view.practice else "practice_code"
    name = "grade_code" if view.practice else "practice_name"
    return view.ask(GROUPS.replace("{code}", code).replace("{name}", name))


def value(view: View) -> Row | None:
    """What becomes of the value of the month's work; None without any."""
    found = view.ask("select " + VALUE.replace("{names}", "")).row(0, named=True)
    return found if found["projects_count"] else None


def leaks(view: View) -> pl.DataFrame:
    """The same by project, the greatest leakage first."""
    names = "select project_code, project_name, customer_name,"
    return view.ask(
        VALUE.replace("{names}", names)
        + " group by project_code, project_name, customer_name"
        + " having sum(standard_amount) != 0 or sum(leakage_amount) != 0"
        + " order by leakage_amount desc nulls last, project_code nulls last"
    )


def hours(view: View) -> pl.DataFrame:
    """The approved hours of the month by the project they were worked on."""
    return view.ask(HOURS)


def realisation(view: View) -> pl.DataFrame:
    """Realisation of the practices, lowest to date first."""
    return view.ask(REALISATION)
