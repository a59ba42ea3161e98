"""What is known to be secret is withheld; names of files and addresses are not."""

import json
from urllib.parse import quote_plus

import pytest

from dlt_pipelines.core import confidential

OPTIONS = {
    "client_secret": "hunter2-hunter2",
    "ledger_url": "postgresql+psycopg://me:correct-horse@db.example/ledger",
    "checkpoint_places": ["postgresql://auditor:battery-staple@db.example/seals", "/x"],
    "token_url": "https://accounts.example/token",
    "private_key_file": "/etc/tieout/netsuite",
    "client_key": "/etc/tieout/adp.pem",
    "tenant": "meridian",
    "secret_pin": "123",
}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(confidential, "_known", set())


def test_secrets_are_told_from_what_only_sounds_like_one():
    confidential.learn_options(OPTIONS)
    secrets = {"hunter2-hunter2", "correct-horse", "battery-staple"}
    assert confidential._known == secrets


def test_of_two_secrets_the_longer_is_withheld_whole():
    confidential.learn("hunter2", "hunter2-hunter2")
    assert confidential.withheld("was hunter2-hunter2") == "was «secret»"


def test_a_long_secret_that_was_cut_short_is_withheld_as_far_as_it_goes():
    token = "eyJhbGciOiJSUzI1NiJ9.payload.signature"
    confidential.learn(token)
    told = confidential.withheld(f"unknown {token[:25]}… and {token}")
    assert told == "unknown «secret»… and «secret»"


@pytest.mark.parametrize("secret", ["p/w d+1", 'quo"te\\d', "secret", "two\nlines"])
def test_a_secret_is_known_in_a_form_and_in_json(secret):
    confidential.learn(secret)
    for told in (secret, json.dumps(secret)[1:-1], quote_plus(secret)):
        assert confidential.withheld(f"<{told}>") == "<«secret»>"
