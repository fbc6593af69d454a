"""``python -m tests.simulation.falling``: how often the rule for "falling" speaks wrongly.

Series of quarterly counts with a known truth, with the gaps and the missing stores of the register,
are judged by the rule of notices.yml under both families it knows: the share of stationary series
that are called falling or rising, and the share of falling ones that are called falling. The table
it prints stands in docs/notices.md. The models are those of analysis/monitoring/trend.py, fitted to
many series at one time; some are fitted by trend.py too, and a difference ends the program.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import digamma, ndtri, stdtrit

from analysis.monitoring.notices import read_notices, window
from analysis.monitoring.trend import LARGEST, MODELS, Family, fit_slope, spans, years_of
from survey.instrument.load import load_instrument
from survey.instrument.monitoring import load_monitoring
from survey.instrument.register import TrendRule
from survey.project import Project

ROOT = Path(__file__).resolve().parents[2]
STUDY = "app_monitoring"
SERIES, SEED = 4000, 20180630
FAMILIES: tuple[Family, ...] = ("negative_binomial", "quasi_poisson")
TOLD = ("slope of the counts alone", "falling or rising", "falling")
CHECKED = 12  # series of every case that trend.py fits too
STEPS, INNER = 34, 5  # of the search for theta, and of the fit inside it


@dataclass(frozen=True)
class Case:
    """One truth.

    theta : of the negative binomial counts (inf: Poisson); change : per year, of counts and rates;
    dependence : correlation of neighbouring quarters on the log scale; effort : "shuffled" (the
    register's stores in random order), or "register" (in their own order, so that stores grow and
    counts with them).
    """

    told: str
    theta: float = 8.0
    change: float = 0.0
    dependence: float = 0.0
    effort: str = "shuffled"


@dataclass(frozen=True, eq=False)
class Register:
    """Quarters of the register, what is known of them, and the declared rule."""

    quarters: list[str]
    found: np.ndarray
    stores: np.ndarray
    with_stores: np.ndarray
    level: float  # of the counts, as many as the register has on average
    rule: TrendRule


def cases() -> Iterator[Case]:
    yield Case("stationary, varying like Poisson counts", theta=np.inf)
    for theta in (15, 8, 4, 2):
        yield Case(f"stationary, overdispersed, theta {theta}", theta=theta)
    yield Case("rates stationary, stores as they grew, theta 8", effort="register")
    for dependence in (0.3, 0.6):
        told = f"stationary, theta 8, neighbours correlated {dependence}"
        yield Case(told, dependence=dependence)
    for percent in (10, 20, 30, 40):
        yield Case(f"falling by {percent} % a year, theta 8", change=-percent / 100)


def main() -> int:
    register = read_register()
    rule = register.rule
    print(
        f"{SERIES} series a row, level {rule.level:g}, declared family {rule.family}; % of series"
    )
    print("| truth | " + " | ".join(f"{f}: {what}" for f in FAMILIES for what in TOLD) + " |")
    print("|---" * (1 + len(FAMILIES) * len(TOLD)) + "|")
    for case in cases():
        cells = []
        for family in FAMILIES:
            alone, verdicts = judge(case, register, rule.model_copy(update={"family": family}))
            cells += [alone, (verdicts != 0).mean(), (verdicts < 0).mean()]
        print(f"| {case.told} | " + " | ".join(f"{100 * x:.1f}" for x in cells) + " |", flush=True)
    return 0


def read_register() -> Register:
    """The shipped register and its rule."""
    project = Project(ROOT)
    instrument = load_instrument(project, STUDY)
    register = load_monitoring(project, instrument).register
    assert register.trend is not None
    wave = list(instrument.waves)[-1]
    end = pd.Timestamp(instrument.waves[wave].period.end)
    table = window(read_notices(project.raw(STUDY, wave) / register.file, register), register, end)
    counts, stores = (
        table[name].astype(float).to_numpy()
        for name in (register.trend.count, register.trend.exposure)
    )
    return Register(
        list(table["quarter"]), ~np.isnan(counts), stores, ~np.isnan(stores),
        float(np.nanmean(counts)), register.trend,
    )  # fmt: skip


def judge(case: Case, register: Register, rule: TrendRule) -> tuple[float, np.ndarray]:
    """Share of series whose counts alone have a slope, and the verdict on each: -1, 0 or 1.

    The verdict is that of claims.trend on the signs of the slopes.
    """
    rng = np.random.default_rng([SEED, *case.told.encode()])
    counts, stores = draw(case, register, rng)
    whole: list[np.ndarray] = []
    since: list[np.ndarray] = []
    for first, last in spans(register.quarters, rule.breaks):
        inside = np.array([first <= quarter <= last for quarter in register.quarters])
        for model in MODELS:
            used = inside & register.found & (register.with_stores | (model == "count"))
            if used.sum() < rule.least:
                continue
            years = years_of([q for q, u in zip(register.quarters, used, strict=True) if u])
            effort = stores[:, used] if model == "rate" else None
            low, high = slopes(counts[:, used], years, effort, rule)
            _same(counts[:, used], years, effort, rule, low, high)
            sign = np.where(low > 0, 1, np.where(high < 0, -1, 0))
            (whole if inside.all() else since).append(sign)
    verdict = np.where(whole[0] == whole[1], whole[0], 0)
    for sign in since:
        verdict = np.where(sign == -verdict, 0, verdict)
    return float((whole[0] != 0).mean()), verdict


def draw(case: Case, register: Register, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Counts and stores of every series, shape (SERIES, quarters) each; stores of all quarters."""
    n = len(register.quarters)
    stores = pd.Series(register.stores).interpolate(limit_direction="both").to_numpy()
    effort = np.tile(stores, (SERIES, 1))
    if case.effort == "shuffled":
        effort = rng.permuted(effort, axis=1)
    years = years_of(register.quarters)
    mean = register.level * (1 + case.change) ** (years - years.mean())
    mean = np.tile(mean, (SERIES, 1))
    if case.effort == "register":
        mean = mean * effort / effort.mean()
    spread = _spread(case, rng, n)
    return rng.poisson(mean * spread).astype(float), effort


