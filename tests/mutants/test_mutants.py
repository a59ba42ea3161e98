"""A mutant is killed by a test that tells it apart, and told as a survivor by none."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import told
from tests.mutants.planting import mutants
from tests.mutants.trying import (
    BrokenTest,
    Verdict,
    all_mutants,
    sample,
    try_all,
    try_on,
)

HOURS = """\
-- Grain: one row per person.
select
    entries.person,
    cast(sum({{ paid('entries.minutes') }}) as bigint) as minutes
from {{ ref('entries') }} as entries
where entries.is_approved and entries.minutes > 0
group by entries.person
union all
select person, minutes from {{ ref('others') }}
"""
PAID = """\
{# What of some minutes is paid. #}
{% macro paid(minutes) -%}
    greatest({{ minutes }} - 10, 0)
{%- endmacro %}
"""
YML = """
models:
  - name: entries
    columns:
      - {name: person, data_type: varchar}
      - {name: minutes, data_type: bigint}
      - {name: is_approved, data_type: boolean}
  - name: others
    columns: [{name: person, data_type: varchar}, {name: minutes, data_type: bigint}]
unit_tests:
  - name: approved_minutes_are_paid_but_for_ten
    model: hours
    given:
      - input: ref('entries')
        format: csv
        rows: |
          person,minutes,is_approved
          ann,60,true
          ann,30,true
          ann,30,false
          ben,5,true
      - {input: ref('others'), rows: [{person: eve, minutes: 7}]}
    expect:
      rows:
        - {person: ann, minutes: 70}
        - {person: ben, minutes: 0}
        - {person: eve, minutes: 7}
"""


@pytest.fixture
def tree(tmp_path) -> Path:
    """A project of one model, one macro and one unit test."""
    for folder in ("models/canonical", "dbt_project/macros", "seeds"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "models/canonical/hours.sql").write_text(HOURS)
    (tmp_path / "models/canonical/hours.yml").write_text(YML)
    (tmp_path / "dbt_project/macros/paid.sql").write_text(PAID)
    (tmp_path / "dbt_project/dbt_project.yml").write_text("vars: {}")
    return tmp_path


def tried(tree: Path) -> dict[str, Verdict]:
    planted = all_mutants(tree)
    outcome = try_all(planted, tree)
    return {f"{m.before} => {m.after}": outcome.verdicts[m.name] for m in planted}


def test_what_a_unit_test_tells_apart_is_killed_and_the_rest_survives(tree):
    verdicts = tried(tree)
    filtered = "where entries.is_approved and entries.minutes > 0"
    branch = "union all select person, minutes from {{ ref('others') }} => "
    paid = "greatest({{ minutes }} - 10, 0)"
    assert verdicts[f"{filtered} => where entries.minutes > 0"] == Verdict.KILLED
    assert verdicts[f"{filtered} => where entries.is_approved"] == Verdict.SURVIVED
    assert verdicts[branch] == Verdict.KILLED
    assert verdicts[f"{paid} => greatest({{{{ minutes }}}} + 10, 0)"] == Verdict.KILLED
    assert verdicts[f"{paid} => least({{{{ minutes }}}} - 10, 0)"] == Verdict.KILLED


def test_a_survivor_is_told_with_its_place(tree):
    planted = all_mutants(tree)
    lines = "\n".join(told(planted, try_on(["hours"], planted, tree)))
    assert (
        "models/canonical/hours.sql:6 (filter)\n"
        "  - where entries.is_approved and entries.minutes > 0\n"
        "  + where entries.is_approved\n"
    ) in lines


def test_what_could_not_be_built_is_not_counted_as_killed(tree):
    by_day = HOURS.replace("minutes > 0", "person != '' and entries.valid_from is null")
    (tree / "models/canonical/hours.sql").write_text(by_day)
    (tree / "models/canonical/hours.yml").write_text(
        YML.replace(
            "      - {name: is_approved,",
            "      - {name: valid_from, data_type: date}\n      - {name: is_approved,",
        )
    )
    line = next(line for line in by_day.splitlines() if line.startswith("where"))
    other_day = line.replace("valid_from", "valid_to")  # which there is not
    assert tried(tree)[f"{line} => {other_day}"] == Verdict.STILLBORN


def test_a_test_that_fails_anyway_kills_nothing(tree):
    (tree / "models/canonical/hours.yml").write_text(
        YML.replace("minutes: 70", "minutes: 71")
    )
    with pytest.raises(BrokenTest, match="approved_minutes"):
        try_on(["hours"], all_mutants(tree), tree)


def test_a_mutant_keeps_its_name_when_lines_move(tree):
    named = {m.name: (m.before, m.after) for m in mutants("a.sql", HOURS)}
    moved = {
        m.name: (m.before, m.after) for m in mutants("a.sql", "-- new\n\n" + HOURS)
    }
    assert named == moved
    assert len(named) == len(mutants("a.sql", HOURS)) > 5


def test_each_file_is_drawn_from_and_others_change_no_draw(tree):
    every = all_mutants(tree)
    drawn = sample(every, 8, seed=1)
    assert {mutant.file for mutant in drawn} == {mutant.file for mutant in every}
    assert len(drawn) == 8
    assert sample(list(reversed(every)), 8, seed=1) == drawn


def test_no_change_reaches_over_what_jinja_states():
    text = (
        "select a from x where b = 1\n"
        "{% if c %} union all select a from y {% endif %}\n"
        "{# where d = 1 and e = 2 #}"
    )
    planted = [mutant.plant(text) for mutant in mutants("a.sql", text)]
    assert planted
    assert all(p.count("{%") == 2 and p.count("{#") == 1 for p in planted)
