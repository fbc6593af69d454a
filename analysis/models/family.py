"""Families of generalised linear models, each with its canonical link.

The canonical links keep the score free of the link: it is the sum of w x (y - mu), and the
information is the sum of w v x x'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, xlog1py, xlogy

from survey.errors import EstimateError, one_of


@dataclass(frozen=True)
class Family:
    """A family with its canonical link.

    Attributes
    ----------
    name : str
    mean : callable
        Means at linear predictors, shape (n,).
    variance : callable
        Variances at means.
    begin : callable
        Linear predictors near the answers, where the search begins.
    deviance : callable of (y, mean)
        Deviance of every respondent.
    low, high : float
        Answers lie from here to there.
    """

    name: str
    mean: Callable[[np.ndarray], np.ndarray]
    variance: Callable[[np.ndarray], np.ndarray]
    begin: Callable[[np.ndarray], np.ndarray]
    deviance: Callable[[np.ndarray, np.ndarray], np.ndarray]
    low: float = -np.inf
    high: float = np.inf

    def require(self, name: str, y: np.ndarray) -> None:
        """Refuse answers no member of the family gives."""
        bad = (y < self.low) | (y > self.high)
        if bad.any():
            top = f" and at most {self.high:g}" if np.isfinite(self.high) else ""
            raise EstimateError(
                f"'{name}' has {bad.sum()} answers that are not {self.name}",
                got=f"{y.min():g} to {y.max():g}",
                expected=f"numbers of at least {self.low:g}{top}",
                hint="code yes as 1 and no as 0" if self.high == 1 else "",
            )


def _binomial_deviance(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        here = xlogy(y, y) + xlogy(1 - y, 1 - y)
        return 2 * (here - xlogy(y, mean) - xlog1py(1 - y, -mean))


def _poisson_deviance(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return 2 * (xlogy(y, y) - xlogy(y, mean) - (y - mean))


def _gaussian(name: str) -> Family:
    return Family(
        name,
        mean=lambda eta: eta,
        variance=np.ones_like,
        begin=lambda y: y,
        deviance=lambda y, mean: (y - mean) ** 2,
    )


def _binomial(name: str) -> Family:
    return Family(
        name,
        mean=expit,
        variance=lambda mean: mean * (1 - mean),
        begin=lambda y: logit((y + 0.5) / 2),
        deviance=_binomial_deviance,
        low=0.0,
        high=1.0,
    )


def _poisson(name: str) -> Family:
    return Family(
        name,
        mean=np.exp,
        variance=lambda mean: mean,
        begin=lambda y: np.log(y + 0.1),
        deviance=_poisson_deviance,
        low=0.0,
    )


_MADE = {
    "gaussian": _gaussian,
    "binomial": _binomial,
    "quasibinomial": _binomial,
    "poisson": _poisson,
    "quasipoisson": _poisson,
}
FAMILIES = tuple(_MADE)


def family_of(name: str) -> Family:
    """The family of a name; the quasi ones have the same coefficients and errors.

    Raises
    ------
    EstimateError
        For an unknown name.
    """
    if name not in _MADE:
        raise EstimateError(f"unknown family '{name}'", expected=one_of(FAMILIES))
    return _MADE[name](name)
