"""Who is at the page, what he may see, and as whom he decides.

With ``[auth]`` in ``.streamlit/secrets.toml`` it is who has logged in: the groups of
his token say which audiences he belongs to and which roles he signs with
(``seeds/identity_groups.csv``). Without it the pages are for one person on this
machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from dlt_pipelines.core.private import is_loopback
from dlt_pipelines.core.settings import FINANCE, firm_settings
from dlt_pipelines.warehouse.audiences import audiences
from dlt_pipelines.warehouse.policies import people, policies
from dlt_pipelines.warehouse.policies.people import Person

LONGEST = timedelta(hours=8)  # of a login, however long its token is good for

Claims = Mapping[str, Any]


class NotAdmitted(Exception):
    """Nothing may be shown; says why, what to do, and whether a login would help."""

    def __init__(self, what: str, do: str, *, can_log_in: bool = False) -> None:
        """Say ``what`` is missing and what to ``do`` about it, a sentence each."""
        super().__init__(f"{what} {do}")
        self.what = what
        self.do = do
        self.can_log_in = can_log_in


@dataclass(frozen=True)
class Visitor:
    """Who looks at the pages, as which of his audiences, and until when.

    ``person`` is who decides when he does; None where nobody can be told from another.
    ``ends_at`` is None without a login.
    """

    audiences: tuple[str, ...]
    person: Person | None
    ends_at: datetime | None = None

    @property
    def audience(self) -> str:
        """The audience whose file he looks at: of several the one he chose."""
        chosen = st.session_state.get("audience")
        return chosen if chosen in self.audiences else self.audiences[0]

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is left out of that file."""
        seen = next((a for a in audiences() if a.name == self.audience), None)
        return seen is not None and seen.sees_everything


def visitor() -> Visitor:
    """Who is at the page. Raises NotAdmitted when nothing may be shown to him."""
    told = claims()
    if told is None:
        return _alone(st.get_option("server.address"))
    if not told.get("is_logged_in"):
        raise NotAdmitted("You have not logged in.", "Log in to see.", can_log_in=True)
    return admitted(told, datetime.now(UTC))


def claims() -> Claims | None:
    """What the identity provider said of who has logged in; None: there is no login."""
    return st.user.to_dict() if "is_logged_in" in st.user else None


def admitted(told: Claims, now: datetime) -> Visitor:
    """Who has logged in with these claims; raises NotAdmitted if he may see nothing."""
    ends_at = login_ends(told)
    if now >= ends_at:
        raise NotAdmitted("Your login has ended.", "Log in again.", can_log_in=True)
    rows = _rows_of_groups(told)
    seen = tuple(dict.fromkeys(r["audience"] for r in rows if r["audience"]))
    if not seen:
        raise NotAdmitted(
            "You have logged in, but none of your groups may see anything here.",
            "Ask who keeps seeds/identity_groups.csv, or log in as somebody else.",
        )
    roles = {row["approver_role"] for row in rows} - {""}
    return Visitor(seen, _person(told, roles), ends_at)


def login_ends(told: Claims) -> datetime:
    """When a login ends: with its token, and at most eight hours after it.

    Raises NotAdmitted when the token does not say.
    """
    try:
        expires = datetime.fromtimestamp(int(told["exp"]), UTC)
        issued = datetime.fromtimestamp(int(told["iat"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NotAdmitted(
            "The identity provider does not say until when your login is good.",
            "It must send exp and iat with its token.",
        ) from error
    return min(expires, issued + LONGEST)


def _rows_of_groups(told: Claims) -> list[dict[str, str]]:
    groups = told.get(firm_settings().get("groups_claim", "groups")) or []
    mine = {groups} if isinstance(groups, str) else set(map(str, groups))
    rows = policies.rows_of("identity_groups", people.SEEDS)
    return [row for row in rows if row["identity_group"] in mine]


def _person(told: Claims, roles: set[str]) -> Person | None:
    """The person of an address, unless the provider itself does not vouch for it."""
    address = told.get("email")
    if not address or told.get("email_verified") in (False, "false"):
        return None
    return people.addressed(str(address), roles, people.SEEDS)


def _alone(address: str | None) -> Visitor:
    """The one person on this machine, as the account that runs the pages."""
    if not is_loopback(address):
        raise NotAdmitted(
            f"No login is configured, and the pages answer on {address or 'any'} "
            "address, where others could open them.",
            "Serve them on 127.0.0.1 (server.address), or configure [auth] in "
            ".streamlit/secrets.toml.",
        )
    settings = firm_settings()
    person = people.here() if settings.get("approve_locally") else None
    return Visitor((settings.get("local_audience", FINANCE),), person)
