"""Tiles: one number with its interval, its base and what may be said of it. Pure builders."""

from __future__ import annotations

from dash import html

from analysis.compare.power import detectable_from_se
from analysis.report.claims import excludes_zero
from analysis.results.comparable import is_carried, is_withheld
from analysis.results.select import Row
from analysis.results.wording import Words
from analysis.tables.reasons import in_words
from dashboards.components.texts import attributes, heading, say

FINE = 2  # decimals of intervals and of differences of scores


def tile(title: str, name: str, *children) -> html.Section:
    return html.Section(
        [html.H2(title), *[child for child in children if child is not None]],
        className="tile",
        **attributes(testid=name),
    )


def score(title: str, row: Row | None, published: Row | None, words: Words) -> html.Section:
    """The headline score of the chosen group, under the study's own name for it."""
    lang = words.lang
    if row is None:
        return tile(title, "tile-score", html.P(say("no_data", lang), className="empty"))
    if row.suppressed:
        return tile(title, "tile-score", html.P(say("suppressed", lang), className="empty"))
    return tile(
        title,
        "tile-score",
        html.P(
            [
                html.Span(words.points(row.estimate), className="figure"),
                html.Span(say("out_of_ten", lang), className="unit"),
            ],
            className="headline",
        ),
        html.P(interval(row, words)),
        html.P(base(row, words), className="fine"),
        _published(published, "published_value", words.points, lang),
        mark(row, lang),
    )


def change(
    row: Row | None,
    published: Row | None,
    *,
    since: str | None,
    year_on_year: bool,
    words: Words,
) -> html.Section:
    """Change since an earlier wave: difference, interval, verdict, smallest detectable change."""
    lang = words.lang
    if since is None:
        return tile(
            say("change_title_first", lang),
            "tile-change",
            html.P(say("no_change", lang), className="empty"),
        )
    title = say(
        "change_title_yoy" if year_on_year else "change_title", lang, since=words.wave(since)
    )
    if row is None or row.suppressed:
        told = "no_data" if row is None else "not_comparable" if is_withheld(row) else "suppressed"
        return tile(title, "tile-change", html.P(say(told, lang), className="empty"))
    return tile(
        title,
        "tile-change",
        html.P(
            [
                html.Span(words.signed(row.estimate, FINE), className="figure"),
                html.Span(say("points", lang), className="unit"),
            ],
            className="headline",
        ),
        html.P(interval(row, words, signed=True)),
        html.P(filled, className="fine") if (filled := words.imputed(row.imputed)) else None,
        html.P(_verdict(row, lang), className="verdict"),
        html.P("; ".join(in_words(row.reason, words)), className="carried")
        if is_carried(row)
        else None,
        html.P(
            say("detectable", lang, value=words.points(detectable_from_se(row.se), FINE)),
            className="fine",
        ),
        _published(published, "published_change", words.signed, lang),
        html.P(say("caveat_simulated", lang), className="caveat")
        if row.kind == "simulated"
        else None,
        mark(row, lang),
    )


def interval(row: Row, words: Words, *, signed: bool = False) -> str:
    shown = words.signed if signed else words.points
    return say("interval", words.lang, low=shown(row.ci_low, FINE), high=shown(row.ci_high, FINE))


def base(row: Row, words: Words) -> str:
    told = say("base", words.lang, n=words.thousands(row.n), n_eff=words.thousands(row.n_eff))
    filled = words.imputed(row.imputed)
    return say("base_imputed", words.lang, base=told, imputed=filled) if filled else told


def mark(row: Row, lang: str) -> html.P | None:
    """The word SIMULATED beside a number made from simulated data."""
    if row.kind != "simulated":
        return None
    return html.P(say("simulated", lang), className="badge")


def _verdict(row: Row, lang: str) -> str:
    """Wording from the interval; about simulated rows it is said of the simulation only."""
    name = "undetected"
    if excludes_zero(row):
        name = "rose" if row.estimate > 0 else "fell"
    told = say(f"verdict_{name}", lang)
    if row.kind == "simulated":
        return say("verdict_in_simulation", lang, verdict=told)
    return heading(told)


def _published(row: Row | None, text: str, shown, lang: str) -> html.P | None:
    if row is None:
        return None
    return html.P(say(text, lang, value=shown(row.estimate)), className="published")
