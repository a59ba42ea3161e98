"""Random streams and identifiers that depend on nothing but a seed and a name."""

import hashlib
import random
import zlib

_BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def number(seed: int, *name: object) -> int:
    """Return 64 bits that belong to ``name``; the same on every machine and run."""
    text = "|".join(map(str, (seed, *name)))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def mixed(seed: int, name: str) -> int:
    """Return 32 bits that belong to ``name``: as ``number``, but several times faster.

    A checksum alone would map like names to like numbers, so its bits are mixed.
    """
    bits = zlib.crc32(name.encode(), seed & 0xFFFFFFFF)
    bits = (bits ^ bits >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
    bits = (bits ^ bits >> 12) * 0x297A2D39 & 0xFFFFFFFF
    return bits ^ bits >> 15


def stream(seed: int, *name: object) -> random.Random:
    """Return a random stream of ``name``'s own: other streams never shift it."""
    return random.Random(number(seed, *name))


def hex_id(seed: int, *name: object) -> str:
    """Return 32 hexadecimal digits, as Workday's identifiers have."""
    text = "|".join(map(str, (seed, *name)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def salesforce_id(prefix: str, count: int) -> str:
    """Return the 18-character id of the ``count``-th record of a key prefix."""
    digits = []
    while count:
        count, rest = divmod(count, 62)
        digits.append(_BASE62[rest])
    short = prefix + "5g0" + "".join(reversed(digits)).rjust(9, "A")
    return short + "".join(_checksum(short[start : start + 5]) for start in (0, 5, 10))


def _checksum(five: str) -> str:
    """Return the character that tells upper from lower case in five others."""
    return _SUFFIX[sum(1 << at for at, sign in enumerate(five) if sign.isupper())]


def associate_id(seed: int, number_: str) -> str:
    """Return an ADP associate OID: ``G`` and fifteen letters and digits."""
    draw = stream(seed, "associate", number_)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "G" + "".join(draw.choice(letters) for _ in range(15))


def deck(seed: int, name: str, count: int, shares: tuple[tuple[str, int], ...]) -> str:
    """Return the ``count``-th card of shuffled rounds holding each share exactly."""
    size = sum(share for _, share in shares)
    round_, position = divmod(count, size)
    cards = [card for card, share in shares for _ in range(share)]
    stream(seed, name, round_).shuffle(cards)
    return cards[position]
