"""Kinds of figures by name. A new kind is a module with `draw` and `Options`, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import (
    category_bands,
    gap_bars,
    issue_bars,
    kinds_split,
    quarter_counts,
    quarter_rates,
    score_dots,
    score_trend,
    share_bars,
)
from analysis.figures.spec import FigureSpec, Options
from analysis.results.wording import Words
from survey.errors import ReportError, did_you_mean, one_of

KINDS: dict[str, ModuleType] = {
    "issue_bars": issue_bars,
    "category_bands": category_bands,
    "quarter_counts": quarter_counts,
    "quarter_rates": quarter_rates,
    "kinds_split": kinds_split,
    "score_trend": score_trend,
    "score_dots": score_dots,
    "gap_bars": gap_bars,
    "share_bars": share_bars,
}
UNPUBLISHED = {"issue_bars": "share_bars"}  # what draws the rows of which none was published
OPTIONS: dict[str, type[Options]] = {name: module.Options for name, module in KINDS.items()}


def draw(kind: str) -> Callable[..., go.Figure]:
    """The function ``(rows, words, spec, *, bare=False) -> Figure`` of a kind.

    Raises
    ------
    ReportError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise ReportError(
            f"there is no kind of figure '{kind}'",
            expected=one_of(KINDS),
            hint=did_you_mean(kind, KINDS),
        )

    def drawn(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False):
        published = (rows["kind"] == "published").any()
        module = KINDS[kind if published else UNPUBLISHED.get(kind, kind)]
        return module.draw(rows, words, spec, bare=bare)

    return drawn
