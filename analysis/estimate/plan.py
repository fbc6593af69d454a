"""What a study asks to be estimated: its indicators as quantities, its domains as breakdowns.

Read from study.yml: every indicator by the whole population, every domain and every crossed
domain. How an estimate is computed is decided in variance.py.
"""

from __future__ import annotations

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
    crossed = [tuple(pair) for pair in study.crossed_domains]
    wanted = [(name,) for name in study.domains] + crossed
    missing = sorted({name for names in wanted for name in names} - set(responses.columns))
    if missing:
        raise EstimateError(
            f"domain '{missing[0]}' is not among the clean columns",
            where=f"instruments/{study.id}/study.yml",
        )
    return [
        everybody(len(responses)),
        *(_breakdown(names, responses, instrument) for names in wanted),
    ]


def _breakdown(
    names: tuple[str, ...], responses: pd.DataFrame, instrument: Instrument
) -> Breakdown:
    keys: list[dict[str, str]] = [{}]
    level = np.zeros(len(responses), dtype=np.int64)
    for name in names:
        scale = instrument.scale_of(name)
        values = scale.values()
        answers = pd.Index(responses[name].to_numpy(float, na_value=np.nan))
        index = pd.Index(values).get_indexer(answers)
        level = np.where((level < 0) | (index < 0), -1, level * len(values) + index)
        keys = [{**key, name: scale.code(value)} for key in keys for value in values]
    return Breakdown(tuple(domain_key(**key) for key in keys), level)
