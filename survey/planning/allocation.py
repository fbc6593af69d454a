"""How a sample is split over strata: whole numbers that add up, within bounds.

Every rule keeps at least `least` respondents in a stratum (2, so that its variance can be
estimated; fewer only where the population is smaller) and at most its population; what a full
stratum cannot take goes to the others. Ties go to the stratum that stands first, so strata are
given in sorted order. The smallest n for a wanted precision is in precision.py.
"""

from __future__ import annotations

import heapq

import numpy as np

from survey.errors import UsageError, collect

_HALVINGS = 2200  # of an interval of floating-point numbers: enough for any


def proportional(n: int, population, *, least: int = 2, most=None) -> np.ndarray:
    """In proportion to the strata's populations.

    Parameters
    ----------
    n : int
        Respondents in all.
    population : array_like, shape (H,)
    least : int
        Respondents of every stratum, its population allowing.
    most : array_like of int, shape (H,), optional
        Highest numbers, if lower than the populations.

    Returns
    -------
    ndarray of int, shape (H,)
        Adds up to n.

    Raises
    ------
    UsageError
        If n does not fit between the bounds' sums, or a number is out of range.
    """
    population = np.asarray(population, dtype=float)
    low, high = bounds(n, population, least, most)
    return in_proportion(n, population, low, high)


def neyman(n: int, population, sd, *, least=2, most=None) -> np.ndarray:
    """The whole numbers with the smallest variance of the mean, for n respondents.

    Exact, not rounded: respondents go one by one to the stratum where the next one lowers the
    variance most, which is best for whole numbers with any bounds.

    Parameters
    ----------
    n, population, most
        As in `proportional`.
    sd : array_like, shape (H,)
        Standard deviation of the answer in every stratum; times the root of the stratum's design
        effect where these differ.
    least : int, or array_like of int, shape (H,)

    References
    ----------
    .. [1] Wright (2012), The equivalence of Neyman optimum allocation for sampling and equal
       proportions for apportioning the U.S. House of Representatives, American Statistician 66.
    .. [2] Neyman (1934), Journal of the Royal Statistical Society 97, 558-625.
    """
    population, sd = np.asarray(population, dtype=float), np.asarray(sd, dtype=float)
    _require_numbers(sd=sd)
    low, high = bounds(n, population, least, most)
    gain = population * sd
    if not gain.any():
        return in_proportion(n, population, low, high)
    gain = gain / gain.max()
    top, bottom = 1.0, 0.0  # the gain at which the next respondent is no longer taken
    for _ in range(_HALVINGS):
        middle = (top + bottom) / 2
        if middle in (top, bottom):
            break
        if _taken(gain, middle, low, high).sum() <= n:
            top = middle
        else:
            bottom = middle
    start = _taken(gain, top, low, high)
    if start.sum() > n:  # already with the highest gain alone
        start = low.copy()
    return _one_by_one(start, n, gain, high)


def optimal(
    population, sd, cost, *, n: int | None = None, budget: float | None = None, least=2, most=None
) -> np.ndarray:
    """In proportion to ``N S / sqrt(cost)``: the smallest variance for the money.

    Parameters
    ----------
    population, sd, least, most
        As in `neyman`.
    cost : array_like, shape (H,)
        Cost of a respondent of every stratum.
    n : int, optional
        Respondents in all; or
    budget : float, optional
        Money in all: what is left buys no further respondent.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd edition, section 5.5.
    """
    population, sd = np.asarray(population, dtype=float), np.asarray(sd, dtype=float)
    cost = np.asarray(cost, dtype=float)
    _require_numbers(sd=sd)
    if not (cost > 0).all():
        raise UsageError("a respondent costs nothing in a stratum", expected="costs over 0")
    share = population * sd / np.sqrt(cost)
    if n is not None and budget is None:
        low, high = bounds(n, population, least, most)
        return in_proportion(n, share if share.any() else population, low, high)
    if budget is None or n is not None:
        raise UsageError("an optimal allocation needs a sample size or a budget, not both")
    low, high = bounds(None, population, least, most)
    if (low * cost).sum() > budget:
        raise UsageError(
            f"the budget {budget:g} is less than the smallest sample costs",
            expected=f"at least {(low * cost).sum():g}",
        )
    at_most = _scaled(share, low, high, cost, float(budget))
    spent = np.maximum(np.floor(at_most + 1e-9).astype(int), low)
    return _spend(spent, float(budget) - (spent * cost).sum(), population * sd, cost, high)


