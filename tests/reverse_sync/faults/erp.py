"""An ERP as bad as they come, over real HTTP, in six personalities.

- key: remembers the answer to an idempotency key and gives it again;
- upsert: keeps one record per external id and overwrites it on a repeat;
- neither: makes a draft of whatever is sent and posts it in a second call; a repeat
  makes a second record;
- queue: takes a message and posts its journals some time later, each or not for itself,
  which it confirms to whoever asks for that message; a repeat makes a second record;
- parts: makes a header, gives it lines in a second call, posts it in a third whose
  answer says nothing; a repeat makes a second header. Its look-ups do not lag, and a
  header that was posted cannot be dropped;
- import: takes a file that a job imports a while later; what it will not keep stays in
  an interface, and a repeat makes a second record.

Look-ups of the others lag behind writes. Faults are drawn in advance for each request
that writes: answers are lost before or after the commit, cut short, or 5xx on either
side of it; 429 comes in storms; a period may close at any request.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY, UPSERT, NEITHER = "key", "upsert", "neither"
QUEUE, PARTS, IMPORT = "queue", "parts", "import"
PERSONALITIES = (KEY, UPSERT, NEITHER, QUEUE, PARTS, IMPORT)
OF_DRAFTS = (NEITHER, PARTS)
LOST_BEFORE, LOST_AFTER = "lost before", "lost after"
ERROR_BEFORE, ERROR_AFTER = "5xx before", "5xx after"
TRUNCATED, THROTTLED = "truncated", "throttled"
LONGEST_CALL = 0.15  # seconds after its sending that a call can still do anything
JOB_TAKES = 0.05  # seconds after a file came that a job imports it
QUEUED = 0.05  # seconds that a message lies before its journals are posted
FAULTS = (LOST_BEFORE, LOST_AFTER, ERROR_BEFORE, ERROR_AFTER, TRUNCATED, THROTTLED)


@dataclass
class Record:
    """A journal that the ERP keeps."""

    erp_id: str
    content: dict[str, Any]
    kept_at: float
    is_posted: bool


@dataclass
class Waiting:
    """A journal in the interface: not imported yet, or not at all, with the reason."""

    content: dict[str, Any]
    group: str
    due: float
    error: str | None = None


@dataclass
class Erp:
    """One firm's ERP: what it holds, and what it has seen done to it."""

    personality: str
    lag: float
    faults: list[str | None]
    closing: dict[int, str]  # the request that writes → the month that closes then
    poison: set[str]  # projects and years, as memos have them, that it will not keep
    is_lenient: bool  # posts into closed periods, as an administrator may
    records: list[Record] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    interface: list[Waiting] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)  # when each is over
    queue: list[tuple[float, str, list[dict[str, Any]]]] = field(default_factory=list)
    confirmed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    landed_closed: set[str] = field(default_factory=set)  # what the poster could know
    made: int = 0
    overwritten: int = 0
    into_closed: int = 0
    writes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self) -> str | None:
        """What happens to the next request that writes."""
        with self.lock:
            self.writes += 1
            month = self.closing.pop(self.writes, None)
            if month:
                self.closed.add(month)
            return self.faults.pop(0) if self.faults else None

    def keep(self, journal: dict[str, Any], sent: float) -> dict[str, Any]:
        """What becomes of one journal: ``{"id": …}`` or ``{"error": …}``."""
        with self.lock:
            _check_in_time(sent)
            key = journal.get("idempotency_key")
            if self.personality == KEY and key in self.answers:
                return self.answers[key]
            answer = self._keep(journal)
            if self.personality == KEY:
                self.answers[key] = answer
            return answer

    def take(self, message: dict[str, Any], sent: float) -> None:
        """Let a message lie; what its poster knows of periods counts as of now."""
        with self.lock:
            _check_in_time(sent)
            journals = message["journals"]
            months = [journal["posting_date"][:7] for journal in journals]
            self.into_closed += sum(month in self.landed_closed for month in months)
            self.queue.append((time.monotonic() + QUEUED, message["id"], journals))

    def confirmation(self, message_id: str) -> list[dict[str, Any]] | None:
        """What became of the journals of a message, once they were processed."""
        with self.lock:
            self._work()
            return self.confirmed.get(message_id)

    def _work(self) -> None:
        """Process the messages that have lain long enough."""
        while self.queue and self.queue[0][0] <= time.monotonic():
            due, message_id, journals = self.queue.pop(0)
            self.confirmed[message_id] = [self._keep(x, due) for x in journals]

    def _keep(self, journal: dict[str, Any], at: float | None = None) -> dict[str, Any]:
        held = [r for r in self.records
                if r.content["external_id"] == journal["external_id"]]  # fmt: skip
        if self.personality == UPSERT and held:
            self.overwritten += held[0].content["memo"] != journal["memo"]
            held[0].content = journal
            return {"id": held[0].erp_id}
        error = self._objection(journal)
        if error and self.personality not in OF_DRAFTS:
            return {"error": error}
        self.made += 1
        record = Record(
            str(self.made),
            journal,
            at or time.monotonic(),
            is_posted=self.personality not in OF_DRAFTS,
        )
        self.records.append(record)
        return {"id": record.erp_id}

    def _objection(self, journal: dict[str, Any]) -> str | None:
        month = journal["posting_date"][:7]
        if self.personality != QUEUE and not self._is_poison(journal):
            self.into_closed += month in self.landed_closed
        return self._against(journal)

    def _is_poison(self, journal: dict[str, Any]) -> bool:
        return any(key in journal["memo"] for key in self.poison)

    def _against(self, journal: dict[str, Any]) -> str | None:
        if self._is_poison(journal):
            return "no such project"
        if journal["posting_date"][:7] in self.closed and not self.is_lenient:
            return "the period is closed"
        return None

    def give_lines(self, erp_id: str, lines: list[Any], sent: float) -> dict[str, Any]:
        """Give a header its lines, all of them."""
        with self.lock:
            _check_in_time(sent)
            found = [r for r in self.records if r.erp_id == erp_id and not r.is_posted]
            if not found:
                return {"error": "no such journal"}
            found[0].content["lines"] += lines
            return {"id": erp_id}

    def upload(self, file: dict[str, Any], sent: float) -> dict[str, Any]:
        """Take a file for a job that is asked for by its number."""
        with self.lock:
            _check_in_time(sent)
            due = time.monotonic() + JOB_TAKES
            for journal in file["journals"]:
                self._objection(journal)  # what its sender could know counts
                self.interface.append(Waiting(journal, file["group"], due))
            self.jobs.append(due)
            return {"job": len(self.jobs) - 1}

    def is_over(self, job: int) -> bool:
        """Whether a job has ended."""
        return time.monotonic() >= self.jobs[job]

    def left(self, external_ids: list[str]) -> list[dict[str, Any]]:
        """What the interface has of these."""
        with self.lock:
            self._import()
            return [
                {"external_id": w.content["external_id"], "group": w.group,
                 "error": w.error}
                for w in self.interface if w.content["external_id"] in external_ids
            ]  # fmt: skip

    def purge(self, groups: list[str] | None) -> None:
        """Remove groups from the interface; None: all of them."""
        with self.lock:
            self._import()
            kept = [w for w in self.interface if groups and w.group not in groups]
            self.interface = kept

    def _import(self) -> None:
        """Do what jobs have done by now."""
        due = [w for w in self.interface if w.due <= time.monotonic() and not w.error]
        for waiting in due:
            waiting.error = self._against(waiting.content)
            if waiting.error is None:
                self.interface.remove(waiting)
                self.made += 1
                self.records.append(
                    Record(str(self.made), waiting.content, waiting.due, is_posted=True)
                )

    def post_draft(self, erp_id: str, sent: float) -> dict[str, Any]:
        """Post a draft; what stands against it is said only now."""
        with self.lock:
            _check_in_time(sent)
            found = [r for r in self.records if r.erp_id == erp_id]
            if not found:
                return {"error": "no such journal"}
            (record,) = found
            if record.is_posted:
                return {"error": "already posted"}
            error = self._objection(record.content)
            if error:
                return {"error": error}
            record.is_posted, record.kept_at = True, time.monotonic()
            return {} if self.personality == PARTS else {"id": erp_id}

    def drop_draft(self, erp_id: str) -> dict[str, Any]:
        """Remove a draft; of parts, say that one is posted meanwhile."""
        with self.lock:
            posted = [r for r in self.records if r.is_posted and r.erp_id == erp_id]
            self.records = [
                r for r in self.records if r.is_posted or r.erp_id != erp_id
            ]
            return {"error": "it is posted"} if posted else {}

    def find(self, external_ids: list[str]) -> list[dict[str, Any]]:
        """The records that look-ups can see by now."""
        with self.lock:
            self._import()
            self._work()
            visible = time.monotonic() - self.lag
            return [
                {
                    "id": r.erp_id,
                    "external_id": r.content["external_id"],
                    "memo": r.content["memo"],
                    "posted": r.is_posted,
                }
                for r in self.records
                if r.content["external_id"] in external_ids and r.kept_at <= visible
            ]

    def held(self) -> list[dict[str, Any]]:
        """Every record that a listing can see by now, with its content."""
        with self.lock:
            self._import()
            self._work()
            visible = time.monotonic() - self.lag
            return [
                {"id": r.erp_id, "posted": r.is_posted, "content": r.content,
                 "age": time.monotonic() - r.kept_at}
                for r in self.records if r.kept_at <= visible
            ]  # fmt: skip

    def told(self) -> dict[str, Any]:
        """All that a judge needs."""
        with self.lock:
            self._import()
            self._work()
            posted = [r.content for r in self.records if r.is_posted]
            unbalanced = sum(
                sum(Decimal(x["debit"]) - Decimal(x["credit"]) for x in j["lines"]) != 0
                for j in posted
            )
            return {
                "posted": posted,
                "drafts": sum(not r.is_posted for r in self.records)
                + len(self.interface),
                "unbalanced": unbalanced,
                "overwritten": self.overwritten,
                "closed": sorted(self.closed),
                "into_closed": self.into_closed,
                "writes": self.writes,
                "faults_left": sum(fault is not None for fault in self.faults),
            }


