"""A session with a Tryton database over JSON-RPC.

Measured on 8.2:

- The body has exactly the keys id, method and params; with any other key the answer
  changes its shape. The last parameter of a model's method is the context.
- A session is bought with ``common.db.login`` and carried as base64 of
  ``user:uid:token``. It ends after idle minutes with HTTP 401, and methods that post
  want a fresh one. Too many wrong passwords are answered with 429.
- A fault inside the ERP is HTTP 200 with ``error``: ``[class, arguments]`` for what
  Tryton says no to, ``[text, traceback]`` for what it stumbled on. Messages are in the
  user's language, so only the class counts. Whatever was refused was rolled back.
- Decimals, dates, moments and durations travel as objects with ``__class__``. Moments
  are UTC.
- Whose records are seen is the user's own setting: of all companies that he has been
  given, or of his current one only.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import requests

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed, Refused, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.http import ApiClient

OPTIONS = ("base_url", "database", "journal", "password", "username")
PAGE_SIZE = 1000
SAYS_NO = ("UserError", "UserWarning")
CONCURRENT = "ConcurrencyException"


class SaidNo(Refused):
    """Tryton looked at the request and rolled it back; ``reason`` in its words."""

    reason = ""


class Stumbled(BadAnswer):
    """Tryton failed inside; it rolls back what it was doing, as far as one can know."""


class TrytonClient(ApiClient):
    """A session with one database."""

    def __init__(self, instance: Instance) -> None:
        """Read the options; nothing is sent yet."""
        super().__init__(instance)
        self.address = f"/{instance.option('database')}/rpc/"
        self.user_id: int | None = None
        self._session: str | None = None
        self._context: dict[str, Any] | None = None

    def authorise(self) -> dict[str, str]:
        """The session's header; logs in when there is no session."""
        if self._session is None:
            self._log_in()
        return {"Authorization": f"Session {self._session}"}

    def forget_authorisation(self) -> None:
        """Drop the session."""
        self._session = None

    def _log_in(self) -> None:
        user = self.instance.option("username")
        told = {"password": self.instance.option("password")}
        answer = self._send("common.db.login", [user, told], authorised=False)
        if not answer.get("result"):
            raise self.refusal("POST", self.address, "no password login for this user")
        self.user_id, token = answer["result"][:2]
        session = f"{user}:{self.user_id}:{token}"
        self._session = base64.b64encode(session.encode()).decode()

    def reason(self, response: requests.Response) -> str:
        """The status; the body is a page of HTML that says no more."""
        return f"HTTP {response.status_code}"

    def call(self, method: str, *params: Any, **context: Any) -> Any:
        """What a model's method returns; ``context`` is added to the user's own.

        Raises SaidNo when Tryton refuses what was asked, Unreachable when another
        transaction was in the way, Stumbled when Tryton failed inside.
        """
        values = [*params, {**self.context(), **context}]
        answer = self._send(f"model.{method}", values)
        if "error" in answer:
            raise self._fault(method, answer["error"])
        return answer["result"]

    def _send(
        self, method: str, params: list[Any], *, authorised: bool = True
    ) -> dict[str, Any]:
        body = {"id": self.requests_sent, "method": method, "params": params}
        response = self.send(
            "POST",
            self.address,
            authorised=authorised,
            headers={"Content-Type": "application/json"},
            data=orjson.dumps(body, default=_encoded, option=PASS_DATES),
        )
        return _decoded(self.json(response))

    def _fault(self, method: str, error: list[Any]) -> ConnectionFailed:
        kind, told = error[0], error[1] if len(error) > 1 else None
        if kind in SAYS_NO and isinstance(told, list):
            texts = told[1:] if kind == "UserWarning" else told[:2]
            reason = " ".join(str(text) for text in texts if text)
            refused = SaidNo(
                f"{self.instance.name} refused {method}: {reason}",
                "correct what Tryton names, or the rights of its user.",
            )
            refused.reason = reason
            return refused
        if kind == CONCURRENT:
            return Unreachable(
                f"{self.instance.name} was changing what {method} asked for",
                "run the same command again.",
            )
        # The text may quote a record, and the traceback behind it everything else.
        return Stumbled(
            f"{self.instance.name} stumbled on {method}",
            "look into Tryton's log; a module that is not active is the usual cause.",
        )

    def context(self) -> dict[str, Any]:
        """What every call says of the user: the companies that he sees.

        Raises Refused when he is shown only one of those that he has been given.
        """
        if self._context is None:
            self.authorise()
            fields = ["company", "companies", "company_filter"]
            answer = self._send("model.res.user.read", [[self.user_id], fields, {}])
            if "error" in answer:
                raise self._fault("res.user.read", answer["error"])
            [user] = answer["result"]
            companies = sorted(user["companies"])
            if len(companies) > 1 and user["company_filter"] != "all":
                raise Refused(
                    f"{self.instance.name} shows its user 1 of {len(companies)} "
                    "companies",
                    "set the user's company filter in Tryton to All.",
                )
            company = user["company"] or (companies[0] if companies else None)
            self._context = {"company": company, "companies": companies}
        return self._context

    def pages(
        self, model: str, fields: list[str], domain: list[Any] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Every record that fits ``domain``, inactive ones too, a page at a time.

        Each page begins after the last id, so records that vanish shift nothing.
        """
        last = 0
        while True:
            wanted = [*(domain or []), ["id", ">", last]]
            page = self.call(
                f"{model}.search_read", wanted, 0, PAGE_SIZE, [["id", "ASC"]], fields,
                active_test=False,
            )  # fmt: skip
            if not page:
                return
            self.require_progress(model, page[-1]["id"] > last)
            yield page
            last = page[-1]["id"]

    def ping(self) -> str:
        """Count the companies the user may see: two cheap calls."""
        return f"{len(self.context()['companies'])} companies"


PASS_DATES = orjson.OPT_PASSTHROUGH_DATETIME


def _encoded(value: Any) -> dict[str, Any]:
    """A value as Tryton's JSON has it."""
    if isinstance(value, Decimal):
        # Zeros at the end would count as digits beyond what a currency allows.
        return {"__class__": "Decimal", "decimal": f"{value.normalize():f}"}
    if isinstance(value, datetime):
        parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        told = {part: getattr(value.astimezone(UTC), part) for part in parts}
        return {"__class__": "datetime", **told}
    if isinstance(value, date):
        told = {part: getattr(value, part) for part in ("year", "month", "day")}
        return {"__class__": "date", **told}
    raise TypeError(f"{type(value).__name__} has no place in a call")


def _decoded(value: Any) -> Any:
    """Tryton's objects as text: digits, ISO dates, ISO moments in UTC, seconds.

    A record that a dotted field was read of stands under the field's name alone, not
    under Tryton's «party.».
    """
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("__class__")
    if kind == "Decimal":
        return value["decimal"]
    if kind == "date":
        return f"{value['year']:04}-{value['month']:02}-{value['day']:02}"
    if kind == "datetime":
        parts = {part: n for part, n in value.items() if part != "__class__"}
        return datetime(**parts, tzinfo=UTC).isoformat()
    if kind == "timedelta":
        return str(value["seconds"])
    return {name.rstrip("."): _decoded(item) for name, item in value.items()}


def connect(instance: Instance) -> TrytonClient:
    """A session with a configured database; nothing is sent yet."""
    return TrytonClient(instance)
