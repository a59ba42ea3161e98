"""A firm of its own, with systems that go on when its work folder does not."""

from pathlib import Path

import requests

from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import Addresses
from tests.end_to_end.conftest import Run, seen_by_finance_alone


class Office:
    """A firm whose systems are configured as real ones are, in ``.dlt``.

    Its policies are in its folder too; they know finance alone.
    """

    def __init__(self, folder: Path, host: Host, at: Addresses) -> None:
        self.folder = folder
        self.host = host
        self.at = at
        self.firm = seen_by_finance_alone(folder)
        self.good = folder / "good"  # the work folder as the first refresh left it
        self.configure()

    def configure(
        self, only: set[str] | None = None, **changed: dict[str, str]
    ) -> None:
        """Name the systems, or only the vendors named, with options changed."""
        dlt = self.folder / ".dlt"
        dlt.mkdir(exist_ok=True)
        lines = []
        for instance in self.at.instances():
            if only is not None and instance.vendor not in only:
                continue
            options = {**instance.options, **changed.get(instance.name, {})}
            lines += [f"[sources.{instance.name}]", f'vendor = "{instance.vendor}"']
            lines += [f"{key} = '''{value}'''" for key, value in options.items()]
        lines += ["[tieout]", 'firm = "Blue Ltd"']
        (dlt / "config.toml").write_text("\n".join(lines))
        (dlt / "secrets.toml").write_text('[tieout]\npseudonym_key = "a test key"\n')

    def tieout(self, *words: str) -> Run:
        return self.firm.tieout(*words)

    def disturb(self, **plan) -> None:
        requests.post(f"{self.at.plain}/_sandbox/disturb", json=plan, timeout=5)

    def calm(self) -> None:
        requests.post(f"{self.at.plain}/_sandbox/calm", timeout=5)