class TooLate(Exception):
    """A call was given up before it did anything more."""


def _check_in_time(sent: float) -> None:
    """A call whose caller may be long dead does nothing any more, as gateways see to.

    Without that nobody could ever tell that a call which was cut off did nothing.
    """
    if time.monotonic() - sent > LONGEST_CALL:
        raise TooLate


class Handler(BaseHTTPRequestHandler):
    """Paths: /<firm>/find, …/held, …/journals, …/drafts…, …/messages,
    …/confirmations, …/imports, …/job, …/left, …/purge, and /_judge/<firm>."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    firms: dict[str, Erp]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Every request; the path says what is asked."""
        size = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(size) or b"null")
        _, firm, what, *rest = self.path.split("/")
        if firm == "_judge":
            self._judge(what, body)
        elif what == "find":
            self._answer(200, self.firms[firm].find(body))
        elif what == "held":
            self._answer(200, self.firms[firm].held())
        elif what == "left":
            self._answer(200, self.firms[firm].left(body))
        elif what == "job":
            self._answer(200, self.firms[firm].is_over(body))
        else:
            self._write(self.firms[firm], what, rest, body)

    def _judge(self, firm: str, body: Any) -> None:
        if body == "calm":
            self.firms[firm].faults.clear()
        elif body == "land":
            self.firms[firm].landed_closed = set(self.firms[firm].closed)
        elif body == "forget":
            del self.firms[firm]
            self._answer(200, {})
            return
        elif body is not None:
            closing = {int(n): month for n, month in body.pop("closing").items()}
            poison = set(body.pop("poison"))
            self.firms[firm] = Erp(**body, closing=closing, poison=poison)
        self._answer(200, self.firms[firm].told())

    def _write(self, erp: Erp, what: str, rest: list[str], body: Any) -> None:
        fault = erp.next_fault()
        if fault == THROTTLED:
            self._answer(429, {}, {"Retry-After": "0.01"})
        elif fault == ERROR_BEFORE:
            self._answer(503, {})
        elif fault == LOST_BEFORE:
            self.close_connection = True
        else:
            try:
                done = self._done(erp, what, rest, body)
            except TooLate:
                self._answer(504, {})
            else:
                self._fail_after(fault, done)

    def _done(self, erp: Erp, what: str, rest: list[str], body: Any) -> Any:
        sent = float(self.headers["X-Sent"])
        if what == "imports":
            return erp.upload(body, sent)
        if what == "purge":
            return erp.purge(body)
        if what == "messages":
            return erp.take(body, sent)
        if what == "confirmations":
            return erp.confirmation(body)
        if not rest:
            return [erp.keep(journal, sent) for journal in body]
        erp_id, verb = rest
        if verb == "post":
            return erp.post_draft(erp_id, sent)
        if verb == "lines":
            return erp.give_lines(erp_id, body, sent)
        return erp.drop_draft(erp_id)

    def _fail_after(self, fault: str | None, answer: Any) -> None:
        if fault == ERROR_AFTER:
            self._answer(500, {})
        elif fault == LOST_AFTER:
            self.close_connection = True
        elif fault == TRUNCATED:
            self._send(200, json.dumps(answer).encode()[:-1] or b"[", {})
        else:
            self._answer(200, answer)

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None):
        self._send(status, json.dumps(body).encode(), headers or {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A server for any number of firms' ERPs."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Posters die in the middle of a request: that is what they are for."""


def server() -> Server:
    """A server on a free port of loopback; ``serve_forever`` starts it."""
    return Server(("127.0.0.1", 0), type("Firms", (Handler,), {"firms": {}}))
