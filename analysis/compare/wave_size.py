"""How large waves must be for a change to be found: the questions of power.py the other way round.

Sizes come back unrounded, as `Waves`. What a plan's numbers mean is decided in power.py.
"""

from __future__ import annotations

import math

from analysis.compare.power import (
    Waves,
    detectable_from_se,
    quantiles,
    share_errors,
    upper_quantile,
)
from survey.errors import UsageError


def size_for_change(
    change: float,
    sd: float,
    *,
    ratio: float = 1.0,
    deff: float = 1.0,
    overlap: float = 0.0,
    correlation: float = 0.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Waves:
    """The smallest waves that find a true change with the given power.

    Parameters
    ----------
    change, sd : float
        In one unit; the change not 0.
    ratio : float
        Respondents of the new wave per respondent of the old one.
    deff, overlap, correlation
        See `Waves`.
    power, alpha : float

    Returns
    -------
    Waves
        Sizes not rounded.

    Examples
    --------
    >>> round(size_for_change(0.2, 2.0, deff=1.5).n_old, 1)
    2354.7
    """
    _require_change(change, sd)
    one = Waves(1.0, ratio, deff, overlap, correlation)
    needed = (quantiles(power, alpha) / change) ** 2 * one.variance(sd, sd)
    return Waves(needed, ratio * needed, deff, overlap, correlation)


def size_for_share_change(
    old: float,
    new: float,
    *,
    ratio: float = 1.0,
    deff: float = 1.0,
    overlap: float = 0.0,
    correlation: float = 0.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Waves:
    """`size_for_change` for shares, tested with the pooled share (R ``power.prop.test``).

    Examples
    --------
    >>> round(size_for_share_change(0.50, 0.55).n_old, 1)
    1564.7
    """
    _require_change(new - old)
    null, true = share_errors(old, new, Waves(1.0, ratio, deff, overlap, correlation))
    z = upper_quantile(alpha)
    root = (z * null + (quantiles(power, alpha) - z) * true) / abs(new - old)
    return Waves(root**2, ratio * root**2, deff, overlap, correlation)


def size_of_new_wave(
    change: float,
    sd: float,
    n_old: float,
    *,
    deff: float = 1.0,
    overlap: float = 0.0,
    correlation: float = 0.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Waves:
    """The smallest new wave that finds a change from an old wave that is already there.

    Parameters
    ----------
    n_old : float
        Respondents of the old wave.
    change, sd, deff, overlap, correlation, power, alpha
        As in `size_for_change`.

    Raises
    ------
    UsageError
        If no new wave is large enough, or it would share more than the old wave has.

    Examples
    --------
    >>> round(size_of_new_wave(0.2, 2.0, 4000, deff=1.5).n_new, 1)
    1668.4
    """
    _require_change(change, sd)
    Waves(n_old, n_old, deff, overlap, correlation)  # names what is out of range
    allowed = (change / quantiles(power, alpha)) ** 2 / (deff * sd**2)
    left = allowed - (1 - 2 * correlation * overlap) / n_old
    if left <= 0:
        best = sd * math.sqrt(deff * (1 - 2 * correlation * overlap) / n_old)
        raise UsageError(
            f"no new wave is large enough to find a change of {change:g}",
            expected=f"a change over {detectable_from_se(best, power=power, alpha=alpha):.4g}",
            hint="the old wave alone is too small for less",
        )
    return Waves(n_old, 1 / left, deff, overlap, correlation)


def psu_correlation(icc: float, take: float, *, stability: float = 1.0) -> float:
    """Correlation over time of the mean of a PSU, drawn again with other respondents.

    Parameters
    ----------
    icc : float, in [0, 1]
        Intraclass correlation of answers within PSUs.
    take : float
        Respondents per PSU and wave.
    stability : float
        Correlation over time of the PSUs' true means.

    Examples
    --------
    >>> round(psu_correlation(0.05, 20), 3)
    0.513
    """
    if not (0 <= icc <= 1 and take > 0 and -1 <= stability <= 1):
        raise UsageError("icc must lie in [0, 1], take over 0, stability in [-1, 1]")
    return stability * icc / (icc + (1 - icc) / take) if icc else 0.0


def _require_change(change: float, sd: float = 1.0) -> None:
    if not (change and math.isfinite(change)):
        raise UsageError(f"a change of {change:g} cannot be looked for", expected="other than 0")
    if not (sd > 0 and math.isfinite(sd)):
        raise UsageError(f"the standard deviation is {sd:g}", expected="over 0")
