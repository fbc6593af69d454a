"""Share of apps by measure and domain, as rows of estimates.

The base is explicit: distinct apps after merging copies; an app without permissions or behaviours
stays in it. A scan is no probability sample, so the interval is a Wilson score interval, which
takes the apps as independent draws, and the rows say so (`variant`, `design`). Bands of categories
come from bands.py and are rows of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.monitoring.bands import category_band
from analysis.results.schema import domain_key
from survey.errors import EstimateError

WILSON = "distinct apps, not a probability sample; Wilson score interval as if drawn independently"
BAND = (
    "range allowed by the declared model from the published overall share alone; "
    "no confidence level, no value inside it is likelier"
)


def wilson(count, n, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of `count` out of `n`.

    Parameters
    ----------
    count, n : array_like of float, shape (n_rows,)
        Numerators and bases, ``0 <= count <= n``.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    low, high : ndarray of float, shape (n_rows,)
        NaN where `n` is 0.

    References
    ----------
    .. [1] Wilson (1927), JASA 22, 209-212.

    Examples
    --------
    >>> [end.round(4).tolist() for end in wilson([8], [10], 0.95)]
    [[0.4902], [0.9433]]
    """
    count, n = np.asarray(count, dtype=float), np.asarray(n, dtype=float)
    if ((count < 0) | (count > n)).any():
        raise EstimateError("a numerator lies outside its base")
    z2 = float(ndtri((1 + level) / 2)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / n
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
        low = np.where(count == 0, 0.0, centre - half)  # exact at the ends
        high = np.where(count == n, 1.0, centre + half)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def tally(
    apps: pd.DataFrame,
    flags: pd.DataFrame,
    domains: Mapping[str, Sequence[str]],
    *,
    whole: bool = True,
    inside: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Numerators and bases.

    Parameters
    ----------
    apps : DataFrame
        One row per app with a column per domain variable.
    flags : DataFrame of bool, same index
        One column per measure.
    domains : mapping
        Domain variable -> its level codes; a level without apps gets no row. Codes that are domain
        keys already (``category=games&period=2018Q1``) stay as they are.
    whole : bool
        Whether all apps together are counted too, before the others.
    inside : DataFrame of bool, shape of `flags`, optional
        Who is in the base of each measure; default all.

    Returns
    -------
    DataFrame
        Columns `indicator`, `domain`, `count`, `n`; domain ``all`` first.
    """
    if inside is None:
        inside = pd.DataFrame(True, index=flags.index, columns=flags.columns)
    parts = []
    if whole:
        parts.append(_counted(flags, inside, pd.Series("all", index=apps.index), ["all"]))
    for variable, levels in domains.items():
        keys = {level: _domain(variable, level) for level in levels}
        parts.append(_counted(flags, inside, apps[variable].map(keys), list(keys.values())))
    return pd.concat(parts, ignore_index=True)


def share_rows(counts: pd.DataFrame, *, level: float, min_base: float) -> pd.DataFrame:
    """Rows of estimates (without the key of the wave) from `tally`'s counts.

    `se` is that of an unweighted share of independent apps; `reason` names a base under `min_base`.
    """
    low, high = wilson(counts["count"], counts["n"], level)
    share = counts["count"] / counts["n"]
    se = (share * (1 - share) / counts["n"]) ** 0.5
    small = counts["n"] < min_base
    return pd.DataFrame(
        {
            "indicator": counts["indicator"],
            "statistic": "share",
            "domain": counts["domain"],
            "base_kind": "all",
            "variant": "wilson",
            "estimate": share,
            "unit": "share",
            "se": se,
            "ci_low": low,
            "ci_high": high,
            "conf_level": level,
            "n": counts["n"],
            "n_eff": counts["n"],
            "weighted_n": counts["n"],
            "deff": 1.0,
            "cv": (se / share).where(share > 0),
            "count": counts["count"],
            "quality": np.where(small, "caution", "ok"),
            "reason": np.where(small, f"fewer than {min_base:g} apps", ""),
            "design": WILSON,
        }
    )


def band_rows(
    levels: Mapping[str, float],
    *,
    variable: str,
    weights: Mapping[str, float],
    tolerance: Mapping[str, float],
    spread: float,
) -> pd.DataFrame:
    """Rows of estimates with a band per category: ends in `ci_low`, `ci_high`, no estimate.

    levels, tolerance : indicator -> published overall share, and what its "about" may hide;
    weights : category code of `variable` -> share of all apps; spread : logits (see bands.py).
    """
    rows = []
    for indicator, overall in levels.items():
        for category, weight in weights.items():
            low, high = category_band(
                overall, tolerance=tolerance[indicator], weight=weight, spread=spread
            )
            key = {"indicator": indicator, "domain": domain_key(**{variable: category})}
            rows.append({**key, "ci_low": low, "ci_high": high})
    fixed = {"statistic": "share", "base_kind": "all", "variant": "band", "unit": "share"}
    return pd.DataFrame(rows).assign(**fixed, design=BAND)


def _domain(variable: str, level: str) -> str:
    return level if "=" in level else domain_key(**{variable: level})


def _counted(
    flags: pd.DataFrame, inside: pd.DataFrame, domain: pd.Series, order: list[str]
) -> pd.DataFrame:
    n = inside.groupby(domain).sum()
    counts = (flags & inside).groupby(domain).sum()
    return pd.DataFrame(
        [
            {
                "indicator": measure,
                "domain": key,
                "count": counts.at[key, measure],
                "n": n.at[key, measure],
            }
            for measure in flags.columns
            for key in order
            if key in n.index and n.at[key, measure]
        ],
        columns=["indicator", "domain", "count", "n"],
    )
