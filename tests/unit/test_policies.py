"""A policy row that cannot be right is refused with its file, its line and why."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.reverse_sync.approvals import Approvers
from dlt_pipelines.warehouse.policies import policies, policy_files
from tests.policy_seeds import rewritten as write

SEEDS = ROOT / "seeds"


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(SEEDS, tmp_path / "seeds")


def told(folder: Path) -> list[str]:
    return list(map(str, policies.problems(folder)))


def test_the_seeds_of_the_firm_are_sound():
    assert told(SEEDS) == []
    policies.check()


def test_every_seed_declares_what_makes_its_rows_right():
    seeds = policy_files.declared(SEEDS)
    assert {seed.file.name for seed in seeds.values()} == {
        file.name for file in SEEDS.glob("*.csv")
    }
    for seed in seeds.values():
        assert set(seed.policy["key"]) <= seed.types.keys(), seed.name
        if {"valid_from", "valid_to"} <= seed.types.keys():
            assert seed.policy["dated"] is True, seed.name
        rates = {c for c in seed.types if c == "rate" or c.endswith("_rate")}
        assert rates <= seed.policy.get("between", {}).keys(), seed.name
        if "legal_entity_code" in seed.types and seed.name != "legal_entity_policies":
            refers = seed.policy["refers_to"]["legal_entity_code"]
            assert refers == "legal_entity_policies", seed.name


SPOILED = {
    # what is wrong: (seed, what stands there, what is written instead, what is told)
    "a column renamed": (
        "practices",
        "practice_name",
        "practice",
        "practices.csv line 1: its columns must be practice_code, practice_name, "
        "service_line, owner, in this order",
    ),
    "a comma that is not quoted": (
        "practices",
        "Cyber and Risk",
        "Cyber, Risk",
        "practices.csv line 6: it has 5 values for 4 columns: quote a value that has "
        "a comma",
    ),
    "a cell left out": (
        "practices",
        "PR-6,Change and Design,",
        "PR-6,",
        "practices.csv line 7: it has 3 values for 4 columns: quote a value that has "
        "a comma",
    ),
    "a rate in words": (
        "burden_rates",
        "US10,employer_taxes,0.0765",
        "US10,employer_taxes,seven",
        "burden_rates.csv line 2: rate «seven» is no decimal(18,6)",
    ),
    "a rate with too many decimals": (
        "burden_rates",
        "0.0765",
        "0.07654321",
        "burden_rates.csv line 2: rate «0.07654321» is no decimal(18,6)",
    ),
    "a rate that is no number": (
        "burden_rates",
        "0.0765",
        "NaN",
        "burden_rates.csv line 2: rate «NaN» is no decimal(18,6)",
    ),
    "a day that does not exist": (
        "burden_rates",
        "US10,benefits,0.125,2026-01-01",
        "US10,benefits,0.125,2026-02-30",
        "burden_rates.csv line 4: valid_from «2026-02-30» is no date",
    ),
    "a number of days with a fraction": (
        "billing_policies",
        "milestone,milestones,15",
        "milestone,milestones,15.5",
        "billing_policies.csv line 5: grace_days «15.5» is no integer",
    ),
    "a yes that is no boolean": (
        "expense_category_policies",
        "Rail,true",
        "Rail,yes",
        "expense_category_policies.csv line 4: is_client_related «yes» is no boolean",
    ),
    "a required cell left empty": (
        "revenue_policy_overrides",
        "The customer takes the work over phase by phase",
        "",
        "revenue_policy_overrides.csv line 2: reason is empty",
    ),
    "a first day left empty": (
        "utilisation_targets",
        "G3,0.78,2020-01-01",
        "G3,0.78,",
        "utilisation_targets.csv line 4: valid_from is empty",
    ),
    "a cell that another one needs": (
        "transfer_price_policies",
        "percent_of_bill_rate,0.70",
        "percent_of_bill_rate,",
        "transfer_price_policies.csv line 4: rate is empty, which method "
        "percent_of_bill_rate needs",
    ),
    "an unknown method": (
        "revenue_policies",
        "*,cost_plus,cost_plus,",
        "*,cost_plus,cost_to_come,",
        "revenue_policies.csv line 10: method «cost_to_come» is unknown: it may be "
        "time_and_materials, time_and_materials_capped, cost_to_cost, effort, "
        "milestone, straight_line, completed_contract, percent_entered, cost_plus, "
        "none",
    ),
    "an unknown treatment": (
        "revenue_policies",
        "*,retainer,straight_line,prospective",
        "*,retainer,straight_line,forgotten",
        "revenue_policies.csv line 8: modification_treatment «forgotten» is unknown: "
        "it may be catch_up, prospective",
    ),
    "cost put off of what is earned over time": (
        "revenue_policies",
        "*,fixed_fee,cost_to_cost,catch_up,,0,cost_recovery,carry,,",
        "*,fixed_fee,cost_to_cost,catch_up,,0,cost_recovery,carry,deferred,",
        "revenue_policies.csv line 4: fulfilment_cost deferred with method "
        "«cost_to_cost»: it must be completed_contract",
    ),
    "an action that would post into a closed period": (
        "posting_policies",
        "labour_cost_accrual,UK20,,project_period,post,delta,hold",
        "labour_cost_accrual,UK20,,project_period,post,delta,post",
        "posting_policies.csv line 3: closed_period_action «post» is unknown: it may "
        "be hold, delta_in_open_period",
    ),
    "pay that a person's grain would publish": (
        "posting_policies",
        "labour_cost_true_up,UK20,2026-05-01,project_period,",
        "labour_cost_true_up,UK20,2026-05-01,person_day,",
        "posting_policies.csv line 6: kind labour_cost_true_up with grain "
        "«person_day»: it must be project_period",
    ),
    "a first month that is no day": (
        "posting_policies",
        "revenue_accrual,US10,2026-05-01,",
        "revenue_accrual,US10,May,",
        "posting_policies.csv line 17: posted_from «May» is no date",
    ),
    "a kind that the product does not have": (
        "posting_policies",
        "revenue_accrual,US10,",
        "revenue,US10,",
        "posting_policies.csv line 17: kind «revenue» is not in "
        "seeds/posting_kinds.csv",
    ),
    "a second account for what is posted to": (
        "account_purposes",
        "*,labour_accrued,,2100,Finance",
        "*,labour_accrued,,2100,Finance\n*,labour_accrued,,2101,Finance",
        "account_purposes.csv line 4: line 3 names another account for labour_accrued: "
        "Tieout posts to one, remove one",
    ),
    "an account that two entities owe on": (
        "account_purposes",
        "*,due_from,UK20,1520",
        "*,due_from,UK20,1510",
        "account_purposes.csv line 21: account 1510 is due_from in line 20 already: "
        "what is booked there would be both",
    ),
    "an entity's own accounts among which one is missing": (
        "account_purposes",
        "*,overhead,general,6100,Finance",
        "US10,overhead,general,6100,Finance\nDE30,overhead,general,6100,Finance",
        "overhead_policies.csv line 3: overhead general of UK20 has no account in "
        "seeds/account_purposes.csv",
    ),
    "an entity whose receivables are nowhere": (
        "account_purposes",
        "*,receivables,,1100",
        "US10,receivables,,1100,Finance\nUK20,receivables,,1100",
        "account_purposes.csv: no row has the account for receivables of DE30",
    ),
    "a counterparty that is no entity": (
        "account_purposes",
        "*,due_to,DE30,2530",
        "*,due_to,FR40,2530",
        "account_purposes.csv line 25: qualifier «FR40» is no legal_entity_code in "
        "seeds/legal_entity_policies.csv",
    ),
    "a counterparty forgotten": (
        "account_purposes",
        "*,due_to,DE30,2530",
        "*,due_to,,2530",
        "account_purposes.csv line 25: qualifier is empty, which purpose due_to needs: "
        "a legal_entity_code",
    ),
    "a qualifier that a purpose does not have": (
        "account_purposes",
        "*,receivables,,1100",
        "*,receivables,UK20,1100",
        "account_purposes.csv line 13: qualifier «UK20»: purpose receivables has none, "
        "leave it empty",
    ),
    "an approver of a kind nobody posts": (
        "approvers",
        "cfo@firm.example,*,UK20,",
        "cfo@firm.example,bonuses,UK20,",
        "approvers.csv line 5: kind «bonuses» is not in seeds/posting_policies.csv",
    ),
    "a control that holds a kind nobody posts": (
        "posting_controls",
        "intercompany,C07",
        "interco,C07",
        "posting_controls.csv line 13: kind «interco» is not in "
        "seeds/posting_policies.csv",
    ),
    "more approvals than there can be": (
        "posting_policies",
        "hold,5000000,1,20000000,0.2,EUR,Finance",
        "hold,5000000,3,20000000,0.2,EUR,Finance",
        "posting_policies.csv line 4: approvals_needed «3» is unknown: it may be 0, "
        "1, 2",
    ),
    "two cells that contradict each other": (
        "burden_pools",
        "indirect,precedence,1",
        "indirect,precedence,0",
        "burden_pools.csv line 5: method precedence with precedence «0»: it must be "
        "1 or 2 or 3",
    ),
    "an unknown legal entity": (
        "overhead_policies",
        "DE30,general",
        "FR40,general",
        "overhead_policies.csv line 4: legal_entity_code «FR40» is not in "
        "seeds/legal_entity_policies.csv",
    ),
    "an unknown grade": (
        "transfer_rate_cards",
        "DE30,G5",
        "DE30,G6",
        "transfer_rate_cards.csv line 7: grade_code «G6» is not in "
        "seeds/utilisation_targets.csv",
    ),
    "a wildcard where there is none": (
        "overhead_policies",
        "DE30,general",
        "*,general",
        "overhead_policies.csv line 4: legal_entity_code «*» is not in "
        "seeds/legal_entity_policies.csv",
    ),
    "a row decided twice": (
        "overhead_policies",
        "DE30,general,revenue,Finance",
        "UK20,general,revenue,Finance",
        "overhead_policies.csv line 4: UK20 general is decided by line 3 already",
    ),
    "a range that overlaps the next": (
        "burden_rates",
        "US10,benefits,0.12,2020-01-01,2026-01-01",
        "US10,benefits,0.12,2020-01-01,2026-01-02",
        "burden_rates.csv line 4: US10 benefits from 2026-01-01 overlaps line 3, "
        "which is valid to 2026-01-02",
    ),
    "a range that was left open": (
        "burden_rates",
        "US10,benefits,0.12,2020-01-01,2026-01-01",
        "US10,benefits,0.12,2020-01-01,",
        "burden_rates.csv line 4: US10 benefits from 2026-01-01 overlaps line 3, "
        "which is open",
    ),
    "actual rates that overlap": (
        "burden_actual_rates",
        "US10,paid_absence,0.0862,2025-07-01",
        "US10,paid_absence,0.0862,2025-06-30",
        "burden_actual_rates.csv line 3: US10 paid_absence from 2025-06-30 overlaps "
        "line 2, which is valid to 2025-07-01",
    ),
    "a day without a rate": (
        "burden_rates",
        "US10,benefits,0.125,2026-01-01",
        "US10,benefits,0.125,2026-01-02",
        "burden_rates.csv line 4: US10 benefits has no row from 2026-01-01 to "
        "2026-01-02 (line 3 ends)",
    ),
    "a last range that ends": (
        "tax_profiles",
        "DE30,DE,DE-STANDARD,0.19,false,2020-01-01,",
        "DE30,DE,DE-STANDARD,0.19,false,2020-01-01,2027-01-01",
        "tax_profiles.csv line 10: DE30 DE has no row from 2027-01-01 on: leave "
        "valid_to empty",
    ),
    "a range that ends before it begins": (
        "burden_actual_rates",
        "UK20,indirect,0.0331,2024-12-01,2026-01-01",
        "UK20,indirect,0.0331,2024-12-01,2024-12-01",
        "burden_actual_rates.csv line 6: UK20 indirect ends on or before it begins",
    ),
    "a contract type that one entity alone decides": (
        "revenue_policies",
        "*,milestone,",
        "UK20,milestone,",
        "revenue_policies.csv: no row decides for contract_type milestone in general",
    ),
    "an entity without a price for its people": (
        "transfer_price_policies",
        "DE30,*,rate_card,,2020-01-01,,Finance\n",
        "",
        "transfer_price_policies.csv: no row decides for provider_entity_code DE30 in "
        "general",
    ),
    "a combination nobody decided": (
        "reporting_dimensions",
        "UK20,EU,S-EXPORT,Finance\n",
        "",
        "reporting_dimensions.csv: no row decides for UK20 EU",
    ),
    "an account of two persons": (
        "people",
        "controller@firm.example,,",
        "controller@firm.example,1000,,Finance\nother@firm.example,01000,",
        "people.csv line 3: account_uid «1000» is taken by line 2 already",
    ),
    "a group of an audience nobody defined": (
        "identity_groups",
        "tieout-delivery,delivery,",
        "tieout-delivery,deliveries,",
        "identity_groups.csv line 4: audience «deliveries» is not in "
        "seeds/audiences.csv",
    ),
    "a field with two owners": (
        "field_ownership",
        "employee,role,hr",
        "employee,role,hr,psa,hold,PMO\nemployee,role,hr",
        "field_ownership.csv line 6: employee role is decided by line 5 already",
    ),
    "a field that its object does not have": (
        "field_ownership",
        "employee,role,",
        "employee,parent,",
        "field_ownership.csv line 5: object_type employee with field «parent»: it must "
        "be role",
    ),
    "a kind of record nobody knows": (
        "record_policies",
        "project_shell",
        "project",
        "record_policies.csv line 2: kind «project» is unknown: it may be "
        "project_shell, invoice_proposal",
    ),
    "a burden rate of 1,200 %": (
        "burden_rates",
        "US10,employer_taxes,0.0765",
        "US10,employer_taxes,12",
        "burden_rates.csv line 2: rate «12» would be 1200 %: write 1200 % or 12 %",
    ),
    "a burden rate of 1,200 % that is meant": (
        "burden_rates",
        "US10,employer_taxes,0.0765",
        "US10,employer_taxes,1200 %",
        "burden_rates.csv line 2: rate «12» is not between 0 and 3",
    ),
    "a rate that wants its sign of percent": (
        "burden_rates",
        "US10,employer_taxes,0.0765",
        "US10,employer_taxes,7.65",
        "burden_rates.csv line 2: rate «7.65» would be 765.00 %: write 765.00 % or "
        "7.65 %",
    ),
    "a negative burden": (
        "burden_actual_rates",
        "DE30,paid_absence,0.1187",
        "DE30,paid_absence,−0.1187",
        "burden_actual_rates.csv line 7: rate «-0.1187» is not between 0 and 3",
    ),
    "a tax that no country has": (
        "tax_profiles",
        "DE-STANDARD,0.19",
        "DE-STANDARD,0.91",
        "tax_profiles.csv line 10: tax_rate «0.91» is not between 0 and 0.5",
    ),
    "a year of hours that nobody works": (
        "legal_entity_policies",
        "US,USD,2080",
        "US,USD,208",
        "legal_entity_policies.csv line 2: annual_standard_hours «208» is not between "
        "1000 and 3000",
    ),
    "an hour's price of nothing": (
        "transfer_rate_cards",
        "DE30,G5,EUR,145.00",
        "DE30,G5,EUR,0",
        "transfer_rate_cards.csv line 7: hourly_rate «0» is not between 1 and 1000000",
    ),
    "days of grace that are negative": (
        "billing_policies",
        "milestone,milestones,15",
        "milestone,milestones,-15",
        "billing_policies.csv line 5: grace_days «-15» is not between 0 and 365",
    ),
    "a target above all capacity": (
        "utilisation_targets",
        "G1,0.85",
        "G1,185 %",
        "utilisation_targets.csv line 2: target_rate «1.85» is not between 0 and 1",
    ),
    "a credit above the hour": (
        "utilisation_credits",
        "P1002,1,",
        "P1002,110 %,",
        "utilisation_credits.csv line 5: credit_rate «1.1» is not between 0 and 1",
    ),
    "a width below nothing": (
        "utilisation_policies",
        "UK20,credited,0.20",
        "UK20,credited,-0.20",
        "utilisation_policies.csv line 3: amber_width_rate «-0.20» is not between 0 "
        "and 1",
    ),
    "a transfer price of eight times the cost": (
        "transfer_price_policies",
        "cost_plus_percent,0.06",
        "cost_plus_percent,800 %",
        "transfer_price_policies.csv line 5: rate «8» is not between 0 and 2",
    ),
    "a limit below its threshold": (
        "posting_policies",
        "hold,5000000,1,20000000,0.2,EUR,Finance",
        "hold,5000000,1,2000000,0.2,EUR,Finance",
        "posting_policies.csv line 4: approval_threshold_amount 5000000 is above "
        "limit_amount 2000000: correct one of them",
    ),
    "a limit below nothing": (
        "approvers",
        "cfo@firm.example,*,UK20,100000000",
        "cfo@firm.example,*,UK20,-100000000",
        "approvers.csv line 5: limit_amount «-100000000» is not 0 or more",
    ),
    "a limit that may be five or five thousand": (
        "approvers",
        "cfo@firm.example,*,UK20,100000000",
        "cfo@firm.example,*,UK20,5.000",
        "approvers.csv line 5: limit_amount «5.000» may be 5000 or 5: write 5000 or 5",
    ),
    "a tolerance below nothing": (
        "control_policies",
        "C09,Accepted milestones are invoiced within 15 days,completeness,PMO,0.00",
        "C09,Accepted milestones are invoiced within 15 days,completeness,PMO,-1",
        "control_policies.csv line 11: tolerance_amount «-1» is not 0 or more",
    ),
    "a currency that is none": (
        "transfer_rate_cards",
        "DE30,G5,EUR",
        "DE30,G5,EUX",
        "transfer_rate_cards.csv line 7: currency_code «EUX» is no currency of ISO "
        "4217",
    ),
    "any currency, of which a rate is one": (
        "transfer_rate_cards",
        "DE30,G5,EUR",
        "DE30,G5,*",
        "transfer_rate_cards.csv line 7: currency_code «*» is no currency of ISO 4217",
    ),
    "an age in days that no rate has": (
        "exchange_rate_policies",
        "*,*,7,Finance",
        "EUR,*,-1,Finance",
        "exchange_rate_policies.csv line 2: max_age_days «-1» is not between 0 and 400",
    ),
    "a year of long ago": (
        "tax_profiles",
        "DE30,DE,DE-STANDARD,0.19,false,2020-01-01",
        "DE30,DE,DE-STANDARD,0.19,false,0202-01-01",
        "tax_profiles.csv line 10: valid_from «0202-01-01» is not between 1990 and "
        "2099: correct it",
    ),
    "a pool without a rate": (
        "burden_rates",
        "DE30,indirect,0.03,2020-01-01,\n",
        "",
        "burden_rates.csv: no row decides for DE30 indirect",
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_row_is_told_with_its_file_line_and_reason(folder, case):
    seed, old, new, what = SPOILED[case]
    write(folder, seed, old, new)
    assert told(folder) == [f"seeds/{what}"], "that and nothing else"
    with pytest.raises(ConfigurationError, match=re.escape(f"seeds/{what}")) as refused:
        policies.check(folder)
    assert refused.value.exit_code == 2
    assert "nothing was built" in refused.value.do


def test_a_purpose_that_nothing_reads_is_told_with_all_there_are(folder):
    write(folder, "account_purposes", "*,fx_result,,7900", "*,fx_gains,,7900")
    [problem] = told(folder)
    assert problem.startswith(
        "seeds/account_purposes.csv line 18: purpose «fx_gains» is unknown: it may be "
        "labour_cost, "
    )


def test_a_kind_posts_to_accounts_of_purposes_that_there_are():
    seeds = policy_files.declared(SEEDS)
    policy = seeds["account_purposes"].policy
    kinds = seeds["posting_kinds"]
    posted = kinds.values("debit_purpose") | kinds.values("credit_purpose")
    assert posted <= set(policy["one_of"]["purpose"])
    assert not posted & set(policy["accounts"]["several"]), "which is posted to?"


def test_everything_that_is_wrong_is_told_at_once_and_the_rest_counted(folder):
    pools = folder / "burden_pools.csv"
    pools.write_text(pools.read_text().replace("Human resources", ""))
    write(folder, "utilisation_targets", "G3,0.78,2020-01-01", "G3,0.78,")
    write(folder, "revenue_policies", "*,cost_plus,cost_plus", "*,cost_plus,guess")
    write(folder, "overhead_policies", "US10,general,labour_cost", "US10,general,mood")
    assert len(told(folder)) == 6
    with pytest.raises(ConfigurationError, match="6 policy rows cannot be used") as no:
        policies.check(folder)
    assert no.value.what.count("seeds/") == policies.TOLD
    assert no.value.what.endswith(" · and 1 more")


def test_what_cannot_be_read_is_told_before_anything_is_compared(folder):
    write(folder, "legal_entity_policies", "legal_entity_code", "entity")
    write(folder, "overhead_policies", "US10,general", "FR40,general")
    [problem] = told(folder)
    assert problem.startswith("seeds/legal_entity_policies.csv line 1: its columns")


def test_a_file_that_is_missing_is_named(folder):
    (folder / "tax_profiles.csv").unlink()
    assert told(folder) == [
        "seeds/tax_profiles.csv: the file is missing: `tieout init` on the firm's "
        "folder adds it as delivered"
    ]


def test_a_file_that_is_empty_lacks_its_columns(folder):
    (folder / "practices.csv").write_text("")
    [problem] = told(folder)
    assert problem.startswith("seeds/practices.csv line 1: its columns must be")


def test_a_file_a_spreadsheet_saved_is_read_or_its_line_named(folder):
    file = folder / "practices.csv"
    text = file.read_text().replace("Change and Design", "Wandel für Alle")
    file.write_text(text, encoding="utf-8-sig", newline="\r\n")
    assert told(folder) == []
    file.write_text(text, encoding="latin-1")
    [problem] = told(folder)
    assert problem.startswith("seeds/practices.csv line 7: it is not UTF-8 text")


def test_what_a_spreadsheet_did_to_every_file_changes_nothing(folder):
    """A mark at the start, spaces, capitals of codes, empty rows and columns, CRLF."""
    for name, seed in policy_files.declared(folder).items():
        with seed.file.open(newline="") as file:
            header, *rows = csv.reader(file)
        spoilt = [[f" {cell}\u00a0" for cell in row] + [""] for row in rows]
        with seed.file.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerows([[*header, ""], *spoilt, [""] * len(header)])
        read = policy_files.declared(folder)[name]
        assert read.text == policy_files.declared(SEEDS)[name].text
    assert told(folder) == []


@pytest.mark.parametrize(
    ("seed", "old", "new"),
    [
        ("burden_rates", "US10,employer_taxes,0.0765", "US10 ,employer_taxes,0.0765"),
        ("burden_rates", "US10,employer_taxes,0.0765", "us10,employer_taxes,7.65 %"),
        ("legal_entity_policies", "US,USD,", "us,usd ,"),
        ("exception_policies", "missing_bill_rate,high", " missing_bill_rate,High "),
    ],
)
def test_what_can_mean_one_thing_only_is_read_as_meant(folder, seed, old, new):
    """Case V9 of the case book: a policy edited in a spreadsheet."""
    write(folder, seed, old, new)
    assert told(folder) == []
    read = policy_files.declared(folder)[seed]
    assert read.text == policy_files.declared(SEEDS)[seed].text


@pytest.mark.parametrize(
    ("seed", "old", "new", "problem"),
    [
        (
            "burden_rates",
            "US10,employer_taxes,0.0765",
            "US10,employer_taxes,7.65",
            "line 2: rate «7.65» would be 765.00 %: write 765.00 % or 7.65 %",
        ),
        (
            "burden_rates",
            "US10,employer_taxes,0.0765",
            "US10,employer_taxes,−0.12",
            "line 2: rate «-0.12» is not between 0 and 3",
        ),
        (
            "legal_entity_policies",
            "US,USD,",
            "US,US$,",
            "line 2: currency_code «US$» is no currency of ISO 4217",
        ),
        (
            "exception_policies",
            "missing_bill_rate,high",
            "missing_bill_rate,grave",
            "severity «grave» is unknown: it may be high, medium, low",
        ),
        (
            "exception_policies",
            "against the posting,false,nothing,row,",
            "against the posting,false,nothing,nothing,",
            "kind posting_held with tells_pay «nothing»: it must be row",
        ),
        (
            "exception_policies",
            "missing_bill_rate,",
            "missing_bil_rate,",
            "no row decides for kind missing_bill_rate: copy or change the delivered",
        ),
    ],
)
def test_what_may_mean_another_thing_is_refused(folder, seed, old, new, problem):
    """Case V9 of the case book; an account that no ERP has control I19 refuses."""
    write(folder, seed, old, new)
    [said] = told(folder)
    assert said.startswith(f"seeds/{seed}.csv")
    assert problem in said


def test_every_kind_of_exception_has_its_policy_and_every_policy_its_kind():
    """As control I33 holds it in a firm's build."""
    models = {file.stem for file in (ROOT / "models").rglob("exc_*.sql")}
    kinds = policy_files.declared(SEEDS)["exception_policies"].values("kind")
    assert models == {f"exc_{kind}" for kind in kinds}


