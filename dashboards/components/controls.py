"""The filters: language, wave, and the group looked at. Their choices come from the release.

They are made once and then only set to a view, so that a reader at the keyboard keeps the place.
"""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Output, html

from analysis.results.wording import Words
from dashboards.components.texts import attributes, heading, say
from dashboards.release import Release
from dashboards.state import EVERYBODY, State

NAMES = {"zh": "中文", "en": "English"}
SEARCHABLE = 12  # a longer list can be typed into


def controls(release: Release, state: State) -> html.Div:
    """All filters, set to a view."""
    set_to = settings(release, state)
    return html.Div(
        [
            dmc.SegmentedControl(
                id="lang",
                data=[
                    {"value": lang, "label": NAMES.get(lang, lang)} for lang in release.languages
                ],
                **set_to["lang"],
            ),
            *(
                dmc.Select(id=name, allowDeselect=False, **set_to[name])
                for name in ("wave", "variable", "level")
            ),
            dmc.Button(id="reset", variant="default", **set_to["reset"]),
        ],
        className="controls",
        role="group",
        **attributes(label=say("filters", state.lang)),
    )


def settings(release: Release, state: State) -> dict[str, dict]:
    """Properties of every filter for a view."""
    words, lang = release.words(state.lang), state.lang
    groups = levels(release, state, words)
    return {
        "lang": {"value": lang},
        "wave": {"label": say("wave", lang), "data": waves(release, words), "value": state.wave},
        "variable": {
            "label": say("breakdown", lang),
            "data": variables(release, words),
            "value": state.variable,
        },
        "level": {
            "label": say("level", lang),
            "data": groups,
            "value": state.level or None,
            "disabled": not groups,
            "searchable": len(groups) > SEARCHABLE,
        },
        "reset": {"children": say("reset", lang)},
    }


def outputs(release: Release, state: State) -> dict[str, Output]:
    """The callback's outputs for `settings`, by ``name.property``."""
    return {
        f"{name}.{prop}": Output(name, prop)
        for name, props in settings(release, state).items()
        for prop in props
    }


def flat(set_to: dict[str, dict]) -> dict[str, object]:
    """`settings` in the shape of `outputs`."""
    return {
        f"{name}.{prop}": value for name, props in set_to.items() for prop, value in props.items()
    }


def waves(release: Release, words: Words) -> list[dict[str, str]]:
    return [{"value": w, "label": heading(words.wave(w))} for w in reversed(release.waves())]


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
