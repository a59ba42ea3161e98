"""HTTP: what a vendor says is waited for, told without secrets, never a traceback."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from dlt_pipelines.core.errors import ConfigurationError, ConnectionFailed
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.http import ApiClient, retry_after


def answer(status: int, text: str = "", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = text.encode()
    response.headers.update(headers)
    return response


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7), ("1.5", 1.5), ("-3", 0), ("soon", None), ("²", None)],
)
def test_retry_after_is_read_or_passed_over(told, seconds):
    assert retry_after(answer(429, **{"Retry-After": told})) == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_retry_after_may_be_a_moment(zone):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=60))
    told = moment.replace("+0000", zone)
    assert 50 < retry_after(answer(429, **{"Retry-After": told})) <= 60


def client(**options: str) -> ApiClient:
    options = {"base_url": "http://127.0.0.1:9", **options}
    return ApiClient(Instance("crm", "salesforce", options))


def test_a_vendor_that_repeats_our_secret_is_not_quoted(monkeypatch):
    crm = client(client_secret="hunter2-hunter2")
    said = answer(400, "bad client_secret hunter2-hunter2")
    monkeypatch.setattr(crm.session, "request", lambda *_, **__: said)
    with pytest.raises(ConnectionFailed) as error:
        crm.send("GET", "/query")
    assert "bad client_secret «secret»" in str(error.value)


@pytest.mark.parametrize("base_url", ["crm.example", "ftp://crm.example", "http://"])
def test_an_address_that_is_none_is_a_wrong_setting(base_url):
    with pytest.raises(ConfigurationError, match="crm cannot be asked"):
        client(base_url=base_url).send("GET", "/query")


def test_a_secret_no_header_can_hold_is_a_wrong_setting_and_not_quoted():
    crm = client()
    crm.authorise = lambda: {"Authorization": "Bearer two\nlines"}
    with pytest.raises(ConfigurationError) as error:
        crm.send("GET", "/query")
    assert "lines" not in str(error.value)
