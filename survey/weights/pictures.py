"""Pictures of what weighting did: plain plotly figures made from records.

Builders are pure: a calibration record or step effects in, a dict of ``data`` and ``layout`` out;
plotly itself is not needed. How a sheet is laid out is decided in sheet.py, the page that holds
the figures in page.py, the words in words.yml; what is drawn is measured in record.py and
effects.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from survey.errors import WeightError
from survey.weights.effects import ORDERS, StepEffect
from survey.weights.page import write_diagnostics
from survey.weights.record import CalibrationRecord, MarginRecord
from survey.weights.sheet import (
    Figure,
    Row,
    level_ticks,
    log_ticks,
    look,
    marks,
    plain,
    sheet,
    spaced,
    step_name,
    upright,
    word,
)

__all__ = ["effect_plot", "love_plot", "margin_plot", "weight_plot", "write_diagnostics"]

Labels = Mapping[str, str]  # of margins (``sex``) and their levels (``sex:male``)


def love_plot(
    record: CalibrationRecord,
    *,
    language: str,
    kind: str,
    threshold: float,
    labels: Labels | None = None,
) -> Figure:
    """Standardised difference of every category from its target, before and after weighting.

    Parameters
    ----------
    record : CalibrationRecord
    language : str
        ``zh`` or ``en``.
    kind : str
        Kind of the data; simulated data say so inside the picture.
    threshold : float
        Difference beyond which a category is called unbalanced, drawn as dashed lines.
    labels : mapping, optional
        What to call margins (``sex``) and levels (``sex:male``); without one, as in the record.

    Raises
    ------
    WeightError
        If the record has no margins, or a word is unknown.

    References
    ----------
    .. [1] Austin (2009), Balance diagnostics for comparing the distribution of baseline covariates,
       Statistics in Medicine 28, 3083-3107.
    """
    _require_margins(record)
    rows = _rows(record, labels)
    ticks = level_ticks(rows)
    spread = [math.sqrt(row["target"] * (1 - row["target"])) or math.nan for row in rows]
    data = []
    for name, symbol in (("before", "circle-open"), ("after", "circle")):
        off = [(row[name] - row["target"]) / s for row, s in zip(rows, spread, strict=True)]
        data.append(marks(off, rows, name, language, symbol, ".3f"))
    figure = sheet(data, "love", language, kind, ticks, threshold=f"{threshold:g}")
    dashes = ((0, "solid"), (threshold, "dash"), (-threshold, "dash"))
    figure["layout"]["shapes"] = [upright(x, dash) for x, dash in dashes]
    figure["layout"]["xaxis"] |= {"title": {"text": word("axis_difference", language)}}
    return plain(figure)


def margin_plot(
    record: CalibrationRecord, *, language: str, kind: str, labels: Labels | None = None
) -> Figure:
    """Share of every category by base weights and by final weights, and its target.

    Raises
    ------
    WeightError
        As `love_plot`.
    """
    _require_margins(record)
    rows = _rows(record, labels)
    ticks = level_ticks(rows)
    data = [
        marks([100 * row[name] for row in rows], rows, name, language, symbol, ".1f")
        for name, symbol in (
            ("target", "line-ns-open"),
            ("before", "circle-open"),
            ("after", "circle"),
        )
    ]
    figure = sheet(data, "margins", language, kind, ticks)
    figure["layout"]["xaxis"] |= {
        "title": {"text": word("axis_share", language)},
        "rangemode": "tozero",
    }
    return plain(figure)


def weight_plot(effects: Sequence[StepEffect], *, language: str, kind: str) -> Figure:
    """Distribution of the weights after each step, as multiples of their mean.

    Raises
    ------
    WeightError
        If there is no step.
    """
    style, rows = look(), _steps(effects, language)
    at = dict(zip(ORDERS, range(len(ORDERS)), strict=True))
    places = list(rows)
    column = {order: [effect.quantiles[at[order]] for effect in effects] for order in ORDERS}
    box = {
        "type": "box", "orientation": "h", "y": places, "width": 0.5, "showlegend": False,
        "q1": column[0.25], "median": column[0.5], "q3": column[0.75],
        "lowerfence": column[0.05], "upperfence": column[0.95],
        "fillcolor": style["fill"], "line": {"color": style["after"], "width": 1.5},
        "hoverinfo": "x",
    }  # fmt: skip
    ends = {
        "type": "scatter", "mode": "markers", "x": column[0.0] + column[1.0], "y": places * 2,
        "name": word("extremes", language), "hovertemplate": "%{x:.3g}<extra></extra>",
        "marker": {"symbol": "diamond-open", "size": 9, "color": style["before"]},
    }  # fmt: skip
    figure = sheet([box, ends], "weights", language, kind, rows)
    low, high = min(column[0.0]), max(column[1.0])
    figure["layout"]["xaxis"] |= {
        "title": {"text": word("axis_weight", language)},
        "type": "log",
        "range": [math.log10(low) - 0.08, math.log10(high) + 0.08],
        **log_ticks(low, high),
    }
    figure["layout"]["shapes"] = [upright(1, "dot")]
    return plain(figure)


def effect_plot(effects: Sequence[StepEffect], *, language: str, kind: str) -> Figure:
    """Unequal-weighting effect after each step, with the effective size.

    Raises
    ------
    WeightError
        If there is no step.
    """
    style, rows = look(), _steps(effects, language)
    values = [effect.uwe for effect in effects]
    bars = {
        "type": "scatter", "mode": "markers+text", "x": values,
        "y": list(rows), "showlegend": False,
        "text": [word("effect", language, uwe=f"{effect.uwe:.2f}", n=f"{effect.n_eff:,.0f}")
                 for effect in effects],
        "textposition": "middle right", "textfont": {"size": style["note"], "color": style["ink"]},
        "marker": {"color": style["after"], "size": 11}, "cliponaxis": False,
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    figure = sheet([bars], "uwe", language, kind, rows)
    spread = max(max(values) - 1, 0.02)
    figure["layout"]["shapes"] = [
        {"type": "line", "x0": 1, "x1": value, "y0": place, "y1": place, "layer": "below",
         "line": {"color": style["after"], "width": 5}}
        for place, value in zip(rows, values, strict=True)
    ]  # fmt: skip
    figure["layout"]["xaxis"] |= {
        "title": {"text": word("axis_uwe", language)},
        "range": [1 - spread * 0.03, 1 + spread * 1.75],  # room for the words behind the last bar
    }
    return plain(figure)


def _rows(record: CalibrationRecord, labels: Labels | None) -> list[Row]:
    """One row per level of every margin."""
    return [row for margin in record.margins for row in _shares(margin, labels or {})]


def _shares(margin: MarginRecord, labels: Labels) -> list[Row]:
    """Shares of one margin's levels by target, base and final weights, and their words."""
    columns = {"target": margin.target, "before": margin.base_weighted, "after": margin.final}
    totals = {name: math.fsum(values) for name, values in columns.items()}
    return [
        {
            "margin": labels.get(margin.name, margin.name),
            "level": labels.get(f"{margin.name}:{level}", level),
            **{name: values[k] / totals[name] for name, values in columns.items()},
        }
        for k, level in enumerate(margin.levels)
    ]


def _steps(effects: Sequence[StepEffect], language: str) -> dict[float, str]:
    """Where each step is drawn, and its name."""
    if not effects:
        raise WeightError("there is no step of the weights to draw")
    labels = [step_name(effect.step, language) for effect in effects]
    return dict(zip(spaced(labels), labels, strict=True))


def _require_margins(record: CalibrationRecord) -> None:
    if not record.margins:
        raise WeightError(
            "the calibration record has no margins to draw",
            where=f"{record.study} {record.wave}",
            hint="draw the steps of the weights instead",
        )
