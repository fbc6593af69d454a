"""The Dash application: layout, and the one callback that turns a view into a page.

The view lives in the address (state.py); a request with words the release does not know gets the
default view, never an error.
"""

from __future__ import annotations

from dataclasses import replace

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, ctx, dcc, html

from dashboards.components import controls
from dashboards.components.texts import say
from dashboards.pages import overview
from dashboards.release import Release
from dashboards.state import State, allowed, default, from_address, to_address

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
BODY_LIMIT = 64 * 1024  # bytes of a request; a view is some hundred


def create_app(release: Release) -> Dash:
    """The application for one study's release."""
    app = Dash(
        __name__,
        title=release.words(release.languages[0]).study(release.study),
        update_title="",
        enable_mcp=False,
        health_endpoint="healthz",
    )
    app.server.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.layout = _layout(release, default(release))
    _register(app, release)
    _protect(app)
    app.server.test_client().get("/")  # registers every callback before threads serve
    return app


def _layout(release: Release, state: State) -> dmc.MantineProvider:
    return dmc.MantineProvider(
        [
            dcc.Location(id="address", refresh=False),
            html.A(say("skip", state.lang), id="skip", href="#content", className="skip"),
            html.Header([html.H1(id="title"), controls.controls(release, state)]),
            html.Main(id="content", tabIndex="-1"),
        ]
    )


def _register(app: Dash, release: Release) -> None:
    first = default(release)

    @app.callback(
        output={
            "search": Output("address", "search"),
            "skip": Output("skip", "children"),
            "title": Output("title", "children"),
            "page": Output("content", "children"),
            "lang": Output("content", "lang"),
            "filters": controls.outputs(release, first),
        },
        inputs={
            "search": Input("address", "search"),
            "reset": Input("reset", "n_clicks"),
            "chosen": {
                name: Input(name, "value") for name in ("lang", "wave", "variable", "level")
            },
        },
    )
    def show(search, reset, chosen):
        asked = ctx.triggered_id
        if asked in (None, "address"):
            state = from_address(release, search)
        elif asked == "reset":
            state = replace(first, lang=allowed(release, **chosen).lang)
        else:
            state = allowed(release, **chosen)
        return {
            "search": to_address(release, state),
            "skip": say("skip", state.lang),
            "title": release.words(state.lang).study(release.study),
            "page": overview.page(release, state),
            "lang": state.lang,
            "filters": controls.flat(controls.settings(release, state)),
        }

    app.clientside_callback(
        ClientsideFunction("perception", "setLanguage"),
        Output("content", "title"),
        Input("content", "lang"),
    )


def _protect(app: Dash) -> None:
    @app.server.after_request
    def add_headers(response):
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response
