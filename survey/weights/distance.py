"""Distances of calibration: how far a weight may go, and what going there costs.

A calibrated weight is the base weight times ``g(u)``, u a sum of multipliers times auxiliaries.
Decided here: the curve g, its slope and its integral for every method, with or without bounds.
Bounds are those of the ratio g itself. How the multipliers are found is decided in newton.py.

``linear``   g = 1 + u: generalised regression; with bounds cut off at them ("truncated");
``raking``   g = exp(u): always positive; with bounds cut off at them;
``logit``    an S-shaped curve that comes near its bounds and never reaches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from survey.errors import WeightError, did_you_mean, one_of

Method = Literal["linear", "raking", "logit"]
Bounds = Sequence[float] | Sequence[np.ndarray]  # low and high, numbers or one per respondent
_REACH = 500.0  # exp() beyond it would not be a number


@dataclass(frozen=True, eq=False)
class Distance:
    """One method with its bounds.

    Attributes
    ----------
    method : str
    low, high : float, or ndarray of float, shape (n,)
        Bounds of the ratio; infinite where there are none.

    References
    ----------
    .. [1] Deville and Sarndal (1992), Calibration estimators in survey sampling, JASA 87,
       376-382: cases 1 (linear), 2 (raking), 6 (logit) and 7 (truncated linear) of table 1.
    """

    method: Method
    low: float | np.ndarray
    high: float | np.ndarray

    @property
    def bounded(self) -> bool:
        return bool(np.isfinite(self.low).any() or np.isfinite(self.high).any())

    def curve(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The ratio g(u) and its slope, both of the shape of u; the slope is 0 on a bound."""
        if self.method == "logit":
            steep, grown, spread = self._logit(u)
            share = (1 - self.low) * grown / spread
            ratio = self.low + (self.high - self.low) * share
            return ratio, (ratio - self.low) * (self.high - ratio) * steep / (self.high - self.low)
        first, last = self._ends()
        inside = (u > first) & (u < last)
        free = 1 + u if self.method == "linear" else np.exp(np.clip(u, -_REACH, _REACH))
        slope = np.where(inside, 1.0 if self.method == "linear" else free, 0.0)
        return np.clip(free, self.low, self.high), slope

    def integral(self, u: np.ndarray) -> np.ndarray:
        """The integral of g, up to a constant: convex, what Newton's method descends."""
        if self.method == "logit":
            steep, _, spread = self._logit(u)
            whole = self.high - self.low
            return self.low * u + whole / steep * np.log(spread / whole) + self._beyond(u, steep)
        first, last = self._ends()
        inner = np.clip(u, first, last)
        if self.method == "linear":
            value = inner + inner * inner / 2
        else:
            value = np.exp(np.clip(inner, -_REACH, _REACH))
        with np.errstate(invalid="ignore"):
            value = value + np.where(u < first, self.low * (u - first), 0.0)
            return value + np.where(u > last, self.high * (u - last), 0.0)

    def _ends(self):
        """The u at which a cut-off curve reaches its bounds."""
        if self.method == "linear":
            return self.low - 1, self.high - 1
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(self.low, 0.0)), np.log(self.high)

    def _logit(self, u):
        steep = (self.high - self.low) / ((1 - self.low) * (self.high - 1))
        grown = np.exp(np.clip(steep * u, -_REACH, _REACH))
        return steep, grown, (self.high - 1) + (1 - self.low) * grown

    def _beyond(self, u, steep):
        """What the logarithm, cut off at a large u, still lacks."""
        return (self.high - self.low) * np.maximum(u - _REACH / steep, 0.0)


def make_distance(method: str, bounds: Bounds | None = None, *, where: str = "") -> Distance:
    """The distance of a method, its bounds checked.

    Parameters
    ----------
    method : {"linear", "raking", "logit"}
    bounds : (low, high), optional
        Limits of calibrated over base weight. Two numbers with low < 1 < high; or two arrays of
        shape (n,), low < high (for ``logit`` also around 1), where every respondent has their own.
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For an unknown method, bounds the method cannot have, or none where it needs some.
    """
    if method not in get_args(Method):
        raise WeightError(
            f"calibration method '{method}' is not known",
            where=where,
            expected=one_of(get_args(Method)),
            hint=did_you_mean(method, get_args(Method)),
        )
    if bounds is None:
        if method == "logit":
            raise WeightError(
                "calibration by 'logit' needs bounds",
                where=where,
                expected="a lower bound under 1 and an upper bound over 1",
            )
        return Distance(method, -np.inf, np.inf)  # type: ignore[arg-type]
    low, high = (np.asarray(bound, dtype=float) for bound in bounds)
    around = (low < 1) & (high > 1) if low.ndim == 0 or method == "logit" else low < high
    finite = np.isfinite(low) & np.isfinite(high)
    if not around.all() or (method == "logit" and not finite.all()):
        raise WeightError(
            f"bounds of the weight ratio are {low.min():g} to {high.max():g}",
            where=where,
            expected="a lower bound under 1 and an upper bound over 1"
            + (", both finite" if method == "logit" else ""),
        )
    if low.ndim == 0:
        return Distance(method, float(low), float(high))  # type: ignore[arg-type]
    return Distance(method, low, high)  # type: ignore[arg-type]
