"""Shares of installs: an app counts as often as it was installed.

The interval is a Wilson score interval on an effective number of apps: Kish's, or the smaller one
that the error of a ratio of sums over independent apps implies. The latter alone would be fooled
where one app has most installs: its own distance from the share is then about nothing. Installs of
apps reached through sampled stores are in sampled.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

import numpy as np
import pandas as pd

from analysis.monitoring.shares import wilson
from analysis.monitoring.terms import Terms, trusted, without_error

DESIGN = (
    "apps weighted by their installs, not a probability sample; Wilson score interval on the "
    "effective number of apps"
)


def install_rows(
    terms: Terms,
    flags: Mapping[str, np.ndarray],
    inside: Mapping[str, np.ndarray],
    size: np.ndarray,
    domains: Sequence[tuple[str, np.ndarray]],
) -> pd.DataFrame:
    """Rows of the indicators ``<measure>_installs``.

    Parameters
    ----------
    flags, inside : mapping of measure to ndarray of bool, shape (n_apps,)
    size : ndarray of float, shape (n_apps,)
        Installs; NaN or 0 where not known, and the app is left out.
    domains : sequence of (domain key, ndarray of bool of shape (n_apps,))
    """
    known = size > 0
    rows = []
    for name in terms.wanted("_installs"):
        for domain, who in domains:
            chosen = known & inside[name] & who
            if chosen.any():
                found = weighted_share(flags[name][chosen], size[chosen], level=terms.conf_level)
                rows.append({"indicator": f"{name}_installs", "domain": domain, **found})
    if not rows:
        return pd.DataFrame()
    left = int((~known).sum())
    told = f"{left} apps without a number of installs left out" if left else ""
    table = pd.DataFrame(rows).assign(
        statistic="share", unit="share", variant="installs", analysis_unit="install",
        conf_level=terms.conf_level, design=DESIGN,
    )  # fmt: skip
    table = trusted(table, terms, told=told)
    return without_error(table, terms) if terms.reach == "complete" else table


def weighted_share(y: np.ndarray, size: np.ndarray, *, level: float) -> dict[str, float]:
    """A share of installs with its error over apps; sums do not depend on the order of apps.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
    size : ndarray of float, shape (n,)
        Positive.
    """
    n, total = len(y), fsum(size)
    share = fsum(size[y]) / total
    parts = size * (y - share) / total
    se = float(np.sqrt(fsum(parts**2) * n / max(n - 1, 1))) if n > 1 else float("nan")
    kish = total**2 / fsum(size**2)
    effective = min(kish, share * (1 - share) / se**2) if 0 < share < 1 and se > 0 else kish
    se = float(np.sqrt(share * (1 - share) / effective))
    low, high = wilson(share * effective, effective, level)
    return {
        "estimate": share, "se": se, "ci_low": float(low), "ci_high": float(high),
        "n": n, "n_eff": effective, "weighted_n": total, "deff": n / effective,
        "cv": se / share if share > 0 else float("nan"), "count": int(y.sum()),
    }  # fmt: skip
