"""With an audience's rights nobody's pay is found; with finance's, everybody's.

`make soak` attacks whole firms of five seeds.
"""

import pytest

from dlt_pipelines.sandbox.process import read_state, simulated
from tests.security import planting
from tests.security.attack import attack
from tests.security.conftest import worlds_of
from tests.security.leftovers import open_to
from tests.security.reading import identifying, sick_days
from tests.security.usefulness import usefulness

pytestmark = [
    pytest.mark.slow, pytest.mark.soak, pytest.mark.xdist_group("twins"),
]  # fmt: skip

LABOUR = {"marts.mart_project_margin_weekly", "canonical.fct_vendor_bills"}


@pytest.mark.parametrize("audience", ["analyst", "delivery"])
def test_nobodys_pay_is_recovered(attacked, twins, audience):
    found = attack(worlds_of(attacked, audience), twins.known)
    assert len(found.people) >= 100
    assert found.told() == []


@pytest.mark.parametrize(
    ("currency", "name"),
    [("USD", "labour_amount"), ("GBP", "memo"), ("EUR", "labour_amount")],
)
def test_one_persons_pay_among_all_the_others_at_the_card_is_found(
    attacked, twins, tmp_path, currency, name
):
    known = twins.known
    [(who,)] = known.db.execute(
        "select employee_number from valued where unknown like 'E%:' || ?"
        " group by all order by sum(hours) desc, 1 limit 1",
        [currency],
    ).fetchall()
    worlds = worlds_of(attacked, "analyst")
    worlds = planting.planted(worlds, tmp_path, who, name)
    found = attack(worlds, known)
    assert set().union(*found.by.values()) == {who}


@pytest.mark.nightly  # planted pay is found, above, by the same attack
def test_the_attack_recovers_nearly_everybodys_pay_from_what_finance_sees(
    attacked, twins
):
    worlds = worlds_of(attacked, "finance")
    found = attack(worlds, twins.known, within=0.01, tables=LABOUR)
    employees, contractors = found.recovered("E"), found.recovered("X")
    assert employees >= 0.9 * sum(number[0] == "E" for number in found.people)
    assert contractors >= 13


def test_nobody_is_named_to_whom_may_not_see_personal_data(twins):
    firm = simulated(read_state(twins.firm.work / "sandbox"))
    analyst, finance = twins.files("analyst")[0], twins.files("finance")[0]
    assert identifying(analyst, firm) == {}
    assert sick_days(analyst) == 0
    assert max(identifying(finance, firm).values()) >= 100
    assert sick_days(finance) > 50


@pytest.mark.parametrize("audience", ["analyst", "delivery"])
def test_margins_at_standard_cost_are_of_use(twins, audience, record_property):
    found = usefulness(twins.files(audience)[0], twins.files("finance")[0])
    record_property("project months within 2 points of finance's margin", str(found))
    assert found.near > 0.3 * found.of > 10


def test_nothing_in_the_work_folder_is_open_to_other_accounts(twins):
    assert open_to(twins.firm.work) == []