def power_allocation(
    n: int, total, cv, population, *, exponent: float = 0.5, least: int = 2, most=None
) -> np.ndarray:
    """Between equal precision of all strata (exponent 0) and of the whole (1): Bankier's rule.

    In proportion to ``total^exponent x cv``.

    Parameters
    ----------
    n, population, least, most
        As in `proportional`.
    total : array_like, shape (H,)
        Size of every stratum, such as its population or the total of a variable.
    cv : array_like, shape (H,)
        Standard deviation of the answer over its mean, in every stratum.
    exponent : float, in [0, 1]

    References
    ----------
    .. [1] Bankier (1988), Power allocations, American Statistician 42, 174-177.
    """
    total, cv = np.asarray(total, dtype=float), np.asarray(cv, dtype=float)
    _require_numbers(total=total, cv=cv)
    if not 0 <= exponent <= 1:
        raise UsageError(f"the exponent is {exponent:g}", expected="0 to 1")
    low, high = bounds(n, np.asarray(population, dtype=float), least, most)
    return in_proportion(n, total**exponent * cv, low, high)


def bounds(n: int | None, population, least, most) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest number of every stratum, shape (H,) each; n must fit between the sums."""
    _require_numbers(population=population)
    high = np.floor(population + 1e-9).astype(int)
    if most is not None:
        high = np.minimum(high, np.asarray(most, dtype=int))
    low = np.minimum(np.broadcast_to(np.asarray(least, dtype=int), high.shape), high)
    if n is not None and not low.sum() <= n <= high.sum():
        raise UsageError(
            f"a sample of {n} cannot be split over {len(high)} strata",
            expected=f"{low.sum()} (at least {np.max(least)} per stratum) to {high.sum()}",
        )
    return low, high


def in_proportion(n: int, share: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Whole numbers nearest to a proportion, within bounds: largest remainders rounded up."""
    ideal = _scaled(share, low, high, np.ones(len(share)), float(n))
    whole = np.clip(np.floor(ideal + 1e-9).astype(int), low, high)
    missing = n - int(whole.sum())
    remainder = np.where(whole < high, ideal - whole, -np.inf)
    order = np.argsort(-np.round(remainder, 9), kind="stable")
    while missing > 0:  # one round, unless strata without a share must take the rest
        room = [h for h in order if whole[h] < high[h]][:missing]
        whole[room] += 1
        missing -= len(room)
    return whole


def _scaled(
    share: np.ndarray, low: np.ndarray, high: np.ndarray, cost: np.ndarray, budget: float
) -> np.ndarray:
    """Numbers in proportion to `share`, clipped to bounds, whose costs add up to `budget`."""

    def at(scale: float) -> np.ndarray:
        return np.clip(scale * share, low, high)

    share = share / share.max(initial=1e-300)
    with np.errstate(over="ignore"):
        full = high[share > 0] / share[share > 0]
    least_scale, most_scale = 0.0, min(float(full.max(initial=0.0)), 1e300)
    if (at(most_scale) * cost).sum() <= budget:
        return at(most_scale)
    for _ in range(_HALVINGS):
        middle = (least_scale + most_scale) / 2
        if middle in (least_scale, most_scale):
            break
        if (at(middle) * cost).sum() <= budget:
            least_scale = middle
        else:
            most_scale = middle
    return at(least_scale)


def _taken(gain: np.ndarray, threshold: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Numbers k at which ``gain / sqrt(k (k - 1))`` is still at least the threshold."""
    with np.errstate(over="ignore"):
        root = gain / threshold
        wanted = np.floor((1 + np.sqrt(1 + 4 * root * root)) / 2)
    return np.clip(np.minimum(wanted, high).astype(int), low, high)


def _one_by_one(start: np.ndarray, n: int, gain: np.ndarray, high: np.ndarray) -> np.ndarray:
    numbers = start.copy()

    def entry(h: int) -> tuple[float, int]:
        k = int(numbers[h])
        return (-gain[h] / np.sqrt(k * (k + 1)) if k else -np.inf, h)

    waiting = [entry(h) for h in np.flatnonzero(numbers < high).tolist()]
    heapq.heapify(waiting)
    for _ in range(n - int(numbers.sum())):
        _, h = heapq.heappop(waiting)
        numbers[h] += 1
        if numbers[h] < high[h]:
            heapq.heappush(waiting, entry(h))
    return numbers


def _spend(
    numbers: np.ndarray, left: float, gain: np.ndarray, cost: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Further respondents by what they lower the variance per cost, while money is left."""
    while True:
        open_ = (numbers < high) & (cost <= left * (1 + 1e-12)) & (gain > 0)
        if not open_.any():
            return numbers
        worth = np.where(open_, gain**2 / (numbers * (numbers + 1) * cost), -np.inf)
        best = int(np.argmax(worth))
        numbers[best] += 1
        left -= cost[best]


def _require_numbers(**columns: np.ndarray) -> None:
    with collect(UsageError) as faults:
        for name, values in columns.items():
            wrong = int((~np.isfinite(values) | (values < 0)).sum())
            if wrong:
                faults.add(f"{wrong} strata have no {name} of at least 0")
