"""A poster that is killed: run as a process by the tests.

Arguments: ledger, database, instance options (a JSON file), when to die. ``between``
intent and call: at the door of the call; ``after`` the call: the ERP has the journal,
the ledger does not know. Any other word: never.
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
from dlt_pipelines.vendors.netsuite.target import NetSuiteTarget


class Dying(NetSuiteTarget):
    """Dies at the second journal."""

    when = ""
    calls = 0

    def find(self, documents):
        if self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().find(documents)

    def post(self, journals):
        self.calls += 1
        if self.calls == 2 and self.when == "between":
            os.kill(os.getpid(), signal.SIGKILL)
        results = super().post(journals)
        if self.calls == 2 and self.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return results


if __name__ == "__main__":
    ledger_path, database, options, when = sys.argv[1:]
    told = json.loads(Path(options).read_text())
    target = Dying(Instance("netsuite", "netsuite", told))
    target.when = when
    ledger = Ledger(ledger_path if "://" in ledger_path else Path(ledger_path))
    post(plan(Path(database), ledger), ledger, [target])
