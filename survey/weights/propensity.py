"""The logit model of taking part: its columns, its fit, and what makes it unusable.

Fitted by statsmodels' GLM. Used for nonresponse (nonresponse.py), dropout (attrition.py) and
representativity (representativity.py), which decide what is done with a propensity.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from survey.errors import WeightError, collect, did_you_mean, one_of
from survey.weights.steps import class_sums, names

TIGHT = 1e-12  # relative change of the deviance at which the fit ends; one Newton step follows
EDGE = 1e-8  # a propensity nearer than this to 0 or 1 means separation
MOST = 100  # steps of the fit
RANK = 1e-10  # of a column's length that must be left after the columns before it


@dataclass(frozen=True, eq=False)
class Columns:
    """Predictors as numbers, once for all people who are alike in them.

    Attributes
    ----------
    x : ndarray of float, shape (k, p)
        Distinct rows of the model: an intercept, dummies for labels, numbers as they are.
    place : ndarray of int, shape (n,)
        Which of them each person has; -1 for rows left out.
    names : tuple of str, length p
        ``(intercept)``, ``age``, ``region=3``, ``region=3:sex=2``.
    """

    x: np.ndarray
    place: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Propensity:
    """A fitted model.

    Attributes
    ----------
    columns : Columns
    coefficients : ndarray of float, shape (p,)
    scores : ndarray of float, shape (n,)
        Probability of taking part, of every row; NaN for rows left out.
    """

    columns: Columns
    coefficients: np.ndarray
    scores: np.ndarray


def model_columns(
    frame: pd.DataFrame,
    terms: Sequence[str],
    *,
    rows: np.ndarray | None = None,
    where: str = "",
) -> Columns:
    """Columns of the model.

    Parameters
    ----------
    frame : DataFrame, n rows
        Labels (text, categories, booleans) become dummies, the first in sorted order being the
        reference; numbers enter as they are. Give codes as text.
    terms : sequence of str
        Column names; ``a:b`` crosses two.
    rows : ndarray of bool, shape (n,), optional
        Rows looked at; the others are left out.

    Raises
    ------
    WeightError
        For every absent column and every column with missing or infinite values.
    """
    rows = np.ones(len(frame), dtype=bool) if rows is None else rows
    variables = sorted({name for term in terms for name in term.split(":")})
    _require_columns(frame, variables, rows, where)
    seen = frame.loc[rows, variables].reset_index(drop=True)
    first, place = _alike(seen)
    people = seen.iloc[first]
    parts = {name: _numbers(people[name], name) for name in variables}
    blocks, labels = [np.ones((len(people), 1))], ["(intercept)"]
    for term in terms:
        block, called = np.ones((len(people), 1)), [""]
        for name in term.split(":"):
            values, own = parts[name]
            block = (block[:, :, None] * values[:, None, :]).reshape(len(people), -1)
            called = [f"{a}:{b}" if a else b for a in called for b in own]
        blocks.append(block)
        labels += called
    everybody = np.full(len(frame), -1)
    everybody[rows] = place
    return Columns(np.hstack(blocks), everybody, tuple(labels))


def _require_columns(frame, variables: Sequence[str], rows: np.ndarray, where: str) -> None:
    with collect(WeightError) as faults:
        for name in variables:
            if name not in frame.columns:
                faults.add(
                    f"predictor '{name}' is not among the columns",
                    where=where,
                    expected=one_of(frame.columns),
                    hint=did_you_mean(name, frame.columns),
                )
                continue
            column = frame.loc[rows, name]
            if column.isna().any():
                faults.add(
                    f"predictor '{name}' is missing in {int(column.isna().sum())} rows",
                    where=where,
                    hint="make 'missing' a label of its own, or leave the predictor out",
                )
            elif is_number(column) and not np.isfinite(column.to_numpy(dtype=float)).all():
                faults.add(f"predictor '{name}' is infinite in some rows", where=where)


def _alike(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """One row of every set of rows that are alike, and each row's set; sets in sorted order."""
    place = np.zeros(len(frame), dtype=np.int64)
    for name in frame.columns:
        column = frame[name]
        codes, levels = pd.factorize(column if is_number(column) else column.astype(str), sort=True)
        place = np.unique(place * len(levels) + codes, return_inverse=True)[1].ravel()
    first = np.unique(place, return_index=True)[1] if len(frame) else np.zeros(0, dtype=int)
    return first, place


