"""A design from labels: which units belong together is checked here, every fault named.

Labels may be text or numbers; they are sorted, so that the design does not depend on the order of
rows. What a design is stands in model.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from survey.design.labels import level_word
from survey.design.model import Design, Lonely, Stage
from survey.design.names import LONELY
from survey.errors import EstimateError, collect, one_of


def make_design(
    respondent,
    *,
    strata: Mapping[str, object] | None = None,
    psu=None,
    fpc=None,
    lonely: Lonely = "fail",
    nested: bool = False,
    pps: str | None = None,
    pairs: Mapping[str, str] | None = None,
) -> Design:
    """A design from one label per respondent.

    Parameters
    ----------
    respondent : array_like of str, shape (n,)
        Unique ids; they are the PSUs where `psu` is None.
    strata : mapping of name to array_like, each of shape (n,), optional
        Columns whose combinations are the strata of the first stage.
    psu : array_like, shape (n,), or a list of them, one per stage, optional
    fpc : array_like, shape (n,), or a list of them, one per stage, optional
        Units in the population of every respondent's stratum (or, where all are at most 1,
        sampling fractions). Stages without one count as drawn with replacement.
    lonely : {"fail", "certainty", "adjust", "average"}
    nested : bool
        PSU labels are unique within their stratum only. Later stages always are.
    pps : {"brewer"}, optional
        `fpc` holds inclusion probabilities, which may differ within a stratum (Brewer's
        approximation of the joint probabilities).
    pairs : mapping of stratum to stratum, optional
        Strata with one PSU that are joined with another one, declared by whoever drew the sample.

    Raises
    ------
    EstimateError
        If a label is missing, a PSU lies in two strata (and is not `nested`), a fraction is
        impossible or differs within its stratum, or a stratum has one PSU and the policy is
        ``fail``: all of them named.
    """
    if lonely not in LONELY:
        raise EstimateError(f"unknown policy for lonely PSUs '{lonely}'", expected=one_of(LONELY))
    if pps not in (None, "brewer"):
        raise EstimateError(f"unknown method for PPS samples '{pps}'", expected="brewer")
    labels = _columns(psu) or [respondent]
    fractions = _columns(fpc)
    if len(fractions) > len(labels):
        raise EstimateError(
            f"{len(fractions)} population sizes for {len(labels)} stages",
            expected="at most one fpc column per stage",
        )
    n = len(labels[0])
    stratum, strata_labels = _strata(strata or {}, n)
    if pairs:
        stratum, strata_labels = _paired(stratum, strata_labels, pairs)
    kind = _kind(fractions)
    stages: list[Stage] = []
    for place, label in enumerate(labels):
        _require_complete(f"psu {place + 1}" if place else "psu", label)
        stage = _stage(
            label,
            stratum,
            strata_labels,
            before=stages[-1] if stages else None,
            nested=nested or place > 0,
        )
        if place < len(fractions):
            stage = _with_fraction(stage, fractions[place], kind, pps, place + 1)
        stages.append(stage)
        stratum = stage.unit
        strata_labels = stage.units
    design = Design(tuple(stages), lonely, person_psu=psu is None)
    if lonely == "fail":
        _require_company(design)
    return design


def _columns(given) -> list:
    """A list of columns from none, one or several."""
    if given is None:
        return []
    if isinstance(given, (list, tuple)) and given and not np.isscalar(given[0]):
        return list(given)
    return [given]


def _kind(fractions: Sequence) -> str:
    """Whether fpc columns hold population sizes or fractions; not both."""
    if not fractions:
        return "none"
    small = [bool((np.asarray(f, dtype=float) < 1).any()) for f in fractions]
    large = [bool((np.asarray(f, dtype=float) > 1).any()) for f in fractions]
    if any(small) and any(large):
        raise EstimateError(
            "some population sizes are over 1 and some under 1",
            expected="all population sizes of at least 1, or all fractions of at most 1",
        )
    return "size" if any(large) else "fraction"


def _stage(label, stratum, strata_labels, *, before: Stage | None, nested: bool) -> Stage:
    unit, words = pd.factorize(np.asarray(label), sort=True)
    pairs, index = np.unique(stratum.astype(np.int64) * len(words) + unit, return_inverse=True)
    unit_stratum, unit_word = np.divmod(pairs, len(words))
    if not nested:
        _require_one_stratum(unit_stratum, unit_word, words, strata_labels)
    parent = np.zeros(len(pairs), dtype=np.int64) if before is None else unit_stratum
    names = [level_word(words[w]) for w in unit_word]
    if before is not None:
        names = [f"{strata_labels[s]}/{name}" for s, name in zip(unit_stratum, names, strict=True)]
    return Stage(
        unit=index,
        units=tuple(names),
        stratum=unit_stratum,
        strata=strata_labels,
        fraction=np.zeros(len(pairs)),
        parent=parent,
    )


def _with_fraction(stage: Stage, fpc, kind: str, pps: str | None, number: int) -> Stage:
    """The stage with the sampling fraction of every unit."""
    given = np.asarray(fpc, dtype=float)
    _require_complete(f"fpc {number}", given)
    if (given <= 0).any():
        raise EstimateError(
            f"fpc of stage {number} is not positive for {(given <= 0).sum()} respondents",
            expected="population sizes, or fractions over 0 and up to 1",
        )
    low, high = _extremes(given, stage.unit, len(stage.units))
    with collect(EstimateError) as faults:
        for unit in np.flatnonzero(low != high)[:12]:
            faults.add(
                f"fpc differs within unit '{stage.units[unit]}' of stage {number}: "
                f"{low[unit]:g} to {high[unit]:g}"
            )
        lowest = np.minimum.reduceat(low, stage.first)
        highest = np.maximum.reduceat(high, stage.first)
        for place in np.flatnonzero(lowest != highest)[:12] if pps is None else ():
            faults.add(
                f"fpc differs within stratum '{stage.strata[place]}' of stage {number}: "
                f"{lowest[place]:g} to {highest[place]:g}",
                expected="one population size per stratum",
                hint="for inclusion probabilities proportional to size, say pps='brewer'",
            )
        if kind == "size":
            if pps is not None:
                faults.add("a PPS sample needs inclusion probabilities, not population sizes")
            for place in np.flatnonzero(lowest < stage.sizes)[:12]:
                faults.add(
                    f"stratum '{stage.strata[place]}' of stage {number} has "
                    f"{stage.sizes[place]} sampled units of {lowest[place]:g} in the population",
                    expected="a population at least as large as the sample",
                )
    fraction = stage.sizes[stage.stratum] / low if kind == "size" else low
    return Stage(stage.unit, stage.units, stage.stratum, stage.strata, fraction, stage.parent)


def _extremes(values: np.ndarray, unit: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of every unit, shape (size,) each."""
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, unit, values)
    np.maximum.at(high, unit, values)
    return low, high


