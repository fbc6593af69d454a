"""Problem apps by kind: what was published, what can be counted, and what is not known.

The published share and its unsplit rest come from published.csv (published.py); here only quarters
whose split is known for every app are counted. Apps whose kind is not known stay in the base under
their own name, and apps of quarters without a split are told as such. The three are different bases
and are never averaged. Kinds of two taxonomies (notices.yml) are never counted together.

The intervals are simultaneous over the kinds of the counted quarters. They hold under a model, that
these apps are a draw from one multinomial distribution, and say nothing about quarters that differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtri

from survey.errors import DataError, EstimateError
from survey.instrument.register import Register, Taxonomy

LEVEL = 0.95  # used where the study's methods are not at hand
COUNTED, UNSPLIT = "counted", "unsplit"
MODEL = (
    "simultaneous intervals over all kinds (Goodman 1965), model-based: as if the counted apps "
    "were one multinomial draw"
)


def goodman(counts: ArrayLike, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Simultaneous confidence intervals of multinomial proportions.

    Parameters
    ----------
    counts : array_like of float, shape (k,)
        Cases per category; every category belongs here, those without a case too.
    level : float
        Confidence that all k intervals hold at once.

    Returns
    -------
    low, high : ndarray of float, shape (k,)

    Raises
    ------
    EstimateError
        If there are no cases, a negative count, or fewer than two categories.

    References
    ----------
    .. [1] Goodman (1965), Technometrics 7, 247-254, eq. 2.6.

    Examples
    --------
    >>> [end.round(3).tolist() for end in goodman([109, 25])]
    [[0.731, 0.126], [0.874, 0.269]]
    """
    x = np.asarray(counts, dtype=float)
    n = x.sum()
    if len(x) < 2 or n <= 0 or (x < 0).any():
        raise EstimateError(
            "simultaneous intervals need two categories or more, with cases",
            got=", ".join(f"{value:g}" for value in x) or "none",
        )
    a = float(chdtri(1, (1 - level) / len(x)))
    half = np.sqrt(a * (a + 4 * x * (n - x) / n))
    low = np.clip((a + 2 * x - half) / (2 * (n + a)), 0, 1)
    high = np.clip((a + 2 * x + half) / (2 * (n + a)), 0, 1)
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)


def taxonomy_of(quarters: Iterable[str], register: Register) -> Taxonomy:
    """The one list of kinds that all these quarters follow.

    Raises
    ------
    DataError
        If they follow several, or one follows none: their kinds cannot be counted together.
    """
    found: dict[str | None, str] = {}
    for quarter in quarters:
        regime = register.regime_of(quarter)
        found.setdefault(regime.taxonomy if regime else None, quarter)
    if len(found) != 1 or None in found:
        told = " and ".join(f"'{name or 'no list'}' ({quarter})" for name, quarter in found.items())
        raise DataError(
            f"kinds of problem of {told} would be joined",
            where=register.file,
            expected="quarters of one taxonomy of notices.yml",
            hint="count each regime by itself; its kinds are not those of another",
        )
    return register.taxonomy(str(next(iter(found))))


def count_kinds(notices: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Apps per kind over the quarters with a known split.

    Returns
    -------
    DataFrame
        Columns `category` (kind code in register order, then ``unassigned``), `count`, `n`; a kind
        never named in these quarters has no row.

    Raises
    ------
    DataError
        If the quarters follow several taxonomies.
    """
    known = notices[notices["quarter"].isin(register.known_splits)]
    own = taxonomy_of(known["quarter"], register)
    codes = [kind.code for kind in own.kinds if kind.column is not None] + ["unassigned"]
    counts = known[codes].fillna(0).sum().astype(int)
    table = pd.DataFrame({"category": codes, "count": counts.to_numpy()})
    table["n"] = int(known["problem_apps"].sum())
    return table[table["count"] > 0].reset_index(drop=True)


def kind_rows(notices: pd.DataFrame, register: Register, level: float = LEVEL) -> pd.DataFrame:
    """Rows of estimates (without kind, study, wave): a share and a total per counted kind."""
    counted = count_kinds(notices, register)
    low, high = goodman(counted["count"].to_numpy(), level)
    quarters = ", ".join(register.known_splits)
    source = " ".join(register.known_splits_source.split())
    shared: dict[str, Any] = {
        "indicator": "problem_kinds",
        "domain": "all",
        "variant": COUNTED,
        "n": counted["n"],
        "count": counted["count"],
        "reason": f"counted in {quarters}",
    }
    share = counted[["category"]].assign(
        statistic="share", unit="share", estimate=counted["count"] / counted["n"], **shared
    )
    share = share.assign(ci_low=low, ci_high=high, conf_level=level, design=f"{source}; {MODEL}")
    total = counted[["category"]].assign(
        statistic="total",
        unit="count",
        estimate=counted["count"].astype(float),
        design=source,
        **shared,
    )
    return pd.concat([share, total], ignore_index=True)


def unsplit_rows(notices: pd.DataFrame, register: Register) -> pd.DataFrame:
    """A row of estimates: apps of quarters whose split was not published app by app.

    `reason` names the quarters whose number was not found at all.
    """
    open_ones = notices[~notices["quarter"].isin(register.known_splits)]
    counts = open_ones["problem_apps"]
    lost = open_ones.loc[counts.isna(), "quarter"]
    row = {
        "indicator": "problem_kinds",
        "statistic": "total",
        "category": UNSPLIT,
        "domain": "all",
        "variant": UNSPLIT,
        "unit": "count",
        "estimate": float(counts.fillna(0).sum()),
        "n": float(notices["problem_apps"].fillna(0).sum()),
        "reason": f"not found: {', '.join(lost)}" if len(lost) else "",
        "design": "apps of the window less those of the quarters counted by kind",
    }
    return pd.DataFrame([row])
