"""Text from sources is text: what people typed somewhere, shown and nothing else."""

import re
import unicodedata

# Controls (a terminal's escapes, line breaks), directions, what has no glyph at all.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
JOINERS = frozenset("\u200c\u200d")  # Persian and emoji are written with them


FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


def visible(text: str) -> str:
    r"""The text with whatever cannot be seen told: ``\x1b``, ``\n``, ``\u202e``."""
    if text.isprintable():  # which most text is
        return text
    return "".join(map(_shown, text))


def _shown(sign: str) -> str:
    if unicodedata.category(sign) not in HIDDEN or sign in JOINERS:
        return sign
    return sign.encode("unicode_escape").decode()


def uncomputed(text: str) -> str:
    """Text for a spreadsheet: an apostrophe stands before what it would compute.

    That is how one says there that it is text; numbers are no business of this.
    """
    told = visible(text)
    return f"'{told}" if FORMULA.match(told) else told
