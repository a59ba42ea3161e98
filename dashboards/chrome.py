"""What pages share: title and answer, figures, charts, tables, ways to other pages."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, TypedDict, Unpack

import altair as alt
import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import formats, terms
from dashboards.identity import NotAdmitted, Visitor
from dashboards.warehouse import (
    Snapshot,
    Unavailable,
    Withheld,
    absences,
    holds,
    in_part,
    query,
)
from dlt_pipelines.core import books
from dlt_pipelines.core.errors import TieoutError
from dlt_pipelines.core.readings import Reading

NAMED = 8  # projects in a sentence
Direction = Literal["normal", "inverse", "off"]  # more is better, worse or neither


class Figure(NamedTuple):
    """What a card says, as ``card`` takes it."""

    label: str
    value: str
    delta: str | None = None
    description: str | None = None
    direction: Direction = "normal"


class Choosing(TypedDict, total=False):
    """How a row of a table is chosen."""

    on_select: Callable[[], None] | Literal["rerun"]
    selection_mode: Literal["single-row"]


def visiting(visitor: Visitor) -> None:
    """Who is there and sees what; the way to another of his audiences and out."""
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center"
    ):
        if visitor.ends_at is None:
            st.badge("No login: for one person", icon=":material/lock:", color="gray")
        else:
            _until(visitor.ends_at)
            name = visitor.person.name if visitor.person else "No address of yours"
            st.badge(formats.badge(name), icon=":material/person:", color="gray")
        if len(visitor.audiences) > 1:
            st.selectbox(
                "Audience",
                visitor.audiences,
                key="audience",
                label_visibility="collapsed",
                width=160,
            )
        else:
            st.badge(f"For {formats.badge(visitor.audience)}", color="gray")
        if visitor.ends_at:
            st.button("Log out", on_click=st.logout, type="tertiary")


def _until(moment: datetime) -> None:
    """Runs the page anew when a login ends, so that nothing stays on an idle screen."""
    left = max((moment - datetime.now(UTC)).total_seconds(), 0)

    @st.fragment(run_every=left + 1)
    def leave() -> None:
        if datetime.now(UTC) >= moment:
            st.rerun()

    leave()


def not_admitted(no: NotAdmitted | TieoutError) -> None:
    """Says why nothing is shown, with the ways in and out that there are."""
    st.title("Tieout", anchor=False)
    st.info(
        f"{formats.plain(no.what)}\n\n{formats.plain(no.do)}", icon=":material/lock:"
    )
    if isinstance(no, NotAdmitted) and no.can_log_in:
        st.button("Log in", on_click=st.login, type="primary")
    elif st.user.get("is_logged_in"):
        st.button("Log out", on_click=st.logout)


def header(title: str, snapshot: Snapshot, question: str | None = None) -> None:
    """The page's title with the snapshot, its as-of day and its controls beside it.

    ``question`` is what the page answers, a line below.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        st.space("stretch")
        _firm(snapshot.firm)
        st.badge(
            f"As of {formats.day(snapshot.as_of_date)}",
            icon=":material/event:",
            color="gray",
        )
        st.badge(_origin(snapshot), icon=":material/database:", color="gray")
        _controls(snapshot)
    if question:
        st.caption(terms.said(question))
    if snapshot.is_at_standard_cost:
        st.caption(
            "This audience does not see pay: labour is at standard cost, and what "
            "projects at cost plus a fee are billed is left out."
        )
    _not_whole()
    _incomplete()


NOT_WHOLE = """
    select source_instance, table_name, status, age_days{error}
    from publication.sources
    where status not in ('landed', 'absent')
    order by age_days desc nulls first, source_instance, table_name
"""


def _not_whole() -> None:
    """Which tables the figures stand on an earlier reading of, and why."""
    if not holds("publication.sources"):  # a snapshot of an earlier release
        return
    error = ", error" if holds("publication.sources", "error") else ""
    found = query(NOT_WHOLE.format(error=error))
    told = [str(Reading(*row)) for row in found.head(NAMED).iter_rows()]
    if found.height > NAMED:
        told.append(f"{found.height - NAMED} more")
    if told:
        lines = "\n\n".join(map(formats.plain, told))
        st.warning(lines, icon=":material/sync_problem:")


