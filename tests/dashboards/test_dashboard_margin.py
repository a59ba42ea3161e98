"""The margin page shows what the published marts hold."""

from decimal import Decimal
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import formats
from dashboards.queries import margins

ENTITIES = {"US10": "USD", "UK20": "GBP", "DE30": "EUR"}
MONTHLY = "marts.mart_project_margin_monthly"


@pytest.fixture
def page(open_page):
    return partial(open_page, "margin.py")


def cards(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def table(app: AppTest, having: str):
    return next(t.value for t in app.dataframe if having in t.value.columns)


def margin_of(reference, where: str, mart: str = MONTHLY) -> str:
    rows = reference(
        f"select sum(margin_amount) from {mart}"
        f" where {where} and contract_type != 'non_billable'"
    )
    return formats.amount(rows[0][0])


@pytest.mark.parametrize(("entity", "currency"), ENTITIES.items())
def test_each_entity_shows_its_own_margin_in_its_own_currency(
    page, reference, entity, currency
):
    shown = cards(page(entity=entity))
    where = f"legal_entity_code = '{entity}' and period_month = date '2026-05-01'"
    assert shown[f"Margin, {currency}"] == margin_of(reference, where)


def test_the_last_complete_month_is_shown_first(page):
    app = page()
    assert app.selectbox(key="month").value == "2026-05"


def test_choosing_a_month_changes_the_figures(page, reference):
    app = page(entity="US10")
    app.selectbox(key="month").set_value("2026-02").run()
    where = "legal_entity_code = 'US10' and period_month = date '2026-02-01'"
    assert cards(app)["Margin, USD"] == margin_of(reference, where)


def test_a_link_is_a_view(page, reference):
    app = page(entity="UK20", month="March 2026", practice="Cloud")
    where = (
        "legal_entity_code = 'UK20' and period_month = date '2026-03-01'"
        " and practice_code = 'CLD'"
    )
    assert cards(app)["Margin, GBP"] == margin_of(reference, where)


def test_weeks_come_from_the_weekly_mart(page, reference):
    app = page(entity="US10", grain="Week")
    assert app.selectbox(key="week").value == "2026-06-01"
    where = "legal_entity_code = 'US10' and week_start_date = date '2026-06-01'"
    assert cards(app)["Margin, USD"] == margin_of(
        reference, where, "marts.mart_project_margin_weekly"
    )


def test_the_fiscal_quarter_and_year_stand_beside_the_period(page, reference):
    shown = table(page(entity="US10"), "complete").set_index("name")
    assert list(shown.index) == ["May 2026", "Q2 2026 to date", "2026 to date"]
    assert list(shown["complete"]) == ["yes", "no", "no"]  # April lacks a record
    for name, first in (
        ("Q2 2026 to date", "2026-04-01"),
        ("2026 to date", "2026-01-01"),
    ):
        [(revenue, margin)] = reference(
            f"select sum(recognised_revenue_amount), sum(margin_amount) from {MONTHLY}"
            " where legal_entity_code = 'US10' and contract_type != 'non_billable'"
            f" and period_month between date '{first}' and date '2026-05-01'"
        )
        assert shown.loc[name, "revenue_amount"] == revenue
        assert shown.loc[name, "margin_amount"] == margin
        percent = (100 * margin / revenue).quantize(Decimal("0.01"))
        assert shown.loc[name, "margin_percent"].quantize(Decimal("0.01")) == percent


def test_weeks_have_no_quarter_to_date(page):
    app = page(entity="US10", grain="Week")
    assert all("complete" not in t.value.columns for t in app.dataframe)


def test_internal_projects_count_only_when_asked(page, reference):
    both = reference(
        f"select sum(margin_amount) from {MONTHLY} where legal_entity_code = 'US10'"
        " and period_month = date '2026-05-01'"
    )
    app = page(entity="US10", projects="With internal")
    assert cards(app)["Margin, USD"] == formats.amount(both[0][0])


def test_a_practice_the_entity_lacks_falls_back_to_all(page):
    app = page(entity="US10", practice="Strategy")
    app.button_group(key="entity").set_value("DE30").run()
    assert not app.exception
    assert app.selectbox(key="practice").value == "All"


def test_the_sentence_is_computed(page, reference):
    rows = reference(
        "select period_month, 100 * sum(margin_amount)"
        f" / sum(recognised_revenue_amount) from {MONTHLY}"
        " where legal_entity_code = 'US10' and contract_type != 'non_billable'"
        " and period_month in (date '2026-04-01', date '2026-05-01')"
        " group by period_month order by period_month"
    )
    before, now = (Decimal(str(percent)) for _, percent in rows)
    losing = reference(
        f"select count(*) from {MONTHLY} where legal_entity_code = 'US10'"
        " and contract_type != 'non_billable' and margin_amount < 0"
        " and period_month = date '2026-05-01'"
    )[0][0]
    said = page(entity="US10").markdown
    expected = (
        f"Margin {formats.percent(now)}, {formats.points(now - before)} vs April 2026; "
        f"{formats.count(losing, 'project loses', 'projects lose')} money."
    )
    assert any(formats.plain(expected) in part.value for part in said)


def test_the_project_rows_add_up_to_the_card_to_the_cent(page, reference):
    rows = table(page(entity="DE30"), "margin_history")
    total = reference(
        f"select sum(margin_amount) from {MONTHLY} where legal_entity_code = 'DE30'"
        " and period_month = date '2026-05-01' and contract_type != 'non_billable'"
    )[0][0]
    assert sum(rows["margin_amount"]) == total
    assert isinstance(rows["margin_amount"].iloc[0], Decimal)


def test_a_margin_on_negative_revenue_has_no_percentage(page):
    rows = table(page(entity="DE30"), "margin_history").set_index("project_code")
    assert rows.loc["P1015", "margin_amount"] < 0
    assert rows.loc["P1015"].isna()["margin_percent"]


def test_a_project_opens_with_its_months_and_wip(page, reference):
    app = page(entity="US10", project="P1001")
    months = table(app, "labour_actual_amount")
    wip = table(app, "closing_amount")
    expected = reference(
        f"select margin_amount from {MONTHLY} where project_code = 'P1001'"
        " order by period_month desc"
    )
    assert list(months["margin_amount"]) == [amount for (amount,) in expected]
    expected = reference(
        "select closing_amount from marts.mart_project_wip_monthly"
        " where project_code = 'P1001' order by period_month desc"
    )
    assert list(wip["closing_amount"]) == [amount for (amount,) in expected]


def test_the_wip_shown_rolls_forward_to_the_cent(page):
    seen = set()
    for code, entity in (("P1001", "US10"), ("P1002", "UK20")):
        wip = table(page(entity=entity, project=code), "closing_amount")
        left = wip["opening_amount"] + wip["earned_amount"] + wip["fx_amount"]
        right = wip["written_off_amount"] + wip["billed_amount"]
        assert list(left - right) == list(wip["closing_amount"])
        seen |= {name for name in ("fx_amount", "written_off_amount") if any(wip[name])}
    assert seen == {"fx_amount", "written_off_amount"}


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_steps_of_the_bridge_add_up_to_the_cent(page, entity):
    sums = table(page(entity=entity), "period").to_dict("records")
    before, now = sums[-2:]
    steps = dict(margins.bridge(now, before))
    assert sum(steps.values()) == now["margin_amount"] - before["margin_amount"]
    assert bool(steps["Loss provision"]) is (entity != "DE30")


def test_a_partial_month_says_so(page):
    app = page(entity="US10", month="June 2026")
    assert any("figures run to 10 June 2026" in note.value for note in app.caption)


def test_charts_and_tables_have_a_text_alternative(page):
    app = page(entity="US10", project="P1001")
    protos = [part.proto for part in app.dataframe] + [
        part.proto for part in app.get("vega_lite_chart")
    ]
    assert len(protos) > 6
    assert all(proto.alt for proto in protos)
