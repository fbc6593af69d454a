"""Changes between two waves: the difference of two rows, with what their errors make of it.

The variance is V1 + V2 - 2C. Waves are independent (C = 0) unless a caller gives the covariance
over shared units (overlap.py). Which waves are compared is decided in pairs.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.compare.multiplicity import families
from analysis.results.covariance import NO_FAMILY

MATCH = (
    "kind",
    "study",
    "indicator",
    "statistic",
    "category",
    "domain",
    "base_kind",
    "analysis_unit",
    "unit",
    "vintage",
)


def changes(
    new: pd.DataFrame,
    old: pd.DataFrame,
    *,
    relation: str,
    samples: str = "",
    covariance: np.ndarray | None = None,
    degrees: float | np.ndarray = 0,
) -> pd.DataFrame:
    """One row per estimate that both waves have, of the same kind and unit.

    Parameters
    ----------
    new, old : DataFrame
        Rows of the schema, one wave each; `old` is what the change is against.
    relation : str
        How the waves lie to each other (pairs.py); it ends the variant of every row.
    samples : str
        What the two samples share, in words, for the variant of rows that have an error.
    covariance : ndarray of float, optional
        cov(new, old) of the matched rows in the order of `matched`; None: independent samples.
    degrees : float or ndarray of float
        Degrees of freedom that both waves count, which the change has once.

    Returns
    -------
    DataFrame
        statistic ``change``, `reference` the old wave. Published numbers give a difference
        without an error. A change of a suppressed row is suppressed. `n` is the smaller base.
    """
    pair = matched(new, old)
    both = np.minimum(pair["df"], pair["df_old"])
    rows = difference(
        pair,
        variance=pair["se"] ** 2 + pair["se_old"] ** 2,
        covariance=0.0 if covariance is None else covariance,
        df=pair["df"] + pair["df_old"] - np.minimum(both, degrees),
    )
    rows["statistic"] = "change"
    rows["reference"] = pair["wave_old"]
    rows["variant"] = [
        _variant(now, then, relation, samples if known else "")
        for now, then, known in zip(
            pair["variant"], pair["variant_old"], rows["se"].notna(), strict=True
        )
    ]
    rows["family_id"] = families(pair, "change", pair["wave_old"])
    return rows


def matched(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Rows of `new` beside those of `old` that estimate the same, whose columns end in ``_old``."""
    return new.merge(old, on=list(MATCH), suffixes=("", "_old"))


def difference(pair: pd.DataFrame, *, variance, covariance, df) -> pd.DataFrame:
    """The first row of every pair minus the second (columns ending in ``_old``), with its test.

    Parameters
    ----------
    pair : DataFrame
        Columns of the schema, and the other row's under ``<column>_old``.
    variance, covariance, df : array_like of float
        Sum of the two variances, their covariance, degrees of freedom of the difference.
    """
    rows = pair[[c for c in pair.columns if not c.endswith("_old")]].copy()
    estimate = pair["estimate"] - pair["estimate_old"]
    se = np.sqrt(np.maximum(variance - 2 * np.asarray(covariance), 0))
    df = np.where(np.asarray(df, dtype=float) > 0, df, np.nan)
    level = pair["conf_level"].to_numpy(float)
    half = stdtrit(df, (1 + level) / 2) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stdtr(df, -np.abs(estimate / se))
    rows = rows.assign(
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        df=df,
        p_value=p_value,
        p_adjusted=np.nan,
        n=np.minimum(pair["n"], pair["n_old"]),
        n_eff=np.nan,
        weighted_n=np.nan,
        deff=np.nan,
        cv=np.nan,
        imputed=np.fmax(pair["imputed"], pair["imputed_old"]),
        count=np.nan,
        cov_family=NO_FAMILY,
    )
    return _quality(rows, pair)


def _quality(rows: pd.DataFrame, pair: pd.DataFrame) -> pd.DataFrame:
    """The worse of the two qualities, with the reasons of both."""
    for hidden in ("suppressed", "caution"):
        worse = (pair["quality"] == hidden) | (pair["quality_old"] == hidden)
        rows.loc[worse & (rows["quality"] != "suppressed"), "quality"] = hidden
    told = [
        "; ".join(dict.fromkeys(part for reason in reasons for part in reason.split("; ") if part))
        for reasons in zip(pair["reason"], pair["reason_old"], strict=True)
    ]
    rows["reason"] = told
    rows.loc[rows["quality"] == "suppressed", ["n", "df"]] = np.nan
    return rows


def _variant(now: str, then: str, relation: str, samples: str) -> str:
    weighting = now if now == then else f"{now} against {then}"
    return ", ".join(part for part in (weighting, samples, relation) if part)
