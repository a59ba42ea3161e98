"""What can be posted to Tryton, and why a repeat is harmless there.

Tryton guards nothing: moves have no external id, and sending one twice makes two. So:

- The external id opens the move's description; the memo with the content's hash
  follows.
- A move comes to be in two steps, a draft and its posting. Only a posted move counts,
  and only this target's own calls post its drafts.
- Every sending first looks, in one query, at what stands under its external ids. What
  is posted stays. What is a draft is a call's that never came to its end (a kill, a
  lost answer), maybe edited since: it is removed and made anew. Removing and posting
  change the same row, so of a posting still under way either it or the removal
  happens, never both; a creation still under way leaves a draft and no more, which a
  later sending removes.
- A draft that Tryton will not post is removed at once: it would keep its period from
  being closed, and somebody could post it by hand. When it cannot be removed nobody
  knows what will become of it: BadAnswer, and the posting stays open.

That holds for one writer at a time, which the posting ledger sees to.

A line's project is an analytic account and stands on lines of the income statement
only, the only ones that Tryton checks. Hours have no place of their own and are told in
the line's description.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.journal import (
    OURS,
    Journal,
    Kept,
    Line,
    PostedRecord,
    Refusal,
    hash_in,
)
from dlt_pipelines.vendors.tryton.client import SaidNo, Stumbled, connect

JOURNAL_CODE = "MISC"  # Tryton's own «Miscellaneous»
NEEDED_RIGHTS = ("read", "write", "create", "delete")
# Tryton gives a request a minute; giving up early only makes the outcome uncertain.
WRITE_TIMEOUT = (5.0, 120.0)
CALLS_AT_ONCE = 1  # moves get their numbers one after the other, so more gains nothing
TAKES_FOREIGN_CURRENCIES = False  # a move here is in its company's currency
OPENS_AS_OURS = ["description", "like", f"{OURS}%"]
HOURS = re.compile(r", (-?\d+(?:\.\d+)?) h$")  # at the end of a line's description
LEFT_BEHIND_AFTER = timedelta(hours=1)  # no call of ours is still at work by then


class TrytonTarget:
    """A database to post journals to."""

    request_id = None  # Tryton names no requests
    batch_size = 100
    guards_repeats = True
    # What is posted is seen as soon as it is; a killed poster's call may last so long.
    lookup_lag = 60.0
    external_id_limit = 64  # a description has no limit; nobody needs more

    def __init__(self, instance: Instance) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = instance.name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self.journal_code = str(instance.options.get("journal") or JOURNAL_CODE)
        self._books: _Books | None = None

    def find(self, documents: Sequence[Journal]) -> dict[str, PostedRecord]:
        """The posted moves among those of ``documents``."""
        return _posted(self._under([journal.external_id for journal in documents]))

    def held(self) -> list[PostedRecord]:
        """Every posted move that opens as ours do (see ``Target.held``)."""
        moves = self._moves([OPENS_AS_OURS, ["state", "=", "posted"]])
        return [_record(move) for move in moves]

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Moves as Tryton keeps them now (see ``Target.read``).

        Departments are not kept, and projects on lines of the income statement only.
        """
        ids = [int(record.erp_id) for record in held]
        fields = ["date", "company.currency.code"]
        moves = self._by_id("account.move", fields, ["id", "in", ids])
        fields = ["move", "account.code", "debit", "credit", "description"]
        lines = self._by_id("account.move.line", fields, ["move", "in", ids])
        projects = self._by_id(
            "analytic_account.line",
            ["move_line", "account"],
            ["move_line", "in", list(lines)],
        )
        project_of = {p["move_line"]: str(p["account"]) for p in projects.values()}
        lines_of: dict[int, list[Line]] = {}
        for number, line in sorted(lines.items()):
            kept = _line_kept(line, project_of.get(number))
            lines_of.setdefault(line["move"], []).append(kept)
        if hidden := [str(n) for n in ids if n not in moves or n not in lines_of]:
            raise BadAnswer(
                f"{self.name} lists moves {', '.join(hidden)} and shows no lines of "
                "them",
                "let Tryton's user see all lines of the companies it posts to.",
            )
        return [
            _journal(record, moves[number], lines_of[number])
            for record, number in zip(held, ids, strict=True)
        ]

    def _by_id(
        self, model: str, fields: list[str], *domain: Any
    ) -> dict[int, dict[str, Any]]:
        pages = self.reader.pages(model, fields, [*domain])
        return {row["id"]: row for page in pages for row in page}

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Remove the drafts among ``external_ids``; BadAnswer when one is posted."""
        moves = self._under(external_ids)
        if posted := _posted(moves):
            raise BadAnswer(
                f"{self.name} has posted {', '.join(posted)} meanwhile",
                "run `tieout post` again: it asks for them first.",
            )
        self._remove([move["id"] for move in moves])

    def post(self, journals: Sequence[Journal]) -> list[Kept | Refusal]:
        """Send journals once; one result each (see ``Target.post``)."""
        books = self._opened_books()
        standing = self._standing(journals)
        self._remove([move["id"] for move in standing if move["state"] == "draft"])
        posted = _posted(standing)
        results: dict[str, Kept | Refusal] = {}
        sent: dict[int, list[tuple[str, dict[str, Any]]]] = {}  # by company
        for journal in journals:
            external_id = journal.external_id
            if external_id in posted:
                results[external_id] = _held(posted[external_id], journal)
                continue
            try:
                move = books.move(journal)
            except _NotInBooks as error:
                results[external_id] = Refusal(str(error))
            else:
                sent.setdefault(move["company"], []).append((external_id, move))
        for moves in sent.values():  # Tryton 8.2 fails at two companies in one call
            results |= self._created_and_posted(moves)
        return [results[journal.external_id] for journal in journals]

    def _created_and_posted(
        self, sent: list[tuple[str, dict[str, Any]]]
    ) -> dict[str, Kept | Refusal]:
        made = _together_or_alone(self._create, [move for _, move in sent])
        drafts = [draft for draft in made if isinstance(draft, int)]
        ends = dict(zip(drafts, _together_or_alone(self._post, drafts), strict=True))
        self._remove([d for d, end in ends.items() if isinstance(end, Refusal)])
        results = [ends[draft] if isinstance(draft, int) else draft for draft in made]
        for result in results:
            if isinstance(result, Stumbled):  # the others are found when it is asked
                raise result
        return {
            external_id: result
            for (external_id, _), result in zip(sent, results, strict=True)
        }

    def _create(self, moves: list[dict[str, Any]]) -> list[int]:
        return self.writer.call("account.move.create", moves)

    def _post(self, drafts: list[int]) -> list[Kept]:
        self.writer.call("account.move.post", drafts)
        return [Kept(str(draft)) for draft in drafts]

    def _remove(self, drafts: list[int]) -> None:
        if not drafts:
            return
        try:
            self.writer.call("account.move.delete", drafts)
        except SaidNo as error:
            raise BadAnswer(
                f"{self.name} will not let drafts be removed (moves "
                f"{', '.join(map(str, drafts))}): {error.reason}",
                "delete those drafts in Tryton, then run `tieout post` again.",
            ) from error

    def _standing(self, journals: Sequence[Journal]) -> list[dict[str, Any]]:
        """Moves under the journals' external ids, and drafts that came too late."""
        companies = sorted({int(journal.subsidiary_id) for journal in journals})
        left_behind = [
            ["state", "=", "draft"],
            OPENS_AS_OURS,
            ["create_uid", "=", self.reader.user_id],
            ["create_date", "<", datetime.now(UTC) - LEFT_BEHIND_AFTER],
            ["company", "in", companies],
        ]
        under = [_under(journal.external_id) for journal in journals]
        return self._moves(["OR", *under, left_behind])

    def _under(self, external_ids: Sequence[str]) -> list[dict[str, Any]]:
        under = [_under(external_id) for external_id in external_ids]
        return self._moves(["OR", *under]) if under else []

    def _moves(self, domain: list[Any]) -> list[dict[str, Any]]:
        pages = self.reader.pages("account.move", ["description", "state"], [domain])
        return [move for page in pages for move in page]

    def _opened_books(self) -> "_Books":
        if self._books is None:
            self._check_rights()
            self._books = _Books(self.reader, self.journal_code)
        return self._books

    def _check_rights(self) -> None:
        """Raises Refused: a missing right would look like a refused entry."""
        models = ["account.move", "account.move.line", "analytic_account.line"]
        rights = self.reader.call("ir.model.access.get_access", models)
        for model in models:
            lacking = [r for r in NEEDED_RIGHTS if not rights[model][r]]
            if lacking:
                raise Refused(
                    f"{self.name}: the user may not {', '.join(lacking)} {model}",
                    "put Tryton's user into its group Accounting.",
                )


