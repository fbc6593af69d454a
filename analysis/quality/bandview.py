"""The part of the page on the band: headlines under other rules, and the curve of the first.

Which rules are tried, and what the band is, is decided in band.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.quality.band import Band
from analysis.quality.picture import View, percent, round_step, track
from analysis.quality.vocabulary import Words
from survey.clean.signs import SIGNS


def band_view(band: Band, words: Words) -> View:
    samples = band.rows.loc[band.rows["choice"] == band.rows["sample"], "choice"].nunique()
    lines, reaches = [], []
    for unit, part in band.summary.groupby("unit", sort=False):
        away = part[["ci_low", "ci_high", "low", "high"]].sub(part["estimate"], axis=0).abs()
        reach = float(away.to_numpy().max()) * 1.05 or 1.0
        lines += [_headline(row, str(unit), reach, words) for row in _each(part)]
        reaches.append(words.say("band_reach", reach=words.distance(reach, str(unit))))
    return {
        "choices": f"{band.rows['choice'].nunique():,}",
        "samples": f"{samples:,}",
        "level": f"{100 * words.instrument.policy('conf_level'):g}",
        "lines": lines,
        "reach": reaches,
        "curve": _curve(band, words),
        "failed": list(band.failed.items()),
    }


def _headline(row: Any, unit: str, reach: float, words: Words) -> View:
    """A headline on a track that reaches as far to both sides of the study's own estimate."""
    start, end = row.estimate - reach, row.estimate + reach
    return {
        "name": words.headline(row),
        "own": _number(row.estimate, unit),
        "span": f"{_number(row.low, unit)} – {_number(row.high, unit)}",
        "band": track(row.low, row.high, row.estimate, start, end),
        "interval": track(row.ci_low, row.ci_high, row.estimate, start, end),
        "contain": words.say("band_contain", share=f"{100 * row.contain:.0f}%"),
    }


def _each(rows: pd.DataFrame) -> list[Any]:
    """Rows with their columns as attributes."""
    return list(rows.itertuples(index=False))


def _number(value: float, unit: str) -> str:
    return f"{100 * value:.1f}%" if unit == "share" else f"{value:.2f}"


def _curve(band: Band, words: Words) -> View | None:
    """The first headline under every sample, by estimate, with the signs that exclude."""
    if not len(band.summary):
        return None
    key = ["indicator", "statistic", "category"]
    first = band.summary.iloc[0]
    rows = band.rows[(band.rows[key] == first[key]).all(axis=1) & band.rows["estimate"].notna()]
    rows = rows[rows["choice"] == rows["sample"]].sort_values(
        ["estimate", "included", "choice"], ignore_index=True
    )
    low, high = rows["ci_low"].min(), rows["ci_high"].max()
    span = (high - low) * 1.1 or 1.0
    start = low - span * 0.05
    used = [sign for sign in SIGNS if rows["signs"].str.split().map(lambda s, k=sign: k in s).any()]
    unit = str(first["unit"])
    points = [
        {
            "left": percent((k + 0.5) / len(rows)),
            "bottom": percent((row.ci_low - start) / span),
            "height": percent((row.ci_high - row.ci_low) / span),
            "dot": percent((row.estimate - start) / span),
            "own": row.choice == 0,
            "told": f"{row.signs or '–'}; n {row.included:,}; {_number(row.estimate, unit)}",
        }
        for k, row in enumerate(_each(rows))
    ]
    ticks = round_step(span / 4)
    at = [math.ceil(start / ticks) * ticks + k * ticks for k in range(6)]
    return {
        "item": words.headline(first),
        "points": points,
        "columns": len(points),
        "ticks": [(percent((t - start) / span), _number(t, unit)) for t in at if t <= start + span],
        "matrix": _matrix(used, rows["signs"], points, words),
        "included": words.say(
            "curve_included",
            low=f"{rows['included'].min():,}",
            high=f"{rows['included'].max():,}",
        ),
    }


def _matrix(
    used: Sequence[str], signs: pd.Series, points: Sequence[Mapping], words: Words
) -> list[tuple[str, list[tuple[bool, bool]]]]:
    """Per sign: for every column, whether it excludes there, and whether the rules are own."""
    return [
        (
            words.sign(sign),
            [
                (sign in text.split(), bool(point["own"]))
                for text, point in zip(signs, points, strict=True)
            ],
        )
        for sign in used
    ]
