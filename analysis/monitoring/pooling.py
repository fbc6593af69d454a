r"""Shares of small categories drawn towards each other: a beta-binomial model, empirical Bayes.

    x_c ~ Binomial(n_c, p_c),    p_c ~ Beta(mu m, (1 - mu) m)

with mu and m by maximum likelihood of the x_c. The pooled share of a category is the posterior mean
(x_c + mu m) / (n_c + m): its own share where n_c is large against m, the common level where it is
small. Bounds are quantiles of the posterior; mu and m count as known in them, so over few
categories they are somewhat too narrow. Pooled rows stand beside the raw ones and replace none.

References: Efron and Morris (1975), JASA 70, 311-319; Casella (1985), American Statistician 39,
83-87; Skellam (1948), JRSS B 10, 257-261.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, betaln, expit, logit, psi

from survey.errors import EstimateError

MOST = 1e6  # apps a prior may be worth: beyond it categories do not differ more than by chance
LEAST = 1e-2


@dataclass(frozen=True)
class Pooled:
    """The fitted model and the posterior of every category.

    Attributes
    ----------
    level, strength : float
        mu, and m in apps; `strength` is `MOST` where nothing but chance separates the categories.
    share, se, low, high : ndarray of float, shape (n_categories,)
    """

    level: float
    strength: float
    share: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray


def pool(count, n, *, level: float) -> Pooled:
    """Fit and apply the model.

    Parameters
    ----------
    count, n : array_like of float, shape (n_categories,)
        Numerators and bases, ``0 <= count <= n``; bases of 0 are drawn to the common level wholly.
    level : float
        Confidence level of the bounds.

    Raises
    ------
    EstimateError
        If there are fewer than two categories with apps, or a numerator lies outside its base.
    """
    count, n = np.asarray(count, dtype=float), np.asarray(n, dtype=float)
    if ((count < 0) | (count > n)).any():
        raise EstimateError("a numerator lies outside its base")
    if (n > 0).sum() < 2:
        raise EstimateError("one category alone cannot be pooled", expected="two or more")
    total = count.sum() / n.sum()
    if total in (0.0, 1.0):  # all alike: the likelihood has its maximum at the border
        mu, strength = _inside(total, n.sum()), MOST
    else:
        order = np.lexsort((count, n))  # sums, and so the optimum, from any order of categories
        mu, strength = _fit(count[order], n[order])
    a, b = count + mu * strength, n - count + (1 - mu) * strength
    mean = a / (a + b)
    tail = (1 - level) / 2
    return Pooled(
        level=float(mu),
        strength=float(strength),
        share=mean,
        se=np.sqrt(mean * (1 - mean) / (a + b + 1)),
        low=betaincinv(a, b, tail),
        high=betaincinv(a, b, 1 - tail),
    )


def log_likelihood(mu: float, strength: float, count: np.ndarray, n: np.ndarray) -> float:
    """Of the beta-binomial, without the terms that do not depend on mu and m."""
    a, b = mu * strength, (1 - mu) * strength
    return float((betaln(count + a, n - count + b) - betaln(a, b)).sum())


def _inside(share: float, n: float) -> float:
    """A share of exactly 0 or 1 moved inside by half an app."""
    return min(max(share, 0.5 / (n + 1)), 1 - 0.5 / (n + 1))


def _fit(count: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    from scipy.optimize import minimize

    order = np.lexsort((count, n))  # sums, and where the search ends, as of any order of rows
    count, n = count[order], n[order]

    def loss(place: np.ndarray) -> tuple[float, np.ndarray]:
        mu, strength = float(expit(place[0])), float(np.exp(place[1]))
        a, b = mu * strength, (1 - mu) * strength
        both = psi(a + b) - psi(n + a + b)
        by_a = (psi(count + a) - psi(a) + both).sum()
        by_b = (psi(n - count + b) - psi(b) + both).sum()
        slope = np.array([(by_a - by_b) * strength * mu * (1 - mu), by_a * a + by_b * b])
        return -log_likelihood(mu, strength, count, n), -slope

    start = float(logit(count.sum() / n.sum()))
    best = min(
        (
            minimize(
                loss,
                np.array([start, np.log(size)]),
                jac=True,
                method="L-BFGS-B",
                bounds=[(-20, 20), (np.log(LEAST), np.log(MOST))],
                options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
            )
            for size in (3.0, 300.0)
        ),
        key=lambda found: found.fun,
    )
    return float(expit(best.x[0])), float(np.exp(best.x[1]))
