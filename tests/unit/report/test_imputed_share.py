"""Wherever a number is shown, a reader sees how much of it was imputed."""

from __future__ import annotations

import pytest

from analysis.figures.footnote import base
from analysis.report.book import load_book
from analysis.report.bound import Bound, without_links
from analysis.report.context import Context
from analysis.report.rowcard import card, row_table, tooltip
from analysis.tables.build import _notes
from analysis.tables.material import Draft
from analysis.tables.reasons import in_words
from analysis.tables.spec import TableSpec
from dashboards.components import tiles
from tests.unit.report.samples import change, frame, row

SHARE = {"zh": "其中 2.4% 为插补", "en": "2.4% imputed"}
FILLED = {"imputed": 0.0241}


@pytest.fixture(params=["zh", "en"])
def context(demo, request):
    return Context(load_book(demo, "demo"), request.param)


def shown(component) -> str:
    """All text of a component of the dashboard."""
    if isinstance(component, (list, tuple)):
        return " ".join(shown(part) for part in component)
    if component is None or isinstance(component, (str, int, float)):
        return str(component or "")
    return shown(getattr(component, "children", None))


class TestShown:
    def test_beside_the_number_in_a_text(self, context):
        told = without_links(context.points(Bound(row(**FILLED))))
        assert told == f"6.3^{SHARE[context.words.lang]}^".replace(" ", "\\ ")

    def test_in_the_pop_up_the_card_and_the_data_of_a_figure(self, context):
        words, share = context.words, SHARE[context.words.lang]
        assert share in tooltip(row(**FILLED), words)
        pairs = dict(card(row(**FILLED), words, "0" * 64)["pairs"])
        assert pairs[words.phrase("row_imputed")] == "2.4%"
        assert share in row_table(frame(row(**FILLED)), words)

    def test_under_a_figure_as_a_range(self, context):
        rows = frame(row(imputed=0.01), row(domain="sex=male", imputed=0.04))
        told = base(rows.assign(domain="all"), context.words)
        assert {"zh": "其中 1.0%～4.0% 为插补", "en": "1.0% to 4.0% imputed"}[
            context.words.lang
        ] in told

    def test_under_a_table(self, context):
        spec = TableSpec(name="t", kind="by_domain", title={"zh": "表", "en": "Table"})
        draft = Draft(columns=(), lines=(), rows=(row(**FILLED),))
        notes = _notes(spec, draft, (), context.words, [])
        assert any(SHARE[context.words.lang] in note for note in notes)

    def test_in_the_tiles_of_the_dashboard(self, context):
        share = SHARE[context.words.lang]
        assert share in shown(tiles.score("", row(**FILLED), None, context.words))
        tile = tiles.change(
            change(**FILLED), None, since="2019H1", year_on_year=True, words=context.words
        )
        assert share in shown(tile)

    def test_nothing_is_said_where_nothing_was_imputed(self, context):
        for none in (float("nan"), 0.0):
            assert without_links(context.points(Bound(row(imputed=none)))) == "6.3"
            assert "imputed" not in tooltip(row(imputed=none), context.words)
            assert "插补" not in shown(tiles.score("", row(imputed=none), None, context.words))

    def test_a_suppressed_row_does_not_tell_its_share(self, context):
        hidden = row(**FILLED, quality="suppressed")
        pairs = dict(card(hidden, context.words, "0" * 64)["pairs"])
        assert context.words.phrase("row_imputed") not in pairs
        assert SHARE[context.words.lang] not in tooltip(hidden, context.words)

    def test_an_error_without_imputation_is_told_in_words(self, context):
        told = in_words("se excludes imputation", context.words)
        assert told == [
            {"zh": "标准误未包含插补的误差", "en": "the standard error excludes imputation"}[
                context.words.lang
            ]
        ]
