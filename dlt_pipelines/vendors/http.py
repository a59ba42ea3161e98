"""HTTP as connectors need it: authorised, patient where patience helps, loud elsewhere.

A vendor's client subclasses ``ApiClient``, says how to authorise a request and how to
judge an answer; retrying, Retry-After, back-off with jitter and the wording of errors
are the same for all.
"""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import tenacity

from dlt_pipelines.core import confidential
from dlt_pipelines.core.confidential import withheld
from dlt_pipelines.core.errors import (
    BadAnswer,
    ConfigurationError,
    ConnectionFailed,
    Refused,
    Throttled,
    Unreachable,
)
from dlt_pipelines.core.private import PrivateSession, destination
from dlt_pipelines.core.settings import Instance


class Outcome(Enum):
    """What to do with an answer."""

    GOOD = "good"
    RETRY = "retry"
    REAUTHORISE = "reauthorise"
    REFUSED = "refused"


@dataclass(frozen=True)
class Verdict:
    """An outcome, the vendor's reason in its own words, and seconds to wait if told."""

    outcome: Outcome
    reason: str = ""
    wait: float | None = None


GOOD = Verdict(Outcome.GOOD)
TRANSIENT = frozenset({429, 500, 502, 503, 504})


class _TryAgain(Exception):
    """An answer, or the lack of one, that a later try may cure."""

    def __init__(
        self,
        reason: str,
        wait: float | None = None,
        *,
        throttled: bool = False,
        answered: bool = True,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.throttled = throttled
        self.answered = answered


class Numeral(str):
    """A number of JSON as its vendor wrote it; other texts may show numbers too."""


class ApiClient:
    """A session with one instance of a vendor.

    Subclasses override ``authorise`` (headers for a request, fetching a token when
    there is none) and ``judge`` (the vendor's reading of statuses and bodies).
    """

    attempts = 6  # of a request, whoever does not answer it
    # Seconds that a session waits in all for a system that answers, but not for good:
    # only then there are more attempts. Whoever must not ask for long has none.
    patience = 0.0
    longest_wait = 30.0  # between two attempts, unless the system asks for more
    timeout = (5.0, 180.0)  # connect, read: seconds
    clock_timeout = (2.0, 5.0)  # for one header

    def __init__(self, instance: Instance) -> None:
        """Open a session; nothing is sent yet."""
        self.instance = instance
        confidential.learn_options(instance.options)
        self.base_url = instance.option("base_url").rstrip("/")
        self.session = PrivateSession(instance.name)
        self.requests_sent = 0
        self.waited = 0.0
        self.waiting: Callable[[str, float], None] = lambda *_: None

    def close(self) -> None:
        """Let go of its connections."""
        self.session.close()

    def authorise(self) -> dict[str, str]:
        """Headers that authorise a request."""
        return {}

    def forget_authorisation(self) -> None:
        """Drop a token the vendor no longer accepts."""

    def judge(self, response: requests.Response) -> Verdict:
        """What to do with an answer; the default reads the status alone."""
        if response.ok:
            return GOOD
        if response.status_code == 401:
            return Verdict(Outcome.REAUTHORISE, self.reason(response))
        if response.status_code in TRANSIENT:
            wait = retry_after(response)
            return Verdict(Outcome.RETRY, self.reason(response), wait)
        return Verdict(Outcome.REFUSED, self.reason(response))

    def reason(self, response: requests.Response) -> str:
        """The vendor's words for a failure, at most 300 characters."""
        return f"HTTP {response.status_code} {response.text[:300]}".strip()

    def send(
        self, method: str, path: str, *, authorised: bool = True, **request: Any
    ) -> requests.Response:
        """Send a request (``path`` below the base URL, or a whole URL) until it is
        answered for good; ``request`` goes to requests.

        Raises Unreachable after ``attempts`` tries and, where the system answers, the
        end of ``patience``, at once when it asks for more than is left of that, or when
        it is sent elsewhere; Refused at once on a definite no, ConfigurationError where
        it could be overheard.
        """
        url = path if path.startswith("http") else f"{self.base_url}{path}"
        tries = tenacity.Retrying(
            stop=self._has_tried_enough,
            wait=self._wait,
            before_sleep=self._before_waiting,
            retry=tenacity.retry_if_exception_type(_TryAgain),
            reraise=True,
        )
        try:
            return tries(self._once, method, [url], authorised, request)
        except _TryAgain as error:
            kind = Throttled if error.throttled else Unreachable
            asks = f", to be asked again in {error.wait:,.0f} s" if error.wait else ""
            failed = kind(
                f"{self.instance.name} did not answer {method} {url} "
                f"in {tries.statistics['attempt_number']} tries: {error.reason}{asks}",
                "check the address, the network and the system's status, "
                "then run the same command again: it resumes where it stopped.",
            )
            if isinstance(failed, Throttled):
                failed.wait = error.wait
            raise failed from error

    def clock(self) -> datetime | None:
        """What time the system says it is; None when it does not answer or say.

        Asked once and without authorisation: whatever it answers is dated.
        """
        try:
            answer = self.session.head(
                self.base_url, timeout=self.clock_timeout, auth=lambda request: request
            )
            return _moment(answer.headers["Date"])
        except (requests.RequestException, UnicodeError, OSError, LookupError):
            return None

    def _has_tried_enough(self, state: tenacity.RetryCallState) -> bool:
        failed = _failure(state)
        if self.patience and failed and (failed.wait or 0.0) > self._longest():
            return True  # asked sooner it would say no again
        if state.attempt_number < self.attempts:
            return False
        answered = failed is not None and failed.answered
        return not answered or self.waited >= self.patience

    def _longest(self) -> float:
        """Seconds that it would wait for one answer now."""
        return max(self.longest_wait, self.patience - self.waited)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        # A moment that has just passed asks for no wait, and is no reason to hurry.
        if (failed := _failure(state)) and failed.wait:
            return min(failed.wait, self._longest())
        return tenacity.wait_random_exponential(0.2, self.longest_wait)(state)

    def _before_waiting(self, state: tenacity.RetryCallState) -> None:
        self.waited += state.upcoming_sleep
        if failed := _failure(state):
            self.waiting(failed.reason, state.upcoming_sleep)

    def _once(
        self, method: str, asked: list[str], authorised: bool, request: dict[str, Any]
    ) -> requests.Response:
        """One try at the only address in ``asked``, which an answer may change."""
        [url] = asked
        response = self._answer(method, url, authorised, request)
        verdict = self.judge(response)
        if verdict.outcome is Outcome.REAUTHORISE and authorised:
            self.forget_authorisation()
            response = self._answer(method, url, authorised, request)
            verdict = self.judge(response)
        if verdict.outcome is Outcome.GOOD:
            if _is_for_people(response):
                raise _TryAgain(f"HTTP {response.status_code} with a page for people")
            if method == "GET" and response.status_code == requests.codes.accepted:
                if link := _link_to_poll(response):
                    asked[:] = [link]
                    request.pop("params", None)
                raise _TryAgain("HTTP 202, not ready yet", retry_after(response))
            return response
        reason = withheld(verdict.reason)  # it may repeat what it was sent
        if verdict.outcome is Outcome.RETRY:
            throttled = response.status_code == requests.codes.too_many_requests
            raise _TryAgain(reason, verdict.wait, throttled=throttled)
        raise self.refusal(method, url, reason)

    def _answer(
        self, method: str, url: str, authorised: bool, request: dict[str, Any]
    ) -> requests.Response:
        response = self._exchange(method, url, authorised, request)
        if response.is_redirect:
            # Not Refused: a page that says «under maintenance» has looked at nothing.
            there = destination(response)
            raise Unreachable(
                f"{self.instance.name} sends {method} {url} elsewhere, to "
                f"{there.scheme}://{there.netloc}; nothing was sent there",
                f"if the system has moved, correct base_url of "
                f"[sources.{self.instance.name}]; if it is a portal or a proxy, let "
                "this machine through.",
            )
        return response

    def _exchange(
        self, method: str, url: str, authorised: bool, request: dict[str, Any]
    ) -> requests.Response:
        headers = dict(request.get("headers") or {})
        if authorised:
            told = self.authorise()
            confidential.learn(*(value.rpartition(" ")[2] for value in told.values()))
            headers |= told
        self.requests_sent += 1
        try:
            return self.session.request(
                method, url, **{"timeout": self.timeout, **request, "headers": headers}
            )
        except requests.exceptions.SSLError as error:
            if "certificate" not in str(error).lower():
                raise _TryAgain(type(error).__name__, answered=False) from error
            raise self.refusal(method, url, f"no safe connection: {error}") from error
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            raise _TryAgain(type(error).__name__, answered=False) from error
        except (requests.RequestException, UnicodeError, OSError) as error:
            # An address, header or certificate file that no request can be made of.
            # Not its message: it may quote the header, and so a secret.
            raise ConfigurationError(
                f"{self.instance.name} cannot be asked for {url}: "
                f"{type(error).__name__}",
                f"correct the address, credentials and certificate files of "
                f"[sources.{self.instance.name}].",
            ) from None

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """The error for a definite no; clients may say more about what to do."""
        return Refused(
            f"{self.instance.name} refused {method} {url}: {reason}",
            f"check the credentials and rights of [sources.{self.instance.name}] "
            "in .dlt/secrets.toml (tieout doctor tests them).",
        )

    def require_all(self, listing: str, given: int, told: int) -> None:
        """Raises BadAnswer where fewer rows of a listing came than the vendor told."""
        if given < told:
            raise BadAnswer(
                f"{self.instance.name} gave {given:,} of the {told:,} rows of "
                f"{listing} that it tells of",
                "run the same command again; if it repeats, ask the vendor. The rest "
                "is not taken for gone.",
            )

    def require_progress(self, listing: str, goes_on: bool) -> None:
        """Raises BadAnswer where the next page of a listing leads nowhere new.

        A system that does not heed where a page is to begin would be read for ever.
        """
        if not goes_on:
            raise BadAnswer(
                f"{self.instance.name} gave rows of {listing} again that it gave on "
                "the page before",
                "ask the vendor whether its paging is another one now; rows so far "
                "are kept.",
            )

    def json(self, response: requests.Response) -> Any:
        """The body, with every fractional number as the text the vendor wrote.

        Raises BadAnswer when the body is cut short or not JSON.
        """
        try:
            return json.loads(response.content, parse_float=Numeral)
        except ValueError as error:
            raise BadAnswer(
                f"{self.instance.name} answered {response.url} with "
                f"{len(response.content)} bytes that are not whole JSON",
                "run the same command again; if it repeats, save the answer and ask "
                "the vendor. Nothing of this page was landed.",
            ) from error


class BearerClient(ApiClient):
    """A session whose requests bear a token that is bought and ends.

    Subclasses buy it: ``buy_token``.
    """

    renew_before = 60.0  # seconds before a token ends

    def __init__(self, instance: Instance) -> None:
        """Open a session; nothing is sent yet."""
        super().__init__(instance)
        self._token: str | None = None
        self._renew_at = 0.0

    def authorise(self) -> dict[str, str]:
        """A bearer token, bought when there is none or it is about to end."""
        now = time.monotonic()
        if self._token is None or now >= self._renew_at:
            self._token, life = self.buy_token()
            self._renew_at = now + life - self.renew_before
        return {"Authorization": f"Bearer {self._token}"}

    def forget_authorisation(self) -> None:
        """Drop the token."""
        self._token = None

    def buy_token(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is good."""
        raise NotImplementedError

    def issued(self, answer: requests.Response) -> tuple[str, float]:
        """The token of an OAuth answer; an hour where it does not say how long."""
        told = self.json(answer)
        return told["access_token"], float(told.get("expires_in", 3600))


def _failure(state: tenacity.RetryCallState) -> _TryAgain | None:
    """What a try ended with that a later one may cure."""
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, _TryAgain) else None


def _is_for_people(response: requests.Response) -> bool:
    """Whether it is a page, as of a system that is being maintained."""
    return response.headers.get("Content-Type", "").startswith("text/html")


def _link_to_poll(response: requests.Response) -> str | None:
    """Where the answer will be, by Location or Link (ADP's way); None where that is
    not said, or at another system."""
    linked = response.headers.get("Link", "").partition(";")[0].strip(" <>")
    link = urljoin(response.url, response.headers.get("Location", linked))
    is_same = urlsplit(link)[:2] == urlsplit(response.url)[:2]
    return link if is_same and link != response.url else None


def retry_after(response: requests.Response) -> float | None:
    """Seconds that a Retry-After header asks for (seconds or an HTTP date)."""
    told = response.headers.get("Retry-After")
    if told is None:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(told))
    moment = _moment(told)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def _moment(told: str) -> datetime | None:
    """An HTTP date; None for what is none."""
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:  # as if nothing had been told
        return None
    # «-0000»: UTC, of no known place
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
