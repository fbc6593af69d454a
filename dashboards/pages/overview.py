"""The first page: score, change, trend and problems of one group in one wave. A pure builder."""

from __future__ import annotations

from dash import html

from analysis.results.wording import Words
from dashboards.components import charts, tiles
from dashboards.components.texts import attributes, heading, say
from dashboards.release import Release
from dashboards.state import EVERYBODY, State


def page(release: Release, state: State) -> list:
    """Everything below the filters for one view."""
    words, lang = release.words(state.lang), state.lang
    score = release.score(state.wave, state.domain)
    banner = None
    if score is not None and score.kind == "simulated":
        banner = html.P(say("simulated_banner", lang), className="banner", role="note")
    return [
        html.P(
            say(
                "shown_for",
                lang,
                wave=heading(words.wave(state.wave)),
                group=group_name(state, words),
            ),
            className="shown-for",
            **attributes(testid="shown-for"),
        ),
        banner,
        html.Div(
            [
                tiles.score(
                    words.indicator(release.headline, release.study),
                    score,
                    release.score(state.wave, state.domain, kind="published"),
                    words,
                ),
                _change(release, state, words),
            ],
            className="tiles",
        ),
        html.Div(
            [charts.trend(release, state, words), charts.problems(release, state, words)],
            className="charts",
        ),
        charts.groups(release, state, words),
        _about(release, words, score),
    ]


def group_name(state: State, words: Words) -> str:
    return (
        say("everybody", words.lang) if state.variable == EVERYBODY else words.level(state.domain)
    )


def _change(release: Release, state: State, words: Words) -> html.Section:
    year_before = release.instrument.year_before(state.wave)
    since = year_before or release.instrument.previous(state.wave)
    if since is None:
        return tiles.change(None, None, since=None, year_on_year=False, words=words)
    return tiles.change(
        release.change(state.wave, since, state.domain),
        release.change(state.wave, since, state.domain, kind="published"),
        since=since,
        year_on_year=year_before is not None,
        words=words,
    )


def _about(release: Release, words: Words, score) -> html.Footer:
    lang = words.lang
    lines = [
        (say("question", lang), words.question(release.headline, release.study)),
        (say("universe", lang), words.universe(release.study)),
    ]
    return html.Footer(
        [
            html.Details(
                [html.Summary(say("how_to_read", lang)), html.P(say("how_to_read_text", lang))]
            ),
            html.Dl([part for term, text in lines for part in (html.Dt(term), html.Dd(text))]),
            html.P(say("release", lang, run=score.run_id), className="fine") if score else None,
        ]
    )
