"""A session with a pod of Oracle Fusion: OAuth, REST collections, reports.

Documented by the vendor, or seen by integrations in public:

- A token is bought from the identity domain with a client's id and secret.
- A collection answers ``items, count, hasMore, limit, offset``; ``limit`` is the size
  that the server really used, 25 where none is asked for and 500 at most. Without an
  order by a unique key pages drift.
- From version 2 of the framework on ``q`` joins conditions by ``and``. Lists of values
  (``…LOV``) answer two conditions with nothing and no error, so each is asked one at
  most, and nothing is believed to be missing because a condition found nothing.
- Children that are expanded come a page at a time too; the rest is at their link.
- An error is JSON with ``o:errorDetails``, or plain text that may say next to nothing.
- Ids are whole numbers of 15 digits and more.
"""

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import orjson
import requests

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.vendors.http import BearerClient, Verdict
from dlt_pipelines.vendors.oracle_fusion import assumptions

OPTIONS = (
    "autopost_set",
    "base_url",
    "client_id",
    "client_secret",
    "data_access_set",
    "document_account",
    "report_folder",
    "scope",
    "token_url",
)
RESOURCES = "/fscmRestApi/resources/11.13.18.05"
SHIFTS = 10  # of one listing whose rows keep moving, before giving up
REPORTS = "/xmlpserver/services/rest/v1/reports"
FRAMEWORK = {"REST-Framework-Version": "4"}
BELOW = re.compile(r"^.*/fscmRestApi/resources/[^/]+/")
PAGE_SIZE = 500

Row = dict[str, Any]


