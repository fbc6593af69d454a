"""How large a change a survey can see: planning, before any answer is there."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri


def smallest_detectable_change(
    n: float,
    deff: float,
    sd: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    rho: float = 0.0,
) -> float:
    """The true change that two waves of one size show as significant with the given power.

    ``(z[1 - alpha/2] + z[power]) sd sqrt(2 deff / n (1 - rho))``, two-sided, large samples.

    Parameters
    ----------
    n : float
        Respondents of each wave.
    deff : float
        Design effect of the estimate, the same in both waves.
    sd : float
        Standard deviation of an answer in the population: points for a score, and
        ``sqrt(p (1 - p))`` for a share p.
    power, alpha : float
    rho : float
        Correlation of the two waves' estimates: 0 for independent samples, more where PSUs or
        respondents are shared.

    Returns
    -------
    float
        In the unit of `sd`.

    Examples
    --------
    >>> round(smallest_detectable_change(2000, 1.5, 2.0), 3)
    0.217
    """
    if not (n > 0 and deff > 0 and sd >= 0 and -1 <= rho <= 1):
        raise ValueError("n and deff must be positive, sd not negative, rho in [-1, 1]")
    quantiles = float(np.asarray(ndtri([1 - alpha / 2, power])).sum())
    return quantiles * sd * math.sqrt(2 * deff / n * (1 - rho))


def detectable_from_se(se: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The true change that a change estimated with this standard error would find.

    ``(z[1 - alpha/2] + z[power]) se``: the same rule as `smallest_detectable_change`, for a design
    that has been carried out.

    Parameters
    ----------
    se : float
        Standard error of the change, in any unit.
    power, alpha : float

    Returns
    -------
    float
        In the unit of `se`.

    Examples
    --------
    >>> round(detectable_from_se(0.05), 3)
    0.14
    """
    return float(ndtri([1 - alpha / 2, power]).sum()) * se
