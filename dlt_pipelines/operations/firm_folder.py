"""A firm's folder: what is the firm's own, apart from the product.

Its configuration, its policies and its books. The product reads the policies and never
writes to them once they are there, so that an upgrade touches nothing of the firm's.
"""

import secrets
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dlt_pipelines.core.configuration import MARK
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import DELIVERED_SEEDS, ROOT
from dlt_pipelines.landing.declarations import vendor_names
from dlt_pipelines.warehouse.policies import policy_files

CONFIG = """\
# Whose books these are, and the firm's systems: a section a system. While none is
# named, `tieout` runs the sandbox. Credentials belong in secrets.toml beside this file.
#
# [tieout]
# firm = "Blue Ltd"
#
# [sources.erp]
# vendor = "netsuite"  # one of {vendors}
# base_url = "https://123456.suitetalk.api.netsuite.com"
"""
SECRETS = """\
# What nobody else may read; .gitignore keeps it out of a repository.
#
# [tieout]
# pseudonym_key = "{key}"  # keep it: pay data is linked by it
#
# [sources.erp]
# client_id = "…"
"""
IGNORED = "work/\n.dlt/secrets.toml\n.streamlit/secrets.toml\n"
POLICIES = """\
# Policies: what the firm decides, in files

Delivered with Tieout {version} for its sandbox firm: each row is the firm's to change.
Dates are half-open (`valid_to` is the first day no longer valid; empty is open), «*»
stands for whatever no other row names, and a share may be written as a percentage.
`tieout doctor` says what cannot be used, with its line, and what a later release asks
for besides.\
"""


def begin(folder: Path) -> list[str]:
    """Write what a firm's folder lacks; returns the names of the files written.

    What is there stays as it is. Raises ConfigurationError within the product.
    """
    folder = folder.resolve()
    if folder.is_relative_to(ROOT):
        raise ConfigurationError(
            f"{folder} is within the product, which an upgrade replaces",
            "give a folder of the firm's own.",
        )
    written = []
    for name, text in _texts().items():
        file = folder / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            written.append(name)
    return written


def _texts() -> dict[str, str]:
    """The files of a firm's folder, the one by which it is known last."""
    release = version("tieout")
    config = CONFIG.format(vendors=", ".join(vendor_names()))
    delivered = policy_files.declared(DELIVERED_SEEDS).values()
    return {
        ".gitignore": IGNORED,
        ".dlt/config.toml": config,
        ".dlt/secrets.toml": SECRETS.format(key=secrets.token_urlsafe(32)),
        "seeds/README.md": _described(release),
        **{
            f"seeds/{seed.file.name}": seed.file.read_text(encoding="utf-8")
            for seed in delivered
        },
        MARK: f"A firm's folder of Tieout, begun with {release}.\n",
    }


def _described(release: str) -> str:
    """The policies with their columns, for whoever edits them."""
    told = [POLICIES.format(version=release)]
    for seed in policy_files.declarations():
        meta = seed["config"]["meta"]
        told.append(
            f"\n## {seed['name']}.csv\n\n{_line(seed)} Owner: {meta['owner']}.\n"
        )
        policy = meta.get("policy", {})
        told += [_column(column, policy) for column in seed["columns"]]
    return "\n".join(told) + "\n"


def _column(column: dict[str, Any], policy: dict[str, Any]) -> str:
    name = column["name"]
    empty = " May be empty." if name in policy.get("optional", ()) else ""
    allowed = policy.get("one_of", {}).get(name, ())
    values = f" One of {', '.join(map(str, allowed))}." if allowed else ""
    return f"- `{name}`: {_line(column).rstrip('.')}.{values}{empty}"


def _line(described: dict[str, Any]) -> str:
    return " ".join(described["description"].split())
