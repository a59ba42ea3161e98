"""Records in asynchronous batches: a job for all, a task with a result for each.

A batch goes out under an idempotency key made from its content. A repeat of it (its
answer was lost, or the job did not end in time) is answered with the job there is,
which is read instead; NetSuite forgets keys some day, and then the external ids guard.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dlt_pipelines.errors import BadAnswer, Refused, Unreachable
from dlt_pipelines.vendors.netsuite.client import NetSuiteClient

MOST_RECORDS = 100
FIRST_POLL = 0.05  # seconds; doubled until LONGEST_POLL
LONGEST_POLL = 5.0
PATIENCE = 600.0  # seconds that a job may take
REFUSAL = 400
# Not confirmed by documentation: how a batch's body holds its records, and that tasks
# are listed in the records' order.
UNVERIFIED = {"records": "items"}

Wait = Callable[[float], None]


@dataclass(frozen=True)
class Result:
    """What became of a record: where it is, or why it is not kept."""

    location: str | None
    reason: str | None


def key_of(contents: Sequence[str]) -> str:
    """The idempotency key of a batch with these contents, always the same."""
    digest = hashlib.sha256("\x1f".join(contents).encode()).hexdigest()
    return str(uuid.UUID(digest[:32]))


def send(
    writer: NetSuiteClient,
    reader: NetSuiteClient,
    path: str,
    bodies: Sequence[bytes],
    key: str,
    wait: Wait = time.sleep,
) -> list[Result]:
    """Send records as one batch and read each one's result, in their order.

    Raises Unreachable when the job does not end in time, BadAnswer when its tasks are
    not those of the records.
    """
    job = _submitted(writer, path, bodies, key)
    _await(reader, job, wait)
    tasks = reader.json(reader.send("GET", f"{job}/task/"))["items"]
    if len(tasks) != len(bodies):
        raise BadAnswer(
            f"{reader.instance.name} has {len(tasks)} tasks for {len(bodies)} records",
            "run `tieout post` again: it asks for each record.",
        )
    return [_result(reader, f"{job}/task/{task['id']}/result") for task in tasks]


def _submitted(
    writer: NetSuiteClient, path: str, bodies: Sequence[bytes], key: str
) -> str:
    """The address of the job that has the records."""
    records = b",".join(bodies)
    try:
        answer = writer.send(
            "POST",
            path,
            headers={
                "Content-Type": "application/vnd.oracle.resource+json; type=collection",
                "Prefer": "respond-async",
                "X-NetSuite-Idempotency-Key": key,
                "X-NetSuite-PropertyNameValidation": "Error",
            },
            data=b'{"%s":[%s]}' % (UNVERIFIED["records"].encode(), records),
        )
        location = answer.headers.get("Location")
    except Refused as error:
        if "IDEMPOTENCY_ERROR" not in error.what:
            raise
        location = writer.last_location
    if not location:
        raise BadAnswer(
            f"{writer.instance.name} took a batch and named no job",
            "run `tieout post` again: it asks for each record.",
        )
    return location.rstrip("/")


def _await(reader: NetSuiteClient, job: str, wait: Wait) -> None:
    pause, waited = FIRST_POLL, 0.0
    while not reader.json(reader.send("GET", job))["completed"]:
        if waited >= PATIENCE:
            raise Unreachable(
                f"{reader.instance.name} has not done {job} in {PATIENCE:.0f} s",
                "run `tieout post` again: it asks for each record.",
            )
        wait(pause)
        waited += pause
        pause = min(2 * pause, LONGEST_POLL)


def _result(reader: NetSuiteClient, address: str) -> Result:
    try:
        answer = reader.send("GET", address)
    except Refused as error:
        if reader.last_status != REFUSAL:
            raise
        return Result(None, error.what.partition(": ")[2] or error.what)
    return Result(answer.headers.get("Location", ""), None)
