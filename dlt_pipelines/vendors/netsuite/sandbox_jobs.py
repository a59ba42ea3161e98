"""The sandbox's asynchronous interface: a job per batch, a task per record.

Tasks are done one after the other, each after a moment, whether anybody asks or not. A
key that was used before gives the job it was used for, as an error that names it.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from dlt_pipelines.vendors.netsuite.sandbox_journals import Failure

TASK_SECONDS = 0.01
MOST_RECORDS = 100
Create = Callable[[dict[str, Any]], Response]


@dataclass
class Job:
    """A batch: the answers to its records so far, in their order."""

    number: int
    records: list[dict[str, Any]]
    answers: list[Response] = field(default_factory=list)

    @property
    def is_completed(self) -> bool:
        """Whether every task has its answer."""
        return len(self.answers) == len(self.records)

    def told(self, task: int | None = None) -> dict[str, Any]:
        """The job, or one of its tasks, as a status answer has it."""
        done = self.is_completed if task is None else task <= len(self.answers)
        return {
            "id": str(self.number if task is None else task),
            "completed": done,
            "progress": "succeeded" if done else "processing",
        }


class Jobs:
    """The jobs of this server's life."""

    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.by_key: dict[str, int] = {}
        self.lock = threading.Lock()
        self.seconds_before = 0.0  # what a job waits before its first task

    def submit(
        self, records: list[dict[str, Any]], key: str | None, create: Create
    ) -> tuple[Job, bool]:
        """A job for the records, and whether it is new."""
        if not 1 <= len(records) <= MOST_RECORDS:
            detail = f"A batch has 1 to {MOST_RECORDS} records."
            raise Failure(400, "INVALID_REQUEST", detail)
        with self.lock:
            if key and key in self.by_key:
                return self.jobs[self.by_key[key]], False
            job = Job(len(self.jobs) + 1, records)
            self.jobs[job.number] = job
            if key:
                self.by_key[key] = job.number
        threading.Thread(target=self._run, args=(job, create), daemon=True).start()
        return job, True

    def _run(self, job: Job, create: Create) -> None:
        time.sleep(self.seconds_before)
        for record in job.records:
            time.sleep(TASK_SECONDS)
            job.answers.append(create(record))

    def find(self, number: str) -> Job:
        """A job by its number."""
        job = self.jobs.get(int(number)) if number.isdigit() else None
        if job is None:
            raise Failure(404, "NONEXISTENT_ID", f"There is no job {number}.")
        return job

    def result(self, number: str, task: str) -> Response:
        """The answer to one record, as if it had been sent by itself."""
        job = self.find(number)
        if not task.isdigit() or not 1 <= int(task) <= len(job.answers):
            raise Failure(404, "NONEXISTENT_ID", f"There is no result of task {task}.")
        return job.answers[int(task) - 1]
