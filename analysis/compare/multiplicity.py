"""Many tests at once: p-values adjusted within families.

How is a policy of the study (methods.yml, `multiplicity`): Holm's method keeps the chance of any
false claim in a family, Benjamini and Hochberg's the expected part of false ones among the claims.

A family is what is read together, and what that is a study declares (`multiplicity_family`): the
keys that are equal within a family, of wave, reference, indicator, statistic and domain variable.
With all of them, which is the default, the whole population is a family of its own, so that a
headline does not pay for the breakdowns beneath it; changes, gaps and trends are never one family.
The two answers of a yes-no item are one test, seen twice, and count once.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from survey.errors import EstimateError, one_of
from survey.instrument.model import WORDS

FAMILY = WORDS["multiplicity_family"]
_ONE_TEST = 9  # significant digits in which p-values of one domain agree if they are one test


def families(rows: pd.DataFrame, statistic: str, reference: pd.Series) -> pd.Series:
    """Family of every row, from the keys of the estimates the differences are made of."""
    variables = ["&".join(p.split("=")[0] for p in d.split("&")) for d in rows["domain"]]
    words = [rows["study"], rows["wave"], reference, rows["indicator"], rows["statistic"]]
    told = ["/".join((statistic, *parts)) for parts in zip(*words, variables, strict=True)]
    return pd.Series(told, index=rows.index, dtype=object)


def joined(family_id: pd.Series, keys: Collection[str]) -> pd.Series:
    """Families that differ by keys not among `keys` alone become one, ``*`` in their place.

    Parameters
    ----------
    family_id : Series of str
        As `families` makes them.
    keys : collection of words of `FAMILY`

    Examples
    --------
    >>> joined(pd.Series(["gap/s/w/female/score/mean/sex"]), ["wave", "domain"]).tolist()
    ['gap/s/w/*/*/*/sex']
    """
    kept = [True, *(key in keys for key in FAMILY)]  # the study, then its keys

    def one(told: str) -> str:
        kind, *parts = told.rsplit("/", len(kept))
        return "/".join([kind, *(p if keep else "*" for p, keep in zip(parts, kept, strict=True))])

    return family_id.map(one)


def adjust(rows: pd.DataFrame, *, method: str = "holm") -> pd.DataFrame:
    """Rows with `p_adjusted` within `family_id`; rows without a p-value are in no family.

    Parameters
    ----------
    rows : DataFrame
    method : {"holm", "benjamini-hochberg"}

    Raises
    ------
    EstimateError
        For an unknown method.
    """
    if method not in METHODS:
        raise EstimateError(
            f"unknown adjustment for many tests '{method}'", expected=one_of(METHODS)
        )
    rows = rows.copy()
    tested = rows["p_value"].notna()
    rows.loc[~tested, "family_id"] = ""
    p = rows["p_value"].to_numpy(float)
    asked = [rows[key].astype(str) for key in ("wave", "indicator", "domain") if key in rows]
    told = [
        "|".join((*words, f"{x:.{_ONE_TEST - 1}e}")) for *words, x in zip(*asked, p, strict=True)
    ]
    test = pd.factorize(np.array(told))[0]
    adjusted = np.full(len(rows), np.nan)
    for family in rows[["family_id"]].groupby("family_id", sort=True).indices.values():
        _, first, place = np.unique(test[family], return_index=True, return_inverse=True)
        adjusted[family] = METHODS[method](p[family[first]])[place]
    rows["p_adjusted"] = np.where(tested, adjusted, np.nan)
    return rows


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values, shape (m,), in the order of `p`.

    References
    ----------
    .. [1] Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    return multipletests(p, method="holm")[1]


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values of the false discovery rate, shape (m,), in the order of `p`.

    References
    ----------
    .. [1] Benjamini and Hochberg (1995), Controlling the false discovery rate, Journal of the
       Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    from statsmodels.stats.multitest import multipletests

    return multipletests(p, method="fdr_bh")[1]


METHODS = {"holm": holm, "benjamini-hochberg": benjamini_hochberg}
