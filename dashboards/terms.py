"""Pages in the firm's words: a practice may be a business unit.

Pages are written in delivered words. `seeds/labels.csv` has the firm's, and each
snapshot has them as they were then.
"""

import csv
import re

from dashboards import formats, warehouse
from dlt_pipelines.core.settings import DELIVERED_SEEDS

TABLE = "seeds.labels"


def said(prose: str, *, markdown: bool = True) -> str:
    """What a page says. No text from the data may be in it."""
    words = _words()
    if markdown:
        words = {word: formats.plain(own) for word, own in words.items()}
    return _translated(prose, words)


def headed(columns: dict) -> dict:
    """The columns of a table under the firm's words."""
    words = _words()
    return {
        name: {**column, "label": _translated(column["label"], words)}
        if column.get("label")
        else column
        for name, column in columns.items()
    }


def _translated(text: str, words: dict[str, str]) -> str:
    if not words:
        return text
    longest_first = "|".join(sorted(map(re.escape, words), key=len, reverse=True))

    def translated(found: re.Match[str]) -> str:
        article, word = found[1] or "", found[2]
        own = words[word.lower()]
        if article:
            article = f"{article[0]}{'n' if own[:1].lower() in 'aeiou' else ''} "
        return article + (own[:1].upper() + own[1:] if word[0].isupper() else own)

    return re.sub(rf"\b(an? )?({longest_first})\b", translated, text, flags=re.I)


def _words() -> dict[str, str]:
    """Delivered words with the firm's own, where they differ.

    None where the snapshot, of an earlier release, does not say.
    """
    if not warehouse.holds(TABLE):
        return {}
    rows = warehouse.query(f"select term, label, plural_label from {TABLE}").rows()
    own = {term: labels for term, *labels in rows}
    with (DELIVERED_SEEDS / "labels.csv").open(newline="", encoding="utf-8") as file:
        delivered = {
            row["term"]: (row["label"], row["plural_label"])
            for row in csv.DictReader(file)
        }
    return {
        word: label
        for term, labels in delivered.items()
        for word, label in zip(labels, own.get(term, labels), strict=True)
        if word != label
    }
