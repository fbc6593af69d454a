"""Simulated apps: categories, behaviours and permissions that meet the published overall shares.

Category c of group g reads with

    logit p_gc = mu_g + s d_gc,   d_gc uniform on (-1, 1),   sum_c n_c p_gc = N P_g

(the model of analysis/monitoring/bands.py), and exactly round(N P_g) of the N apps do. How apps
become scan records in stores and versions is decided in apps.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from survey.instrument.monitoring import Grouping, Monitoring, Simulation


@dataclass(frozen=True)
class Population:
    """Simulated apps before they are spread over stores.

    Attributes
    ----------
    category : ndarray of str, shape (n_apps,)
    behaviours, permissions : DataFrame of bool, shape (n_apps, n_names)
    """

    category: np.ndarray
    behaviours: pd.DataFrame
    permissions: pd.DataFrame


def draw_population(
    rng: np.random.Generator,
    monitoring: Monitoring,
    codes: list[str],
    levels: Mapping[str, float],
    spread: float,
) -> Population:
    """Apps with categories, behaviours and permissions that meet every level exactly."""
    grouping, simulation = monitoring.grouping, monitoring.simulation
    weights = np.array(list(monitoring.mix.weights(codes).values()))
    sizes = apportion(weights * simulation.apps, simulation.apps)
    category = np.repeat(np.array(codes, dtype=object), sizes)
    held = {
        measure: _holds_for(rng, sizes, share, spread) for measure, share in sorted(levels.items())
    }
    read = {
        measure.group: held[name]
        for name, measure in grouping.measures.items()
        if measure.evidence == "read" and name in held
    }
    name, embedding = next(
        (name, measure.group)
        for name, measure in grouping.measures.items()
        if measure.evidence == "embedded_or_unused"
    )
    doubtful = held[name]
    behaviours = _draw_behaviours(rng, grouping, simulation, read, {embedding: doubtful})
    embedded = [sign.name for sign in grouping.behaviours if sign.group == embedding]
    explained = behaviours[embedded].any(axis=1).to_numpy()
    permissions = _draw_permissions(rng, grouping, simulation, behaviours, doubtful, explained)
    return Population(category, behaviours, permissions)


def apportion(wanted: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers next to `wanted` that add up to `total` (largest remainders; earlier on a tie).

    >>> apportion(np.array([1.5, 1.5, 1.0]), 4).tolist()
    [2, 1, 1]
    """
    whole = np.floor(wanted + 1e-9).astype(int)
    remainder = np.round(wanted - whole, 9)
    first = np.argsort(-remainder, kind="stable")[: total - whole.sum()]
    whole[first] += 1
    return whole


def category_shares(overall: float, weights: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Shares with logits mu + offset whose weighted mean is `overall`; all of shape (n,)."""
    reach = float(np.abs(offsets).max(initial=0.0)) + 1
    centre = float(logit(overall))
    mu = brentq(
        lambda mu: float(weights @ expit(mu + offsets)) - overall, centre - reach, centre + reach
    )
    return expit(mu + offsets)


def _holds_for(
    rng: np.random.Generator, sizes: np.ndarray, overall: float, spread: float
) -> np.ndarray:
    """Which apps a measure holds for; apps are in blocks of `sizes`."""
    offsets = spread * rng.uniform(-1, 1, len(sizes))
    shares = category_shares(overall, sizes / sizes.sum(), offsets)
    counts = apportion(shares * sizes, round(overall * sizes.sum()))
    held = []
    for size, count in zip(sizes, counts, strict=True):
        block = np.arange(size) < count
        held.append(rng.permutation(block))
    return np.concatenate(held)


def _draw_behaviours(
    rng: np.random.Generator,
    grouping: Grouping,
    simulation: Simulation,
    read: Mapping[str, np.ndarray],
    embedding: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """Behaviours by their chances; every app that reads a group shows one of it at least.

    Of the groups in `embedding` it need not: an app may be doubtful for its permissions alone.
    """
    may_show = {**read, **embedding}
    drawn: dict[str, np.ndarray] = {}
    groups: dict[str, list[str]] = {}
    for sign in grouping.behaviours:
        groups.setdefault(sign.group, []).append(sign.name)
    for group, names in groups.items():
        for name in names:
            drawn[name] = may_show[group] & (rng.random(simulation.apps) < simulation.read[name])
        if group in read:
            none = read[group] & ~np.logical_or.reduce([drawn[name] for name in names])
            drawn[names[0]] |= none
    return pd.DataFrame(drawn)


def _draw_permissions(
    rng: np.random.Generator,
    grouping: Grouping,
    simulation: Simulation,
    behaviours: pd.DataFrame,
    doubtful: np.ndarray,
    explained: np.ndarray,
) -> pd.DataFrame:
    """Permissions a behaviour needs, unused ones of doubtful apps only, and common ones.

    explained : apps that are doubtful already for what they embed; others get an unused permission.
    """
    needed_by = _needed_by(grouping)
    drawn: dict[str, np.ndarray] = {}
    idle: dict[str, np.ndarray] = {}
    for name, uses in needed_by.items():
        drawn[name] = behaviours[uses].any(axis=1).to_numpy()
        chance = simulation.unused.get(name, 0.0)
        idle[name] = doubtful & ~drawn[name] & (rng.random(simulation.apps) < chance)
    reason = explained | np.logical_or.reduce(list(idle.values()))
    for name in simulation.unused:  # a doubtful app needs one reason at least
        idle[name] |= doubtful & ~reason & ~drawn[name]
        reason = reason | idle[name]
    for name in needed_by:
        drawn[name] = drawn[name] | idle[name]
    bare = ~doubtful & ~behaviours.any(axis=1).to_numpy()
    bare &= rng.random(simulation.apps) < simulation.no_permissions
    for name, chance in simulation.common.items():
        drawn[name] = ~bare & (rng.random(simulation.apps) < chance)
    return pd.DataFrame(drawn)


def _needed_by(grouping: Grouping) -> dict[str, list[str]]:
    """For each behaviour the first permission of groups.yml that it uses, by permission."""
    needed: dict[str, list[str]] = {}
    for sign in grouping.behaviours:
        using = [entry.name for entry in grouping.permissions if sign.name in entry.used_by]
        if using:
            needed.setdefault(using[0], []).append(sign.name)
    return needed
