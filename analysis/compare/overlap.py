"""Covariance of two waves over the units they share: the C of ``V1 + V2 - 2C``.

Units are matched by label, and only where somebody declared that the waves overlap. Every
contribution is centred within the stratum of its own wave. Where all units of a stratum are
shared, C is the sum of products of the two factors, and the change has the variance that R's
``svyby(covmat=TRUE)`` with ``svycontrast`` gives. Where k of n1 and n2 are shared, these products
fall short, because the means they are centred on rest on units that are not shared: with units
drawn alike within strata, a product of centred contributions has on average
``((n1 - 1)(n2 - 1) + k - 1) / (n1 n2)`` of the covariance of a unit, so C is divided by that. At
k = n1 = n2 this is the usual ``(n - 1) / n``. Sampling fractions enter as for two samples of one
finite stratum of which k units are retained (Tam 1984).

Here rows and factors are combined; what needs linked respondents is estimated in
analysis/estimate/overlap.py.

References
----------
.. [1] Kish (1965), Survey Sampling, section 12.4.
.. [2] Tam (1984), On covariances from overlapping samples, American Statistician 38, 288-289.
.. [3] Berger and Priam (2016), A simple variance estimator of change for rotating repeated
   surveys, Journal of the Royal Statistical Society A 179, 251-272.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from analysis.results.covariance import Units

OVER = 1 + 1e-9  # a correlation of 1 is none over 1, whatever its last digit
_CENSUS = 1 - 1e-7  # a fraction over it leaves no variance, and a factor of zeros


@dataclass(frozen=True, eq=False)
class Link:
    """Shared units of two waves.

    Attributes
    ----------
    new, old : ndarray of int, shape (K,)
        Places of the shared units among the contributions of the two waves.
    scale : ndarray of float, shape (K,)
        What makes a product of the two factors an unbiased part of the covariance.
    degrees : int
        Degrees of freedom that both waves count: shared PSUs minus the strata they lie in.
    """

    new: np.ndarray
    old: np.ndarray
    scale: np.ndarray
    degrees: int

    def covariance(self, new: np.ndarray, old: np.ndarray) -> np.ndarray:
        """Covariances of all rows of one wave with all of the other, (k, l), unbounded.

        Parameters
        ----------
        new, old : ndarray of float, shapes (C1, k) and (C2, l)
            Factors.
        """
        return self._products(new, old, self.scale)

    def of_pairs(self, new: np.ndarray, old: np.ndarray) -> np.ndarray:
        """Covariances column by column, shape (k,), of factors of shapes (C1, k) and (C2, k).

        Where few units of small strata are shared, the unbiased sum may exceed what two errors
        allow (a correlation over 1); then the plain sum of products stands in, which cannot.
        """
        ours, theirs = new[self.new], old[self.old]
        found = np.add.reduce(ours * theirs * self.scale[:, None], axis=0)
        most = np.sqrt(np.add.reduce(new * new, axis=0) * np.add.reduce(old * old, axis=0))
        plain = np.add.reduce(ours * theirs, axis=0)
        over = np.abs(found) > most * OVER
        found[over] = plain[over]
        return found

    def bounded(self, new: np.ndarray, old: np.ndarray) -> np.ndarray:
        """The plain sums of products, (k, l): short of the truth, and never more than it allows."""
        return self._products(new, old, np.ones(len(self.scale)))

    def _products(self, new: np.ndarray, old: np.ndarray, scale: np.ndarray) -> np.ndarray:
        ours, theirs = new[self.new] * scale[:, None], old[self.old]
        columns = [np.add.reduce(ours * column[:, None], axis=0) for column in theirs.T]
        return np.stack(columns, axis=1).reshape(new.shape[1], old.shape[1])


def link(new: Units, old: Units, *, among: Container[str] | None = None) -> Link:
    """The units two waves share, by label.

    A unit may have changed its stratum; n1, n2 and k are counted by pair of strata. `among`: the
    labels that may be shared, where others are equal by chance.
    """
    place = {
        label: index for index, label in enumerate(old.labels) if among is None or label in among
    }
    pairs = [(i, place[label]) for i, label in enumerate(new.labels) if label in place]
    ours, theirs = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    one, size_one = _strata(new)
    other, size_other = _strata(old)
    both = one[ours] * (int(other.max(initial=0)) + 1) + other[theirs]
    shared = np.unique(both, return_inverse=True, return_counts=True)
    k = shared[2][shared[1]].astype(float)
    scale = _scale(size_one[ours], size_other[theirs], k, new.fraction[ours], old.fraction[theirs])
    first = ours < (len(new.labels) if new.psus is None else new.psus)
    return Link(ours, theirs, scale, int(first.sum()) - len(np.unique(both[first])))


def shared_covariance(
    new: np.ndarray, new_units: Units, old: np.ndarray, old_units: Units
) -> np.ndarray | float:
    """C of two waves that share units.

    Parameters
    ----------
    new, old : ndarray of float, shapes (C1,) and (C2,), or (C1, k) and (C2, k)
        Factors of one row, or of k rows each.
    new_units, old_units : Units

    Returns
    -------
    float, or ndarray of shape (k,)
    """
    found = link(new_units, old_units).of_pairs(
        new.reshape(len(new), -1), old.reshape(len(old), -1)
    )
    return float(found[0]) if new.ndim == 1 else found


def _strata(units: Units) -> tuple[np.ndarray, np.ndarray]:
    """Code of every unit's stratum, and how many units that stratum has."""
    strata = np.asarray(units.strata, dtype=str)
    _, code, size = np.unique(strata, return_inverse=True, return_counts=True)
    return code, size[code].astype(float)


def _scale(n1, n2, k, f1, f2) -> np.ndarray:
    """Unbiased over plain products; 1 where a stratum has one unit, which is not centred."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = np.sqrt(n1 * n2 * (n1 - 1) * (n2 - 1)) / ((n1 - 1) * (n2 - 1) + k - 1)
        finite = (1 - np.sqrt(f1 * f2 * n1 * n2) / k) / np.sqrt((1 - f1) * (1 - f2))
    alone = (n1 < 2) | (n2 < 2)
    centred = np.where(alone, 1.0, centred)
    return np.where((f1 > _CENSUS) | (f2 > _CENSUS), 0.0, centred * finite)
