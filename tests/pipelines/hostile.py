"""Systems that answer as they like: short pages, ties in any order, «not now».

A ``Hostile`` is a real HTTP server with the records of one listing. How it answers is
drawn from a seed: pages cut shorter than asked, records that come, go and move between
two pages, records that one order does not tell apart in another order each time, and
before every answer up to three that are none. Its subclasses speak as a vendor does.
"""

import json
import random
import re
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

START = datetime(2026, 3, 1, tzinfo=UTC)
PASSED = format_datetime(START)
NONE_YET = ("503", "429", "202", "page", "cut")
Row = dict[str, Any]


class Hostile(ThreadingHTTPServer):
    """One listing of a system, and its whims.

    ``stayed`` are the ids of the records that were there, as they are, all the time.
    """

    daemon_threads = True
    moves = True  # records come and go while somebody reads
    may_repeat = False  # what a reading has twice is the same, and lands once

    def __init__(self, seed: int) -> None:
        """Draw the records and the whims; serve at ``url`` once entered."""
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.draw = random.Random(seed)
        self.most = self.draw.choice((1, 2, 5, 25, 40, 1000))
        number = self.draw.choice((0, 1, 2, 30, 51, 120))
        self.rows = [self.row(n) for n in range(1, number + 1)]
        self.stayed = {row["id"] for row in self.rows}
        self.moves = self.moves and self.draw.random() < 0.5
        self.changes_left = 3
        self.is_moody = self.draw.random() < 0.5
        self.refused: dict[Any, int] = {}  # how often in a row, by what was asked
        self.jobs: list[str] = []  # what was asked for that is ready at another place
        self.lock = threading.Lock()

    def __enter__(self) -> "Hostile":
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()

    def row(self, number: int) -> Row:
        """A record; ids grow with the number."""
        return {"id": number}

    def whim(self, method: str, asked: Any) -> str | None:
        """What comes in the place of an answer this time, if anything."""
        can_wait = self.refused.get(asked, 0) < 3 and self.is_moody
        if not can_wait or self.draw.random() < 0.7:
            self.refused.pop(asked, None)
            return None
        self.refused[asked] = self.refused.get(asked, 0) + 1
        kinds = NONE_YET if method == "GET" else ("503", "429", "page")
        return self.draw.choice(kinds)

    def size(self, asked: int) -> int:
        """How many records a page has, of so many asked for."""
        return min(asked, self.draw.randint(1, self.most))

    def something_happens(self) -> None:
        """Between two answers a record goes, comes or changes."""
        if not self.moves or not self.changes_left or self.draw.random() < 0.6:
            return
        self.changes_left -= 1
        if self.rows and self.draw.random() < 0.7:
            row = self.draw.choice(self.rows)
            self.stayed.discard(row["id"])
            self.rows.remove(row)
        else:
            self.comes()

    def comes(self) -> None:
        """A record that nobody can say whether a reading had to see."""
        row = self.row(1000 + self.changes_left)  # another one each time
        self.rows.insert(self.draw.randint(0, len(self.rows)), row)

    def answer(
        self, path: str, query: dict[str, str], body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        """The status, the JSON (None: no content) and headers of an answer."""
        raise NotImplementedError


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece, or each waits for an acknowledgement
    server: Hostile

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._told("GET")

    def do_POST(self) -> None:
        self._told("POST")

    def _told(self, method: str) -> None:
        asked = self.path
        if asked.startswith("/jobs/"):
            asked = self.server.jobs[int(asked.removeprefix("/jobs/"))]
        place = urlsplit(asked)
        query = {name: told[-1] for name, told in parse_qs(place.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            whim = self.server.whim(method, (asked, body))
            if whim == "cut":
                self.close_connection = True
                return
            if whim:
                self._none_yet(whim, asked)
                return
            status, told, headers = self.server.answer(place.path, query, body)
            self.server.something_happens()
        content = b"" if told is None else json.dumps(told).encode()
        self._send(status, content, {"Content-Type": "application/json", **headers})

    def _none_yet(self, whim: str, asked: str) -> None:
        if whim == "page":
            content = b"<html>We are down for maintenance</html>"
            self._send(200, content, {"Content-Type": "text/html; charset=utf-8"})
        elif whim == "202":
            self._send(202, b"{}", {"Location": self.path})
        elif whim == "202 elsewhere":
            self.server.jobs.append(asked)
            place = f"/jobs/{len(self.server.jobs) - 1}"
            self._send(202, b"{}", {"Location": place})
        elif whim == "429":
            self._send(429, b"", {"Retry-After": PASSED})
        elif whim == "429 alone":
            self._send(429, b"", {})
        else:
            self._send(503, b"", {})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, told in headers.items():
            self.send_header(name, told)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Kantata(Hostile):
    """Offsets over an order that need not tell all apart; a count in every answer."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.may_repeat = self.shuffles = self.draw.random() < 0.5

    def row(self, number: int) -> Row:
        """A record whose last change may be the moment of many others'."""
        changed = START + timedelta(minutes=self.draw.choice((0, 0, 0, number)))
        return {"id": str(number), "updated_at": changed.isoformat()}

    def answer(self, path, query, body):
        """A page by offset and limit, of what changed after a moment."""
        del body
        name = path.rpartition("/")[2]
        rows = list(self.rows)
        if self.shuffles:
            self.draw.shuffle(rows)
        if query.get("order") == "updated_at:asc":
            rows.sort(key=lambda row: row["updated_at"])
        after = query.get("updated_after", "")
        rows = [row for row in rows if row["updated_at"] > after]
        offset, limit = int(query["offset"]), int(query["limit"])
        page = rows[offset : offset + min(limit, self.most)]
        listed = [{"key": name, "id": row["id"]} for row in page]
        by_id = {row["id"]: row for row in page}
        return 200, {"count": len(rows), "results": listed, name: by_id}, {}


class Coupa(Hostile):
    """Pages after an id, of what changed in a window; what changes leaves it."""

    def answer(self, path, query, body):
        """A token, or the records after an id."""
        if path == "/oauth2/token":
            return 200, {"access_token": "a-token-for-tests"}, {}
        after = int(query.get("id[gt]", 0))
        rows = sorted((r for r in self.rows if r["id"] > after), key=lambda r: r["id"])
        return 200, rows[: self.size(int(query["limit"]))], {}


class Adp(Hostile):
    """Offsets, no count; the end is an answer without content."""

    def row(self, number: int) -> Row:
        """A worker."""
        return {"id": str(number), "associateOID": str(number)}

    def answer(self, path, query, body):
        """A token, or workers from an offset on."""
        if path == "/token":
            return 200, {"access_token": "a-token-for-tests"}, {}
        skip = int(query["$skip"])
        page = self.rows[skip : skip + self.size(int(query["$top"]))]
        return (200, {"workers": page}, {}) if page else (204, None, {})


class NetSuite(Hostile):
    """Pages after a key; each says how much there is, and whether there is more."""

    def row(self, number: int) -> Row:
        """Every value is a text."""
        return {"id": str(number)}

    def answer(self, path, query, body):
        """A token, or the records after a key."""
        if path.endswith("/token"):
            return 200, {"access_token": "a-token-for-tests"}, {}
        asked = json.loads(body)
        after = int(asked["params"][0]) if "id > ?" in asked["q"] else 0
        rows = [row for row in self.rows if int(row["id"]) > after]
        rows.sort(key=lambda row: int(row["id"]))
        page = rows[: self.size(int(query["limit"]))]
        told = {
            "items": page,
            "count": len(page),
            "hasMore": len(page) < len(rows),
            "totalResults": len(rows),
        }
        return 200, told, {}


class Salesforce(Hostile):
    """A result is kept, so nothing moves; its pages have any size, none at all too."""

    moves = False

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.results: list[list[Row]] = []

    def answer(self, path, query, body):
        """A session, or what a result has from its locator on."""
        if path.endswith("/token"):
            session = {"access_token": "a-token-for-tests", "instance_url": self.url}
            return 200, session, {}
        if "q" in query:
            self.results.append(self.result(query["q"]))
        place = path.rpartition("/")[2]
        which, _, start = place.rpartition("-") if "-" in place else ("-1", "", "0")
        return 200, self.page(int(which), int(start)), {}

    def result(self, soql: str) -> list[Row]:
        """What a query finds."""
        del soql
        return list(self.rows)

    def page(self, which: int, start: int) -> Row:
        """Some records of a result, and where the rest of it is."""
        rows = self.results[which]
        page = rows[start : start + self.draw.randint(0, self.most)]
        end = start + len(page)
        told = {"totalSize": len(rows), "done": end >= len(rows), "records": page}
        if not told["done"]:
            place = f"{which % len(self.results)}-{end}"
            told["nextRecordsUrl"] = f"/services/data/v61.0/query/{place}"
        return told


class Dynamics365(Hostile):
    """Pages with a link to the next; the first tells how many rows there are."""

    moves = False  # of what its links hold on to nothing is documented

    def answer(self, path, query, body):
        """A token, or what a listing has from its link on."""
        if path.endswith("/token"):
            return 200, {"access_token": "a-token-for-tests"}, {}
        start = int(query.get("$skiptoken", 0))
        page = self.rows[start : start + self.draw.randint(0, self.most)]
        end = start + len(page)
        told = {"value": page} | ({} if start else {"@odata.count": len(self.rows)})
        if end < len(self.rows):
            more = f"{self.url}{path}?$skiptoken={end}&try={self.draw.random()}"
            told["@odata.nextLink"] = more
        return 200, told, {}


class OracleFusion(Hostile):
    """Offsets over a unique order; each page says whether there is more, not how much.

    A page may be smaller than asked for, and says how large it is.
    """

    def answer(self, path, query, body):
        """A token, or records from an offset on."""
        if path.endswith("/token"):
            return 200, {"access_token": "a-token-for-tests"}, {}
        start = int(query["offset"])
        rows = sorted(self.rows, key=lambda row: row["id"])
        page = rows[start : start + self.size(int(query["limit"]))]
        more = start + len(page) < len(rows)
        return 200, {"items": page, "count": len(page), "hasMore": more}, {}


def changed(row: Row) -> datetime:
    """When an organisation last touched a record."""
    return datetime.fromisoformat(row["SystemModstamp"])


class Certinia(Salesforce):
    """What changed in a window; a result may be forgotten, or take too long."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.rows.sort(key=lambda row: (changed(row), row["Id"]))
        self.noes_left = 3

    def row(self, number: int) -> Row:
        """A record whose last change may be the moment of many others'."""
        moment = START + timedelta(minutes=self.draw.choice((0, 0, 0, number)))
        own = {"Id": f"a{number:05}", "SystemModstamp": moment.isoformat()}
        return own | {"id": number, "IsDeleted": False}

    def answer(self, path, query, body):
        """A session, or what a result has from its locator on."""
        if path.endswith("/token"):
            return super().answer(path, query, body)
        if self.noes_left and self.is_moody and self.draw.random() < 0.1:
            self.noes_left -= 1
            self.may_repeat = True  # those of the moment that was reached
            forgotten, late = "INVALID_QUERY_LOCATOR", "QUERY_TIMEOUT"
            code = forgotten if "-" in path else late
            return 400, [{"errorCode": code, "message": "not now"}], {}
        return super().answer(path, query, body)

    def result(self, soql: str) -> list[Row]:
        """What changed in a window, by its moment and then its id."""
        window = re.findall(r"SystemModstamp [><]=? (\S+)", soql)
        since, until = map(datetime.fromisoformat, window)
        return [row for row in self.rows if since <= changed(row) < until]


class Tryton(Hostile):
    """Pages after an id, by remote calls."""

    def answer(self, path, query, body):
        """A session, the user, or the records after an id."""
        del path, query
        asked = json.loads(body)
        if asked["method"] == "common.db.login":
            return 200, {"result": [1, "a-session-for-tests", None]}, {}
        if asked["method"].endswith("user.read"):
            user = {"company": 1, "companies": [1], "company_filter": "all"}
            return 200, {"result": [user]}, {}
        [[_, _, after]] = asked["params"][0]
        rows = sorted((r for r in self.rows if r["id"] > after), key=lambda r: r["id"])
        return 200, {"result": rows[: self.size(asked["params"][2])]}, {}


class Workday(Hostile):
    """A report is one answer."""

    moves = False

    def answer(self, path, query, body):
        """All of it."""
        del path, query, body
        return 200, {"Report_Entry": self.rows} if self.rows else {}, {}


class S4Hana(Hostile):
    """Pages after a key; each counts the records behind it."""

    def row(self, number: int) -> Row:
        """A text that is ordered as its number is."""
        return {"id": f"{number:05}"}

    def answer(self, path, query, body):
        """The records of an entity set behind a key."""
        after = query.get("$filter", "(id gt '')").partition("'")[2].partition("'")[0]
        rows = [row for row in self.rows if row["id"] > after]
        rows.sort(key=lambda row: row["id"])
        page = rows[: self.size(int(query["$top"]))]
        return 200, {"d": {"results": page, "__count": str(len(rows))}}, {}
