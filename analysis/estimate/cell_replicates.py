"""Replicates from a table of sums by (PSU, cell): as many as wanted, never one weight per person.

A replicate is one multiplier per PSU (survey/design/multipliers.py). Its estimates take the final
weights times multipliers (`replicate_means`), or rake the multiplied base weights again
(`reraked_means`), each replicate with its own check of convergence. A replicate that empties a
category or does not converge is an error naming it, and a domain that has nobody in one of them
has no standard error: none is left out of an average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.estimate.cells import CellSample
from survey.design.kernels import ordered_sums
from survey.design.lanes import Raked, Rows, Targets, fixed_totals, raked_totals
from survey.design.replicable import Multipliers
from survey.design.replicates import replicate_factor
from survey.errors import EstimateError, collect


@dataclass(frozen=True, eq=False)
class ReplicateMeans:
    """Means of m items in the L domains of one breakdown, in R replicates.

    Attributes
    ----------
    domains, items : tuple of str
    values : ndarray of float, shape (R, L, m)
    factor : ndarray of float, shape (R, L, m)
        Scaled distances from the centre: se is the root of their sum of squares.
    se : ndarray of float, shape (L, m)
    sweeps : ndarray of int, shape (R,)
        Sweeps of raking; zeros where weights were not raked again.
    errors : ndarray of float, shape (R,)
        Largest relative margin error of every replicate.
    """

    domains: tuple[str, ...]
    items: tuple[str, ...]
    values: np.ndarray
    factor: np.ndarray
    se: np.ndarray
    sweeps: np.ndarray
    errors: np.ndarray


def replicate_means(
    sample: CellSample,
    multipliers: Multipliers,
    breakdowns: Sequence[Sequence[str]] = ((),),
    *,
    threads: int | None = None,
) -> list[ReplicateMeans]:
    """Means by domain in every replicate, with final weights times multipliers.

    Parameters
    ----------
    sample : CellSample
    multipliers : Multipliers
        In the order of ``sample.design.psus``.
    breakdowns : sequence of sequence of str
        See `CellSample.means`.
    threads : int, optional
        Default all cores, at most 8.
    """
    domains, codes = _domains(sample, breakdowns)
    rows = _by_psu(sample, codes, sum(map(len, domains)))
    values = multipliers.values
    totals = fixed_totals(rows, values, sum(map(len, domains)), workers=threads)
    nothing = np.zeros(values.shape[1], dtype=np.int64)
    as_they_are = Raked(totals, nothing, nothing.astype(float), np.stack([nothing, nothing], 1))
    return _means(sample, multipliers, breakdowns, domains, as_they_are)


def reraked_means(
    sample: CellSample,
    multipliers: Multipliers,
    breakdowns: Sequence[Sequence[str]] = ((),),
    *,
    threads: int | None = None,
) -> list[ReplicateMeans]:
    """Means by domain in every replicate, the multiplied base weights raked again.

    Parameters
    ----------
    sample : CellSample
        With margins.
    multipliers, breakdowns, threads
        As in `replicate_means`.

    Raises
    ------
    EstimateError
        Naming replicates, counted from 1, that empty a category of a margin or do not converge.
    """
    raking = sample.raking
    if raking is None:
        raise EstimateError("there are no margins to rake replicates to")
    domains, codes = _domains(sample, breakdowns)
    cells = raking.cells
    rows = Rows(
        sample.psu,
        cells.cell.astype(np.int64, copy=False),
        codes,
        sample.base_values * raking.scale,
        sample.weight * raking.scale,
    )
    targets = Targets.of(
        cells.levels,
        [margin.counts for margin in cells.margins],
        raking.tolerance / 2,  # as for the full sample
        raking.most_sweeps,
    )
    size = sum(map(len, domains))
    raked = raked_totals(rows, multipliers.values, size, targets, workers=threads)
    _require_raked(raked, sample)
    return _means(sample, multipliers, breakdowns, domains, raked)


def _domains(sample: CellSample, breakdowns) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Domain keys of every breakdown, and codes (B, S) that run on from one to the next."""
    found, codes, start = [], [], 0
    for by in breakdowns:
        keys, level = sample.breakdown(by)
        codes.append(np.where(level < 0, -1, level + start))
        found.append(keys)
        start += len(keys)
    return found, np.array(codes, dtype=np.int64)


def _by_psu(sample: CellSample, codes: np.ndarray, size: int) -> Rows:
    """The sample's rows added up by PSU and domain, one breakdown after the other."""
    psus = len(sample.design.psus)
    psu, domain, values = [], [], []
    for code in codes:
        pair = np.where(code < 0, psus * size, sample.psu * size + code)
        seen = np.flatnonzero(np.bincount(pair, minlength=psus * size + 1)[:-1])
        place = np.full(psus * size + 1, -1)
        place[seen] = np.arange(len(seen))
        values.append(ordered_sums(place[pair], sample.values, len(seen)))
        psu.append(seen // size)
        domain.append(seen % size)
    whole = np.concatenate(values)
    nothing = np.zeros(len(whole), dtype=np.int64)
    return Rows(np.concatenate(psu), nothing, np.concatenate(domain)[None], whole, whole[:, -1])


def _means(
    sample: CellSample,
    multipliers: Multipliers,
    breakdowns: Sequence[Sequence[str]],
    domains: Sequence[tuple[str, ...]],
    raked: Raked,
) -> list[ReplicateMeans]:
    m, count = len(sample.table.items), multipliers.values.shape[1]
    totals = raked.totals
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.moveaxis(totals[:, :m] / totals[:, m:], 2, 0)
    found, start = [], 0
    for by, keys in zip(breakdowns, domains, strict=True):
        part = np.ascontiguousarray(values[:, start : start + len(keys)])
        start += len(keys)
        full = np.zeros(part[0].size)
        if multipliers.mse:
            full = sample.means(by, residuals="none").estimate.ravel()
        flat = replicate_factor(part.reshape(count, -1), full, multipliers)  # type: ignore[arg-type]
        factor = flat.reshape(part.shape)
        se = np.sqrt(np.add.reduce(factor * factor, axis=0))
        found.append(
            ReplicateMeans(keys, sample.table.items, part, factor, se, raked.sweeps, raked.errors)
        )
    return found


def _require_raked(raked: Raked, sample: CellSample) -> None:
    """Every replicate met every margin, or all that did not are named."""
    assert sample.raking is not None
    margins, tolerance = sample.raking.cells.margins, sample.raking.tolerance / 2
    with collect(EstimateError) as faults:
        for r in np.flatnonzero(raked.empty[:, 0] >= 0)[:12]:
            margin, level = margins[raked.empty[r, 0]], raked.empty[r, 1]
            faults.add(
                f"replicate {r + 1} empties category '{margin.levels[level]}' of margin "
                f"'{margin.name}'",
                hint="join small categories, or use replicates that drop no PSU "
                "(generalised bootstrap)",
            )
        missed = (raked.empty[:, 0] < 0) & ~(raked.errors <= tolerance)
        for r in np.flatnonzero(missed)[:12]:
            faults.add(
                f"replicate {r + 1} does not meet the margins after {raked.sweeps[r]} sweeps: "
                f"off by {raked.errors[r]:.2e}",
                expected=f"at most {tolerance:.0e}, relative to the target",
                hint="join small categories, or allow more sweeps",
            )
