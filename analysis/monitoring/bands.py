r"""How far the share of one category may lie, given only the published overall share.

No value by category was ever published, so none is recovered here. The declared model is

    logit p_c = mu + s d_c,   -1 <= d_c <= 1,      sum_c w_c p_c in [P - t, P + t]

with w_c the share of apps in category c (categories.yml), P the published "about" level, t what
"about" may hide and s the spread (methods.yml: about_tolerance..., category_spread). The band of a
category is every p_c that some (mu, d) of this model allows: it is an identified range, not a
confidence interval, and nothing inside it is likelier than anything else.

The ends are exact. p_c is largest when d_c = 1 while all others have d = -1 and the overall share
is at its upper end, so with logistic L

    high = L(mu1 + s),  w_c L(mu1 + s) + (1 - w_c) L(mu1 - s) = P + t
    low  = L(mu0 - s),  w_c L(mu0 - s) + (1 - w_c) L(mu0 + s) = P - t

(whatever p_c is, the others can be lowest when d_c = 1 and their d = -1: they then stand 2s below
it, and no point of the model has them lower). The left sides increase in mu, so each equation has
one root. A larger category has a narrower band: it is more of the overall share.
"""

from __future__ import annotations

from collections.abc import Callable

from scipy.optimize import brentq
from scipy.special import expit, logit

from survey.errors import EstimateError

EDGE = 1e-9  # P +- t is kept this far inside (0, 1)


def category_band(
    overall: float, *, tolerance: float, weight: float, spread: float
) -> tuple[float, float]:
    """Lowest and highest share of a category that the declared model allows.

    Parameters
    ----------
    overall : float
        Published share of all apps, in (0, 1).
    tolerance : float
        What "about" may hide, in the same unit.
    weight : float
        Share of all apps in this category, in (0, 1].
    spread : float
        Largest distance of a category's logit from the common level, in logits.

    Raises
    ------
    EstimateError
        If an argument lies outside its range.

    Examples
    --------
    >>> [round(end, 3) for end in category_band(0.8, tolerance=0.0, weight=1.0, spread=0.6)]
    [0.8, 0.8]
    """
    if not 0 < overall < 1 or not 0 < weight <= 1 or tolerance < 0 or spread < 0:
        given = f"share {overall:g}, tolerance {tolerance:g}, weight {weight:g}, spread {spread:g}"
        raise EstimateError(
            "a category band cannot be computed",
            got=given,
            expected="a share and a weight in (0, 1], no negative tolerance or spread",
        )
    top = min(overall + tolerance, 1 - EDGE)
    bottom = max(overall - tolerance, EDGE)

    def mean(mu: float, sign: int) -> float:
        return weight * expit(mu + sign * spread) + (1 - weight) * expit(mu - sign * spread)

    high = _root(lambda mu: mean(mu, +1) - top, top, spread)
    low = _root(lambda mu: mean(mu, -1) - bottom, bottom, spread)
    return float(expit(low - spread)), float(expit(high + spread))


def _root(gap: Callable[[float], float], level: float, reach: float) -> float:
    centre = float(logit(level))
    return float(brentq(gap, centre - reach - 1, centre + reach + 1, xtol=1e-13, rtol=1e-14))
