"""The charts. Amounts become floats here and only here: a pixel needs no cent.

Actuals are solid and dark, what is not complete is light; blue and orange mean better
and worse, always with a sign beside them. Axes of columns start at nought.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import TypedDict

import altair as alt
import polars as pl

from dashboards import formats

DARK, MIDDLE, PALE, LIGHT = "#24384c", "#6d8299", "#b4c1ce", "#c3ced9"
GREY = "#8a99a8"
BETTER, WORSE = "#2a6fb0", "#c2570c"
HEIGHT = 210
BAR = 30  # pixels a row of a waterfall takes
Parts = dict[str, tuple[str, str]]
Step = tuple[str, Decimal]  # a label and its amount
AXIS = alt.Axis(title=None, format="~s", grid=True, tickCount=4)


class _Bar(TypedDict):
    label: str
    low: float
    high: float
    colour: str
    words: str


def margin_trend(
    frame: pl.DataFrame, labels: list[str], partial: str | None
) -> alt.LayerChart:
    """Margin columns by period, each with its margin percentage above it."""
    drawn = frame.select(
        period=pl.Series(labels),
        margin=pl.col("margin_amount").cast(pl.Float64),
        top=pl.max_horizontal(pl.col("margin_amount").cast(pl.Float64), 0.0),
        percent=pl.col("margin_percent").cast(pl.Float64),
    )
    base = alt.Chart(drawn).encode(x=_periods(labels))
    colour = alt.condition(
        alt.datum.period == (partial or ""), alt.value(LIGHT), alt.value(DARK)
    )
    columns = base.mark_bar(size=18).encode(
        y=alt.Y("margin:Q", axis=AXIS), color=colour
    )
    words = base.mark_text(dy=-8, color=DARK, fontSize=11).encode(
        y="top:Q", text=alt.Text("percent:Q", format=".1f")
    )
    return (columns + words).properties(height=HEIGHT, width="container")


def bridge(
    start: Step | None,
    steps: list[Step],
    end: Step,
    neutral: Collection[str] = (),
) -> alt.LayerChart:
    """A waterfall from one amount, or from nought, to another by signed steps.

    Read top down. A step up is better and one down worse, but for ``neutral`` labels.
    """
    level = start[1] if start else Decimal(0)
    rows = [_bar(start[0], Decimal(0), level, DARK, level)] if start else []
    for label, step in steps:
        colour = GREY if label in neutral else BETTER if step >= 0 else WORSE
        rows.append(_bar(label, level, level + step, colour, step, signed=True))
        level += step
    rows.append(_bar(end[0], Decimal(0), end[1], DARK, end[1]))
    order = [row["label"] for row in rows]
    base = alt.Chart(pl.DataFrame(rows)).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=180))
    )
    bars = base.mark_bar(size=18).encode(
        x=alt.X("low:Q", axis=None, scale=alt.Scale(padding=46)),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
    )
    words = base.mark_text(align="left", dx=5, fontSize=12, color=DARK).encode(
        x="high:Q", text="words:N"
    )
    return (bars + words).properties(height=BAR * len(rows), width="container")


def stacked(frame: pl.DataFrame, labels: list[str], parts: Parts) -> alt.Chart:
    """Columns by label, stacked of ``parts``: a name to its column and colour."""
    return _with_legend(
        alt.Chart(_long(frame, labels, parts)).mark_bar(size=20), labels, parts
    )


def lines(frame: pl.DataFrame, labels: list[str], parts: Parts) -> alt.Chart:
    """Lines by label, one of ``parts`` each: a name to its column and colour."""
    marks = alt.Chart(_long(frame, labels, parts)).mark_line(point=True, strokeWidth=2)
    return _with_legend(marks, labels, parts)


def _long(frame: pl.DataFrame, labels: list[str], parts: Parts) -> pl.DataFrame:
    return pl.concat(
        frame.select(
            period=pl.Series(labels, dtype=pl.String),
            part=pl.lit(name),
            rank=pl.lit(rank),
            amount=pl.col(column).cast(pl.Float64),
        )
        for rank, (name, (column, _)) in enumerate(parts.items())
    )


def _with_legend(marks: alt.Chart, labels: list[str], parts: Parts) -> alt.Chart:
    return marks.encode(
        x=_periods(labels),
        y=alt.Y("amount:Q", axis=AXIS),
        color=_legend(list(parts), [colour for _, colour in parts.values()], "part"),
        order="rank:O",
    ).properties(height=HEIGHT, width="container")


def _periods(labels: list[str]) -> alt.X:
    axis = alt.Axis(labelAngle=0, labelOverlap=True)
    return alt.X("period:N", sort=labels, title=None, axis=axis)


def _legend(names: list[str], colours: list[str], field: str) -> alt.Color:
    legend = alt.Legend(orient="top", title=None) if len(names) > 1 else None
    scale = alt.Scale(domain=names, range=colours)
    return alt.Color(f"{field}:N", scale=scale, legend=legend)


def _bar(
    label: str,
    low: Decimal,
    high: Decimal,
    colour: str,
    value: Decimal,
    signed: bool = False,
) -> _Bar:
    low, high = sorted((low, high))
    return {
        "label": label,
        "low": float(low),
        "high": float(high),
        "colour": colour,
        "words": formats.change(value) if signed else formats.amount(value),
    }


def target_columns(frame: pl.DataFrame, labels: list[str]) -> alt.LayerChart:
    """Columns of a percentage and a tick at its target; what is planned is light.

    ``frame`` has ``percent``, ``target_percent`` and ``is_planned``.
    """
    drawn = frame.select(
        period=pl.Series(labels, dtype=pl.String),
        percent=pl.col("percent").cast(pl.Float64),
        target=pl.col("target_percent").cast(pl.Float64),
        kind=pl.when("is_planned")
        .then(pl.lit("Scheduled"))
        .otherwise(pl.lit("Worked")),
    )
    base = alt.Chart(drawn).encode(x=_periods(labels))
    columns = base.mark_bar(size=16).encode(
        y=alt.Y("percent:Q", axis=AXIS),
        color=_legend(["Worked", "Scheduled"], [DARK, LIGHT], "kind"),
    )
    ticks = base.mark_tick(color=WORSE, thickness=2, size=22).encode(y="target:Q")
    return (columns + ticks).properties(height=HEIGHT, width="container")
