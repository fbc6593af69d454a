"""Passing the weights of those who did not answer on to those who did.

Three ways: weighting classes, propensity classes, and the inverse of the propensity. Whoever did
not respond ends with weight 0; rows set `aside` (known not to be eligible) keep theirs. The same
step carries unknown eligibility: those whose eligibility is known "respond". A class that is too
small, or whose factor is too large, is joined with its neighbour in the declared order, and the
log says so. What counts as a response is decided in dispositions.py, which classes are joined in
joining.py, the model in propensity.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.errors import WeightError, collect
from survey.weights.joining import Collapse, collapse_classes
from survey.weights.propensity import Propensity, fit_propensity, model_columns
from survey.weights.steps import (
    checked_mask,
    checked_weights,
    class_sums,
    counts,
    names,
    row_labels,
)


@dataclass(frozen=True, eq=False)
class ClassAdjustment:
    """Weighting classes, frozen after their collapses.

    Attributes
    ----------
    place : ndarray of int, shape (n,)
        Class of every row; -1 for rows set aside.
    responded : ndarray of bool, shape (n,)
    classes : tuple of str
        Names after the collapses.
    factors, response_rates : ndarray of float, shape (n_classes,)
        On the full sample; factors are the inverse of the rates.
    sizes : ndarray of int, shape (n_classes,)
        Respondents of each class.
    log : tuple of Collapse
    weighted : bool
        Whether rates are of weights or of cases.
    """

    place: np.ndarray
    responded: np.ndarray
    classes: tuple[str, ...]
    factors: np.ndarray
    response_rates: np.ndarray
    sizes: np.ndarray
    log: tuple[Collapse, ...]
    weighted: bool
    where: str = ""

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights after the step, (n,); rates are worked out again, classes stay.

        Raises
        ------
        WeightError
            If a class has people but no respondents any more, naming it.
        """
        weights = checked_weights(weights, len(self.place), where=self.where)
        size = weights if self.weighted else counts(multiplier, len(weights))
        factor = _factors(size, self.place, self.responded, self.classes, self.where)
        return _passed_on(weights, self.place >= 0, self.responded, factor[self.place])


