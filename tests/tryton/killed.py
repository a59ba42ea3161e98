"""A poster to Tryton that is killed: run as a process by the tests.

Arguments: ledger, database, instance options (a JSON file), when to die: with the
second batch's ``drafts`` made, or with it ``posted`` and the ledger not told.
"""

import json
import os
import signal
import sys
from pathlib import Path

from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import plan
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.vendors.tryton.target import TrytonTarget


class Dying(TrytonTarget):
    """Sends two journals at a time and dies at the second batch."""

    batch_size = 2
    calls = 0

    def held(self):
        return []  # a test's ledger knows nothing of the other tests' moves

    def _post(self, drafts):
        self.calls += 1
        if (self.calls, when) == (2, "drafts"):
            os.kill(os.getpid(), signal.SIGKILL)
        kept = super()._post(drafts)
        if (self.calls, when) == (2, "posted"):
            os.kill(os.getpid(), signal.SIGKILL)
        return kept


if __name__ == "__main__":
    ledger_path, database, options, when = sys.argv[1:]
    told = json.loads(Path(options).read_text())
    target = Dying(Instance("erp", "tryton", told))
    ledger = Ledger(Path(ledger_path))
    print(post(plan(Path(database), ledger), ledger, [target]))  # noqa: T201