class _NotInBooks(Exception):
    """A journal names what the books do not have."""


class _Books:
    """What moves refer to, by the names that journals have for it."""

    def __init__(self, client: Any, journal_code: str) -> None:
        def rows(model: str, fields: list[str], *domain: Any) -> list[dict[str, Any]]:
            active = [*domain]
            return [row for page in client.pages(model, fields, active) for row in page]

        usable = (["active", "=", True], ["closed", "=", False], ["type", "!=", None])
        accounts = rows(
            "account.account", ["company", "code", "type.statement"], *usable
        )
        self.accounts = {(a["company"], a["code"]): a for a in accounts}
        self.periods = rows(
            "account.period",
            ["company", "start_date", "end_date"],
            ["type", "=", "standard"],
        )
        companies = rows("company.company", ["currency.code"])
        self.currencies = {c["id"]: c["currency"]["code"] for c in companies}
        named = rows("account.journal", ["code"], ["code", "=", journal_code])
        if not named:
            raise Refused(
                f"{client.instance.name} has no journal {journal_code}",
                f"set journal under [sources.{client.instance.name}] to the code of "
                "the journal that postings go to.",
            )
        self.journal = named[0]["id"]

    def move(self, journal: Journal) -> dict[str, Any]:
        """A journal as ``account.move.create`` wants it."""
        company = int(journal.subsidiary_id)
        currency = self.currencies.get(company)
        if currency != journal.currency_code:
            raise _NotInBooks(
                f"company {company} keeps its books in {currency}, "
                f"not in {journal.currency_code}"
            )
        return {
            "company": company,
            "journal": self.journal,
            "period": self._period(company, journal.posting_date),
            "date": journal.posting_date,
            "description": f"{journal.external_id} {journal.memo}",
            "lines": [
                [
                    "create",
                    [self._line(company, journal, line) for line in journal.lines],
                ]
            ],
        }

    def _period(self, company: int, day: date) -> int:
        for period in self.periods:
            starts, ends = period["start_date"], period["end_date"]
            if period["company"] == company and starts <= day.isoformat() <= ends:
                return period["id"]
        raise _NotInBooks(f"company {company} has no period for {day}")

    def _line(self, company: int, journal: Journal, line: Line) -> dict[str, Any]:
        account = self.accounts.get((company, line.account_number))
        if account is None:
            raise _NotInBooks(
                f"company {company} has no open account {line.account_number}"
            )
        sides = {"debit": line.debit, "credit": line.credit}
        told = {
            "account": account["id"],
            "description": _described(line.memo, line.hours),
            **sides,
        }
        if line.project_id and account["type"]["statement"] == "income":
            project = {"account": int(line.project_id), "date": journal.posting_date}
            told["analytic_lines"] = [["create", [project | sides]]]
        return told


