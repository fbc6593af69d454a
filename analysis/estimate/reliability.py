"""Internal consistency of a set of items: Cronbach's alpha and McDonald's omega.

Both are functions of the items' covariance matrix; their design-based errors come from its
linearisation (moments.py). Omega is that of one common factor, fitted by least squares to the
covariances between items (minres).
"""

from __future__ import annotations

import numpy as np

_STEPS = 2000
_CLOSE = 1e-13  # change of a communality, relative to its item's variance


def alpha(matrix: np.ndarray) -> float:
    """Cronbach's alpha of a covariance matrix, shape (p, p).

    References
    ----------
    .. [1] Cronbach (1951), Psychometrika 16, 297-334, formula 2.
    """
    p, total = len(matrix), matrix.sum()
    if p < 2 or not total > 0:
        return float("nan")
    return float(p / (p - 1) * (1 - np.trace(matrix) / total))


def omega(matrix: np.ndarray) -> float:
    """McDonald's omega of a covariance matrix: one factor's share of the sum's variance.

    NaN where no single factor fits: a covariance pattern of mixed signs, or an item whose
    loading would leave it less than no variance of its own (a Heywood case).

    References
    ----------
    .. [1] McDonald (1999), Test Theory, formula 6.20.
    .. [2] Harman and Jones (1966), Factor analysis by minimizing residuals, Psychometrika 31.
    """
    loadings = one_factor(matrix)
    if np.isnan(loadings).any():
        return float("nan")
    common = loadings.sum() ** 2
    return float(common / (common + (matrix.diagonal() - loadings**2).sum()))


def one_factor(matrix: np.ndarray) -> np.ndarray:
    """Loadings of one factor that leave the least squared covariances between items, (p,).

    Item by item: each loading is the regression of its covariances on the others' loadings, in
    turn, until none changes. NaN where that does not settle or is a Heywood case.
    """
    p = len(matrix)
    variance = matrix.diagonal()
    if p < 3 or not (variance > 0).all():
        return np.full(p, np.nan)
    size = np.sqrt(variance)
    correlation = matrix / size / size[:, None]
    between = correlation - np.diag(np.ones(p))
    loadings = np.sqrt(np.abs(between).max(axis=1))
    loadings *= np.where(between.sum(axis=1) < 0, -1, 1)
    for _ in range(_STEPS):
        before = loadings.copy()
        for i in range(p):
            rest = (loadings * loadings).sum() - loadings[i] ** 2
            if rest <= 0:
                return np.full(p, np.nan)
            loadings[i] = (between[i] * loadings).sum() / rest
        if np.abs(loadings - before).max() <= _CLOSE:
            break
    else:
        return np.full(p, np.nan)
    if (loadings**2 > 1).any():
        return np.full(p, np.nan)
    return loadings * size