def _spread(case: Case, rng: np.random.Generator, n: int) -> np.ndarray:
    """Factors of mean 1 and variance 1/theta: gamma, or log-normal with dependent neighbours."""
    if np.isinf(case.theta):
        return np.ones((SERIES, n))
    if not case.dependence:
        return rng.gamma(case.theta, 1 / case.theta, (SERIES, n))
    sd = np.sqrt(np.log1p(1 / case.theta))
    steps = rng.normal(size=(SERIES, n))
    for k in range(1, n):
        steps[:, k] = (
            case.dependence * steps[:, k - 1] + np.sqrt(1 - case.dependence**2) * steps[:, k]
        )
    return np.exp(sd * steps - sd**2 / 2)


def slopes(
    y: np.ndarray, years: np.ndarray, effort: np.ndarray | None, rule: TrendRule
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the interval of the slope of every series, as trend.fit_slope has them."""
    x = years - years.mean()
    offset = np.zeros(y.shape) if effort is None else np.log(effort)
    n = y.shape[1]
    if rule.family == "quasi_poisson":
        beta, mu, se = _fit(y, x, offset, np.full(len(y), np.inf), None, 40)
        phi = np.maximum(((y - mu) ** 2 / mu).sum(axis=1) / (n - 2), 1.0)
        half = stdtrit(n - 2, 1 - rule.level / 2) * se * np.sqrt(phi)
    else:
        theta, start = _theta(y, x, offset)
        beta, _, se = _fit(y, x, offset, theta, start, 40)
        half = ndtri(1 - rule.level / 2) * se
    return beta[:, 1] - half, beta[:, 1] + half


def _fit(y, x, offset, theta, beta, steps: int):
    """Iterated weighted least squares of a log-linear model with two terms."""
    if beta is None:
        start = np.log(y.sum(axis=1) / np.exp(offset).sum(axis=1))
        beta = np.column_stack([start, np.zeros(len(y))])
    for _ in range(steps):
        eta = np.clip(beta[:, :1] + beta[:, 1:] * x + offset, -30, 30)
        mu = np.exp(eta)
        w = mu / (1 + mu / theta[:, None])
        z = eta - offset + (y - mu) / mu
        s0, s1, s2 = w.sum(axis=1), (w * x).sum(axis=1), (w * x * x).sum(axis=1)
        r0, r1 = (w * z).sum(axis=1), (w * x * z).sum(axis=1)
        det = s0 * s2 - s1**2
        beta = np.column_stack([(s2 * r0 - s1 * r1) / det, (s0 * r1 - s1 * r0) / det])
    return beta, mu, np.sqrt(s0 / det)


def _theta(y, x, offset):
    """Maximum-likelihood theta of every series by bisection on its logarithm."""
    poisson = np.full(len(y), np.inf)
    beta, mu, _ = _fit(y, x, offset, poisson, None, 30)
    none = ((y - mu) ** 2 - y).sum(axis=1) <= 0

    def score(log_theta, beta):
        theta = np.exp(log_theta)
        beta, mu, _ = _fit(y, x, offset, theta, beta, INNER)
        t = theta[:, None]
        terms = digamma(t + y) - digamma(t) + np.log(t / (t + mu)) + 1 - (y + t) / (t + mu)
        return terms.sum(axis=1), beta

    low, high = np.full(len(y), -4.0), np.full(len(y), np.nan)
    for end in np.arange(2.0, LARGEST + 1, 2.0):
        above, beta = score(np.full(len(y), end), beta)
        high = np.where(np.isnan(high) & (above <= 0), end, high)
    none |= np.isnan(high)
    high = np.where(none, 2.0, high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        above, beta = score(middle, beta)
        low, high = np.where(above > 0, middle, low), np.where(above > 0, high, middle)
    return np.where(none, np.inf, np.exp((low + high) / 2)), beta


def _same(y, years, effort, rule, low, high) -> None:
    """End the program where trend.py has another interval for one of the first series."""
    for k in range(CHECKED):
        found = fit_slope(
            y[k], years, family=rule.family, level=rule.level,
            exposure=None if effort is None else effort[k],
        )  # fmt: skip
        if not np.allclose((found.low, found.high), (low[k], high[k]), rtol=1e-5, atol=1e-7):
            sys.exit(f"series {k}: trend.py has {found.low:g} to {found.high:g}, "
                     f"here it is {low[k]:g} to {high[k]:g}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
