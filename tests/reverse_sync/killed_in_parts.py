"""Posters of journals in parts that are killed at each of their requests.

Run as a process of its own by a test: it forks, and a test's process has threads.
Arguments: the options of the instance (a JSON file), the ledger. Each life desires more
than the one before; it dies before or after its request of a number. The next poster
lives. Printed is how many lives were ended.
"""

import json
import os
import signal
import sys
from decimal import Decimal
from pathlib import Path

from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.vendors.dynamics365.client import Dynamics365Client
from dlt_pipelines.vendors.dynamics365.target import Dynamics365Target
from tests.reverse_sync.test_dynamics365 import ROWS

REQUESTS = 12  # of a run with two journals


def desired(cents: int) -> list[dict]:
    """The desired postings, each of so many cents more."""
    more = Decimal(cents) / 100
    return [{**row, "desired_amount": row["desired_amount"] + more} for row in ROWS]


def posted(instance: Instance, ledger: Path, cents: int) -> None:
    opened = Ledger(ledger)
    report = post(
        compare(desired(cents), opened), opened, [Dynamics365Target(instance)],
        wait=lambda _: None,
    )  # fmt: skip
    assert report.errors == [], report.errors
    assert report.refused == [], report.refused
    opened.close()


def dying(at: int, *, is_after: bool) -> None:
    """Let this process die at its request of a number."""
    sends, left = Dynamics365Client.send, [at]

    def send(self, method, path, **request):
        left[0] -= path != self.instance.options["token_url"]
        if left[0] == 0 and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = sends(self, method, path, **request)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    Dynamics365Client.send = send


def lives(instance: Instance, ledger: Path) -> int:
    """How many posters were killed; after each one that was not posts the rest."""
    killed = 0
    for life in range(2 * REQUESTS):
        poster = os.fork()
        if not poster:
            dying(life // 2 + 1, is_after=bool(life % 2))
            posted(instance, ledger, life + 1)
            os._exit(0)
        killed += os.WIFSIGNALED(os.waitpid(poster, 0)[1])
        posted(instance, ledger, life + 1)
    return killed


if __name__ == "__main__":
    options, path = map(Path, sys.argv[1:])
    told = Instance("dynamics365", "dynamics365", json.loads(options.read_text()))
    sys.stdout.write(str(lives(told, path)))
