"""The smallest sample that is precise enough in every province and in the nation.

Variances are those of stratified means, each province split into one or more strata. How a given
number is split is decided in allocation.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from survey.errors import UsageError, collect
from survey.planning.allocation import bounds, neyman


@dataclass(frozen=True, eq=False)
class Precise:
    """An allocation and what it reaches.

    Attributes
    ----------
    n : ndarray of int, shape (H,)
        Respondents of every stratum.
    provinces : tuple of str, length P
        Sorted.
    province_se : ndarray of float, shape (P,)
    national_se : float
    """

    n: np.ndarray
    provinces: tuple[str, ...]
    province_se: np.ndarray
    national_se: float


def smallest_allocation(
    population,
    sd,
    province: Sequence[str],
    *,
    province_se,
    national_se: float | None = None,
    deff=1.0,
    least: int = 2,
    most=None,
) -> Precise:
    """Fewest respondents whose means meet a standard error in every province and nationally.

    Each province takes the fewest that meet its own; then the nation takes respondents where they
    help it most until its own is met. No allocation of whole numbers meets all with fewer.

    Parameters
    ----------
    population, sd : array_like, shape (H,)
        Of every stratum.
    province : sequence of str, length H
        The province of every stratum.
    province_se : float, or mapping of province to float
        Highest standard errors: a half-width over its quantile, or a CV times the mean.
    national_se : float, optional
    deff : float, or array_like, shape (H,)
        Design effect inside the strata.
    least, most
        As in allocation.py.

    Raises
    ------
    UsageError
        If a precision cannot be reached: every such province with the best it could have.

    References
    ----------
    .. [1] Choudhry, Rao and Hidiroglou (2012), On sample allocation for efficient domain
       estimation, Survey Methodology 38, 23-29.
    """
    population = np.asarray(population, dtype=float)
    spread = np.asarray(sd, dtype=float) * np.sqrt(np.asarray(deff, dtype=float))
    spread = np.broadcast_to(spread, population.shape)
    names = tuple(sorted(set(province)))
    own = np.array([names.index(name) for name in province])
    low, high = bounds(None, population, least, most)
    wanted = _targets(province_se, names)
    start = low.copy()
    with collect(UsageError) as faults:
        for place, name in enumerate(names):
            mine = own == place
            try:
                start[mine] = _fewest(
                    population[mine], spread[mine], wanted[place], low[mine], high[mine]
                )
            except UsageError as error:
                faults.add(f"province '{name}': {error}")
    if national_se is not None:
        start = _fewest(population, spread, national_se, start, high)
    reached = np.array(
        [
            se_of_mean(start[own == p], population[own == p], spread[own == p])
            for p in range(len(names))
        ]
    )
    return Precise(start, names, reached, se_of_mean(start, population, spread))


def se_of_mean(n, population, sd) -> float:
    """Standard error of a stratified mean, each stratum with its finite population correction.

    Parameters
    ----------
    n, population, sd : array_like, shape (H,)
        `sd` times the root of the design effect, if there is one. Empty strata count nothing.
    """
    n, population, sd = (np.asarray(x, dtype=float) for x in (n, population, sd))
    kept = population > 0
    n, population, sd = n[kept], population[kept], sd[kept]
    share = population / population.sum()
    return float(np.sqrt((share**2 * sd**2 * (1 / n - 1 / population)).clip(min=0).sum()))


def _fewest(
    population: np.ndarray, sd: np.ndarray, se: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """The smallest optimum allocation whose mean has a standard error of at most `se`."""

    def at(n: int) -> np.ndarray:
        return neyman(n, population, sd, least=low, most=high)

    def enough(n: int) -> bool:
        return se_of_mean(at(n), population, sd) <= se * (1 + 1e-12)

    fewest, most = int(low.sum()), int(high.sum())
    if not enough(most):
        raise UsageError(
            f"a standard error of {se:.4g} is out of reach",
            got=f"{se_of_mean(at(most), population, sd):.4g} with all {most} allowed",
        )
    return at(_first(fewest, most, enough))


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first number at which a condition holds that holds ever after."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _targets(province_se, names: tuple[str, ...]) -> np.ndarray:
    if not hasattr(province_se, "keys"):
        province_se = dict.fromkeys(names, province_se)
    with collect(UsageError) as faults:
        for name in names:
            if not province_se.get(name, 0) > 0:
                faults.add(f"no standard error over 0 is wanted for province '{name}'")
    return np.array([province_se[name] for name in names], dtype=float)
