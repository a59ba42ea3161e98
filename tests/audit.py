"""`make audit`: is any pinned dependency known to be vulnerable?

Exit codes: 0 none is, 1 some are (each is named), 3 the advisory database could not be
reached, so nothing is known. What is asked for is each pin's name and version.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from dlt_pipelines.core.settings import ROOT

LOCKS = (ROOT / "requirements.lock", ROOT / "tests" / "tryton" / "requirements.lock")
ADVISORIES = "https://api.osv.dev/v1/query"
NOT_REACHED = 3


def main(locks: tuple[Path, ...] = LOCKS, advisories: str = ADVISORIES) -> int:
    """Audit each lock file and print a line for each finding; the exit code."""
    codes = [audit(lock, advisories) for lock in locks]
    return max(codes)


def audit(lock: Path, advisories: str) -> int:
    """Audit one lock file."""
    where = lock.relative_to(ROOT) if lock.is_relative_to(ROOT) else lock
    asked = asked_of(lock, advisories)
    if asked is None:
        say(
            f"✗ {where}: {advisories} could not be reached, so nothing is known → run "
            "`make audit` where that address can be reached."
        )
        return NOT_REACHED
    found = [
        f"✗ {where}: {pin['name']} {pin['version']} has {known['id']} → "
        f"allow {' or '.join(known['fix_versions']) or 'another package'} in "
        "pyproject.toml, then `make lock`."
        for pin in asked
        for known in pin.get("vulns", ())
    ]
    say(*found or [f"✓ {where}: {len(asked)} pins, none known to be vulnerable"])
    return 1 if found else 0


def asked_of(lock: Path, advisories: str) -> list[dict[str, Any]] | None:
    """What pip-audit found of every pin; None when it was not answered."""
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(lock),
        "--require-hashes", "--disable-pip", "--vulnerability-service", "osv",
        "--osv-url", advisories, "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(run.stdout)["dependencies"]
    except ValueError:
        return None


def say(*lines: str) -> None:
    """Print lines."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
