"""Posting targets for the bad ERP's personalities, on the product's own HTTP client."""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.journal import (
    Journal,
    Kept,
    PostedRecord,
    Refusal,
    hash_in,
)
from dlt_pipelines.vendors.http import ApiClient
from tests.reverse_sync.faults.erp import (
    IMPORT,
    JOB_TAKES,
    KEY,
    LONGEST_CALL,
    NEITHER,
    PARTS,
    QUEUE,
    QUEUED,
    UPSERT,
)

Step = Callable[[], None]


class _Target:
    """What the personalities share; ``step`` is called at the door of each call."""

    request_id = None
    guards_repeats = True
    external_id_limit = 64

    def __init__(
        self, name: str, base_url: str, batch_size: int, lag: float, step: Step
    ) -> None:
        self.name = name
        self.batch_size = batch_size
        self.lookup_lag = lag + LONGEST_CALL
        self.step = step
        self.client = ApiClient(Instance("erp", "erp", {"base_url": base_url}))
        self.client.attempts = 1
        self.client.timeout = (5.0, 5.0)

    def find(self, documents: Sequence[Journal]) -> dict[str, PostedRecord]:
        return {
            found["external_id"]: PostedRecord(
                found["id"], found["external_id"], found["memo"]
            )
            for found in self._found([x.external_id for x in documents])
            if found["posted"]
        }

    def held(self) -> list[PostedRecord]:
        return [
            PostedRecord(told["id"], content["external_id"], content["memo"])
            for told, content in self._listed()
        ]

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        contents = {told["id"]: content for told, content in self._listed()}
        return [_journal(contents[record.erp_id]) for record in held]

    def _listed(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        self.step()
        listed = self._call("held", None)
        return [(told, told["content"]) for told in listed if told["posted"]]

    def withdraw(self, external_ids: Sequence[str]) -> None:
        pass

    def drop_drafts(self) -> None:
        """Remove every draft, as when nobody posts any more."""
        for told in self._call("held", None):
            if not told["posted"]:
                self._call(f"drafts/{told['id']}/drop", None)

    def _found(self, external_ids: Sequence[str]) -> list[dict[str, Any]]:
        self.step()
        return self._call("find", list(external_ids))

    def _call(self, path: str, body: Any) -> Any:
        headers = {"X-Sent": str(time.monotonic())}
        answer = self.client.send("POST", f"/{path}", json=body, headers=headers)
        return self.client.json(answer)

    def _results(self, path: str, bodies: list[dict[str, Any]]) -> list[Kept | Refusal]:
        self.step()
        answers = self._call(path, bodies)
        self.step()
        if len(answers) != len(bodies):
            raise BadAnswer("erp answered for another number of journals", "ask it.")
        return [_result(answer) for answer in answers]


def _result(answer: dict[str, Any]) -> Kept | Refusal:
    return Refusal(answer["error"]) if "error" in answer else Kept(answer["id"])


def _journal(content: dict[str, Any]) -> Journal:
    told = {name: content[name] for name in content if name != "idempotency_key"}
    journal = Journal.of(json.dumps(told))
    return replace(journal, content_hash=hash_in(journal.memo))


def _body(journal: Journal) -> dict[str, Any]:
    return json.loads(journal.payload())


class KeyTarget(_Target):
    """Sends an idempotency key with every journal."""

    def post(self, journals: Sequence[Journal]) -> list[Kept | Refusal]:
        bodies = [_body(x) | {"idempotency_key": x.external_id} for x in journals]
        return self._results("journals", bodies)


class UpsertTarget(_Target):
    """Writes under the external id."""

    def post(self, journals: Sequence[Journal]) -> list[Kept | Refusal]:
        return self._results("journals", [_body(x) for x in journals])


class DraftTarget(_Target):
    """Makes drafts and posts them; adopts its own draft that was left behind."""

    guards_repeats = False

    def withdraw(self, external_ids: Sequence[str]) -> None:
        for record in self._found(external_ids):
            if not record["posted"]:
                self._call(f"drafts/{record['id']}/drop", None)

    def post(self, journals: Sequence[Journal]) -> list[Kept | Refusal]:
        found = self._found([journal.external_id for journal in journals])
        drafts = {
            (record["external_id"], record["memo"]): record["id"]
            for record in found
            if not record["posted"]
        }
        return [self._post(journal, drafts) for journal in journals]

    def _post(self, journal: Journal, drafts: dict[Any, str]) -> Kept | Refusal:
        draft = drafts.get((journal.external_id, journal.memo))
        if draft is None:
            (created,) = self._results("drafts", [_body(journal)])
            draft = created.erp_id
        self.step()  # between create and post
        result = _result(self._call(f"drafts/{draft}/post", None))
        self.step()
        if isinstance(result, Refusal):
            self._call(f"drafts/{draft}/drop", None)
        return result


class ImportTarget(_Target):
    """Sends files to a job, and asks what it made of them."""

    guards_repeats = False

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.lookup_lag += JOB_TAKES

    def withdraw(self, external_ids: Sequence[str]) -> None:
        self._purge(self._left(external_ids))

    def drop_drafts(self) -> None:
        self._call("purge", None)

    def post(self, journals: Sequence[Journal]) -> list[Kept | Refusal]:
        ids = [journal.external_id for journal in journals]
        results: dict[str, Kept | Refusal] = {}
        if left := self._left(ids):
            self._purge(left)
            results |= self._kept(journals)  # an import may have been quicker
        going = [journal for journal in journals if journal.external_id not in results]
        if going:
            results |= self._imported(going)
        return [results[external_id] for external_id in ids]

    def _imported(self, journals: Sequence[Journal]) -> dict[str, Kept | Refusal]:
        self.step()
        bodies = [_body(journal) for journal in journals]
        group = bodies[0]["external_id"]
        job = self._call("imports", {"group": group, "journals": bodies})["job"]
        self.step()  # between file and job
        while not self._call("job", job):
            time.sleep(JOB_TAKES / 5)
        results = self._kept(journals)
        left = self._left([body["external_id"] for body in bodies])
        results |= {
            told["external_id"]: Refusal(told["error"])
            for told in left
            if told["error"]
        }
        self.step()  # between answer and tidying
        self._purge(left)
        if len(results) < len(journals):
            raise BadAnswer("erp shows neither records nor reasons", "ask it again.")
        return results

    def _kept(self, journals: Sequence[Journal]) -> dict[str, Kept | Refusal]:
        return {key: Kept(record.erp_id) for key, record in self.find(journals).items()}

    def _left(self, external_ids: Sequence[str]) -> list[dict[str, Any]]:
        return self._call("left", list(external_ids))

    def _purge(self, left: Sequence[dict[str, Any]]) -> None:
        if left:
            self._call("purge", sorted({told["group"] for told in left}))


class QueueTarget(_Target):
    """Leaves a message, then asks for a while what became of its journals."""

    guards_repeats = False
    polls = 4  # a message lies for about as long, so some are not waited for

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.lookup_lag += QUEUED

    def post(self, journals: Sequence[Journal]) -> list[Kept | Refusal]:
        self.step()
        message_id = uuid.uuid4().hex
        bodies = [_body(x) for x in journals]
        self._call("messages", {"id": message_id, "journals": bodies})
        self.step()
        for _ in range(self.polls):
            time.sleep(QUEUED / 4)
            answers = self._call("confirmations", message_id)
            self.step()
            if answers is not None:
                return [_result(answer) for answer in answers]
        raise BadAnswer("erp took a message and has not confirmed it", "ask it.")


class PartsTarget(_Target):
    """Makes a header, its lines and the posting, as Dynamics 365 takes them.

    What is left unposted is dropped before anything is sent; the header says what
    became of a posting. One session sends at a time.
    """

    def withdraw(self, external_ids: Sequence[str]) -> None:
        for record in self._found(external_ids):
            self._drop(record["id"])

    def post(self, journals: Sequence[Journal]) -> list[Kept | Refusal]:
        standing = self._found([journal.external_id for journal in journals])
        posted = {r["external_id"]: r["id"] for r in standing if r["posted"]}
        for told in self._call("held", None):
            if not told["posted"]:
                self._drop(told["id"])
        return [
            Kept(posted[journal.external_id])
            if journal.external_id in posted
            else self._send(journal)
            for journal in journals
        ]

    def _send(self, journal: Journal) -> Kept | Refusal:
        body = _body(journal)
        lines, body["lines"] = body["lines"], []
        (made,) = self._results("drafts", [body])
        assert isinstance(made, Kept)
        given = self._call(f"drafts/{made.erp_id}/lines", lines)
        self.step()  # between lines and posting
        said = given if "error" in given else self._call(
            f"drafts/{made.erp_id}/post", None
        )  # fmt: skip
        self.step()
        after = self._found([journal.external_id])
        if any(record["posted"] for record in after if record["id"] == made.erp_id):
            return made
        self._drop(made.erp_id)
        return Refusal(said.get("error", "it says nothing"))

    def _drop(self, erp_id: str) -> None:
        if "error" in self._call(f"drafts/{erp_id}/drop", None):
            raise BadAnswer("erp has posted it meanwhile", "ask it.")


TARGETS = {
    KEY: KeyTarget,
    UPSERT: UpsertTarget,
    NEITHER: DraftTarget,
    IMPORT: ImportTarget,
    QUEUE: QueueTarget,
    PARTS: PartsTarget,
}
