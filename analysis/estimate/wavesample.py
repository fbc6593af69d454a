"""Whose answers a wave is estimated from: weighted respondents, their design, their calibration.

What is estimated of them is decided in plan.py and put together in wave.py.
"""

from __future__ import annotations

import pandas as pd

from analysis.estimate.variance import Residuals, Sample, make_sample
from survey.design.build import make_design
from survey.design.model import Design
from survey.errors import EstimateError
from survey.instrument.load import Instrument
from survey.instrument.model import SampleDesign
from survey.weights.record import CalibrationRecord
from survey.weights.weigh import CLASS

MODEL_BASED = (
    "model-based: the sample was not drawn at random; its weights are treated as calibrated to "
    "the census, and the interval is no margin of error"
)


def weighted_people(responses: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Weighted respondents, sorted, with their weights and margin classes beside the answers."""
    weights = weights.rename(columns={"base_weight": "weight_base", "weight": "weight_final"})
    people = weights.merge(responses, on="respondent", how="left", indicator="found")
    strangers = int((people["found"] != "both").sum())
    if strangers or people["respondent"].duplicated().any():
        raise EstimateError(
            f"{strangers} weights belong to nobody among the responses"
            if strangers
            else "a respondent has two weights or two rows of answers",
            hint="run the weights stage again",
        )
    return people.sort_values("respondent", ignore_index=True)


def sample_design(people: pd.DataFrame, drawn: SampleDesign, instrument: Instrument) -> Design:
    """The design of respondents with the columns a wave file names."""

    def words(name: str) -> pd.Series:
        item = instrument.items.get(name)
        if item is None or item.scale is None:
            return people[name]
        scale = instrument.scales[item.scale]
        return people[name].map({value: scale.code(value) for value in scale.values()})

    for name in drawn.items():
        if name not in people.columns:
            raise EstimateError(f"design column '{name}' is not among the clean columns")
    return make_design(
        people["respondent"].to_numpy(),
        strata={name: words(name) for name in drawn.strata},
        psu=[people[name].to_numpy() for name in drawn.units()] or None,
        fpc=[people[name].to_numpy(float) for name in drawn.fpc] or None,
        lonely=drawn.lonely,
        pps=drawn.pps,
        pairs=drawn.pairs,
    )


def wave_sample(
    people: pd.DataFrame,
    drawn: SampleDesign,
    record: CalibrationRecord,
    instrument: Instrument,
    residuals: Residuals,
) -> Sample:
    """The wave's design with its weights and what they were calibrated to."""
    return make_sample(
        sample_design(people, drawn, instrument),
        people["weight_final"].to_numpy(float),
        base_weight=people["weight_base"].to_numpy(float),
        classes=[
            pd.factorize(people[CLASS + margin.name], sort=True)[0] for margin in record.margins
        ],
        residuals=residuals,
    )


def said_of_all(
    design: Design,
    drawn: SampleDesign,
    record: CalibrationRecord,
    instrument: Instrument,
    wave: str,
    residuals: Residuals,
) -> dict[str, str]:
    """Columns that are the same in every row of the wave."""
    weighting = "raked" if record.calibrated else "base-weighted"
    if not record.calibrated and drawn.base_weight is None:
        weighting = "unweighted"
    words = [weighting]
    if residuals != "final":
        words.append(f"{residuals} residuals")
    reasons = list(record.flags)
    if drawn.kind == "nonprobability":
        words.append("model-based")
        reasons.insert(0, MODEL_BASED)
    units = "respondents as PSUs" if design.person_psu else "PSUs"
    margins = ", ".join(margin.name for margin in record.margins)
    return {
        "study": instrument.study.id,
        "wave": wave,
        "period": instrument.waves[wave].period.end.isoformat(),
        "analysis_unit": instrument.study.unit,
        "frame": drawn.frame.get("en", ""),
        "variant": ", ".join(words),
        "reason": "; ".join(reasons),
        "design": f"{len(design.strata)} strata, {len(design.psus)} {units}, {weighting}"
        + (f" to {margins}" if margins else "")
        + ", Taylor linearisation",
    }
