"""How many respondents an estimate needs, and how many people to invite for them.

    variance of a mean = deff S^2 / n (1 - n / N)

with the design effect `deff` of the planned design, S the standard deviation in the population and
N its size (no correction where it is not given). Large samples: quantiles are the normal ones.
Numbers for changes between waves are in analysis/compare/power.py; how n is split over strata, in
allocation.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import bdtrc, ndtri

from survey.errors import UsageError, collect

_ROUNDING = 1e-9  # of a respondent: 400.0000000001 is 400


@dataclass(frozen=True)
class SampleSize:
    """A planned sample.

    Attributes
    ----------
    exact : float
        Respondents before rounding up.
    respondents : int
    invited : int
        People to invite so that `respondents` answer at the expected response rate.
    """

    exact: float
    respondents: int
    invited: int


def size_for_mean(
    half_width: float,
    sd: float,
    *,
    deff: float = 1.0,
    response: float = 1.0,
    population: float | None = None,
    level: float = 0.95,
) -> SampleSize:
    """Respondents whose mean has an interval of plus or minus `half_width`.

    Parameters
    ----------
    half_width, sd : float
        In the unit of the answer.
    deff : float
        Design effect of the mean.
    response : float, in (0, 1]
        Expected response rate.
    population : float, optional
        N, for the finite population correction.
    level : float
        Confidence level.

    Raises
    ------
    UsageError
        If a number is out of range: all of them named.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd edition, section 4.6-4.7.

    Examples
    --------
    >>> planned = size_for_mean(0.1, 2.0, deff=1.5, response=0.4)
    >>> planned.respondents, planned.invited
    (2305, 5763)
    """
    se = half_width / normal_quantile(level)
    return size_for_se(se, sd, deff=deff, response=response, population=population)


def size_for_share(
    half_width: float,
    share: float = 0.5,
    *,
    deff: float = 1.0,
    response: float = 1.0,
    population: float | None = None,
    level: float = 0.95,
) -> SampleSize:
    """Respondents whose share has an interval of plus or minus `half_width`, both in [0, 1].

    A share of 0.5 asks for most. S^2 is ``share (1 - share)``, times ``N / (N - 1)`` in a
    population of N; see `size_for_mean`.

    Examples
    --------
    >>> size_for_share(0.05, 0.5, population=2000).respondents
    323
    """
    sd = sd_of_share(share, population)
    return size_for_mean(
        half_width, sd, deff=deff, response=response, population=population, level=level
    )


def size_for_se(
    se: float,
    sd: float,
    *,
    deff: float = 1.0,
    response: float = 1.0,
    population: float | None = None,
) -> SampleSize:
    """Respondents whose mean has the standard error `se`; for a CV, both divided by the mean."""
    with collect(UsageError) as faults:
        for name, value, right in (
            ("the standard error or half-width", se, se > 0),
            ("the standard deviation", sd, sd >= 0),
            ("the design effect", deff, deff > 0),
            ("the response rate", response, 0 < response <= 1),
            ("the population", population, population is None or population >= 1),
        ):
            if not right:
                faults.add(f"{name} is out of range: {value:g}", expected="see its help")
    exact = deff * (sd / se) ** 2
    if population is not None:
        exact /= 1 + exact / population
    return _rounded(exact, response)


def half_width_of_mean(
    n: float,
    sd: float,
    *,
    deff: float = 1.0,
    population: float | None = None,
    level: float = 0.95,
) -> float:
    """The half-width that n respondents give: `size_for_mean` the other way round.

    Examples
    --------
    >>> round(half_width_of_mean(2305, 2.0, deff=1.5), 4)
    0.1
    """
    unseen = 1.0 if population is None else max(0.0, 1 - n / population)
    return normal_quantile(level) * sd * math.sqrt(deff / n * unseen)


def size_for_domain(
    least: int,
    domain_share: float,
    *,
    assurance: float | None = None,
    response: float = 1.0,
) -> SampleSize:
    """Respondents in all, so that a domain nobody is sampled for still has `least` of them.

    Parameters
    ----------
    least : int
        Respondents wanted in the domain, such as the smallest base that may be published.
    domain_share : float, in (0, 1]
        Share of the population that the domain makes up.
    assurance : float, in (0, 1), optional
        Probability that the domain has them, were respondents drawn one by one; by default it has
        them on average, which means about every second time.
    response : float, in (0, 1]

    Raises
    ------
    UsageError
        If a number is out of range.

    Examples
    --------
    >>> size_for_domain(100, 0.05).respondents
    2000
    >>> size_for_domain(100, 0.05, assurance=0.9).respondents
    2254
    """
    with collect(UsageError) as faults:
        if not least >= 1:
            faults.add("a domain needs at least one respondent")
        if not 0 < domain_share <= 1:
            faults.add(f"the domain's share is {domain_share:g}", expected="over 0, at most 1")
        if assurance is not None and not 0 < assurance < 1:
            faults.add(f"the assurance is {assurance:g}", expected="between 0 and 1")
        if not 0 < response <= 1:
            faults.add(f"the response rate is {response:g}", expected="over 0, at most 1")
    if assurance is None or domain_share == 1:
        return _rounded(least / domain_share, response)
    low, high = least, least
    while bdtrc(least - 1, high, domain_share) < assurance:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if bdtrc(least - 1, middle, domain_share) >= assurance:
            high = middle
        else:
            low = middle + 1
    return _rounded(float(high), response)


def sd_of_share(share: float, population: float | None = None) -> float:
    """Standard deviation of a yes-or-no answer.

    Raises
    ------
    UsageError
        If the share is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise UsageError(f"the share is {share:g}", expected="0 to 1", hint="0.3 is 30 %")
    finite = 1.0 if population is None or population <= 1 else population / (population - 1)
    return math.sqrt(share * (1 - share) * finite)


def normal_quantile(level: float) -> float:
    """z with `level` of a standard normal between -z and z.

    Raises
    ------
    UsageError
        If `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise UsageError(f"the level is {level:g}", expected="between 0 and 1, such as 0.95")
    return float(ndtri((1 + level) / 2))


def _rounded(exact: float, response: float) -> SampleSize:
    respondents = math.ceil(exact - _ROUNDING)
    return SampleSize(exact, respondents, math.ceil(respondents / response - _ROUNDING))
