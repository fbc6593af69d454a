"""How respondents were drawn together: strata, primary sampling units, and what a lonely one means.

A `Design` is made once per wave, from labels, in sorted order, so that nothing later depends on
the order of rows. One stage, PSUs taken as drawn with replacement (no finite population
correction): the usual, slightly cautious, treatment of a national sample. Which weights belong to
it is decided in survey/weights; what is added up per PSU, in totals.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survey.errors import EstimateError, one_of

Lonely = Literal["fail", "certainty", "adjust", "average"]


@dataclass(frozen=True, eq=False)
class Design:
    """Strata and PSUs of n respondents.

    Attributes
    ----------
    psu : ndarray of int, shape (n,)
        Index of every respondent's PSU.
    psus : tuple of str, length P
        PSU labels sorted by stratum, then label: the PSUs of one stratum stand together.
    stratum : ndarray of int, shape (P,)
        Index of every PSU's stratum.
    strata : tuple of str, length H
        Stratum labels, ``province=11&residence=urban``; one empty label if there are no strata.
    lonely : str
        What a stratum with one PSU contributes to variances; see `contributions`.
    person_psu : bool
        Every respondent is a PSU of their own.
    """

    psu: np.ndarray
    psus: tuple[str, ...]
    stratum: np.ndarray
    strata: tuple[str, ...]
    lonely: Lonely = "fail"
    person_psu: bool = False

    @property
    def first(self) -> np.ndarray:
        """Index of the first PSU of every stratum, shape (H,)."""
        return np.searchsorted(self.stratum, np.arange(len(self.strata)))

    @property
    def sizes(self) -> np.ndarray:
        """Number of sampled PSUs of every stratum, shape (H,)."""
        return np.bincount(self.stratum, minlength=len(self.strata))

    def degrees(self, present: np.ndarray) -> np.ndarray:
        """PSUs minus strata among those present, the degrees of freedom of a domain.

        Parameters
        ----------
        present : ndarray of bool, shape (P, ...)
            Which PSUs have a respondent in the domain's base.
        """
        strata = np.logical_or.reduceat(present, self.first, axis=0)
        return present.sum(axis=0) - strata.sum(axis=0)


def make_design(
    respondent,
    *,
    strata: Mapping[str, object] | None = None,
    psu=None,
    lonely: Lonely = "fail",
    nested: bool = False,
) -> Design:
    """A design from one label per respondent.

    Parameters
    ----------
    respondent : array_like of str, shape (n,)
        Unique ids; they are the PSUs where `psu` is None.
    strata : mapping of name to array_like, each of shape (n,), optional
        Columns whose combinations are the strata.
    psu : array_like, shape (n,), optional
    lonely : {"fail", "certainty", "adjust", "average"}
    nested : bool
        PSU labels are unique within their stratum only.

    Raises
    ------
    EstimateError
        If a label is missing, a PSU lies in two strata (and is not `nested`), or a stratum has one
        PSU and the policy is ``fail``: all of them named.
    """
    stratum, strata_labels = _strata(strata or {}, len(respondent))
    _require_complete("psu" if psu is not None else "respondent", psu, respondent)
    unit, unit_labels = pd.factorize(np.asarray(respondent if psu is None else psu), sort=True)
    pair = stratum.astype(np.int64) * len(unit_labels) + unit
    pairs, index = np.unique(pair, return_inverse=True)
    psu_stratum, psu_unit = np.divmod(pairs, len(unit_labels))
    if not nested:
        _require_one_stratum(psu_stratum, psu_unit, unit_labels, strata_labels)
    design = Design(
        psu=index,
        psus=tuple(str(unit_labels[u]) for u in psu_unit),
        stratum=psu_stratum,
        strata=strata_labels,
        lonely=lonely,
        person_psu=psu is None,
    )
    if lonely == "fail":
        _require_company(design)
    return design


def contributions(design: Design, totals: np.ndarray) -> np.ndarray:
    """Centred, scaled PSU totals F of linearised variables: the variance is the sum of F * F.

    Parameters
    ----------
    design : Design
    totals : ndarray of float, shape (P, ...)
        Weighted PSU totals of linearised variables (whose total over all PSUs is about 0).

    Returns
    -------
    ndarray of float, shape (P, ...)
        ``sqrt(m / (m - 1)) (z - mean of its stratum)``. The one PSU of a lonely stratum counts
        nothing (``certainty``), its distance from the overall mean (``adjust``), or as much as an
        average stratum (``average``), as R ``survey`` has it.
    """
    shape = (-1,) + (1,) * (totals.ndim - 1)
    sizes = design.sizes
    means = np.add.reduceat(totals, design.first, axis=0) / sizes.reshape(shape)
    factor = totals - means[design.stratum]
    factor *= np.sqrt(sizes / np.maximum(sizes - 1, 1))[design.stratum].reshape(shape)
    alone = sizes == 1
    if design.lonely == "adjust":
        kept = alone[design.stratum]
        factor[kept] = totals[kept]
    elif design.lonely == "average" and alone.any():
        if alone.all():
            raise EstimateError(
                "every stratum has one PSU, so there is none to take an average of",
                hint="choose another policy for lonely PSUs, or coarser strata",
            )
        factor *= np.sqrt(len(sizes) / (~alone).sum())
    return factor


def _strata(columns: Mapping[str, object], n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Index of every respondent's stratum, and the labels of the strata that occur."""
    code = np.zeros(n, dtype=np.int64)
    labels = [""]
    for name in sorted(columns):
        _require_complete(name, columns[name], columns[name])
        part, words = pd.factorize(np.asarray(columns[name]), sort=True)
        seen, code = np.unique(code * len(words) + part, return_inverse=True)
        before, word = np.divmod(seen, len(words))
        pairs = zip(before, word, strict=True)
        labels = [f"{labels[b]}&{name}={words[w]}".lstrip("&") for b, w in pairs]
    return code, tuple(labels)


def _require_complete(name: str, column, otherwise) -> None:
    missing = int(pd.isna(np.asarray(otherwise if column is None else column)).sum())
    if missing:
        raise EstimateError(
            f"{missing} respondents have no value of the design column '{name}'",
            expected="a stratum and a PSU for every respondent",
            hint="complete the column, or exclude the respondents by a rule",
        )


def _require_one_stratum(psu_stratum, psu_unit, units, strata) -> None:
    order = np.argsort(psu_unit, kind="stable")
    twice = order[1:][np.diff(psu_unit[order]) == 0]
    if len(twice):
        unit = psu_unit[twice[0]]
        where = [strata[s] for s in psu_stratum[psu_unit == unit]]
        raise EstimateError(
            f"PSU '{units[unit]}' lies in {len(where)} strata: {one_of(where)}",
            expected="every PSU in one stratum",
            hint="give PSUs ids that are unique over strata",
        )


def _require_company(design: Design) -> None:
    alone = [design.strata[h] for h in np.flatnonzero(design.sizes == 1)]
    if alone:
        names = ", ".join(f"'{label or 'the whole sample'}'" for label in alone[:12])
        raise EstimateError(
            f"{len(alone)} strata have one PSU: {names}" if alone[1:] else f"{names} has one PSU",
            expected="at least two PSUs in every stratum",
            hint="choose 'lonely: certainty', 'adjust' or 'average', or join strata",
        )