@dataclass(frozen=True, eq=False)
class PropensityAdjustment:
    """A propensity model whose terms, class bounds and collapses stay as fitted.

    Attributes
    ----------
    propensity : Propensity
        On the full sample.
    responded, inside : ndarray of bool, shape (n,)
        Respondents, and the rows that are not set aside.
    bounds : ndarray of float, or None
        Between propensity classes, each halfway between two people; None weights by the inverse.
    class_of : ndarray of int
        Class after the collapses, by class before.
    classes : tuple of str
    log : tuple of Collapse
    most_factor : float
        Inverse propensities are cut here.
    cut : int
        Respondents whose factor was cut on the full sample.
    weighted : bool
    """

    propensity: Propensity
    responded: np.ndarray
    inside: np.ndarray
    bounds: np.ndarray | None
    class_of: np.ndarray
    classes: tuple[str, ...]
    log: tuple[Collapse, ...]
    most_factor: float
    cut: int
    weighted: bool
    where: str = ""

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights after the step, (n,): the model is fitted again, bounds stay."""
        weights = checked_weights(weights, len(self.inside), where=self.where)
        size = weights if self.weighted else counts(multiplier, len(weights))
        found = fit_propensity(
            self.propensity.columns,
            self.responded,
            size,
            start=self.propensity.coefficients,
            where=self.where,
        )
        if self.bounds is None:
            factor = np.minimum(1 / found.scores, self.most_factor)
        else:
            place = self.class_of[np.searchsorted(self.bounds, found.scores)]
            place = np.where(self.inside, place, -1)
            factor = _factors(size, place, self.responded, self.classes, self.where)[place]
        return _passed_on(weights, self.inside, self.responded, factor)


def fit_classes(
    weights,
    responded,
    classes,
    *,
    smallest: int,
    most_factor: float,
    order: Sequence[str] | None = None,
    aside=None,
    weighted: bool = True,
    where: str = "",
) -> ClassAdjustment:
    """Adjustment by weighting classes.

    Parameters
    ----------
    weights : array_like of float, shape (n,)
        Of every sampled case.
    responded : array_like of bool, shape (n,)
    classes : array_like of str, shape (n,)
        Class of every case, known for non-respondents too.
    smallest : int
        Fewest respondents of a class.
    most_factor : float
        Largest factor of a class. In replicates, whose classes are frozen, it may be exceeded.
    order : sequence of str, optional
        All classes, neighbours next to each other. A class in trouble joins the neighbour whose
        response rate is nearer. Without an order, trouble is a fault.
    aside : array_like of bool, shape (n,), optional
        Cases that neither give nor take weight.
    weighted : bool
        Response rates by weight (default) or by cases.

    Raises
    ------
    WeightError
        If a class needs joining and no order says with which, or one class is left and still
        breaks a limit.

    References
    ----------
    .. [1] Kalton and Flores-Cervantes (2003), Weighting methods, Journal of Official Statistics
       19, 81-97.
    """
    weights, responded, inside = _inputs(weights, responded, aside, where)
    labels = row_labels(classes, len(weights), what="classes", where=where)
    known = sorted(set(labels[inside]))
    if order is not None:
        order = [str(name) for name in order]
        strange = sorted(set(known) ^ set(order))
        with collect(WeightError) as faults:
            for name in strange:
                side = "the data, not in" if name in known else "the order, not in"
                other = "the order" if name in known else "the data"
                faults.add(f"class '{name}' is in {side} {other}", where=where)
            if len(set(order)) < len(order):
                faults.add("the order of classes names one twice", where=where)
        known = order
    place = pd.Index(known).get_indexer(pd.Index(labels))
    place = np.where(inside, place, -1)
    size = weights if weighted else np.ones(len(weights))
    class_of, named, log = collapse_classes(
        size, place, responded, known, smallest, most_factor, order is not None, where
    )
    place = np.where(inside, class_of[place], -1)
    factors = _factors(size, place, responded, named, where)
    sizes = np.bincount(place[inside & responded], minlength=len(named))
    return ClassAdjustment(
        place, responded, named, factors, 1 / factors, sizes, log, weighted, where
    )


def fit_propensity_classes(
    weights,
    responded,
    frame: pd.DataFrame,
    terms: Sequence[str],
    *,
    classes: int | None,
    smallest: int,
    most_factor: float,
    aside=None,
    weighted: bool = True,
    where: str = "",
) -> PropensityAdjustment:
    """Adjustment by a logit model of response, in classes of its scores or by their inverse.

    Parameters
    ----------
    weights, responded, aside, weighted
        As in `fit_classes`; `weighted` holds for the model too.
    frame : DataFrame, n rows
        Predictors, known for non-respondents too; see `propensity.model_columns`.
    terms : sequence of str
    classes : int or None
        Classes of equal size by score (5 are quintiles), joined with neighbours as in
        `fit_classes`; None weights by the inverse propensity.
    smallest : int
        Fewest respondents of a class.
    most_factor : float
        Largest factor of a class; an inverse propensity is cut there.

    Raises
    ------
    WeightError

    References
    ----------
    .. [1] Little (1986), Survey nonresponse adjustments for estimates of means, International
       Statistical Review 54, 139-157.
    .. [2] Valliant, Dever and Kreuter (2018), Practical Tools, 2nd ed., section 13.5.
    """
    weights, responded, inside = _inputs(weights, responded, aside, where)
    if len(frame) != len(weights):
        raise WeightError("predictors do not match the rows", where=where,
                          expected=f"{len(weights)} rows", got=str(len(frame)))  # fmt: skip
    if classes is not None and classes < 2:
        raise WeightError("fewer than 2 propensity classes adjust nothing", where=where,
                          got=str(classes))  # fmt: skip
    size = weights if weighted else np.ones(len(weights))
    columns = model_columns(frame, terms, rows=inside, where=where)
    found = fit_propensity(columns, responded, size, where=where)
    if classes is None:
        cut = int((inside & responded & (found.scores < 1 / most_factor)).sum())
        return PropensityAdjustment(
            found, responded, inside, None, np.zeros(0, int), (), (), most_factor, cut, weighted,
            where,
        )  # fmt: skip
    bounds = _bounds(found.scores[inside], size[inside], classes)
    place = np.where(inside, np.searchsorted(bounds, found.scores), -1)
    known = [f"score {k + 1} of {len(bounds) + 1}" for k in range(len(bounds) + 1)]
    class_of, named, log = collapse_classes(
        size, place, responded, known, smallest, most_factor, True, where
    )
    return PropensityAdjustment(
        found, responded, inside, bounds, class_of, named, log, most_factor, 0, weighted, where
    )


def _inputs(weights, responded, aside, where: str):
    weights = checked_weights(weights, where=where)
    n = len(weights)
    responded = checked_mask(responded, n, what="responded", where=where)
    inside = np.ones(n, dtype=bool)
    if aside is not None:
        inside = ~checked_mask(aside, n, what="aside", where=where)
    if not (responded & inside).any():
        raise WeightError("nobody responded", where=where, got=f"{int(inside.sum())} cases")
    return weights, responded, inside


def _factors(size, place, responded, classes: Sequence[str], where: str) -> np.ndarray:
    """Inverse response rate of every class."""
    all_of = class_sums(size, place, len(classes))
    answered = class_sums(np.where(responded, size, 0.0), place, len(classes))
    empty = (answered <= 0) & (all_of > 0)
    if empty.any():
        lost = [classes[int(k)] for k in np.flatnonzero(empty)]
        raise WeightError(
            f"nobody responded in class {names(lost)}, and its weight has no one to go to",
            where=where,
            hint="join the class with another, on the full sample",
        )
    return np.divide(all_of, answered, out=np.ones(len(classes)), where=answered > 0)


def _passed_on(weights, inside, responded, factor) -> np.ndarray:
    return np.where(inside, np.where(responded, weights * factor, 0.0), weights)


def _bounds(scores: np.ndarray, size: np.ndarray, classes: int) -> np.ndarray:
    """Bounds between classes of about equal size, each halfway between two distinct scores."""
    distinct, place = np.unique(np.round(scores, 12), return_inverse=True)
    share = np.cumsum(class_sums(size, place, len(distinct))) / size.sum()
    cuts = np.searchsorted(share, np.arange(1, classes) / classes - 1e-12)
    cuts = np.unique(cuts[cuts < len(distinct) - 1])
    return (distinct[cuts] + distinct[cuts + 1]) / 2
