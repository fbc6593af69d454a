"""Kitagawa's split of a change between two surveys, with the error of every part.

Asks both waves for the shares of the groups and for the estimate inside them, over those who have
both a group and an answer, and hands values and gradients to analysis/compare/kitagawa.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.compare.kitagawa import Part, Standard, kitagawa
from analysis.compare.pairs import SAMPLES
from analysis.estimate.columns import Columns
from analysis.estimate.result import Result, joined
from analysis.estimate.survey import Survey
from analysis.estimate.waves import Waves, ask_waves
from analysis.results.schema import conform
from survey.errors import EstimateError


def split_change(
    surveys: Mapping[str, Survey],
    item: str,
    groups: str,
    *,
    statistic: str = "mean",
    where: str | None = None,
    overlap: str = "none",
    unit: str = "",
    standard: Standard = "average",
) -> pd.DataFrame:
    """The change of a mean, or of every share of an item, with its parts.

    Parameters
    ----------
    surveys : mapping of wave to Survey
        The old wave, then the new one.
    item, groups : str
        Columns: what is estimated, and the groups it is split over.
    statistic : {"mean", "share"}
    where : str, optional
    overlap, unit
        See `ask_waves`.
    standard : {"average", "old"}
        See `kitagawa`.

    Returns
    -------
    DataFrame
        Rows of the schema, statistic ``contrast``: ``change``, ``composition``, ``within groups``
        (and ``interaction``), for a share after the name of the answer.

    Raises
    ------
    EstimateError
        If a group has nobody in one of the waves.
    """
    if len(surveys) != 2:
        raise EstimateError(f"{len(surveys)} waves to split a change between", expected="two")
    if statistic not in ("mean", "share"):
        raise EstimateError(f"a {statistic} is not split over groups", expected="mean or share")
    answered = {name: _answered(survey, item, groups) for name, survey in surveys.items()}

    def ask(survey: Survey) -> Result:
        inside = getattr(survey, statistic)(item, by=groups, where=where)
        return joined([survey.share(groups, where=where), inside])

    waves = ask_waves(answered, ask, overlap=overlap, unit=unit)
    parts = []
    for category in _categories(waves):
        places = [_places(result, category, groups) for result in waves.results]
        _require_same_groups(waves, places, groups)
        parts.append(_rows(waves, places, category, standard, groups))
    return conform(pd.concat(parts, ignore_index=True))


def _answered(survey: Survey, item: str, groups: str) -> Survey:
    """The survey with groups only for those who answered."""
    data = {name: survey.columns.labels(name) for name in survey.columns.known}
    missing = pd.isna(survey.columns.labels(item))
    group = np.array(survey.columns.labels(groups), dtype=object)
    group[missing] = None
    other = copy(survey)
    other.columns = Columns({**data, groups: group})
    return other


def _categories(waves: Waves) -> list[str]:
    inside = [r.rows[r.rows["domain"] != "all"]["category"] for r in waves.results]
    return sorted(set(inside[0]) & set(inside[1]))


def _places(result: Result, category: str, groups: str) -> dict[str, tuple[int, int]]:
    """Number of every group's share and of its estimate."""
    rows = result.rows.reset_index(drop=True)
    whole = rows["domain"] == "all"
    shares = {rows["category"][place]: int(place) for place in np.flatnonzero(whole)}
    inside = [int(place) for place in np.flatnonzero(~whole & (rows["category"] == category))]
    names = [rows["domain"][place].removeprefix(f"{groups}=") for place in inside]
    return {name: (shares[name], place) for name, place in zip(names, inside, strict=True)}


def _require_same_groups(waves: Waves, places: list[dict], groups: str) -> None:
    empty = [
        {name for name, (_, row) in where.items() if np.isnan(result.estimate[row])}
        for where, result in zip(places, waves.results, strict=True)
    ]
    known = [set(where) - gone for where, gone in zip(places, empty, strict=True)]
    lone = sorted(known[0] ^ known[1])
    if lone:
        raise EstimateError(
            f"{len(lone)} groups of '{groups}' are in one wave only: {', '.join(lone[:12])}",
            expected="the same groups in both waves",
            hint="join them with a neighbour, or leave them out with a condition",
        )


def _rows(waves: Waves, places, category: str, standard: Standard, groups: str) -> pd.DataFrame:
    old, new = waves.results
    names = sorted(places[0])
    index = [np.array([where[name] for name in names]) for where in places]
    values = [r.estimate[i[:, k]] for r, i in zip((old, new), index, strict=True) for k in (0, 1)]
    found = kitagawa(*values, standard=standard)
    whole = Part(
        "change",
        float(values[2] @ values[3] - values[0] @ values[1]),
        sum(part.new for part in found),  # type: ignore[arg-type]
        sum(part.old for part in found),  # type: ignore[arg-type]
    )
    base = new.rows.iloc[[index[1][0, 1]]].reset_index(drop=True)
    both = (old.rows["df"].max(), new.rows["df"].max())
    shared = waves.between.get((1, 0))
    df = sum(both) - (0.0 if shared is None else min(shared.degrees, *both))
    made = []
    for part in [whole, *found]:
        gradients = [np.zeros(len(result)) for result in waves.results]
        for wave, gradient in enumerate((part.old, part.new)):
            np.add.at(gradients[wave], index[wave].T.ravel(), gradient)
        _, variance = waves.combination(dict(enumerate(gradients)))
        label = ": ".join(word for word in (category, part.name) if word)
        made.append(_row(base, part.value, np.sqrt(variance), df, waves, label, groups))
    return pd.concat(made, ignore_index=True)


def _row(base, value: float, se: float, df: float, waves: Waves, label: str, groups: str):
    df = df if df > 0 else np.nan
    half = stdtrit(df, (1 + float(base["conf_level"].iloc[0])) / 2) * se
    blank = ("n", "n_eff", "weighted_n", "deff", "cv", "count", "p_adjusted")
    return base.assign(
        statistic="contrast",
        category=label,
        domain="all",
        wave=waves.names[1],
        reference=waves.names[0],
        variant=f"{base['variant'].iloc[0]}, split by {groups}, {SAMPLES[waves.overlap]}",
        estimate=value,
        se=se,
        ci_low=value - half,
        ci_high=value + half,
        df=df,
        p_value=2 * stdtr(df, -abs(value / se)) if se > 0 else np.nan,
        cov_family="none",
        **dict.fromkeys(blank, np.nan),
    )
