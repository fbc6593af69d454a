"""A change of a mean, split into what groups are and what they say.

A mean is the sum over groups of share times group mean; its change is what came of the groups'
shares (composition) and what came of the means inside them (within). Held at the average of both
waves the two parts add to the change; held at the old wave there is a third part, the interaction.
Parts are sums of products of estimates of both waves: their standard errors come from gradients and
the joint variance of shares and means (analysis/estimate/parts.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from survey.errors import EstimateError, one_of

Standard = Literal["average", "old"]
STANDARDS: tuple[str, ...] = get_args(Standard)


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a change.

    Attributes
    ----------
    name : str
        composition, within groups or interaction.
    value : float
    new, old : ndarray of float, shape (2 G,)
        Gradient by the shares, then the means, of the G groups in the new and the old wave.
    """

    name: str
    value: float
    new: np.ndarray
    old: np.ndarray


def kitagawa(
    old_shares, old_means, new_shares, new_means, *, standard: Standard = "average"
) -> list[Part]:
    """Parts of ``sum(new_shares new_means) - sum(old_shares old_means)``; they add to it.

    Parameters
    ----------
    old_shares, old_means, new_shares, new_means : array_like of float, shape (G,)
        Shares of the groups in the base of the mean, and the means inside them.
    standard : {"average", "old"}
        Where the other factor is held: at the average of both waves (two parts), or at the old
        wave (three parts).

    Raises
    ------
    EstimateError
        If the arrays differ in length, or the standard is unknown.

    References
    ----------
    .. [1] Kitagawa (1955), Components of a difference between two rates, JASA 50, 1168-1194.

    Examples
    --------
    >>> parts = kitagawa([0.5, 0.5], [4.0, 8.0], [0.25, 0.75], [4.5, 8.0])
    >>> [(part.name, part.value) for part in parts]
    [('composition', 0.9375), ('within groups', 0.1875)]
    """
    p1, m1, p2, m2 = (
        np.asarray(values, dtype=float) for values in (old_shares, old_means, new_shares, new_means)
    )
    if not p1.shape == m1.shape == p2.shape == m2.shape:
        raise EstimateError(
            "shares and means are not of the same groups",
            got=f"{len(p1)}, {len(m1)}, {len(p2)} and {len(m2)} groups",
        )
    if standard not in STANDARDS:
        raise EstimateError(f"unknown standard '{standard}'", expected=one_of(STANDARDS))
    dp, dm = p2 - p1, m2 - m1
    if standard == "average":
        p, m = (p1 + p2) / 2, (m1 + m2) / 2
        return [
            _part("composition", dp * m, (m, dp / 2), (-m, dp / 2)),
            _part("within groups", dm * p, (dm / 2, p), (dm / 2, -p)),
        ]
    zero = np.zeros_like(p1)
    return [
        _part("composition", dp * m1, (m1, zero), (-m1, dp)),
        _part("within groups", dm * p1, (zero, p1), (dm, -p1)),
        _part("interaction", dp * dm, (dm, dp), (-dm, -dp)),
    ]


def _part(name: str, terms: np.ndarray, new, old) -> Part:
    return Part(name, float(np.add.reduce(terms)), np.concatenate(new), np.concatenate(old))
