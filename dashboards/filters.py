"""The filters: their values live in the URL, so that a link is a view.

A value the data no longer offers falls back to the default instead of staying.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import overload

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import calendars, formats, terms
from dashboards.queries import margins
from dashboards.warehouse import Unavailable, query

ALL = "All"
SELECT_WIDTH = 200  # pixels


def row() -> DeltaGenerator:
    """Where a page's filters stand side by side."""
    return st.container(horizontal=True, gap="medium")


def margin_view(as_of: date) -> margins.View:
    """The margin page's filter row; returns what it chose."""
    currencies = _currencies()
    with row():
        entity = entity_filter(list(currencies))
        grain = segments("Periods", "grain", ["month", "week"], str.capitalize)
        period = period_filter(entity, grain, as_of)
        practice = practice_filter(entity)
        scope = segments(
            "Projects",
            "projects",
            ["customer", "all"],
            {"customer": "Customer", "all": "With internal"}.__getitem__,
        )
    return margins.View(
        entity, currencies[entity], grain, period, practice, scope == "all"
    )


def month_view(as_of: date) -> margins.View:
    """The filters of a page by legal entity and month, internal work included."""
    currencies = _currencies()
    entity = entity_filter(list(currencies))
    period = period_filter(entity, "month", as_of)
    practice = practice_filter(entity)
    return margins.View(entity, currencies[entity], "month", period, practice, True)


def latest_view(as_of: date) -> margins.View:
    """The filters of a page that is about the as-of month only."""
    currencies = _currencies()
    entity = entity_filter(list(currencies))
    practice = practice_filter(entity)
    calendars.count_by(entity)
    month = calendars.calendar().holding(as_of)
    return margins.View(entity, currencies[entity], "month", month, practice, True)


def _currencies() -> dict[str, str]:
    """The legal entities with projects, each with its currency."""
    currencies = dict(query(margins.ENTITIES).rows())
    if not currencies:
        raise Unavailable(
            "The published snapshot holds no project yet.",
            "Run `tieout refresh` once the sources hold projects, then reload this "
            "page.",
        )
    return currencies


def entity_filter(codes: Sequence[str]) -> str:
    """The legal entity, by its code; its currency follows."""
    return segments(terms.said("Legal entity"), "entity", codes, str)


def period_filter(entity: str, grain: str, as_of: date) -> date:
    """The period, newest first; by default the last one that is complete."""
    calendars.count_by(entity)
    table, column = margins.GRAINS[grain]
    sql = margins.PERIODS.format(table=table, period=column)
    periods = query(sql, entity=entity)["period"].to_list()
    return period_of(periods, grain, as_of)


def period_of(periods: Sequence[date], grain: str, as_of: date) -> date:
    """One of ``periods``, newest first; by default the last one that is complete."""
    complete = [p for p in periods if margins.earlier(p, grain, -1) <= as_of]
    default = periods.index(complete[0]) if complete else 0
    names = {_period_key(p, grain): p for p in periods}
    chosen = select(
        "Month" if grain == "month" else "Week",
        "month" if grain == "month" else "week",
        list(names),
        lambda name: formats.period(names[name], grain),
        default,
    )
    return names[chosen]


def practice_filter(entity: str) -> str | None:
    """The practice's code, or None for all of them."""
    names = dict(query(margins.PRACTICES, entity=entity).rows())
    everyone = terms.said("All practices")
    chosen = select(
        terms.said("Practice"),
        "practice",
        [ALL, *names],
        lambda code: everyone if code == ALL else names[code],
    )
    return None if chosen == ALL else chosen


def project_in_detail(codes: Iterable[str]) -> str | None:
    """The project whose detail is asked for, by a row or by its code; at first none."""
    return select(
        "Project in detail",
        "project",
        sorted(codes),
        default=None,
        placeholder="Choose a row or a code",
    )


@overload
def select(
    label: str,
    key: str,
    options: Sequence[str],
    name: Callable[[str], str] = str,
    default: int = 0,
    placeholder: str | None = None,
) -> str: ...
@overload
def select(
    label: str,
    key: str,
    options: Sequence[str],
    name: Callable[[str], str] = str,
    *,
    default: None,
    placeholder: str | None = None,
) -> str | None: ...
def select(
    label: str,
    key: str,
    options: Sequence[str],
    name: Callable[[str], str] = str,
    default: int | None = 0,
    placeholder: str | None = None,
) -> str | None:
    """One of ``options``, bound to the URL parameter ``key``; None without default.

    The URL holds the option's name, so names of things that can be renamed are codes.
    """
    _forget_unoffered(key, options)
    return st.selectbox(
        label,
        options,
        index=default,
        format_func=lambda option: formats.option(name(option)),
        key=key,
        bind="query-params",
        placeholder=placeholder,
        width=SELECT_WIDTH,
    )


def segments(
    label: str, key: str, options: Sequence[str], name: Callable[[str], str]
) -> str:
    """One of a few ``options`` side by side, bound to the URL parameter ``key``."""
    _forget_unoffered(key, options)
    return st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        format_func=lambda option: formats.plain(name(option)),
        key=key,
        bind="query-params",
    )


def _period_key(start: date, grain: str) -> str:
    is_month = grain == "month" and calendars.calendar().name(start) is None
    return f"{start:%Y-%m}" if is_month else start.isoformat()


def _forget_unoffered(key: str, options: Sequence[str]) -> None:
    if key in st.session_state and st.session_state[key] not in (None, *options):
        del st.session_state[key]
