"""The Dash application: layout, and the one callback that turns a view into a page.

The view lives in the address (state.py); a request with words the release does not know gets the
default view, never an error.
"""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash, Input, Output, ctx, dcc, html

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
        update_title=None,
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
            html.A(say("skip", state.lang), href="#content", className="skip"),
            html.Header(
                [html.H1(id="title"), html.Div(controls.controls(release, state), id="filters")]
            ),
            html.Main(id="content", tabIndex="-1"),
        ]
    )


def _register(app: Dash, release: Release) -> None:
    @app.callback(
        Output("address", "search"),
        Output("title", "children"),
        Output("filters", "children"),
        Output("content", "children"),
        Output("content", "lang"),
        Input("address", "search"),
        Input("lang", "value"),
        Input("wave", "value"),
        Input("variable", "value"),
        Input("level", "value"),
        Input("reset", "n_clicks"),
    )
    def show(search, lang, wave, variable, level, _clicks):
        asked = ctx.triggered_id
        if asked in (None, "address"):
            state = from_address(release, search)
        elif asked == "reset":
            state = allowed(release, lang=lang, wave=None, variable=None, level=None)
        else:
            state = allowed(release, lang=lang, wave=wave, variable=variable, level=level)
        words = release.words(state.lang)
        return (
            to_address(release, state),
            words.study(release.study),
            controls.controls(release, state),
            overview.page(release, state),
            state.lang,
        )


def _protect(app: Dash) -> None:
    @app.server.after_request
    def add_headers(response):
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response
