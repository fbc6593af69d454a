"""How large a change a survey can see: planning, before any answer is there.

Two waves of n1 and n2 respondents with one design effect; of the new wave's respondents (or PSUs)
the share `overlap` was in the old wave too, and their answers (or PSU means) correlate over time
by `correlation`:

    variance of the change = deff sd^2 (1 / n1 + 1 / n2 - 2 correlation overlap / n1).

Tests are two-sided, samples large: for few degrees of freedom a change must be a little larger.
How large waves must be for a wanted change is in wave_size.py; sizes for the precision of one
wave, in survey/planning/sample_size.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from survey.errors import UsageError, collect


@dataclass(frozen=True)
class Waves:
    """Two waves as planned.

    Attributes
    ----------
    n_old, n_new : float
        Respondents.
    deff : float
        Design effect of the estimate in both waves.
    overlap : float, in [0, 1]
        Share of the new wave's respondents, or PSUs, that were in the old one.
    correlation : float, in [-1, 1]
        Of a shared respondent's two answers, or a shared PSU's two means (see
        `psu_correlation`).

    Raises
    ------
    UsageError
        If a number is out of range, or more are shared than the old wave has: all named.
    """

    n_old: float
    n_new: float
    deff: float = 1.0
    overlap: float = 0.0
    correlation: float = 0.0

    def __post_init__(self) -> None:
        with collect(UsageError) as faults:
            for name, value, right in (
                ("size of the old wave", self.n_old, self.n_old > 0),
                ("size of the new wave", self.n_new, self.n_new > 0),
                ("design effect", self.deff, self.deff > 0),
                ("overlap", self.overlap, 0 <= self.overlap <= 1),
                ("correlation", self.correlation, -1 <= self.correlation <= 1),
            ):
                if not right:
                    faults.add(f"the {name} is out of range: {value:g}")
            shared = self.overlap * self.n_new
            if shared > self.n_old * (1 + 1e-9):
                faults.add(
                    f"{shared:g} of the new wave are shared with an old wave of {self.n_old:g}",
                    expected=f"an overlap of at most {self.n_old / self.n_new:.4g}",
                )

    def variance(self, sd_old: float, sd_new: float) -> float:
        """Variance of the change, from the standard deviation of an answer in each wave."""
        shared = self.correlation * self.overlap / self.n_old
        apart = sd_old**2 / self.n_old + sd_new**2 / self.n_new
        return self.deff * (apart - 2 * shared * sd_old * sd_new)


def smallest_detectable_change(
    n: float,
    deff: float,
    sd: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    rho: float = 0.0,
) -> float:
    """The true change that two waves of one size show as significant with the given power.

    ``(z[1 - alpha/2] + z[power]) sd sqrt(2 deff / n (1 - rho))``, two-sided, large samples.

    Parameters
    ----------
    n : float
        Respondents of each wave.
    deff : float
        Design effect of the estimate, the same in both waves.
    sd : float
        Standard deviation of an answer in the population: points for a score, and
        ``sqrt(p (1 - p))`` for a share p.
    power, alpha : float
    rho : float
        Correlation of the two waves' estimates: 0 for independent samples, more where PSUs or
        respondents are shared (overlap times correlation).

    Returns
    -------
    float
        In the unit of `sd`.

    Examples
    --------
    >>> round(smallest_detectable_change(2000, 1.5, 2.0), 3)
    0.217
    """
    if not (n > 0 and deff > 0 and sd >= 0 and -1 <= rho <= 1):
        raise ValueError("n and deff must be positive, sd not negative, rho in [-1, 1]")
    return quantiles(power, alpha) * sd * math.sqrt(2 * deff / n * (1 - rho))


def detectable_from_se(se: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The true change that a change estimated with this standard error would find.

    ``(z[1 - alpha/2] + z[power]) se``: the same rule as `smallest_detectable_change`, for a design
    that has been carried out.

    Parameters
    ----------
    se : float
        Standard error of the change, in any unit.
    power, alpha : float

    Returns
    -------
    float
        In the unit of `se`.

    Examples
    --------
    >>> round(detectable_from_se(0.05), 3)
    0.14
    """
    return quantiles(power, alpha) * se


def detectable_change(waves: Waves, sd: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """`smallest_detectable_change` for waves of two sizes with shared units.

    Examples
    --------
    >>> waves = Waves(2000, 3000, deff=1.5, overlap=0.5, correlation=0.6)
    >>> round(detectable_change(waves, 2.0), 3)
    0.158
    """
    return detectable_from_se(math.sqrt(waves.variance(sd, sd)), power=power, alpha=alpha)


def power_of_change(change: float, se: float, *, alpha: float = 0.05, both: bool = True) -> float:
    """Probability that a true change is found significant.

    Parameters
    ----------
    change, se : float
        The true change and the standard error of its estimate, in one unit.
    alpha : float
    both : bool
        Count also the (tiny) chance of significance in the wrong direction.

    Examples
    --------
    >>> round(power_of_change(0.2, 0.2 / 2.8016), 3)
    0.8
    """
    if not se > 0:
        raise UsageError(f"the standard error of the change is {se:g}", expected="over 0")
    z = upper_quantile(alpha)
    away = abs(change) / se
    return float(ndtr(away - z) + (ndtr(-away - z) if both else 0.0))


def power_of_share_change(
    old: float, new: float, waves: Waves, *, alpha: float = 0.05, both: bool = False
) -> float:
    """Probability that a change of a share is found, tested with the pooled share.

    Parameters
    ----------
    old, new : float, in [0, 1]
        True shares.
    waves : Waves
    alpha, both
        As in `power_of_change`; R's ``power.prop.test`` leaves the wrong direction out.

    Examples
    --------
    >>> round(power_of_share_change(0.50, 0.55, Waves(1500, 1500)), 4)
    0.7832
    """
    null, true = share_errors(old, new, waves)
    z, away = upper_quantile(alpha) * null / true, abs(new - old) / true
    return float(ndtr(away - z) + (ndtr(-away - z) if both else 0.0))


def share_errors(old: float, new: float, waves: Waves) -> tuple[float, float]:
    """Standard errors of the change of a share: were there none, and as it is."""
    if not (0 <= old <= 1 and 0 <= new <= 1):
        raise UsageError(f"the shares are {old:g} and {new:g}", expected="0 to 1")
    pooled = (waves.n_old * old + waves.n_new * new) / (waves.n_old + waves.n_new)
    spread = [math.sqrt(p * (1 - p)) for p in (pooled, old, new)]
    null = math.sqrt(waves.variance(spread[0], spread[0]))
    true = math.sqrt(waves.variance(spread[1], spread[2]))
    if not true > 0:
        raise UsageError("shares of 0 and 1 in both waves have no sampling error")
    return null, true


def upper_quantile(alpha: float) -> float:
    """z that a standard normal passes, either way, with probability `alpha`."""
    if not 0 < alpha < 1:
        raise UsageError(f"alpha is {alpha:g}", expected="between 0 and 1, such as 0.05")
    return float(ndtri(1 - alpha / 2))


def quantiles(power: float, alpha: float) -> float:
    """The true change, in standard errors, that is found significant with this power."""
    if not 0 < power < 1:
        raise UsageError(f"the power is {power:g}", expected="between 0 and 1, such as 0.8")
    return upper_quantile(alpha) + float(ndtri(power))