def _strata(columns: Mapping[str, object], n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Index of every respondent's stratum, and the labels of the strata that occur."""
    code = np.zeros(n, dtype=np.int64)
    labels = [""]
    for name in sorted(columns):
        _require_complete(name, columns[name])
        part, words = pd.factorize(np.asarray(columns[name]), sort=True)
        seen, code = np.unique(code * len(words) + part, return_inverse=True)
        before, word = np.divmod(seen, len(words))
        pairs = zip(before, word, strict=True)
        labels = [f"{labels[b]}&{name}={level_word(words[w])}".lstrip("&") for b, w in pairs]
    return code, tuple(labels)


def _paired(
    stratum: np.ndarray, labels: tuple[str, ...], pairs: Mapping[str, str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Strata after those a sampler declared as pairs are joined."""
    index = {label: place for place, label in enumerate(labels)}
    index |= {
        label.split("=", 1)[1]: place
        for label, place in index.items()
        if "&" not in label and "=" in label
    }
    target = np.arange(len(labels))
    with collect(EstimateError) as faults:
        for one, other in pairs.items():
            for name in (one, other):
                if str(name) not in index:
                    faults.add(
                        f"pair '{one}: {other}' names the stratum '{name}', which does not exist",
                        expected=one_of(labels),
                    )
            if str(one) in index and str(other) in index:
                low, high = sorted((target[index[str(one)]], target[index[str(other)]]))
                target[target == high] = low
    kept, code = np.unique(target, return_inverse=True)
    joined = tuple(
        "+".join(labels[place] for place in np.flatnonzero(target == keep)) for keep in kept
    )
    return code[stratum], joined


def _require_complete(name: str, column) -> None:
    missing = int(pd.isna(np.asarray(column)).sum())
    if missing:
        raise EstimateError(
            f"{missing} respondents have no value of the design column '{name}'",
            expected="a stratum and a PSU for every respondent",
            hint="complete the column, or exclude the respondents by a rule",
        )


def _require_one_stratum(unit_stratum, unit_word, words, strata) -> None:
    order = np.argsort(unit_word, kind="stable")
    twice = np.unique(unit_word[order][1:][np.diff(unit_word[order]) == 0])
    with collect(EstimateError) as faults:
        for word in twice[:12]:
            where = [strata[s] for s in unit_stratum[unit_word == word]]
            faults.add(
                f"PSU '{level_word(words[word])}' lies in {len(where)} strata: {one_of(where)}",
                expected="every PSU in one stratum",
                hint="give PSUs ids unique over strata, or say they start again in each (nested)",
            )


def _require_company(design: Design) -> None:
    for number, stage in enumerate(design.stages, start=1):
        alone = [stage.strata[h] for h in np.flatnonzero(stage.alone)]
        if not alone or (number > 1 and design.one_stage):
            continue
        names = ", ".join(f"'{label or 'the whole sample'}'" for label in alone[:12])
        unit = "PSU" if number == 1 else f"unit of stage {number}"
        raise EstimateError(
            f"{len(alone)} strata have one {unit}: {names}"
            if alone[1:]
            else f"{names} has one {unit}",
            expected=f"at least two {unit}s in every stratum".replace("unit of", "units of", 1)
            if number > 1
            else "at least two PSUs in every stratum",
            hint="choose 'lonely: certainty', 'adjust' or 'average', or join strata",
        )
