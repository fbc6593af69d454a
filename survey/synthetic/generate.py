"""One simulated wave: sample, answers, interview data, and the faults cleaning must find.

Decided here: which rows are spoilt and how. Everything is drawn from the seed in synthetic.yml,
so the same instrument gives the same wave; how codes become cells of a file is in export.py.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from survey.instrument.load import Instrument
from survey.project import Project
from survey.synthetic.answers import answer
from survey.synthetic.plan import Plan, aims, load_frame
from survey.synthetic.population import VALID, draw_sample, margin, stream
from survey.synthetic.settle import rake

SPEEDING = (0.12, 0.25)  # of the median length, safely below any threshold in use
SLOWEST, FASTEST = 2.5, 0.6  # natural lengths stay between these multiples of the median


def generate(project: Project, instrument: Instrument, plan: Plan, wave: str) -> pd.DataFrame:
    """Raw codes of a wave in file order, and `fault`: what is wrong with a row on purpose.

    Returns
    -------
    DataFrame with a column per item, `issues__<option>` for the multiple set, `submitted` as
    datetime, and `fault` in {"", speed, straight, attention, duplicate}. Answers out of routing
    and the errors of corrections/<wave>.csv are planted in rows that stay valid.
    """
    frame = load_frame(project, instrument.study.id, plan)
    sample = draw_sample(instrument, plan, wave, frame)
    weight = np.zeros(len(sample))
    valid = (sample["fault"] == VALID).to_numpy()
    weight[valid] = _final_weight(instrument, wave, sample[valid])
    told = answer(instrument, plan, wave, sample, weight, aims(project, instrument, plan, wave))
    people = sample.drop(columns=["education", "operator"]).join(told)
    people = people.join(_interviews(plan, wave, sample))
    people = _spoil(instrument, plan, wave, people)
    people = _duplicate(plan, wave, people)
    return _misheard(instrument, wave, _number(plan, wave, people))


def _final_weight(instrument: Instrument, wave: str, sample: pd.DataFrame) -> np.ndarray:
    calibration = instrument.waves[wave].calibrate
    names = calibration.margins if calibration else []
    return rake(
        sample["base_weight"].to_numpy(),
        [sample[name].to_numpy() for name in names],
        [margin(instrument, wave, name) for name in names],
    )


def _interviews(plan: Plan, wave: str, sample: pd.DataFrame) -> pd.DataFrame:
    """Interviewer, length and time of submission."""
    rng = stream(plan, wave, "interviews")
    n, how, days = len(sample), plan.interview, plan.waves[wave].fielded
    factor = np.clip(np.exp(rng.normal(0, how.log_sd, n)), FASTEST, SLOWEST)
    open_hours = (how.hours[1] - how.hours[0]) * 3600
    day = rng.integers(0, (days.end - days.start).days + 1, n)
    second = day * 86400 + how.hours[0] * 3600 + rng.integers(0, open_hours, n)
    start = np.datetime64(dt.datetime.combine(days.start, dt.time()), "us")
    return pd.DataFrame(
        {
            "interviewer": [f"I{k:03d}" for k in rng.integers(1, how.interviewers + 1, n)],
            "seconds": np.rint(how.median_seconds * factor).astype(int),
            "submitted": start + second.astype("m8[s]").astype("m8[us]"),
        },
        index=sample.index,
    )


def _spoil(instrument: Instrument, plan: Plan, wave: str, people: pd.DataFrame) -> pd.DataFrame:
    """The faults of single rows: speeding, straight-lining, inattention, answers out of routing."""
    rng = stream(plan, wave, "faults")
    spoilt = people.copy()
    questionnaire = instrument.questionnaires[instrument.waves[wave].questionnaire]
    hasty = spoilt.index[spoilt["fault"] == "speed"]
    share = rng.uniform(*SPEEDING, len(hasty))
    spoilt.loc[hasty, "seconds"] = np.rint(plan.interview.median_seconds * share).astype(int)
    flat = spoilt.index[spoilt["fault"] == "straight"]
    for grid in questionnaire.grids:
        values = instrument.scale_of(grid[0]).values()
        one = rng.choice(values, len(flat))
        for item in grid:
            spoilt.loc[flat, item] = one
    absent = spoilt.index[spoilt["fault"] == "attention"]
    for item, instructed in questionnaire.attention.items():
        wrong = [value for value in instrument.scale_of(item).values() if value != instructed]
        spoilt.loc[absent, item] = rng.choice(wrong, len(absent))
    _, no = instrument.scale_of("had_incident").values()
    free = spoilt.index[(spoilt["fault"] == VALID) & (spoilt["had_incident"] == no)]
    count = round(plan.faults.routing * plan.waves[wave].completes)
    astray = rng.choice(free, count, replace=False)
    spoilt.loc[astray, "incident_type"] = rng.choice(
        instrument.scale_of("incident_type").values(), count
    )
    return spoilt


def _duplicate(plan: Plan, wave: str, people: pd.DataFrame) -> pd.DataFrame:
    """Some valid rows sent a second time a little later, word for word."""
    rng = stream(plan, wave, "duplicates")
    valid = people.index[people["fault"] == VALID]
    count = round(plan.faults.duplicate * plan.waves[wave].completes)
    again = people.loc[rng.choice(valid, count, replace=False)].assign(fault="duplicate")
    again["submitted"] += pd.to_timedelta(rng.integers(20, 180, count), unit="s").astype("m8[us]")
    return pd.concat([people, again], ignore_index=True)


def _number(plan: Plan, wave: str, people: pd.DataFrame) -> pd.DataFrame:
    """Rows by time of submission, numbered with the gaps that deleted test sheets leave."""
    rng, how = stream(plan, wave, "numbers"), plan.waves[wave].respondent
    ordered = people.sort_values(["submitted", "psu"], kind="stable", ignore_index=True)
    steps = 1 + (rng.random(len(ordered)) < how.gap)
    numbers = how.first - 1 + np.cumsum(steps)
    ordered.insert(0, "respondent", [how.format.format(int(number)) for number in numbers])
    return ordered


def _misheard(instrument: Instrument, wave: str, people: pd.DataFrame) -> pd.DataFrame:
    """The wrong entries that corrections/<wave>.csv puts right."""
    wrong = people.copy()
    for correction in instrument.corrections.get(wave, ()):
        row = wrong.index[wrong["respondent"] == correction.respondent]
        wrong.loc[row, correction.item] = int(correction.old)
    return wrong
