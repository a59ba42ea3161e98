"""Who is who: accounts and addresses lead to one person, and variables to none."""

import os
import pwd

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.warehouse.policies import people
from tests.policy_seeds import seeds_with

ME = os.getuid()
HEADER = "person,account_uid,approver_role,owner\n"


@pytest.fixture
def seeds(tmp_path):
    """Seeds whose people are these rows."""
    return lambda *rows: seeds_with(
        tmp_path, people=HEADER + "".join(f"{row},Finance\n" for row in rows)
    )


def test_the_account_that_runs_the_process_says_who_it_is(seeds):
    me = people.here(seeds(f"Ada@firm.example,{ME},controller"))
    assert (me.name, me.is_registered) == ("ada@firm.example", True)
    assert me.roles == {"controller"}


@pytest.mark.parametrize(
    "variable", ["LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER", "SUDO_UID"]
)
def test_no_variable_of_the_environment_makes_somebody_another(
    seeds, monkeypatch, variable
):
    folder = seeds("cfo@firm.example,,", f"ada@firm.example,{ME},")
    monkeypatch.setenv(variable, "cfo@firm.example")
    assert people.here(folder).name == "ada@firm.example"


def test_an_account_without_a_row_is_its_number_and_is_told_what_to_add(seeds):
    me = people.here(seeds("ada@firm.example,,"))
    assert (me.name, me.is_registered) == (f"uid:{ME}", False)
    assert f"a row with account_uid {ME}" in me.add


def test_one_person_is_the_same_by_every_account_and_address(seeds):
    folder = seeds(
        "ada@firm.example,4000001,", f"ada@firm.example,{ME},", "bob@firm.example,,"
    )
    here, there = (
        people.here(folder),
        people.addressed(" ADA@Firm.example ", (), folder),
    )
    assert here.name == there.name
    for name in ("ada@firm.example", "uid:4000001", f"uid:{ME}"):
        assert here.is_called(name)
        assert there.is_called(name)
    assert not here.is_called("bob@firm.example")


def test_what_an_account_prepared_by_its_login_under_earlier_releases_is_its_persons(
    seeds,
):
    me = people.here(seeds(f"ada@firm.example,{ME},"))
    assert me.is_called(pwd.getpwuid(ME).pw_name)


def test_an_address_without_a_row_is_nobody_who_may_sign(seeds):
    eve = people.addressed("eve@elsewhere.example", ["controller"], seeds())
    assert not eve.is_registered
    assert "person eve@elsewhere.example" in eve.add


def test_two_rows_with_one_account_are_refused_before_anybody_is_somebody(seeds):
    folder = seeds(f"ada@firm.example,{ME},", f"bob@firm.example,0{ME},")
    with pytest.raises(ConfigurationError, match=r"people\.csv line 3: account_uid"):
        people.here(folder)
