"""How far two coders agree: Cohen's kappa with its error, and Krippendorff's alpha for sets.

Decided here: each code is a yes or no of its own (kappa by code), the set of codes of an answer is
one nominal category (kappa overall, strict), and alpha measures how far two sets lie apart, so that
sets that share codes count in part. Kappa depends on how frequent a code is; the share of equal
decisions and the kappa adjusted for prevalence and bias stand beside it as information.

References
----------
.. [1] Cohen (1960), Educational and Psychological Measurement 20, 37-46.
.. [2] Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72, 323-327.
.. [3] Krippendorff (2004), Content Analysis, 2nd edition, chapter 11.
.. [4] Passonneau (2006), Measuring agreement on set-valued items (MASI), LREC 2006.
.. [5] Byrt, Bishop and Carlin (1993), Journal of Clinical Epidemiology 46, 423-429.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

Codes = frozenset[int]


@dataclass(frozen=True)
class Kappa:
    """Agreement of two coders on one question.

    Attributes
    ----------
    n : units both coded
    first, second : how many units each put into the category (of a code; else n)
    agreed : share of equal decisions
    kappa, se, low, high : NaN where both used one category only; the interval is kappa +- z se
    adjusted : prevalence- and bias-adjusted kappa, (q agreed - 1) / (q - 1) for q categories
    """

    n: int
    first: int
    second: int
    agreed: float
    kappa: float
    se: float
    low: float
    high: float
    adjusted: float


def cohen_kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    *,
    level: float = 0.95,
    categories: int | None = None,
) -> Kappa:
    """Cohen's kappa of two nominal classifications, with its large-sample standard error.

    Parameters
    ----------
    first, second : sequences of length n
        Category of every unit by each coder.
    level : float
        Of the interval.
    categories : int, optional
        How many a coder could choose from, for the adjusted kappa; default: those used.

    References
    ----------
    [1]_; standard error: [2]_, formula for kappa not equal to zero.
    """
    n = len(first)
    used = sorted(set(first) | set(second), key=repr)
    q = categories or max(len(used), 2)
    if n == 0:
        nothing = float("nan")
        return Kappa(0, 0, 0, nothing, nothing, nothing, nothing, nothing, nothing)
    place = {category: index for index, category in enumerate(used)}
    p = np.zeros((len(used), len(used)))
    for one, other in zip(first, second, strict=True):
        p[place[one], place[other]] += 1
    p /= n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    agreed, chance = float(np.trace(p)), float(rows @ columns)
    adjusted = (q * agreed - 1) / (q - 1)
    if math.isclose(chance, 1, abs_tol=1e-12):
        nothing = float("nan")
        return Kappa(n, n, n, agreed, nothing, nothing, nothing, nothing, adjusted)
    kappa = (agreed - chance) / (1 - chance)
    se = math.sqrt(max(_variance(p, rows, columns, kappa, chance), 0.0) / n)
    half = float(norm.ppf((1 + level) / 2)) * se
    return Kappa(n, n, n, agreed, kappa, se, max(kappa - half, -1), min(kappa + half, 1), adjusted)


def _variance(p: np.ndarray, rows: np.ndarray, columns: np.ndarray, kappa: float, chance: float):
    """n times the variance of kappa."""
    diagonal = np.diag(p)
    on = float((diagonal * (1 - (rows + columns) * (1 - kappa)) ** 2).sum())
    sums = (columns[:, None] + rows[None, :]) ** 2
    off = float((p * sums).sum() - (diagonal * np.diag(sums)).sum()) * (1 - kappa) ** 2
    return (on + off - (kappa - chance * (1 - kappa)) ** 2) / (1 - chance) ** 2


def kappa_of_code(
    first: Sequence[Codes], second: Sequence[Codes], code: int, *, level: float = 0.95
) -> Kappa:
    """Kappa of one code, chosen or not."""
    one, other = [code in codes for codes in first], [code in codes for codes in second]
    found = cohen_kappa(one, other, level=level, categories=2)
    return Kappa(found.n, sum(one), sum(other), *_numbers(found))


def _numbers(kappa: Kappa) -> tuple[float, ...]:
    return kappa.agreed, kappa.kappa, kappa.se, kappa.low, kappa.high, kappa.adjusted


# -- sets ----------------------------------------------------------------------------------------


def jaccard(one: Codes, other: Codes) -> float:
    """1 - shared over all codes; two empty sets are equal."""
    either = one | other
    return 1 - len(one & other) / len(either) if either else 0.0


def masi(one: Codes, other: Codes) -> float:
    """Jaccard, with sets that contain one another nearer than sets that only overlap ([4]_).

    >>> round(masi(frozenset({1}), frozenset({1, 2})), 4)
    0.6667
    """
    if one == other:
        return 0.0
    shared = one & other
    if not shared:
        return 1.0
    weight = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - len(shared) / len(one | other) * weight


def nominal(one: Hashable, other: Hashable) -> float:
    return float(one != other)


def krippendorff_alpha(
    units: Sequence[Sequence[Hashable | None]], distance: Callable = nominal
) -> float:
    """Krippendorff's alpha for any number of coders, with gaps.

    Parameters
    ----------
    units : per unit, what every coder gave; None where one gave nothing
    distance : of two values, 0 for equal ones; nominal, jaccard or masi here. As alpha is defined
        on squared differences, a distance stands for the squared one.

    Returns
    -------
    float
        NaN where all values are equal, or no unit has two.
    """
    kept = [[value for value in unit if value is not None] for unit in units]
    kept = [unit for unit in kept if len(unit) > 1]
    totals = Counter(value for unit in kept for value in unit)
    n = sum(totals.values())
    values = sorted(totals, key=_order)
    away = {(a, b): distance(a, b) for a in values for b in values}
    observed = sum(
        sum(away[a, b] for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j)
        / (len(unit) - 1)
        for unit in kept
    )
    expected = sum(totals[a] * totals[b] * away[a, b] for a in values for b in values)
    return 1 - (n - 1) * observed / expected if expected else float("nan")


def _order(value: object) -> str:
    return repr(sorted(value)) if isinstance(value, frozenset) else repr(value)