class OracleFusionClient(BearerClient):
    """A session with one pod."""

    def __init__(self, instance: Instance) -> None:
        """Read the options; nothing is sent yet."""
        super().__init__(instance)
        self.values = {
            name.partition(".")[2]: value
            for name, value in tenant_settings.in_force(instance).items()
        }
        self.last_status: int | None = None

    def option(self, name: str, default: str) -> str:
        """An option of the instance, or its default."""
        return str(self.instance.options.get(name) or default)

    def buy_token(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is good."""
        form = {
            "grant_type": "client_credentials",
            "scope": self.option("scope", assumptions.SCOPE),
        }
        known = self.instance.option("client_id"), self.instance.option("client_secret")
        basic = base64.b64encode(":".join(known).encode()).decode()
        answer = self.send(
            "POST",
            self.instance.option("token_url"),
            authorised=False,
            data=form,
            headers={"Authorization": f"Basic {basic}"},
        )
        return self.issued(answer)

    def judge(self, response: requests.Response) -> Verdict:
        """As any system; the status is kept for who reads more into it."""
        self.last_status = response.status_code
        return super().judge(response)

    def reason(self, response: requests.Response) -> str:
        """The details of the vendor's error body, else its text."""
        try:
            body = orjson.loads(response.content)
            told = [
                " ".join(
                    str(detail[key])
                    for key in ("o:errorCode", "detail", "o:errorPath")
                    if detail.get(key)
                )
                for detail in body.get("o:errorDetails") or [{"detail": body["title"]}]
            ]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return super().reason(response)
        return f"HTTP {response.status_code} {'; '.join(told)}"[:500]

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """Say what to do when the login, or the right to a resource, was refused."""
        error = super().refusal(method, url, reason)
        if url == self.instance.options.get("token_url") or self.last_status == 401:
            error.do = (
                f"check token_url, scope, client_id and client_secret of [sources."
                f"{self.instance.name}] and that the client is a user of the pod; "
                "tieout doctor tests them."
            )
        elif self.last_status in (403, 404):
            error.do = (
                f"give the user of [sources.{self.instance.name}] the role that reads "
                "this resource, or runs this report (see docs/oracle-fusion.md)."
            )
        return error

    # -- collections --------------------------------------------------------------

    def pages(
        self,
        path: str,
        order: str,
        asked: Mapping[str, str] | None = None,
        *,
        size: int = PAGE_SIZE,
        links: bool = False,
    ) -> Iterator[list[Row]]:
        """Every row of a collection, a page at a time, ordered by the unique ``order``.

        ``path`` is below the resources; ``asked`` are further parameters (q, finder,
        fields, expand). ``links`` lets rows have their links. Raises BadAnswer where
        the pages contradict each other or rows do not stop to move.
        """
        params = {
            "limit": str(size),
            "orderBy": order,
            **({} if links else {"onlyData": "true"}),
            **(asked or {}),
        }
        listing = _Listing(self, path, order, params)
        while not listing.is_whole:
            if rows := listing.more():
                yield rows

    def rows(
        self,
        path: str,
        order: str,
        asked: Mapping[str, str] | None = None,
        *,
        links: bool = False,
    ) -> Iterator[Row]:
        """Every row of a collection (see ``pages``)."""
        pages = self.pages(path, order, asked, links=links)
        return (row for page in pages for row in page)

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        """One answer of a resource."""
        answer = self.send(
            "GET", f"{RESOURCES}/{path}", params=params, headers=FRAMEWORK
        )
        return self.json(answer)

    def children(self, row: Row, name: str, order: str) -> list[Row]:
        """All children of a row that were expanded: those it has, and the rest.

        Raises BadAnswer where there are more and no link says where.
        """
        told = row.get(name) or []
        if isinstance(told, list):  # as before version 3 of the framework
            return told
        if not told.get("hasMore"):
            return list(told["items"])
        link = child_link(row, name)
        if link is None:
            raise BadAnswer(
                f"{self.instance.name} gave {len(told['items'])} {name} of a record, "
                "said that there are more, and not where",
                "ask the vendor whether links are another thing now; nothing of this "
                "record was landed.",
            )
        expand = {"expand": "journalLines"} if name == "journalHeaders" else {}
        return list(self.rows(link, order, expand, links=True))

    def values_of(self, value_set: str) -> Iterator[list[Row]]:
        """The values of a value set, by its code, a page at a time.

        Raises BadAnswer where there is no such set.
        """
        condition = f"ValueSetCode='{value_set}'"
        [*found] = self.rows("valueSets", "ValueSetId", {"q": condition}, links=True)
        link = child_link(found[0], "values") if found else None
        if link is None:
            raise BadAnswer(
                f"{self.instance.name} shows no value set {value_set}",
                f"name yours under [sources.{self.instance.name}.values] "
                "(account_values, cost_centre_values).",
            )
        return self.pages(link, "ValueId")

    # -- reports ------------------------------------------------------------------

    def report(self, name: str, **parameters: str) -> list[Row]:
        """The rows of a report, by its columns' names; what is empty is None.

        Raises BadAnswer where what came is no report, or was cut off.
        """
        folder = self.option("report_folder", assumptions.REPORT_FOLDER)
        path = quote(f"{folder.strip('/')}/{name}", safe="")
        told = [{"name": n, "values": [v]} for n, v in parameters.items()]
        body = {
            "byPassCache": True,
            "attributeFormat": "csv",
            "parameterNameValues": {"listOfParamNameValues": told},
            "sizeOfDataChunkDownload": -1,
        }
        answer = self.json(self.send("POST", f"{REPORTS}/{path}/run", json=body))
        try:
            text = base64.b64decode(
                answer[assumptions.REPORT_BYTES], validate=True
            ).decode("utf-8-sig")
        except (KeyError, TypeError, binascii.Error, UnicodeDecodeError) as error:
            raise self._no_report(name) from error
        return self._rows_of(name, text)

    def _rows_of(self, name: str, text: str) -> list[Row]:
        """The rows of a report, whose last column says that the line is whole."""
        reader = csv.DictReader(io.StringIO(text, newline=""))
        if "END" not in (reader.fieldnames or ()):
            raise self._no_report(name)
        rows = []
        for row in reader:
            if row.pop("END", None) != "END":
                raise self._no_report(name)
            rows.append({key: value or None for key, value in row.items()})
        return rows

    def _no_report(self, name: str) -> BadAnswer:
        return BadAnswer(
            f"{self.instance.name} ran {name} and gave no whole report",
            "open the report in the pod: a row limit or a timeout may cut it off, and "
            "each line ends with the column END. Nothing of it was landed.",
        )

    # -- for people ---------------------------------------------------------------

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the fields, by resource, the pod's rows do not have."""
        missing = set()
        for resource, names in wanted.items():
            page = self.get(resource, {"limit": "1", "onlyData": "true"})
            for row in page["items"]:
                missing |= {(resource, name) for name in names if name not in row}
        return missing

    def ping(self) -> str:
        """Count the ledgers, and run the report of lines for nothing."""
        ledgers = sum(1 for _ in self.rows("ledgersLOV", "LedgerId"))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        nothing = {assumptions.SINCE: now, assumptions.UNTIL: now}
        self.report(assumptions.LINES_REPORT, **nothing)
        return f"{ledgers} ledgers"


class _Listing:
    """Pages of a collection by offset, each joined to the rows before it.

    A row that is deleted shifts those behind it off the next page, so each page begins
    with a row that is known; where it does not, pages are gone back. What follows a row
    known by its key is without a gap. Only a row that was given as it is now is left
    out, so that of two with one key none is lost.
    """

    def __init__(
        self, client: OracleFusionClient, path: str, order: str, asked: dict[str, str]
    ) -> None:
        self.client, self.path, self.asked = client, path, asked
        self.keys = order.split(",")
        self.known: set[tuple[Any, ...]] = set()
        self.given: set[bytes] = set()
        self.offset = self.shifts = 0
        self.is_whole = False

    def more(self) -> list[Row]:
        """The rows of the next page that are not known yet; maybe none."""
        rows, goes_on = self._page(self.offset)
        if self.offset and not self._begins_known(rows):
            return self._back()
        fresh = self._fresh(rows)
        if goes_on and not fresh:  # what is behind has no known row on its page
            beyond, goes_on = self._page(self.offset + len(rows))
            if not self._begins_known(self._page(self.offset)[0]):
                return self._back()
            fresh = self._fresh(beyond)
            rows += beyond
            is_new = bool(fresh) or len(rows) + self.offset <= len(self.given)
            self.client.require_progress(self.path, is_new or not goes_on)
        self.is_whole = not goes_on
        self.known |= {self._key(row) for row in fresh}
        self.given |= {_digest(row) for row in fresh}
        self.offset += len(rows) - 1
        return fresh

    def _page(self, offset: int) -> tuple[list[Row], bool]:
        """The rows of a page, and whether there are more behind it."""
        page = self.client.get(self.path, self.asked | {"offset": str(offset)})
        rows = page["items"]
        self.client.require_all(self.path, len(rows), int(page["count"]))
        self.client.require_progress(self.path, bool(rows) or not page["hasMore"])
        return rows, bool(page["hasMore"])

    def _begins_known(self, rows: list[Row]) -> bool:
        return bool(rows) and self._key(rows[0]) in self.known

    def _back(self) -> list[Row]:
        """Begin a page or more before; nothing is given."""
        self.shifts += 1
        if self.shifts > SHIFTS:
            raise BadAnswer(
                f"{self.client.instance.name}: {self.path} kept changing while it was "
                "read",
                "run the same command again at a quieter hour.",
            )
        self.offset = max(0, self.offset - 2**self.shifts)
        return []

    def _fresh(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if _digest(row) not in self.given]

    def _key(self, row: Row) -> tuple[Any, ...]:
        return tuple(row.get(key) for key in self.keys)


def _digest(row: Row) -> bytes:
    told = orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS)
    return blake2b(told, digest_size=16).digest()


def child_link(row: Row, name: str) -> str | None:
    """Where the children of a row are, below the resources.

    Of the address only the path counts: the pod that is asked is the configured one.
    """
    for link in row.get("links") or ():
        if link.get("rel") == "child" and link.get("name") == name:
            return BELOW.sub("", str(link["href"]))
    return None


def connect(instance: Instance) -> OracleFusionClient:
    """A session with a configured pod; nothing is sent yet."""
    return OracleFusionClient(instance)