BILL = "bill_without_hours"  # lacking at standard cost alone
INCOMPLETE = """
    select
        coalesce(project_code, 'no project of ' || legal_entity_code) as whose,
        min(period_month) as first,
        max(period_month) as last
    from canonical.fct_margins_incomplete
    where contains(reason, $bill) = $is_bill
    group by whose
    order by last desc, whose nulls last
"""


def _incomplete() -> None:
    """Which margins lack something: a record that is an exception, or a bill."""
    if not holds("canonical.fct_margins_incomplete"):
        return
    if named := _lacking(is_bill=False):
        st.warning(
            f"Not complete: the margins of {named}, and the sums that they are in. A "
            "record that they need is an exception: the page Exceptions says which.",
            icon=":material/rule:",
        )
    if named := _lacking(is_bill=True):
        st.warning(
            f"Not complete, and too good: the margins of {named}, and the sums "
            "that they are in. They lack a contractor's bill that no approved hours "
            "explain. Ask Finance, who has it under control C10.",
            icon=":material/rule:",
        )


def _lacking(is_bill: bool) -> str:
    """The margins that are not complete, with their periods; "" when all are."""
    found = query(INCOMPLETE, bill=BILL, is_bill=is_bill)
    named = [
        f"{formats.plain(whose)} ({_span(first, last)})"
        for whose, first, last in found.head(NAMED).iter_rows()
    ]
    if found.height > NAMED:
        named.append(f"{found.height - NAMED} more")
    return ", ".join(named)


def _span(first: date, last: date) -> str:
    spelt = [formats.period(month) for month in dict.fromkeys((first, last))]
    return " to ".join(spelt)


def not_known(*relations: str) -> None:
    """Which figures of these tables are null for want of a system, and of which."""
    by_reason: dict[str, list[str]] = {}
    told = {key: why for key, why in absences().items() if key[0] in relations}
    if not told:
        return
    partly = in_part()
    for key, reason in sorted(told.items(), key=lambda absence: absence[0] in partly):
        of_some = " (of some projects)" if key in partly else ""
        by_reason.setdefault(reason, []).append(f"{_words(key[1])}{of_some}")
    lines = [
        f"**{formats.plain(reason[:1].upper() + reason[1:])}**, so not known: "
        f"{formats.plain(', '.join(dict.fromkeys(figures)))}."
        for reason, figures in by_reason.items()
    ]
    st.info("\n\n".join(lines), icon=":material/link_off:")


def _words(column: str) -> str:
    """A column as people read it: total_cost_amount is total cost."""
    for unit in ("_amount", "_rate", "_count"):
        column = column.removesuffix(unit)
    return column.removeprefix("is_").replace("_", " ")


def known(shown: str, relation: str, *columns: str) -> str:
    """A figure as it is shown, or for want of what it is not known."""
    if shown != formats.MISSING:
        return shown
    told = absences()
    return next((r for c in columns if (r := told.get((relation, c)))), shown)


@contextlib.contextmanager
def part() -> Iterator[None]:
    """A part of a page, or one sentence where its audience does not see it."""
    try:
        yield
    except Withheld as withheld:
        st.info(withheld.what, icon=":material/visibility_off:")


def _firm(name: str) -> None:
    """Whose figures these are; the sandbox's in a way that nobody overlooks."""
    if name == books.SANDBOX:
        st.badge("sandbox: a simulated firm", icon=":material/science:", color="red")
    elif name:
        st.badge(formats.plain(name), icon=":material/domain:", color="gray")


def answer(sentence: str) -> None:
    """The page in one sentence, all of it computed."""
    st.markdown(f"#### {formats.plain(sentence)}", anchors=False)


def heading(text: str) -> None:
    """The heading of a chart or table, its unit in it."""
    st.markdown(f"##### {formats.plain(text)}", anchors=False)


def card(
    place: DeltaGenerator,
    label: str,
    value: str,
    delta: str | None = None,
    description: str | None = None,
    direction: Direction = "normal",
) -> None:
    """One figure; ``direction`` says whether more is better, worse or neither."""
    place.metric(
        formats.plain(label),
        value,
        # Streamlit reads the direction from an ASCII sign.
        delta and delta.replace(formats.MINUS, "-"),
        delta_color=direction,
        delta_description=description,
        border=True,
        height="stretch",
    )


def cards(figures: Sequence[Figure]) -> None:
    """Figures side by side."""
    places = st.columns(len(figures), gap="small")
    for place, figure in zip(places, figures, strict=True):
        card(place, *figure)


