"""A session with an environment of Dynamics 365 Finance: Entra ID, OData, services.

Documented by the vendor:

- A token is bought with the secret of an app registration, for the environment's own
  scope. The app is mapped to a user, whose roles decide what is seen.
- Without ``cross-company=true`` only that user's own company is told of: every request
  here has it.
- A page has at most 10,000 rows and a link to the next one.
- A busy environment answers 429 with Retry-After, to whom it gives a lower priority
  sooner; there are no quotas to be seen.
- Rules of the business answer with 500 as outages do; the words tell the two apart.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import requests

from dlt_pipelines.core.errors import BadAnswer, ConfigurationError, ConnectionFailed
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.vendors.dynamics365.assumptions import (
    DEFINITE,
    ESCAPE,
    LEDGER_ENTRIES,
    REQUEST_ID,
)
from dlt_pipelines.vendors.http import (
    TRANSIENT,
    BearerClient,
    Outcome,
    Verdict,
    retry_after,
)

OPTIONS = (
    "base_url",
    "client_id",
    "client_secret",
    "journal_name",
    "posting_calls_at_once",
    "posting_service",
    "tenant_id",
    "token_url",
)
TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
JOURNAL_NAME = "GenJrn"
UNKNOWN_COLUMN = 400  # the answer to a selection of what is not there
MAIN_ACCOUNT, DISPLAY_VALUE = "MainAccount", "AccountDisplayValue"

Rows = list[dict[str, Any]]


class Dynamics365Client(BearerClient):
    """A session with one environment.

    Options: base_url (https://<environment>.operations.dynamics.com), tenant_id,
    client_id, client_secret; journal_name and posting_service where postings go; and
    token_url for another cloud than the public one.
    """

    def __init__(self, instance: Instance) -> None:
        """Read the options; nothing is sent yet."""
        super().__init__(instance)
        settings = tenant_settings.in_force(instance)
        self.dimensions = Dimensions(
            settings["values.dimension_format"],
            settings["values.dimension_delimiter"],
            instance,
        )
        self.default_dimensions = Dimensions(
            settings["values.default_dimension_format"],
            settings["values.dimension_delimiter"],
            instance,
        )
        self.project = settings["values.project_dimension"]
        self.department = settings["values.department_dimension"]
        told_by = {
            "Project": settings["values.project_field"],
            "Department": settings["values.department_field"],
        }
        self.columns = {  # of the ledger's entries, by the dimension that each tells
            name: column for name, column in told_by.items() if column != DISPLAY_VALUE
        }
        self.journal_name = str(instance.options.get("journal_name") or JOURNAL_NAME)
        self.last_status: int | None = None
        self.last_request_id: str | None = None

    def authorise(self) -> dict[str, str]:
        """The token, and that JSON is wanted."""
        return super().authorise() | {"Accept": "application/json"}

    def buy_token(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is good."""
        url = self.instance.options.get("token_url") or TOKEN_URL.format(
            tenant=quote(str(self.instance.option("tenant_id")), safe="")
        )
        form = {
            "grant_type": "client_credentials",
            "client_id": self.instance.option("client_id"),
            "client_secret": self.instance.option("client_secret"),
            "scope": f"{self.base_url}/.default",
        }
        return self.issued(self.send("POST", url, authorised=False, data=form))

    def judge(self, response: requests.Response) -> Verdict:
        """A 401 may be an ended token; a 500 is an outage or a rule of the business."""
        self.last_status = response.status_code
        self.last_request_id = response.headers.get(REQUEST_ID)
        if response.ok:
            return Verdict(Outcome.GOOD)
        reason = self.reason(response)
        if response.status_code == 401:
            return Verdict(Outcome.REAUTHORISE, reason)
        if response.status_code in TRANSIENT and not is_definite(response):
            return Verdict(Outcome.RETRY, reason, retry_after(response))
        return Verdict(Outcome.REFUSED, reason)

    def reason(self, response: requests.Response) -> str:
        """The words of the error's body; gateways answer HTML."""
        told = words_of(response.content)
        if not told:
            return super().reason(response)
        return f"HTTP {response.status_code} {told}"[:500]

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """Say what to do when the login itself was refused."""
        error = super().refusal(method, url, reason)
        if self.last_status in (400, 401) and "oauth2" in url:
            error.do = (
                f"check tenant_id, client_id and client_secret of [sources."
                f"{self.instance.name}]; tieout doctor tests them."
            )
        elif self.last_status in (401, 403):
            error.do = (
                "map the app to a user (System administration, Setup, Microsoft Entra "
                "applications) and give that user a role that reads all companies."
            )
        return error

    def pages(
        self,
        entity_set: str,
        select: Sequence[str],
        where: str | None = None,
        order: str | None = None,
    ) -> Iterator[Rows]:
        """Every row of a set, of all companies, a page at a time.

        Rows are without what OData adds of its own, such as ``@odata.etag``. Raises
        BadAnswer where fewer rows came than were counted.
        """
        asked = {"$select": ",".join(select), "$count": "true"}
        asked |= {"$filter": where} if where else {}
        asked |= {"$orderby": order} if order else {}
        link = self.address(entity_set, asked)
        told = given = 0
        while link:
            page = self._page(link)
            told = int(page.get("@odata.count", told))
            given += len(page["value"])
            if page["value"]:
                yield [_plain(row) for row in page["value"]]
            before, link = link, page.get("@odata.nextLink", "")
            self.require_progress(entity_set, link != before)
        self.require_all(entity_set, given, told)

    def rows(
        self, entity_set: str, select: Sequence[str], where: str | None = None
    ) -> Rows:
        """The rows of a short listing."""
        return [row for page in self.pages(entity_set, select, where) for row in page]

    def count(self, entity_set: str, where: str | None = None) -> int:
        """How many rows a set has, in all companies."""
        asked = {"$count": "true", "$top": "1"} | ({"$filter": where} if where else {})
        return int(self._page(self.address(entity_set, asked))["@odata.count"])

    def address(self, entity_set: str, asked: Mapping[str, str]) -> str:
        """Where a set is read, in all companies."""
        told = urlencode({"cross-company": "true", **asked}, quote_via=quote, safe="$,")
        return f"/data/{entity_set}?{told}"

    def _page(self, link: str) -> dict[str, Any]:
        answer = self.send("GET", link)
        page = self.json(answer)
        if not isinstance(page, dict) or "value" not in page:
            raise BadAnswer(
                f"{self.instance.name} answered {answer.url} with no listing",
                "check that base_url is the environment's own address.",
            )
        return page

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the columns, by set, the environment lacks or does not show."""
        return {
            (entity_set, name)
            for entity_set, names in wanted.items()
            for name in names
            if not self._has(entity_set, name)
        }

    def _has(self, entity_set: str, name: str) -> bool:
        address = self.address(entity_set, {"$select": name, "$top": "1"})
        try:
            self._page(address)
        except ConnectionFailed:
            if self.last_status != UNKNOWN_COLUMN:
                raise
            return False
        return True

    def ping(self) -> str:
        """Count the companies, and those that have the journal postings go to.

        Raises ConfigurationError naming all that is not there.
        """
        companies = self.count("LegalEntities")
        journals = self.count("JournalNames", f"Name eq {literal(self.journal_name)}")
        section = f"[sources.{self.instance.name}"
        lacks, do = [], []
        columns = self.columns.values()
        if closed := [c for c in columns if not self._has(LEDGER_ENTRIES, c)]:
            lacks.append(f"{LEDGER_ENTRIES} has no {' and no '.join(closed)}")
            do.append(
                f"correct project_field and department_field of {section}.values]"
            )
        if not journals:
            lacks.append(f"no company has a journal name {self.journal_name}")
            do.append(f"set journal_name of {section}] to the one that postings go to")
        if lacks:
            what = f"{self.instance.name}: {'; '.join(lacks)}"
            raise ConfigurationError(what, f"{'; '.join(do)}.")
        return f"{companies} companies, journal {self.journal_name} in {journals}"


class Dimensions:
    """The parts of display values, by the names that a format gives them in order."""

    def __init__(self, told: str, delimiter: str, instance: Instance) -> None:
        """Read a format such as ``MainAccount-Department-Project``."""
        self.told = told
        self.names = told.split("-")
        self.delimiter = delimiter
        self.instance = instance
        escaped = re.escape(delimiter)
        self._between = re.compile(rf"(?<!{re.escape(ESCAPE)}){escaped}")

    def parts(self, display: str) -> dict[str, str]:
        """What a display value says of each dimension; the last may be left out.

        Raises BadAnswer where it has more parts than the format.
        """
        values = self._between.split(display or "")
        if len(values) > len(self.names):
            raise BadAnswer(
                f"{self.instance.name} tells of «{display}», which has more parts than "
                f"{self.told}",
                "set dimension_format and dimension_delimiter under [sources."
                f"{self.instance.name}.values] as the environment's are. Nothing of "
                "this reading was landed.",
            )
        values = [value.replace(ESCAPE + self.delimiter, self.delimiter)
                  for value in values]  # fmt: skip
        return {name: v for name, v in zip(self.names, values, strict=False) if v}

    def display(self, parts: Mapping[str, str | None]) -> str:
        """A display value of these parts."""
        values = [
            (parts.get(name) or "").replace(self.delimiter, ESCAPE + self.delimiter)
            for name in self.names
        ]
        return self.delimiter.join(values)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in row if not name.startswith("@")}


def literal(text: str) -> str:
    """A text as a filter states it."""
    return "'" + text.replace("'", "''") + "'"


def enum(kind: str, value: str) -> str:
    """A value of an enumeration as a filter states it."""
    return f"Microsoft.Dynamics.DataEntities.{kind}'{value}'"


def words_of(body: bytes) -> str:
    """What an error's body says, the innermost words; nothing where it is none."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(told, dict):
        return ""
    error = told.get("error")
    if isinstance(error, dict):
        inner = error.get("innererror") or {}
        return str(inner.get("message") or error.get("message") or "")
    if error:  # of Entra ID
        return f"{error}: {told.get('error_description', '')}"
    return str(told.get("Message") or "")  # of a service


def is_definite(response: requests.Response) -> bool:
    """Whether a rule of the business speaks in an error, and no outage."""
    told = words_of(response.content)
    return response.status_code == 500 and any(word in told for word in DEFINITE)


def connect(instance: Instance) -> Dynamics365Client:
    """A session with a configured environment; nothing is sent yet."""
    return Dynamics365Client(instance)
