"""What is known to be secret is withheld; names of files and addresses are not."""

import pytest

from dlt_pipelines import confidential

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