def chart(title: str, drawn: alt.Chart | alt.LayerChart, alt: str) -> None:
    """A chart under its heading; ``alt`` says what it shows to who cannot see it."""
    heading(title)
    st.altair_chart(drawn, alt=alt)


def table(
    frame: pl.DataFrame,
    columns: formats.Columns,
    alt: str,
    key: str,
    most: int = 12,
    currency: str | None = None,
    **choosing: Unpack[Choosing],
) -> None:
    """The ``columns`` of ``frame``, in their order and formats, months by name.

    Amounts have the decimals of ``currency`` or, without one, of the rows' own.
    """
    currencies = [currency] if currency else formats.currencies_of(frame)
    shown = frame.select(*columns)
    months = [name for name, kind in shown.schema.items() if kind == pl.Date]
    st.dataframe(
        formats.cells(
            shown.with_columns(
                pl.col(months).map_elements(formats.short_period, pl.String)
            )
        ),
        column_config=formats.in_currencies(terms.headed(columns), currencies),
        height=formats.height(frame.height, most),
        alt=terms.said(alt),
        key=key,
        **formats.TABLE,
        **choosing,
    )


def to_date(
    spans: pl.DataFrame,
    period: date,
    title: str,
    columns: formats.Columns,
    alt: str,
    currency: str,
) -> None:
    """What is to date, a row a fiscal span with its ``name``; nothing where unknown.

    A snapshot of an earlier release does not say it, nor one without fiscal years.
    """
    if spans.is_empty() or spans["fiscal_year"].null_count():
        return
    heading(f"{title}, {currency}")
    names = [formats.span(row, period) for row in spans.to_dicts()]
    named = spans.with_columns(name=pl.Series(names))
    table(named, columns, alt, "to_date", currency=currency)


def choose_from(frame: pl.DataFrame, code: str, key: str, parameter: str) -> Choosing:
    """Options of a table whose chosen row's ``code`` goes to the URL's ``parameter``.

    ``frame`` is the table of ``key``, in the order shown.
    """
    codes = frame[code].to_list()

    def chosen() -> None:
        rows = st.session_state[key].selection.rows
        if rows and rows[0] < len(codes):
            st.session_state[parameter] = codes[rows[0]]

    return {"on_select": chosen, "selection_mode": "single-row"}


def project_link(
    page: str, label: str, entity: str, month: date, project: str, **more: str
) -> None:
    """A way to another page's view of a project in a month."""
    st.page_link(
        page,
        label=label,
        icon=":material/arrow_forward:",
        query_params={
            "entity": entity,
            "month": formats.period(month),
            "project": project,
            **more,
        },
    )


def margin_link(entity: str, month: date, project: str) -> None:
    """The way to a project in Margin."""
    label = f"Open {formats.plain(project)} in Margin"
    more = {"projects": "With internal"}
    project_link("margin.py", label, entity, month, project, **more)


def explained_link(label: str, entity: str, month: date, project: str) -> None:
    """The way to the records of a project's margin, for who may see them."""
    if holds("marts.mart_margin_explained"):
        project_link("explained.py", label, entity, month, project)


def project_links(entity: str, month: date, project: str) -> None:
    """The ways from a figure of a project to its margin and to its records."""
    label = f"Explain the margin of {formats.plain(project)}"
    with st.container(horizontal=True, gap="medium"):
        margin_link(entity, month, project)
        explained_link(label, entity, month, project)


def computed(text: str) -> None:
    """How the page's figures are made, and from which tables."""
    with st.expander("How is this computed"):
        st.markdown(terms.said(text))


def unavailable(error: Unavailable) -> None:
    """Says what is missing and what to do, where the figures would be."""
    st.title("Nothing to show yet", anchor=False)
    st.info(f"{error.what}\n\n{error.do}", icon=":material/info:")


def _origin(snapshot: Snapshot) -> str:
    if snapshot.published_at is None:
        return "As it was known then; never published"
    published = formats.badge(f"{snapshot.published_at:%Y-%m-%d %H:%M}")
    return f"Snapshot {formats.badge(snapshot.snapshot_id)}, published {published} UTC"


def _controls(snapshot: Snapshot) -> None:
    passed = f"{formats.count(snapshot.controls_passed, 'control')} passed"
    if not snapshot.controls_failed:
        st.badge(passed, icon=":material/check:", color="blue")
        return
    words = f"{passed}, {snapshot.controls_failed} with differences"
    st.badge(words, icon=":material/priority_high:", color="orange")
