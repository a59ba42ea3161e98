"""What this process knows to be secret, so that nothing it writes repeats it.

A vendor may quote what it was sent, and a library what it was given. Whoever reads or
fetches a secret says so here; whoever writes a message, a log or a trace asks here.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from itertools import takewhile
from typing import Any
from urllib.parse import quote_plus, urlsplit

SECRET_WORDS = ("secret", "password", "token", "key")
FILES = (".pem", ".key", ".crt")
SHORTEST = 4  # anything shorter is in every text
ENOUGH = 16  # signs of a secret that tell it, where a message was cut short
WITHHELD = "«secret»"
_known: set[str] = set()


def pseudonym(value: str, key: bytes) -> str:
    """A stable stand-in for an identifier; without the key it leads nowhere."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:24]


def learn(*secrets: str) -> None:
    """Remember secrets of any kind, as they are and as JSON and forms write them."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            _known.update((secret, json.dumps(secret)[1:-1], quote_plus(secret)))


def learn_options(options: Mapping[str, Any]) -> None:
    """Remember those options whose name says that they hold a secret.

    A file's name is none; of an address with a login, whatever it is called, the
    password is.
    """
    for name, value in options.items():
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(text, str):
                continue
            if "://" in text:
                learn(urlsplit(text).password or "")
            elif any(w in name for w in SECRET_WORDS) and not _is_file(name, text):
                learn(text)


def _is_file(name: str, text: str) -> bool:
    return name.endswith("_file") or text.endswith(FILES)


def withheld(text: str) -> str:
    """The text without any secret known, nor the beginning of a long one cut short."""
    for secret in sorted(_known, key=len, reverse=True):
        text = _without(secret, text)
    return text


def _without(secret: str, text: str) -> str:
    head, kept, at = secret[:ENOUGH], [], 0
    while (found := text.find(head, at)) >= 0:
        pairs = zip(secret, text[found:], strict=False)
        same = takewhile(lambda pair: pair[0] == pair[1], pairs)
        kept += [text[at:found], WITHHELD]
        at = found + len(list(same))
    return "".join([*kept, text[at:]])