def test_an_approver_is_who_is_meant_and_nobody_else(folder):
    was = policies.rows_of("approvers", SEEDS)
    file = folder / "approvers.csv"
    text = file.read_text().replace(
        "cfo@firm.example,*,US10", " CFO@firm.example ,*,us10"
    )
    file.write_text(text.replace("USD", "usd"), encoding="utf-8-sig", newline="\r\n")
    assert policies.rows_of("approvers", folder) == was
    assert Approvers.of(folder) == Approvers.of(SEEDS)
    write(folder, "approvers", "100000000,GBP", "1e9,GBP")
    with pytest.raises(
        ConfigurationError, match="line 5: limit_amount «1e9» is no dec"
    ):
        Approvers.of(folder)


def test_what_is_asked_of_a_value_since_is_not_held_against_a_past_day(folder):
    write(folder, "burden_rates", "US10,employer_taxes,0.0765", "US10,benefit_x,1.45")
    rates = folder / "burden_rates.csv"
    rates.write_text(rates.read_text().replace("benefit_x", "employer_taxes"))
    with pytest.raises(ConfigurationError, match=r"would be 145"):
        policies.check(folder)
    policies.check(folder, kept=True)
    assert ",1.45," in policy_files.declared(folder)["burden_rates"].text
    write(folder, "burden_rates", "UK20,indirect", "UK20,nothing")
    with pytest.raises(ConfigurationError, match="«nothing» is not in"):
        policies.check(folder, kept=True)


