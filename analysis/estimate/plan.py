"""What a study asks to be estimated: its indicators as quantities, its domains as breakdowns.

Read from study.yml: every indicator by the whole population, every domain and every crossed
domain. How an estimate is computed is decided in variance.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import Breakdown, everybody
from analysis.estimate.mean import mean_quantity
from analysis.estimate.multiple import multiple_quantity
from analysis.estimate.proportion import share_quantity
from analysis.estimate.quantity import Quantity
from analysis.results.schema import domain_key
from survey.errors import EstimateError, collect
from survey.instrument.load import Instrument


def quantities(responses: pd.DataFrame, instrument: Instrument) -> list[Quantity]:
    """Every indicator and statistic of the study, for one wave's respondents.

    Raises
    ------
    EstimateError
        For every indicator whose item is not in the clean data or does not fit its statistic.
    """
    planned: list[Quantity] = []
    with collect(EstimateError) as faults:
        for indicator in instrument.study.indicators:
            multiple = instrument.items[indicator.item].kind == "multiple"
            if not multiple and indicator.item not in responses.columns:
                faults.add(
                    f"indicator '{indicator.id}' needs '{indicator.item}', "
                    "which the clean data do not have",
                    where=instrument.where("item", indicator.item),
                )
                continue
            share = multiple_quantity if multiple else share_quantity
            for statistic in indicator.statistic:
                build = mean_quantity if statistic == "mean" else share
                try:
                    planned.append(build(responses, indicator, instrument))
                except EstimateError as error:
                    faults.take(error)
    return planned


def breakdowns(responses: pd.DataFrame, instrument: Instrument) -> list[Breakdown]:
    """The whole population, then every domain and crossed domain of the study."""
    study = instrument.study
    wanted = wanted_domains(instrument)
    missing = sorted({name for names in wanted for name in names} - set(responses.columns))
    if missing:
        raise EstimateError(
            f"domain '{missing[0]}' is not among the clean columns",
            where=f"instruments/{study.id}/study.yml",
        )
    known = {name: level_codes(responses, name, instrument) for names in wanted for name in names}
    return [crossed_levels(len(responses), [known[name] for name in names]) for names in wanted]


def wanted_domains(instrument: Instrument) -> list[tuple[str, ...]]:
    """Variables of every breakdown: none for the whole population, one, or several crossed."""
    study = instrument.study
    return [(), *((name,) for name in study.domains), *(tuple(p) for p in study.crossed_domains)]


@dataclass(frozen=True, eq=False)
class LevelCodes:
    """Levels of one variable.

    Attributes
    ----------
    name : str
    levels : tuple of str, length L
    code : ndarray of int, shape (n,)
        Level of every respondent; -1 for an answer that is no level.
    """

    name: str
    levels: tuple[str, ...]
    code: np.ndarray


def level_codes(responses: pd.DataFrame, name: str, instrument: Instrument) -> LevelCodes:
    """Levels of one variable, in the order of its scale."""
    scale = instrument.scale_of(name)
    values = scale.values()
    answers = pd.Index(responses[name].to_numpy(float, na_value=np.nan))
    code = pd.Index(values).get_indexer(answers)
    return LevelCodes(name, tuple(scale.code(value) for value in values), code)


def crossed_levels(n: int, parts: Sequence[LevelCodes]) -> Breakdown:
    """The breakdown by all combinations of levels; by none, everybody."""
    if not parts:
        return everybody(n)
    keys: list[dict[str, str]] = [{}]
    level = np.zeros(n, dtype=np.int64)
    for part in parts:
        outside = (level < 0) | (part.code < 0)
        level = np.where(outside, -1, level * len(part.levels) + part.code)
        keys = [{**key, part.name: word} for key in keys for word in part.levels]
    return Breakdown(tuple(domain_key(**key) for key in keys), level)
