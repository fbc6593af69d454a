"""Which category of every margin a respondent belongs to, and what happens to one without.

An answer no target knows (a missing answer, a code without a target) needs a declared policy of
the wave file, by item or by ``item=code``: ``exclude`` the respondent from weighting, give the
answer its ``own_class`` at its base-weighted share of the sample, or ``impute`` a known answer,
drawn from the base-weighted answers of the others. A target no respondent answers is an error
naming both sides, unless the policy for it is ``exclude``: then the target leaves the margin.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from survey.errors import Faults, WeightError, collect, one_of
from survey.instrument.load import Instrument
from survey.weights.margins import Margin

Policies = Mapping[str, str]  # "item=code" or "item" -> exclude | own_class | impute
BLANK = "blank"  # name of a missing cell, beside the scale's kinds of missing


@dataclass(frozen=True, eq=False)
class Classified:
    """Respondents in categories.

    Attributes
    ----------
    margins : tuple of Margin
        With own classes added and excluded targets left out.
    classes : tuple of ndarray of int, each of shape (n_kept,)
        Level of every kept respondent in every margin.
    kept : ndarray of bool, shape (n,)
    notes : tuple of str
        What the policies did, with counts.
    """

    margins: tuple[Margin, ...]
    classes: tuple[np.ndarray, ...]
    kept: np.ndarray
    notes: tuple[str, ...]


def answers(responses: pd.DataFrame, item: str, instrument: Instrument) -> np.ndarray:
    """Code names of an item's answers, shape (n,), object: point codes, kinds of missing, blank."""
    scale = instrument.scale_of(item)
    names = {value: scale.code(value) for value in scale.values()} | dict(scale.missing)
    return (
        responses[item].map(names).astype(object).where(responses[item].notna(), BLANK).to_numpy()
    )


def classify(
    responses: pd.DataFrame,
    base: np.ndarray,
    margins: Sequence[Margin],
    policies: Policies,
    instrument: Instrument,
    *,
    where: str = "",
) -> Classified:
    """Put every respondent into a category of every margin.

    Parameters
    ----------
    responses : DataFrame, n rows
    base : ndarray of float, shape (n,)
        Base weights: own classes and imputation use weighted shares.
    margins : sequence of Margin
    policies : mapping
        The wave's ``outside_margin``.
    instrument : Instrument
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For every answer without a target and every target without an answer that no policy covers.
    """
    notes: list[str] = []
    kept = np.ones(len(responses), dtype=bool)
    columns: dict[str, np.ndarray] = {}
    with collect(WeightError) as faults:
        for item in sorted({item for margin in margins for item in margin.items}):
            if item not in instrument.items or item not in responses.columns:
                faults.add(f"margin item '{item}' is not among the clean columns", where=where)
                continue
            column = answers(responses, item, instrument)
            known = _known(item, margins)
            who = responses["respondent"].to_numpy()
            column, leave = _apply(item, column, known, policies, base, who, notes, faults, where)
            kept &= ~leave
            columns[item] = column
    levels = [_joined(columns, margin.items)[kept] for margin in margins]
    fitted, classes = [], []
    with collect(WeightError) as faults:
        for margin, level in zip(margins, levels, strict=True):
            margin = _fit(margin, level, base[kept], policies, notes, faults, where)
            fitted.append(margin)
            classes.append(pd.Index(margin.levels).get_indexer(pd.Index(level)))
    return Classified(tuple(fitted), tuple(classes), kept, tuple(notes))


def _apply(item, column, known, policies, base, who, notes, faults, where):
    """The item's answers after its policies, and which respondents leave."""
    column = column.copy()
    leave = np.zeros(len(column), dtype=bool)
    for code in sorted(set(column) - set(known)):
        here = column == code
        policy = _policy(policies, item, code)
        if policy is None:
            faults.add(
                f"{here.sum()} respondents answer {item} = {code}, which has no target",
                where=where,
                expected=f"{item} {one_of(known)}",
                hint=f"declare 'outside_margin: {{{item}={code}: exclude | own_class | impute}}'",
            )
        elif policy == "exclude":
            leave |= here
            notes.append(f"{item}={code}: {here.sum()} respondents excluded from weighting")
        elif policy == "impute":
            column[here] = _draw(item, column, known, base, who, here)
            notes.append(f"{item}={code}: {here.sum()} respondents imputed for the margin")
        else:
            notes.append(f"{item}={code}: {here.sum()} respondents are a class of their own")
    return column, leave


def _fit(margin, level, base, policies, notes, faults: Faults, where) -> Margin:
    """The margin with exactly the levels the sample has."""
    seen = sorted(set(level))
    unmet = [name for name in margin.levels if name not in seen]
    dropped = [name for name in unmet if _level_policy(policies, margin, name) == "exclude"]
    for name in sorted(set(unmet) - set(dropped)):
        count = margin.counts[margin.levels.index(name)]
        faults.add(
            f"margin '{margin.name}' has a target for '{name}' ({count:,.0f}), "
            "and no respondent is in it",
            where=where,
            expected=f"respondents in every category; the sample has {one_of(seen)}",
            hint="join the category with another in the targets file",
        )
    if dropped:
        inside = [name not in dropped for name in margin.levels]
        notes.append(f"margin '{margin.name}': targets {one_of(dropped)} left out, no respondents")
        left = tuple(name for name in margin.levels if name not in dropped)
        margin = replace(margin, levels=left, counts=margin.counts[inside])
    own = [name for name in seen if name not in margin.levels]
    for name in own:
        if _level_policy(policies, margin, name) != "own_class":
            faults.add(
                f"{(level == name).sum()} respondents are in '{name}' of margin '{margin.name}', "
                "which has no target",
                where=where,
                expected=one_of(margin.levels),
                hint="add the target, or declare 'outside_margin' for one of its codes",
            )
    shares = np.array([math.fsum(base[level == name]) for name in own]) / math.fsum(base)
    total = margin.total
    return replace(
        margin,
        levels=(*margin.levels, *own),
        counts=np.r_[margin.counts * (1 - shares.sum()), total * shares],
    )


def _known(item: str, margins: Sequence[Margin]) -> list[str]:
    """Codes of an item that have targets, in the order of the file."""
    codes: dict[str, None] = {}
    for margin in margins:
        if item in margin.items:
            place = margin.items.index(item)
            codes |= dict.fromkeys(level.split(":")[place] for level in margin.levels)
    return list(codes)


def _joined(columns: Mapping[str, np.ndarray], items: Sequence[str]) -> np.ndarray:
    joined = columns[items[0]]
    for item in items[1:]:
        joined = joined + ":" + columns[item]
    return joined


def _policy(policies: Policies, item: str, code: str) -> str | None:
    return policies.get(f"{item}={code}", policies.get(item))


def _level_policy(policies: Policies, margin: Margin, level: str) -> str | None:
    """The policy of the first of a level's codes that has one."""
    pairs = zip(margin.items, level.split(":"), strict=True)
    return next((found for item, code in pairs if (found := _policy(policies, item, code))), None)


def _draw(item, column, known, base, who, here) -> list[str]:
    """One known answer per respondent, by a draw that depends on the item and the id only."""
    weight = np.array([math.fsum(base[column == code]) for code in known])
    upto = np.cumsum(weight) / weight.sum()
    drawn = []
    for respondent in who[here]:
        digest = hashlib.sha256(f"{item}|{respondent}".encode()).digest()
        uniform = int.from_bytes(digest[:6], "big") / 2**48
        drawn.append(known[min(int(np.searchsorted(upto, uniform, side="right")), len(known) - 1)])
    return drawn
