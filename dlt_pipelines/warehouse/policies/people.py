"""Who is who: accounts of this machine and addresses of a login, as persons.

A person is an e-mail address with a row in ``seeds/people.csv``. On a command line the
row is found by the operating system's account number, which nobody can set as he likes;
on a page by the address that the identity provider vouches for. So whoever prepares by
one way and approves by the other is one person.
"""

import contextlib
import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dlt_pipelines.core.settings import SEEDS
from dlt_pipelines.warehouse.policies import policies


@dataclass(frozen=True)
class Person:
    """Somebody who prepares or decides.

    ``name`` is what the ledger records: the address, or ``uid:<n>`` for an account
    without a row. ``names`` are all under which it may know the same person.
    """

    name: str
    names: frozenset[str]
    is_registered: bool = False
    roles: frozenset[str] = frozenset()
    add: str = ""  # what to add to the seed for a person who is not registered

    def __str__(self) -> str:
        """The name."""
        return self.name

    def is_called(self, name: str | None) -> bool:
        """Whether the ledger means this person by a name."""
        return name is not None and name.casefold() in self.names


def here(seeds: Path = SEEDS) -> Person:
    """The person whose account runs this process; no variable of his decides it.

    Raises ConfigurationError when the seed cannot be used.
    """
    uid = os.getuid()
    rows = policies.rows_of("people", seeds)
    for row in rows:
        if row["account_uid"] and int(row["account_uid"]) == uid:
            return _registered(row["person"], rows, {row["approver_role"]} - {""})
    add = f"a row with account_uid {uid} and the e-mail address of its person"
    return Person(f"uid:{uid}", _accounts_names(uid), add=add)


def addressed(address: str, roles: Iterable[str] = (), seeds: Path = SEEDS) -> Person:
    """The person with an address that an identity provider vouches for.

    ``roles`` are those that his groups give him. Raises ConfigurationError when the
    seed cannot be used.
    """
    rows = policies.rows_of("people", seeds)
    name = address.strip().casefold()
    if any(row["person"].casefold() == name for row in rows):
        return _registered(name, rows, roles)
    return Person(name, frozenset({name}), add=f"a row with person {name}")


def _registered(
    address: str, rows: list[dict[str, str]], roles: Iterable[str]
) -> Person:
    """A person with a row, who may have prepared before one of his accounts had."""
    name = address.casefold()
    accounts = [
        _accounts_names(int(row["account_uid"]))
        for row in rows
        if row["account_uid"] and row["person"].casefold() == name
    ]
    return Person(name, frozenset({name}).union(*accounts), True, frozenset(roles))


def _accounts_names(uid: int) -> frozenset[str]:
    """What the ledger calls an account without a row; earlier releases by its login."""
    names = {f"uid:{uid}"}
    with contextlib.suppress(KeyError):  # an account of another machine
        names.add(pwd.getpwuid(uid).pw_name.casefold())
    return frozenset(names)
