"""Pages in the firm's words, as each snapshot has them.

A practice may be a business unit.
"""

from dashboards import formats, warehouse
from dlt_pipelines.warehouse.policies.labels import own_words, translated

TABLE = "seeds.labels"


def said(prose: str, *, markdown: bool = True) -> str:
    """What a page says. No text from the data may be in it."""
    words = _words()
    if markdown:
        words = {word: formats.plain(own) for word, own in words.items()}
    return translated(prose, words)


def headed(columns: formats.Columns) -> formats.Columns:
    """The columns of a table under the firm's words."""
    words = _words()
    return {
        name: {**column, "label": translated(label, words)}
        if (label := column.get("label"))
        else column
        for name, column in columns.items()
    }


def _words() -> dict[str, str]:
    """None where the snapshot, of an earlier release, does not say."""
    if not warehouse.holds(TABLE):
        return {}
    return own_words(
        warehouse.query(f"select term, label, plural_label from {TABLE}").rows()
    )
