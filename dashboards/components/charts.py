"""Charts of the dashboard: the report's own kinds of figures, bare, each with its table beneath.

The same rows drawn by the same functions as in the white paper, so that a slide, a page and a
screen cannot disagree. Every chart has a table for readers who cannot see it.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import dcc, html

from analysis.figures.footnote import badge
from analysis.figures.registry import draw
from analysis.figures.spec import FigureSpec, selected
from analysis.results.select import many
from analysis.results.wording import Words
from dashboards.components.texts import attributes, say
from dashboards.release import Release
from dashboards.state import EVERYBODY, State
from survey.errors import ReportError

FINE = 2


def trend(release: Release, state: State, words: Words) -> html.Section:
    """Score over all waves for the chosen group."""
    select = {"indicator": release.headline, "statistic": "mean", "domain": state.domain}
    return _section(
        say("trend_title", words.lang), "chart-trend", "score_trend", select, release, words
    )


def problems(release: Release, state: State, words: Words) -> html.Section | None:
    """The multiple-response set for the chosen group and wave.

    Where shares of it were published, the study's own figure of published shares is drawn, with its
    problems in its order; everywhere else, all options as estimated.
    """
    if release.breakdown is None:
        return None
    select: dict[str, Any] = {
        "indicator": release.breakdown,
        "statistic": "share",
        "domain": state.domain,
        "wave": state.wave,
    }
    kind, categories = "share_bars", release.options(release.breakdown)
    if not many(release.rows, kind="published", **select).empty:
        kind, categories = "issue_bars", release.drawn("issue_bars", categories)
    title = words.indicator(release.breakdown, release.study)
    return _section(title, "chart-issues", kind, {**select, "category": categories}, release, words)


def groups(release: Release, state: State, words: Words) -> html.Section | None:
    """Score by every level of the chosen variable."""
    if state.variable == EVERYBODY:
        return None
    select = {
        "indicator": release.headline,
        "statistic": "mean",
        "wave": state.wave,
        "domain": [f"{state.variable}={level}" for level in release.levels(state.variable)],
    }
    title = say("groups_title", words.lang, variable=words.variable(state.variable))
    return _section(title, "chart-groups", "score_dots", select, release, words)


def _section(
    heading: str, name: str, kind: str, select: dict, release: Release, words: Words
) -> html.Section:
    lang = words.lang
    try:
        rows, spec = _rows(name, kind, heading, select, release)
    except ReportError:
        return _empty(heading, name, say("no_data", lang))
    if (rows["quality"] == "suppressed").all():
        return _empty(heading, name, say("suppressed", lang))
    figure = draw(kind)(rows, words, spec, bare=True)
    alt = figure.layout.meta["alt"]
    mark = badge(rows, words)
    return html.Section(
        [
            html.H2(heading),
            html.P(mark, className="badge narrow") if mark else None,
            html.P(say("swipe", lang), className="fine narrow"),
            html.Div(_graph(figure), className="plot", role="img", **attributes(label=alt)),
            html.Details([html.Summary(say("data_table", lang)), _table(rows, words)]),
        ],
        className="chart",
        **attributes(testid=name),
    )


def _empty(heading: str, name: str, told: str) -> html.Section:
    return html.Section(
        [html.H2(heading), html.P(told, className="empty")],
        className="chart",
        **attributes(testid=name),
    )


def _rows(name: str, kind: str, heading: str, select: dict, release: Release):
    spec = FigureSpec(
        name=name,
        number="1",
        kind=kind,
        select=select,
        title=dict.fromkeys(release.languages, heading),
    )
    return selected(release.rows, spec), spec


def _graph(figure) -> dcc.Graph:
    """A figure as wide as its place; hover stays, the toolbar and its unnamed links go."""
    plain = _with_fallback(figure.to_dict())
    height = plain["layout"].pop("height")
    plain["layout"].pop("width", None)
    plain["layout"]["autosize"] = True
    return dcc.Graph(
        figure=plain,
        config={"displayModeBar": False, "responsive": True},
        style={"height": f"{height}px"},
    )


def _with_fallback(part: Any) -> Any:
    """A figure whose fonts fall back on the reader's own sans serif, as the page's do."""
    if isinstance(part, dict):
        return {
            key: f"{value}, sans-serif" if key == "family" else _with_fallback(value)
            for key, value in part.items()
        }
    return [_with_fallback(value) for value in part] if isinstance(part, list | tuple) else part


def _table(rows: pd.DataFrame, words: Words) -> html.Table:
    lang = words.lang
    names = ("column_name", "column_estimate", "column_interval", "column_base", "column_kind")
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(say(name, lang), scope="col") for name in names])),
            html.Tbody([_row(row, rows, words) for row in rows.itertuples(index=False)]),
        ]
    )


def _row(row, rows: pd.DataFrame, words: Words) -> html.Tr:
    if row.quality == "suppressed":
        cells = [say("suppressed", words.lang), "", ""]
    else:
        show = words.percent if row.unit == "share" else words.points
        digits = 1 if row.unit == "share" else FINE
        interval = (
            f"{show(row.ci_low, digits)} – {show(row.ci_high, digits)}"
            if row.ci_low == row.ci_low
            else ""
        )
        cells = [show(row.estimate, 1 if row.kind == "published" else digits), interval]
        cells.append(words.thousands(row.n))
    name = _name(row, rows, words)
    kind = words.phrase(f"kind_{row.kind}")
    return html.Tr([html.Th(name, scope="row"), *map(html.Td, cells), html.Td(kind)])


def _name(row, rows: pd.DataFrame, words: Words) -> str:
    """What tells this row from its neighbours: wave, category or group."""
    if rows["wave"].nunique() > 1:
        return words.wave(row.wave, row.study)
    if row.category:
        return words.category(row.indicator, row.category, row.study)
    return words.level(row.domain, row.study)
