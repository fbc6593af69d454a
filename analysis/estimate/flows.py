"""Longitudinal change: respondents who are in both waves, with the weight made for them.

Gross flows say who moved where, which the net change between two cross-sections cannot. They need
a weight for both waves (the base of a panel is who was there at both times; see
survey/weights/attrition.py). Links are by respondent; everything else is an ordinary estimate on
the linked file.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.estimate.result import Result, joined
from analysis.estimate.survey import Survey
from analysis.results.schema import conform
from survey.design.labels import level_word
from survey.errors import EstimateError, collect

ARROW = ">"  # between the answer before and the answer now


def linked(
    old: pd.DataFrame, new: pd.DataFrame, respondent: str, items: Sequence[str]
) -> pd.DataFrame:
    """Respondents of both waves: the new columns, and the old wave's items as ``<item>_old``.

    Raises
    ------
    EstimateError
        If a column is missing, ids are repeated, or nobody is in both waves.
    """
    with collect(EstimateError) as faults:
        for name, frame in (("old", old), ("new", new)):
            for column in (respondent, *items):
                if column not in frame.columns:
                    faults.add(f"the {name} wave has no column '{column}'")
            if respondent in frame.columns and frame[respondent].dropna().duplicated().any():
                faults.add(f"'{respondent}' is not unique in the {name} wave")
    before = old[[respondent, *items]].rename(columns={item: f"{item}_old" for item in items})
    known = new[new[respondent].notna()]
    both = known.merge(before, on=respondent, how="inner").sort_values(respondent)
    if not len(both):
        raise EstimateError(
            f"nobody is in both waves by '{respondent}'",
            hint="is the column the same id in both files?",
        )
    return both.reset_index(drop=True)


def gross_flows(
    old: pd.DataFrame,
    new: pd.DataFrame,
    item: str,
    *,
    respondent: str,
    weight: str,
    names: tuple[str, str] = ("old", "new"),
    where: str | None = None,
    **design,
) -> Result:
    """Shares of every move from an answer in the old wave to one in the new wave.

    Parameters
    ----------
    old, new : DataFrame
    item : str
        A categorical column of both waves.
    respondent : str
        Column that identifies respondents in both waves.
    weight : str
        Column of `new` with the weight for both waves; those without one are left out.
    names : pair of str
        What the waves are called.
    where : str, optional
    design
        Strata, PSUs and so on of `new`; see `Survey`.

    Returns
    -------
    Result
        statistic ``share`` of category ``a>b``: in domain ``all`` of everybody who answered both
        times; in domain ``<item>_old=a`` of those who had said a.
    """
    survey = panel_survey(old, new, [item], respondent=respondent, weight=weight, **design)
    flows = survey.share("flow_" + item, where=where)
    stays = survey.share("flow_" + item, by=f"{item}_old", where=where)
    rows = stays.rows
    own = [
        category.split(ARROW)[0] == domain.removeprefix(f"{item}_old=")
        for category, domain in zip(rows["category"], rows["domain"], strict=True)
    ]
    kept = np.flatnonzero(own)
    assert stays.factor is not None
    stays = Result(rows.iloc[kept].reset_index(drop=True), stays.factor[:, kept], stays.units)
    both = joined([flows, stays])
    told = both.rows.assign(indicator=item, wave=names[1], reference=names[0])
    told["variant"] = "both-waves weight, Taylor linearisation, gross flows"
    return Result(conform(told), both.factor, both.units)


def panel_change(
    old: pd.DataFrame,
    new: pd.DataFrame,
    item: str,
    *,
    respondent: str,
    weight: str,
    names: tuple[str, str] = ("old", "new"),
    by: Sequence[str] = (),
    where: str | None = None,
    **design,
) -> Result:
    """The mean of respondents' own changes of a number; arguments as for `gross_flows`.

    Returns
    -------
    Result
        statistic ``change``; base: those with an answer in both waves.
    """
    survey = panel_survey(
        old, new, [item], respondent=respondent, weight=weight, numbers=True, **design
    )
    found = survey.mean("change_" + item, by=by, where=where)
    told = found.rows.assign(indicator=item, statistic="change", wave=names[1], reference=names[0])
    told["variant"] = "both-waves weight, Taylor linearisation, panelists"
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        told["p_value"] = 2 * stdtr(told["df"], -np.abs(told["estimate"] / told["se"]))
    return Result(conform(told), found.factor, found.units)


def panel_survey(
    old: pd.DataFrame,
    new: pd.DataFrame,
    items: Sequence[str],
    *,
    respondent: str,
    weight: str,
    numbers: bool = False,
    **design,
) -> Survey:
    """Those in both waves, with columns ``flow_<item>`` or, of numbers, ``change_<item>``."""
    if weight not in new.columns:
        raise EstimateError(
            f"the new wave has no column '{weight}'",
            expected="a weight for those who are in both waves",
        )
    both = linked(old, new, respondent, items)
    both = both[both[weight].notna()].reset_index(drop=True)
    if not len(both):
        raise EstimateError(f"nobody in both waves has a weight in '{weight}'")
    for item in items:
        before, now = both[f"{item}_old"], both[item]
        if numbers:
            both["change_" + item] = pd.to_numeric(now) - pd.to_numeric(before)
        else:
            pairs = zip(before, now, strict=True)
            told = [f"{level_word(a)}{ARROW}{level_word(b)}" for a, b in pairs]
            both["flow_" + item] = pd.Series(told).where(before.notna() & now.notna(), None)
    return Survey(both, weight=weight, **design)
