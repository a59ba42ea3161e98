"""The charts. Amounts become floats here and only here: a pixel needs no cent.

Actuals are solid and dark, what is not complete is light; blue and orange mean better
and worse, always with a sign beside them. Axes of columns start at nought.
"""

from decimal import Decimal

import altair as alt
import polars as pl

from dashboards import formats

DARK, LIGHT, GREY = "#24384c", "#c3ced9", "#8a99a8"
BETTER, WORSE = "#2a6fb0", "#c2570c"
PARTS = {"Labour": DARK, "Subcontractors": "#6d8299", "Expenses": "#b4c1ce"}
HEIGHT = 210
AXIS = alt.Axis(title=None, format="~s", grid=True, tickCount=4)


def margin_trend(frame: pl.DataFrame, labels: list[str], partial: str | None):
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


def bridge(start: tuple, steps: list[tuple[str, Decimal]], end: tuple):
    """A waterfall from one period's margin to the next's, read top down."""
    rows, level = [_bar(start[0], Decimal(0), start[1], DARK, start[1])], start[1]
    for label, step in steps:
        colour = BETTER if step >= 0 else WORSE
        rows.append(_bar(label, level, level + step, colour, step, signed=True))
        level += step
    rows.append(_bar(end[0], Decimal(0), end[1], DARK, end[1]))
    order = [row["label"] for row in rows]
    base = alt.Chart(pl.DataFrame(rows)).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=130))
    )
    bars = base.mark_bar(size=18).encode(
        x=alt.X("low:Q", axis=None, scale=alt.Scale(padding=46)),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
    )
    words = base.mark_text(align="left", dx=5, fontSize=12, color=DARK).encode(
        x="high:Q", text="words:N"
    )
    return (bars + words).properties(height=HEIGHT, width="container")


def cost_composition(frame: pl.DataFrame, labels: list[str]):
    """Stacked columns of cost by kind and period."""
    columns = ("labour_amount", "subcontractor_amount", "expense_amount")
    long = pl.concat(
        frame.select(
            period=pl.Series(labels),
            part=pl.lit(part),
            rank=pl.lit(rank),
            amount=pl.col(column).cast(pl.Float64),
        )
        for rank, (part, column) in enumerate(zip(PARTS, columns, strict=True))
    )
    return (
        alt.Chart(long)
        .mark_bar(size=20)
        .encode(
            x=_periods(labels),
            y=alt.Y("amount:Q", axis=AXIS),
            color=_legend(list(PARTS), list(PARTS.values()), "part"),
            order="rank:O",
        )
        .properties(height=HEIGHT, width="container")
    )


def earned_and_billed(frame: pl.DataFrame, labels: list[str]):
    """Earned and billed to date, two lines; their gap is unbilled or deferred."""
    long = pl.concat(
        frame.select(
            period=pl.Series(labels),
            line=pl.lit(name),
            amount=pl.col(column).cast(pl.Float64),
        )
        for name, column in (
            ("Earned to date", "earned_to_date_amount"),
            ("Billed to date", "billed_to_date_amount"),
        )
    )
    return (
        alt.Chart(long)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=_periods(labels),
            y=alt.Y("amount:Q", axis=AXIS),
            color=_legend(["Earned to date", "Billed to date"], [DARK, WORSE], "line"),
        )
        .properties(height=HEIGHT, width="container")
    )


def _periods(labels: list[str]):
    axis = alt.Axis(labelAngle=0, labelOverlap=True)
    return alt.X("period:N", sort=labels, title=None, axis=axis)


def _legend(names: list[str], colours: list[str], field: str):
    return alt.Color(
        f"{field}:N",
        scale=alt.Scale(domain=names, range=colours),
        legend=alt.Legend(orient="top", title=None),
    )


def _bar(label, low, high, colour, value, signed=False) -> dict:
    low, high = sorted((low, high))
    return {
        "label": label,
        "low": float(low),
        "high": float(high),
        "colour": colour,
        "words": formats.change(value) if signed else formats.amount(value),
    }
