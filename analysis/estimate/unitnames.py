"""What the units of a design are called, so that two waves can tell that one is the same.

Which of them are shared, and what follows for a covariance, is decided in overlap.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.estimate.survey import Survey
from analysis.results.covariance import Units
from survey.design.labels import level_word
from survey.design.model import Design
from survey.errors import EstimateError

BELOW = "\x1f"  # between a unit and one inside it; no label holds it


def design_units(design: Design, names: Iterable[str] | None = None) -> Units:
    """Labels, strata and fractions of the rows of `variance_factor`, stage by stage.

    A later unit is called by the path of units above it. A PSU whose label is not unique carries
    its stratum in its name.

    Parameters
    ----------
    design : Design
    names : iterable of str, length P, optional
        What PSUs are called across waves; default their labels.
    """
    stages = design.stages[:1] if design.one_stage else design.stages
    labels: list[str] = []
    strata: list[str] = []
    fractions: list[np.ndarray] = []
    above = list(psu_names(design) if names is None else names)
    reach = np.ones(1)
    for place, stage in enumerate(stages):
        if place:
            pairs = zip(stage.parent, stage.units, strict=True)
            above = [f"{above[p]}{BELOW}{unit}" for p, unit in pairs]
        labels += above
        strata += [f"{place}/{stage.strata[h]}" for h in stage.stratum]
        fractions.append(stage.fraction)
        reach = reach[stage.parent] * stage.fraction
        if not reach.any():
            break
    return Units(tuple(labels), tuple(strata), np.concatenate(fractions), len(design.psus))


def psu_names(design: Design) -> list[str]:
    """What PSUs are called across waves; with their stratum where labels start again in each."""
    stage = design.stages[0]
    if len(set(stage.units)) == len(stage.units):
        return list(stage.units)
    return [f"{stage.strata[h]}/{name}" for h, name in zip(stage.stratum, stage.units, strict=True)]


def unit_labels(survey: Survey, column: str) -> np.ndarray:
    """A column of labels as text, shape (n,); whole numbers without a decimal point."""
    labels = survey.columns.labels(column)
    missing = pd.isna(labels)
    if missing.any():
        raise EstimateError(
            f"{int(missing.sum())} respondents have no '{column}'",
            got=f"first: row {int(np.argmax(missing)) + 1}",
        )
    return np.asarray([level_word(label) for label in labels], dtype=str)


def named_psus(survey: Survey, column: str) -> list[str]:
    """PSUs called by a column that is the same in both waves, length P.

    Raises
    ------
    EstimateError
        If the survey has replicates, or the column differs within a PSU or joins two of them.
    """
    design = drawn_design(survey)
    labels = unit_labels(survey, column)
    _, first = np.unique(design.psu, return_index=True)
    names = labels[first]
    odd = np.flatnonzero(labels != names[design.psu])
    if len(odd):
        raise EstimateError(
            f"'{column}' differs within PSU '{design.psus[design.psu[odd[0]]]}'",
            got=f"'{names[design.psu[odd[0]]]}' and '{labels[odd[0]]}'",
            expected="a column that names the PSUs, the same in both files",
            hint="name the column of PSUs with --psu as well"
            if design.person_psu
            else "name the column of --psu, or one that is constant within it",
        )
    if len(set(design.psus)) < len(design.psus):  # labels start again in every stratum
        strata = np.asarray(design.strata, dtype=str)[design.stratum]
        names = np.char.add(np.char.add(strata, "/"), names)
    values, counts = np.unique(names, return_counts=True)
    if (counts > 1).any():
        raise EstimateError(
            f"'{column}' is '{values[np.argmax(counts > 1)]}' in more than one PSU",
            expected="one value for every PSU",
            hint="name this column with --psu as well",
        )
    return names.tolist()


def drawn_design(survey: Survey) -> Design:
    """A survey's design.

    Raises
    ------
    EstimateError
        If it has replicates instead.
    """
    if survey.sample.design is None:
        raise EstimateError(
            "replicates do not tell which units two waves share",
            expected="a design with strata and PSUs",
        )
    return survey.sample.design
