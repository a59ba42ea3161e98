"""What a firm calls a practice, a legal entity or an entity: ``seeds/labels.csv``.

Pages, tables and sentences are written in the words that are delivered.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from dlt_pipelines.core.settings import DELIVERED_SEEDS, SEEDS
from dlt_pipelines.warehouse.policies import policies

SEED = "labels"


def said(text: str, seeds: Path = SEEDS) -> str:
    """A text in the firm's words, as its folder has them. No data may be in it.

    Raises ConfigurationError when the seed cannot be used.
    """
    return translated(text, _of_folder(seeds))


@cache
def _of_folder(seeds: Path) -> dict[str, str]:
    if not (seeds / f"{SEED}.csv").exists():  # a folder of an earlier release
        return {}
    rows = policies.rows_of(SEED, seeds)
    return own_words((r["term"], r["label"], r["plural_label"]) for r in rows)


def own_words(rows: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Delivered words with a firm's own, where they differ.

    ``rows`` are its terms, each with the label of one and of several.
    """
    own = {term: labels for term, *labels in rows}
    with (DELIVERED_SEEDS / f"{SEED}.csv").open(newline="", encoding="utf-8") as file:
        delivered = {
            row["term"]: [row["label"], row["plural_label"]]
            for row in csv.DictReader(file)
        }
    return {
        word: label
        for term, labels in delivered.items()
        for word, label in zip(labels, own.get(term, labels), strict=True)
        if word != label
    }


def translated(text: str, words: dict[str, str]) -> str:
    """A text with other words: capitals, plurals and articles follow the text's."""
    if not words:
        return text
    longest_first = "|".join(sorted(map(re.escape, words), key=len, reverse=True))

    def translation(found: re.Match[str]) -> str:
        article, word = found[1] or "", found[2]
        own = words[word.lower()]
        if article:
            article = f"{article[0]}{'n' if own[:1].lower() in 'aeiou' else ''} "
        return article + (own[:1].upper() + own[1:] if word[0].isupper() else own)

    return re.sub(rf"\b(an? )?({longest_first})\b", translation, text, flags=re.I)
