"""The filters: language, wave, and the group looked at. Their choices come from the release."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html

from analysis.results.wording import Words
from dashboards.components.texts import say
from dashboards.release import Release
from dashboards.state import EVERYBODY, State

NAMES = {"zh": "中文", "en": "English"}


def controls(release: Release, state: State) -> html.Div:
    """All filters, set to a view."""
    words = release.words(state.lang)
    return html.Div(
        [
            dmc.SegmentedControl(
                id="lang",
                value=state.lang,
                data=[
                    {"value": lang, "label": NAMES.get(lang, lang)} for lang in release.languages
                ],
            ),
            _choice("wave", say("wave", state.lang), state.wave, waves(release, words)),
            _choice(
                "variable", say("breakdown", state.lang), state.variable, variables(release, words)
            ),
            _choice("level", say("level", state.lang), state.level, levels(release, state, words)),
            dmc.Button(say("reset", state.lang), id="reset", variant="default"),
        ],
        className="controls",
        role="group",
        **{"aria-label": say("filters", state.lang)},
    )


def waves(release: Release, words: Words) -> list[dict[str, str]]:
    return [{"value": w, "label": words.wave(w)} for w in reversed(release.waves())]


def variables(release: Release, words: Words) -> list[dict[str, str]]:
    every = {"value": EVERYBODY, "label": say("everybody", words.lang)}
    return [every, *({"value": v, "label": words.variable(v)} for v in release.variables())]


def levels(release: Release, state: State, words: Words) -> list[dict[str, str]]:
    if state.variable == EVERYBODY:
        return []
    return [
        {"value": level, "label": words.level(f"{state.variable}={level}")}
        for level in release.levels(state.variable)
    ]


def _choice(name: str, label: str, value: str, data: list[dict[str, str]]) -> dmc.Select:
    return dmc.Select(
        id=name,
        label=label,
        value=value or None,
        data=data,
        allowDeselect=False,
        searchable=len(data) > 12,
        disabled=not data,
        comboboxProps={"withinPortal": True},
    )