def test_what_other_seeds_have_wrong_does_not_keep_anybody_from_approving(folder):
    (folder / "practices.csv").unlink()
    assert policies.rows_of("approvers", folder)
    write(folder, "legal_entity_policies", "legal_entity_code", "entity")
    with pytest.raises(ConfigurationError, match=r"legal_entity_policies\.csv line 1"):
        policies.rows_of("approvers", folder)


def test_dbt_loads_what_is_checked(folder, tmp_path):
    (folder / "burden_rates.csv").write_text(
        (folder / "burden_rates.csv").read_text().replace("0.0765", "7.65 %"),
        encoding="utf-8-sig",
    )
    policy_files.write_read(folder, tmp_path / "read")
    for seed in policy_files.declared(SEEDS).values():
        assert (tmp_path / "read" / seed.file.name).read_text() == seed.text


def test_a_gap_is_allowed_where_rates_are_stated_afterwards(folder):
    stated = "US10,paid_absence,0.0862,2025-07-01"
    write(folder, "burden_actual_rates", stated, stated.replace("07-01", "09-01"))
    assert told(folder) == []


def test_an_entity_of_its_own_may_differ_from_the_rule(folder):
    row = "US10,milestone,milestone,prospective,,,,,,Finance\n"
    file = folder / "revenue_policies.csv"
    file.write_text(file.read_text() + row)
    assert told(folder) == []