def fit_propensity(
    columns: Columns,
    taking_part: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    start: np.ndarray | None = None,
    may_be_certain: bool = True,
    where: str = "",
) -> Propensity:
    """Logit model of taking part.

    Parameters
    ----------
    columns : Columns
        Of n rows.
    taking_part : ndarray of bool, shape (n,)
    weights : ndarray of float, shape (n,), optional
        Case weights; None fits every row alike. Rows of weight 0 are left out.
    start : ndarray of float, shape (p,), optional
        Coefficients to begin from, such as those of the full sample.
    may_be_certain : bool
        Whether a group of whom everybody takes part is fine (it needs no adjustment); a group of
        whom nobody does never is.

    Raises
    ------
    WeightError
        If all or none take part, columns repeat each other, some people are certain not to take
        part, or the fit does not end.
    """
    size = np.ones(len(taking_part)) if weights is None else np.asarray(weights, dtype=float)
    x, place = columns.x, columns.place
    used = (size > 0) & (place >= 0)
    kept = taking_part[used]
    if not len(kept) or kept.all() or not kept.any():
        share = "everybody" if kept.any() else "nobody"
        raise WeightError(
            f"{share} takes part, so there is no model of it", where=where, got=f"{len(kept)} rows"
        )
    size = np.where(used, size, 0.0)
    sums = [class_sums(np.where(taking_part == y, size, 0.0), place, len(x)) for y in (False, True)]
    here = np.flatnonzero(sums[0] + sums[1] > 0)
    _require_rank(x[here], columns.names, where)
    found, settled = _glm(x, sums, start)
    scores = expit(x @ found)
    sure = scores < EDGE
    if not may_be_certain:
        sure |= scores > 1 - EDGE
    people = int(sure[place[used]].sum())
    if people or not np.isfinite(found).all():
        worst = columns.names[int(np.nanargmax(np.abs(found)))]
        raise WeightError(
            f"the predictors tell {people} people apart with certainty, so some have no "
            "counterpart on the other side",
            where=where,
            got=f"largest coefficient: {worst}",
            hint="join rare labels, or leave the predictor out",
        )
    if not settled:
        raise WeightError(
            f"the propensity model does not settle in {MOST} steps",
            where=where,
            hint="leave out predictors, or join rare labels",
        )
    return Propensity(columns, found, np.where(place >= 0, scores[place], np.nan))


def _glm(x, sums, start) -> tuple[np.ndarray, bool]:
    """Coefficients of a logit model, and whether the fit ended.

    People alike in all columns and in taking part are one row of their summed weight: the same
    estimates, at the cost of the patterns and not of the people, in any order of rows.
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    lost, kept = (np.flatnonzero(part > 0) for part in sums)
    x = np.vstack([x[lost], x[kept]])
    y = np.r_[np.zeros(len(lost)), np.ones(len(kept))]
    w = np.r_[sums[0][lost], sums[1][kept]]
    w = w / w.mean()
    with warnings.catch_warnings():
        for kind in (ConvergenceWarning, PerfectSeparationWarning, RuntimeWarning):
            warnings.simplefilter("ignore", kind)
        model = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=w)
        fit = model.fit(start_params=start, tol=TIGHT, rtol=TIGHT, maxiter=MOST, scale=1.0)
    found = np.asarray(fit.params)
    p = expit(x @ found)
    noise = w * p * (1 - p)
    if (noise > EDGE * noise.max()).all():  # deviance settles before coefficients do
        found = found + np.linalg.solve((x * noise[:, None]).T @ x, x.T @ (w * (y - p)))
    return found, bool(fit.converged)


def is_number(column: pd.Series) -> bool:
    """Whether a predictor enters as it is; booleans are labels."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _numbers(column: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Columns of one predictor and their names."""
    if is_number(column):
        return column.to_numpy(dtype=float)[:, None], (name,)
    labels = column.astype(str).to_numpy(dtype=object)
    levels = sorted(set(labels))[1:]
    dummies = np.column_stack([labels == level for level in levels] or [np.ones((len(labels), 0))])
    return dummies.astype(float), tuple(f"{name}={level}" for level in levels)


def _require_rank(x: np.ndarray, labels: Sequence[str], where: str) -> None:
    """No column may be a combination of those before it."""
    length = np.sqrt((x * x).sum(axis=0))
    lone = length == 0
    triangle = np.abs(np.diag(np.linalg.qr(x / np.where(lone, 1, length), mode="r")))
    short = np.r_[triangle, np.zeros(x.shape[1] - len(triangle))] < RANK
    repeated = [labels[int(k)] for k in np.flatnonzero(lone | short)]
    if repeated:
        raise WeightError(
            f"model columns say nothing of their own: {names(repeated)}",
            where=where,
            hint="nobody has the label, or other predictors determine it; join labels or leave it "
            "out",
        )
