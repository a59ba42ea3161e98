"""Claims of a login, as the identity provider sends them with its token."""

import time


def claims(address: str, *groups: str, **changes) -> dict:
    """What ``st.user`` holds after a login just now."""
    now = int(time.time())
    return {
        "is_logged_in": True,
        "iss": "https://login.firm.example",
        "sub": address,
        "email": address,
        "groups": list(groups),
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
