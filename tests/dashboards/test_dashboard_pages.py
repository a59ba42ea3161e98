"""The pages of what the accounting engine computes show what its marts hold."""

from decimal import Decimal

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import formats

PAGES = ("explained.py", "billing.py", "forecast.py", "utilisation.py", "group.py")
ENTITIES = {"US10": "USD", "UK20": "GBP", "DE30": "EUR"}
MONTHLY = "marts.mart_project_margin_monthly"
WIP = "marts.mart_project_wip_monthly"
IN_MAY = "period_month = date '2026-05-01'"


def cards(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def table(app: AppTest, having: str):
    return next(t.value for t in app.dataframe if having in t.value.columns)


def said(app: AppTest) -> str:
    return "\n".join(part.value for part in app.markdown).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_each_page_asks_a_question_answers_it_and_says_how(open_page, page):
    app = open_page(page)
    assert app.caption[0].value.endswith("?")
    assert any(part.value.startswith("#### ") for part in app.markdown)
    assert "Source: `" in app.expander[-1].markdown[0].value


@pytest.mark.parametrize("page", PAGES)
def test_charts_and_tables_have_a_text_alternative(open_page, page):
    app = open_page(page, entity="US10", project="P1001")
    protos = [p.proto for p in (*app.dataframe, *app.get("vega_lite_chart"))]
    assert len(protos) > 1
    assert all(proto.alt for proto in protos)


@pytest.mark.parametrize("page", ["billing.py", "forecast.py", "utilisation.py"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_practice_is_a_view_of_its_own(open_page, page, entity):
    whole = open_page(page, entity=entity)
    part = open_page(page, entity=entity, practice="Cloud")
    assert part.selectbox(key="practice").value == "CLD"
    assert cards(part) != cards(whole)


@pytest.mark.parametrize(("entity", "project"), [("US10", "P1004"), ("UK20", "P1002")])
def test_the_lines_of_a_margin_add_up_to_it_to_the_cent(
    open_page, reference, entity, project
):
    app = open_page("explained.py", entity=entity, project=project)
    lines = table(app, "record_id")
    [(margin,)] = reference(
        f"select margin_amount from {MONTHLY}"
        f" where project_code = '{project}' and {IN_MAY}"
    )
    assert sum(lines["margin_amount"]) == margin
    assert f"margin {ENTITIES[entity]} {formats.cents(margin)}" in said(app)
    assert "Ties out" in said(app)


def test_a_part_of_the_margin_shows_its_own_lines(open_page, reference):
    app = open_page("explained.py", entity="US10", project="P1004", part="Revenue")
    lines = table(app, "record_id")
    [(revenue,)] = reference(
        f"select recognised_revenue_amount from {MONTHLY}"
        f" where project_code = 'P1004' and {IN_MAY}"
    )
    assert set(lines["component"]) == {"Revenue"}
    assert sum(lines["margin_amount"]) == revenue


def test_a_margin_leads_to_its_records_and_how_it_was_measured(open_page):
    app = open_page("explained.py", entity="UK20", project="P1002")
    measured = table(app, "cumulative_amount")
    assert list(measured["before_amount"]) == [Decimal(2000)]
    assert list(measured["progress_percent"]) == [Decimal(50)]
    entries = table(app, "work_date")
    assert entries["correlation_id"].iloc[0] == "kantata:psa:time_entry:P10020"
    assert "cost" not in " ".join(entries.columns)
    command = "tieout explain margin --project P1002 --period 2026-05"
    assert app.code[0].value == command


def test_margin_links_to_its_explanation(open_page):
    app = open_page("margin.py", entity="US10", project="P1001")
    links = [link.proto for link in app.get("page_link")]
    assert [link.label for link in links] == ["Explain this margin of May 2026"]


@pytest.mark.parametrize(("entity", "currency"), ENTITIES.items())
def test_wip_is_the_databases_and_rolls_forward(open_page, reference, entity, currency):
    app = open_page("billing.py", entity=entity)
    [(unbilled, deferred, closing)] = reference(
        "select sum(unbilled_amount), sum(deferred_amount), sum(closing_amount)"
        f" from {WIP} where legal_entity_code = '{entity}' and {IN_MAY}"
    )
    assert cards(app)[f"Unbilled, {currency}"] == formats.amount(unbilled)
    assert cards(app)[f"Deferred, {currency}"] == formats.amount(deferred)
    rows = table(app, "age_over_90_amount")
    assert sum(rows["closing_amount"]) == closing
    left = rows["opening_amount"] + rows["earned_amount"] + rows["fx_amount"]
    right = rows["written_off_amount"] + rows["billed_amount"]
    assert list(left - right) == list(rows["closing_amount"])


def test_wip_of_the_fiscal_quarter_and_year_ends_with_the_months(open_page, reference):
    shown = table(open_page("billing.py", entity="UK20"), "name").set_index("name")
    assert list(shown.index) == ["May 2026", "Q2 2026 to date", "2026 to date"]
    assert len(set(shown["closing_amount"])) == 1
    left = shown["opening_amount"] + shown["earned_amount"] + shown["fx_amount"]
    right = shown["written_off_amount"] + shown["billed_amount"]
    assert list(left - right) == list(shown["closing_amount"])
    [(opening, earned)] = reference(
        "select sum(opening_amount) filter (period_month = date '2026-04-01'),"
        f" sum(earned_amount) from {WIP} where legal_entity_code = 'UK20'"
        " and period_month between date '2026-04-01' and date '2026-05-01'"
    )
    assert shown.loc["Q2 2026 to date", "opening_amount"] == opening
    assert shown.loc["Q2 2026 to date", "earned_amount"] == earned


def test_what_is_unbilled_is_shown_by_age(open_page, reference):
    ages = table(open_page("billing.py", entity="US10"), "age_31_60_amount")
    last = ages[ages["period_month"] == "May 2026"].iloc[0]
    assert (
        last["age_0_30_amount"] + last["age_over_90_amount"]
        == (last["unbilled_amount"])
    )


def test_invoices_are_proposed_with_what_blocks_them(open_page):
    app = open_page("billing.py", entity="US10", project="P1001")
    rows = table(app, "blocked_reason").set_index("project_code")
    assert rows.loc["P1001", "status"] == "ready"
    assert rows.loc["P1010", "blocked_reason"] == "no tax profile"
    assert "4 invoices ready" in said(app)
    assert "1 blocked" in said(app)
    lines = table(app, "line_type")
    assert sum(lines["net_amount"]) == rows.loc["P1001", "net_amount"]
    assert all(lines["correlation_id"].str.startswith("kantata:"))


def test_the_schedule_and_what_is_left_are_the_databases(open_page, reference):
    app = open_page("forecast.py", entity="UK20", project="P1002")
    [(scheduled,)] = reference(
        "select sum(scheduled_amount) from marts.mart_revenue_schedule"
        " where legal_entity_code = 'UK20'"
    )
    shown = cards(app)
    assert shown["Still to be recognised, GBP"] == formats.amount(scheduled)
    projects = table(app, "etc_amount")
    assert sum(projects["scheduled_amount"]) == scheduled
    ends = projects["revenue_amount"] + projects["scheduled_amount"]
    assert list(ends - projects["eac_amount"]) == list(projects["margin_amount"])
    months = table(app, "obligation_code")
    assert list(months["scheduled_amount"]) == [2000, 2001, 2002]
    assert set(months["correlation_id"]) == {"obligation:P1002:01"}


def test_a_fiscal_quarter_and_year_end_with_what_is_scheduled_in_them(
    open_page, reference
):
    shown = table(open_page("forecast.py", entity="UK20"), "name").set_index("name")
    assert list(shown.index) == ["Q2 2026 to date", "2026 to date"]
    scheduled = (
        "select sum(scheduled_amount) from marts.mart_revenue_schedule"
        " where legal_entity_code = 'UK20' and period_month <= date '{}'"
    )
    [(june,)] = reference(scheduled.format("2026-06-30"))
    [(year,)] = reference(scheduled.format("2026-12-31"))
    assert list(shown["scheduled_amount"]) == [june, year]
    [(earned,)] = reference(
        "select sum(recognised_revenue_amount)"
        " from marts.mart_project_margin_monthly where legal_entity_code = 'UK20'"
        " and period_month between date '2026-04-01' and date '2026-06-01'"
    )
    assert shown.loc["Q2 2026 to date", "expected_amount"] == earned + june


def test_what_is_signed_stands_beside_what_is_billed(open_page):
    bookings = table(open_page("forecast.py", entity="US10"), "book_to_bill_percent")
    assert list(bookings["practice_name"]) == ["Cloud", "Data", "Strategy"]
    assert list(bookings["book_to_bill_percent"]) == [200, 100, Decimal("66.67")]
    one = open_page("forecast.py", entity="US10", practice="Cloud")
    assert list(table(one, "book_to_bill_percent")["practice_name"]) == ["Cloud"]


def test_errors_of_forecasts_add_up_before_they_are_divided(open_page):
    accuracy = table(open_page("forecast.py", entity="US10"), "lead_months")
    errors = [100 + number for number in (0, 3, 6, 9, 12)]
    wape = Decimal(100 * sum(errors)) / (2000 * len(errors))
    assert list(accuracy["revenue_wape_percent"]) == [wape]
    assert list(accuracy["margin_bias_percent"]) == [wape]


def test_utilisation_divides_sums_and_shows_the_weeks_to_come(open_page):
    app = open_page("utilisation.py", entity="US10")
    people = 7 + 7 + 3
    utilised = Decimal(70 * people + 0 + 2 * 1 + 2)
    assert cards(app)["Utilisation, policy measure"] == formats.percent(
        utilised / people
    )
    assert cards(app)["Target"] == "72.0 %"
    weeks = table(app, "kind")
    assert list(weeks["kind"])[-1] == "Scheduled"
    assert weeks["percent"].iloc[-1] == 55


def test_utilised_hours_lead_to_the_projects_they_were_worked_on(open_page, reference):
    hours = table(open_page("utilisation.py", entity="US10"), "entries_count")
    [(worked,)] = reference(
        "select sum(worked_hours) from canonical.fct_time_entries"
        f" where home_legal_entity_code = 'US10' and {IN_MAY}"
    )
    assert sum(hours["billable_hours"] + hours["other_hours"]) == worked
    assert set(hours["customer_name"]) <= {"Alder & Voss", "Brightwater Group",
                                           "Corvane plc", "Delmont *AG*"}  # fmt: skip


def test_a_group_of_fewer_than_five_people_is_not_shown(open_page):
    groups = table(open_page("utilisation.py", entity="US10"), "people_count")
    assert set(groups["group_name"]) == {"Cloud", "Data"}
    app = open_page("utilisation.py", entity="US10", practice="Strategy")
    assert "fewer than 5 people" in app.info[0].value
    assert not app.metric


def test_small_groups_are_shown_together(open_page):
    app = open_page("utilisation.py", entity="US10", practice="Cloud")
    groups = table(app, "people_count")
    assert list(groups["group_name"]) == ["Smaller groups together"]
    assert list(groups["people_count"]) == [7]


def test_the_leakage_of_projects_adds_up_to_the_cent(open_page, reference):
    rows = table(open_page("utilisation.py", entity="US10"), "leakage_amount")
    [(standard, leakage)] = reference(
        "select sum(standard_amount), sum(leakage_amount)"
        " from marts.mart_billing_waterfall_monthly"
        f" where legal_entity_code = 'US10' and {IN_MAY}"
    )
    assert sum(rows["standard_amount"]) == standard
    assert sum(rows["leakage_amount"]) == leakage
    steps = [name for name in rows if name.endswith("_amount")]
    lost = [n for n in steps if n not in ("leakage_amount", "standard_amount",
                                          "collected_amount")]  # fmt: skip
    left = rows["standard_amount"] - rows[lost].sum(axis=1)
    assert list(left) == list(rows["collected_amount"])


def test_the_group_is_its_entities_less_what_they_charge_each_other(
    open_page, reference
):
    app = open_page("group.py")
    rows = table(app, "reporting_margin_amount").set_index("legal_entity_code")
    assert list(rows.index)[-2:] == ["ELIMINATION", "GROUP"]
    amounts = [name for name in rows if name.endswith("_amount")]
    for name in amounts:
        assert rows[name].iloc[:-1].sum() == rows.loc["GROUP", name]
    assert rows.loc["GROUP", "reporting_intercompany_cost_amount"] == 0
    [(projects,)] = reference(
        f"select sum(reporting_margin_amount) from {MONTHLY} where {IN_MAY}"
    )
    assert cards(app)["Group margin, USD"] == formats.amount(projects)
    assert "Ties out" in said(app)


def test_the_group_follows_the_month_of_the_link(open_page, reference):
    app = open_page("group.py", month="March 2026")
    [(margin,)] = reference(
        f"select sum(reporting_margin_amount) from {MONTHLY}"
        " where period_month = date '2026-03-01'"
    )
    assert cards(app)["Group margin, USD"] == formats.amount(margin)


def test_a_group_of_which_one_entity_has_no_rate_is_not_known_and_says_whose(
    published, open_page
):
    with duckdb.connect(str(published.resolve())) as database:
        database.execute(
            "update marts.mart_entity_margin_monthly set reporting_margin_amount = null"
            f" where legal_entity_code = 'DE30' and {IN_MAY}"
        )
    app = open_page("group.py")
    assert "What the group earned is not known." in said(app)
    assert [info.value for info in app.info] == [
        "**DE30**: no rate of exchange to USD for all of the month."
    ]
    assert cards(app)["Group margin, USD"] == formats.MISSING
    rows = table(app, "year_to_date_margin_amount").set_index("legal_entity_code")
    assert rows.loc["DE30", "margin_amount"] is not None
