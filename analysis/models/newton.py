"""Weighted maximum pseudo-likelihood by Newton's method, with an end to it.

The columns are centred and scaled first, so that neither their units nor their origin matter. The
last step adds its score up exactly, which makes the solution independent of the order of rows; the
search ends after a bounded number of steps and tells which coefficients still moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.models.family import Family
from survey.design.linear import gram, inverse, product
from survey.design.stages import exact_totals
from survey.design.totals import group

STEPS = 40
_CLOSE = 1e-9  # a step this small, of standardised coefficients, is squared by the next
_FAR = 1e-4  # a coefficient whose last step was larger ran away
_LOST = 1e-10  # of the information there would be near the answers
_LARGE = 0.5  # a step this large may overshoot
_REDUNDANT = 1e-10  # part of a column's variance below which the others explain it
_HALVINGS = 20


@dataclass(frozen=True, eq=False)
class Fit:
    """Where the search ended.

    Attributes
    ----------
    beta : ndarray of float, shape (p,)
    steps : int
    settled : bool
    moving : tuple of int
        Coefficients that still moved when the search ended without settling.
    bread : ndarray of float, shape (p, p)
        Inverse of the information, for weights as given; empty after a mere `search`.
    """

    beta: np.ndarray
    steps: int
    settled: bool
    moving: tuple[int, ...]
    bread: np.ndarray


@dataclass(frozen=True, eq=False)
class Problem:
    """Answers and columns of m respondents, the first column constant.

    Attributes
    ----------
    x : ndarray of float, shape (m, p)
    y, offset : ndarray of float, shape (m,)
    family : Family
    """

    x: np.ndarray
    y: np.ndarray
    offset: np.ndarray
    family: Family

    @cached_property
    def _standard(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns centred and scaled (m, p), T with x T = them, and its inverse."""
        centre, scale = self.x.mean(axis=0), self.x.std(axis=0)
        centre[0] = 0.0
        scale[scale <= 1e-12 * np.abs(self.x).max(axis=0)] = 1.0
        transform = np.diag(1 / scale)
        transform[0, 1:] = -centre[1:] / scale[1:]
        return (self.x - centre) / scale, transform, np.linalg.inv(transform)

    def redundant(self, weight: np.ndarray) -> dict[int, tuple[int, ...]]:
        """Columns that others before them explain, with those others."""
        z = self._standard[0]
        cross = z.T @ ((weight / weight.mean())[:, None] * z)
        pseudo = inverse(cross, redundant=_REDUNDANT)
        found = {}
        for k in np.flatnonzero(pseudo.diagonal() == 0):
            slopes = product(pseudo, cross[:, k : k + 1])[:, 0]
            others = np.flatnonzero(np.abs(slopes) > 1e-6)
            found[int(k)] = tuple(int(j) for j in others if j not in (0, k))
        return found

    def solve(self, weight: np.ndarray) -> Fit:
        """The coefficients at which the weighted score is zero, to the last digit.

        Parameters
        ----------
        weight : ndarray of float, shape (m,)
            Not negative, not all 0.
        """
        found = self.search(weight)
        if not found.settled:
            return found
        z, transform, back = self._standard
        mean = self.family.mean(self.x @ found.beta + self.offset)
        relative = weight / weight.mean()
        root = np.sqrt(relative * self.family.variance(mean))[:, None]
        bread = inverse(gram((root * z).T))
        whole = group(np.zeros(len(self.y), dtype=np.int64), 1)
        score = exact_totals(z * (relative * (self.y - mean))[:, None], whole)
        gamma = back @ found.beta + product(bread, score.T)[:, 0]
        scaled = transform @ (bread / weight.mean()) @ transform.T
        return Fit(transform @ gamma, found.steps + 1, True, (), scaled)

    def search(self, weight: np.ndarray, start: np.ndarray | None = None) -> Fit:
        """The same to about 12 digits, from `start` or from near the answers."""
        z, transform, back = self._standard
        relative = weight / weight.mean()
        gamma = self._begin(z, relative) if start is None else back @ start
        steps, last, settled = 0, np.ones(len(gamma)), False
        while steps < STEPS and not settled:
            step, lost = self._step(z, relative, gamma)
            if lost:
                break  # what it last moved by tells what ran away
            gamma, last = gamma + step, step
            steps += 1
            settled = bool((np.abs(step) <= _CLOSE * (1 + np.abs(gamma))).all())
        beta = transform @ gamma
        far = ~(np.abs(transform @ last) <= _FAR * (1 + np.abs(beta)))
        moving = () if settled else tuple(int(k) for k in np.flatnonzero(far))
        return Fit(beta, steps, settled, moving, np.empty((0, 0)))

    def _begin(self, z: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Coefficients of a regression of the linear predictors near the answers."""
        eta = self.family.begin(self.y)
        mean = self.family.mean(eta)
        variance = self.family.variance(mean)
        pull = variance * (eta - self.offset) + self.y - mean
        pseudo = inverse(z.T @ ((weight * variance)[:, None] * z))
        return product(pseudo, (z.T @ (weight * pull))[:, None])[:, 0]

    def _step(self, z, weight, gamma) -> tuple[np.ndarray, bool]:
        """A step, halved until it does not raise the deviance; and whether it was one too many."""
        with np.errstate(over="ignore", invalid="ignore"):
            eta = z @ gamma + self.offset
            mean = self.family.mean(eta)
            pseudo = inverse(z.T @ ((weight * self.family.variance(mean))[:, None] * z))
            step = pseudo @ (z.T @ (weight * (self.y - mean)))
            if np.abs(step).max() > _LARGE:
                now = self._deviance(eta, weight)
                for _ in range(_HALVINGS):
                    there = self._deviance(z @ (gamma + step) + self.offset, weight)
                    if there <= now + 1e-8 * (abs(now) + len(weight)):
                        break
                    step = step / 2
        known = pseudo.diagonal()
        return step, not ((known > 0) & (known * self._nothing < 1)).all()

    @cached_property
    def _nothing(self) -> float:
        """So little information on a coefficient that its respondents' answers are all certain."""
        variance = self.family.variance(self.family.mean(self.family.begin(self.y)))
        return _LOST * float(variance.mean()) * len(self.y)

    def _deviance(self, eta: np.ndarray, weight: np.ndarray) -> float:
        return float(np.sum(weight * self.family.deviance(self.y, self.family.mean(eta))))