def _described(memo: str, hours: Decimal | None) -> str:
    return memo if hours is None else f"{memo}, {hours:f} h"


def _under(external_id: str) -> list[Any]:
    """The condition «this is the move of an external id»."""
    pattern = external_id.replace("\\", r"\\").replace("_", r"\_").replace("%", r"\%")
    return ["description", "like", f"{pattern} %"]


def _posted(moves: list[dict[str, Any]]) -> dict[str, PostedRecord]:
    """Of several under an external id the first: a copy has the description too."""
    posted = [move for move in moves if move["state"] == "posted"]
    newest_first = sorted(posted, key=lambda move: -move["id"])
    return {r.external_id: r for r in map(_record, newest_first)}


def _record(move: dict[str, Any]) -> PostedRecord:
    external_id, _, memo = move["description"].partition(" ")
    return PostedRecord(str(move["id"]), external_id, memo)


def _journal(record: PostedRecord, move: dict[str, Any], lines: list[Line]) -> Journal:
    # Tryton gives lines in no order of its own: the debit account's tells its hours.
    lines.sort(key=lambda line: line.hours is None)
    return Journal(
        external_id=record.external_id,
        content_hash=hash_in(record.memo),
        subsidiary_id=str(move["company"]["id"]),
        currency_code=move["company"]["currency"]["code"],
        posting_date=date.fromisoformat(move["date"]),
        memo=record.memo,
        lines=tuple(lines),
    )


def _line_kept(line: dict[str, Any], project_id: str | None) -> Line:
    described = line["description"] or ""
    hours = HOURS.search(described)
    return Line(
        account_number=line["account"]["code"],
        debit=Decimal(line["debit"]),
        credit=Decimal(line["credit"]),
        project_id=project_id,
        department_id=None,
        hours=Decimal(hours[1]) if hours else None,
        memo=HOURS.sub("", described),
    )


def _held(record: PostedRecord, journal: Journal) -> Kept | Refusal:
    if journal.content_hash[:16] in record.memo:
        return Kept(record.erp_id)
    return Refusal(
        f"external id {record.external_id} belongs to another move ({record.erp_id})"
    )


def _together_or_alone(
    act: Callable[[list[Any]], list[Any]], items: list[Any]
) -> list[Any]:
    """What a call makes of the items, or what speaks against those that are to blame.

    A call fails as a whole, so it is halved until those that fail are alone: a Refusal
    each, or the error with which Tryton stumbled over it.
    """
    if not items:
        return []
    try:
        return act(items)
    except (SaidNo, Stumbled) as error:
        if len(items) == 1:
            return [Refusal(error.reason) if isinstance(error, SaidNo) else error]
    half = len(items) // 2
    return [
        *_together_or_alone(act, items[:half]),
        *_together_or_alone(act, items[half:]),
    ]


def open_target(instance: Instance) -> TrytonTarget:
    """The target of a configured database."""
    return TrytonTarget(instance)
