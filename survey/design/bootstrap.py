"""Replicate multipliers by drawing PSUs again, with draws that belong to PSUs.

Which PSUs come up is decided in resampling.py, random numbers in draws.py; what a set of
multipliers means, and what happens to lonely PSUs, in replicable.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import ndtri

from survey.design.draws import uniforms, unit_keys
from survey.design.model import Design
from survey.design.replicable import Multipliers, degrees, fractions, require_room, usable
from survey.design.resampling import counts
from survey.errors import EstimateError, collect, one_of

_FACTORS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "normal": ndtri,
    "exponential": lambda u: -np.log(u) - 1,
}


def rao_wu(
    design: Design,
    replicates: int | range,
    seed: int,
    *,
    size: int | Mapping[str, int] | None = None,
) -> Multipliers:
    """The rescaling bootstrap of stratified samples, with finite population corrections.

    In every stratum m of its n PSUs are drawn with replacement and PSU i, drawn t times, gets
    ``1 - a + a t n / m`` with ``a = sqrt(m (1 - f) / (n - 1))``. Draws belong to PSUs (see
    resampling.py): a PSU in two waves, with the same labels and seed, is drawn about equally often
    in both, so that the replicates of a change carry the waves' covariance. They carry a little
    less than all of it where the rest of a stratum differs, as every wave's draws must add up to
    its own m: at half overlap about 6 % less with 40 PSUs per stratum, 15 % with 10 (the change's
    variance errs upwards). `generalised_bootstrap` carries exactly all of it.

    Parameters
    ----------
    design : Design
    replicates : int or range
        How many; or which, to make them in blocks (replicate r is the same in every block, and
        `scale` is that of the block alone).
    seed : int
    size : int, or mapping of stratum label to int, optional
        m; default n - 1, for which the multipliers are ``t n / (n - 1)`` without a correction.

    Raises
    ------
    EstimateError
        If a stratum has one PSU, or several sampling fractions, or m would make multipliers
        negative: all of them named.

    References
    ----------
    .. [1] Rao, Wu and Yue (1992), Survey Methodology 18, 209-217.
    .. [2] Rao and Wu (1988), Journal of the American Statistical Association 83, 231-241.
    """
    numbers = _numbers(design, replicates)
    used = usable(design)
    sizes = design.sizes
    drawn = _drawn(design, size)
    share = np.sqrt(drawn * (1 - fractions(design)) / np.maximum(sizes - 1, 1))
    with collect(EstimateError) as faults:
        for h in np.flatnonzero(used & (share > 1 + 1e-12))[:12]:
            faults.add(
                f"{drawn[h]} draws in stratum '{design.strata[h]}' make multipliers negative",
                expected=f"at most (n - 1) / (1 - f), with {sizes[h]} PSUs",
            )
    share = np.minimum(share, 1)
    keys = _keys(design, seed)
    values = np.ones((len(design.psus), len(numbers)))
    for n, m in sorted(set(zip(sizes[used].tolist(), drawn[used].tolist(), strict=True))):
        strata = np.flatnonzero(used & (sizes == n) & (drawn == m))
        psus = design.first[strata][:, None] + np.arange(n)
        part = share[strata][:, None, None]
        values[psus] = 1 - part + part * (n / m) * counts(keys[psus], numbers, m)
    return _bootstrap(design, values, "rao_wu", mse=False, scale=1 / (len(numbers) - 1))


def generalised_bootstrap(
    design: Design,
    replicates: int | range,
    seed: int,
    *,
    factors: str = "exponential",
    tau: float | None = None,
) -> Multipliers:
    """Multipliers with mean 1 and the covariance of the stratified variance estimator.

    ``1 + sqrt((1 - f) n / (n - 1)) (e - mean of e in the stratum) / tau`` with e independent of
    mean 0 and variance 1, the PSU's own whatever stands beside it: the replicates of two waves have
    the covariance of the contributions of the PSUs they share. No PSU drops out, so no margin is
    emptied. `tau` makes multipliers positive and comes back in ``scale = tau^2 / R``.

    Parameters
    ----------
    design : Design
    replicates : int or range
        See `rao_wu`.
    seed : int
    factors : {"exponential", "normal"}
        Distribution of e; exponential ones are skewed as sampling is.
    tau : float, optional
        Default: the least, in tenths, that keeps every multiplier above 0.01. Give it where
        replicates are made in blocks.

    Raises
    ------
    EstimateError
        As `rao_wu`; or if `tau` leaves a multiplier that is not positive.

    References
    ----------
    .. [1] Beaumont and Patak (2012), International Statistical Review 80, 127-148.
    """
    if factors not in _FACTORS:
        raise EstimateError(f"unknown factors '{factors}'", expected=one_of(_FACTORS))
    numbers = _numbers(design, replicates)
    used = usable(design)
    key, number = np.broadcast_arrays(_keys(design, seed)[:, None], numbers)
    e = _FACTORS[factors](uniforms(key.ravel(), number.ravel())[0]).reshape(key.shape)
    sizes = design.sizes
    means = np.add.reduceat(e, design.first, axis=0) / sizes[:, None]
    spread = np.sqrt((1 - fractions(design)) * sizes / np.maximum(sizes - 1, 1)) * used
    moves = spread[design.stratum][:, None] * (e - means[design.stratum])
    lowest = float(moves.min(initial=0.0))
    if tau is None:
        tau = max(1.0, np.ceil(-lowest / 0.99 * 10) / 10)
    if tau + lowest <= 0:
        raise EstimateError(
            f"tau {tau:g} leaves multipliers that are not positive",
            expected=f"more than {-lowest:.4g}",
        )
    scale = tau**2 / len(numbers)
    return _bootstrap(design, 1 + moves / tau, "generalised", mse=True, scale=scale)


def _bootstrap(
    design: Design, values: np.ndarray, method: str, *, mse: bool, scale: float
) -> Multipliers:
    replicates = values.shape[1]
    df = min(degrees(design), float(replicates - 1))
    return Multipliers(values, scale, np.ones(replicates), mse, df, method)


def _keys(design: Design, seed: int) -> np.ndarray:
    return unit_keys(seed, (design.strata[h] for h in design.stratum), design.psus)


def _numbers(design: Design, replicates: int | range) -> np.ndarray:
    numbers = np.array(replicates if isinstance(replicates, range) else range(replicates))
    if len(numbers) < 2:
        raise EstimateError("a bootstrap needs at least 2 replicates", got=str(len(numbers)))
    require_room(len(design.psus), len(numbers))
    return numbers


def _drawn(design: Design, size: int | Mapping[str, int] | None) -> np.ndarray:
    """Number of draws m of every stratum, shape (H,)."""
    if size is None:
        return np.maximum(design.sizes - 1, 1)
    if not isinstance(size, Mapping):
        size = dict.fromkeys(design.strata, size)
    with collect(EstimateError) as faults:
        for label in design.strata:
            if not size.get(label, 0) >= 1:
                faults.add(
                    f"no bootstrap size for stratum '{label}'", expected="a number of at least 1"
                )
    return np.array([size[label] for label in design.strata])
