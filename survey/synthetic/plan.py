"""What a study's `synthetic.yml` says about simulating its raw files, and what was published.

Only shapes are decided here. Every size, share and effect is an assumption in that file; every
published number comes from `published.csv` beside a wave's raw file.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from survey.errors import InstrumentError
from survey.instrument.load import Instrument
from survey.instrument.model import Entry, Identifier, Period, Text
from survey.io.tables import read_csv
from survey.io.yamlfile import read_yaml, to_model
from survey.project import Project

SETTINGS, PUBLISHED = "synthetic.yml", "published.csv"
Share = Annotated[float, Field(ge=0, le=1)]
ByCode = dict[str, float]  # point code -> number


class Persons(Entry):
    respond: dict[Identifier, ByCode]
    oldest: int
    education: dict[str, list[float]]
    operator: ByCode
    lines: dict[int, float]


class Score(Entry):
    sd: float
    psu_sd: float
    province_sd: float
    effects: dict[Identifier, ByCode]
    heaping: dict[int, dict[int, Share]]
    dont_know: Share
    refused: Share


class Issues(Entry):
    person_sd: float
    psu_sd: float
    score_slope: float
    no_answer: Share


class Trust(Entry):
    sd: float
    score_slope: float
    means: dict[Identifier, float]
    reversed: list[Identifier]
    dont_know: Share


class Incident(Entry):
    share: Share
    score_slope: float
    types: ByCode
    dont_know: Share
    refused: Share


class Background(Entry):
    refused: Share
    dont_know: Share


class Interview(Entry):
    interviewers: int
    median_seconds: float
    log_sd: float
    hours: tuple[int, int]


class FaultShares(Entry):
    speed: Share
    straight: Share
    attention: Share
    duplicate: Share
    routing: Share


class Numbering(Entry):
    format: str
    first: int
    gap: Share


class Extra(Entry):
    """A raw column that is no item: what a collection tool adds, identifiers above all.

    at: its place in the file. text: the cell, or the form of an address with {address}, {place}.
    """

    column: str
    kind: Literal["phone", "ip", "text"]
    at: int
    text: str = "{address}"


class WavePlan(Entry):
    completes: int
    fielded: Period
    respondent: Numbering
    time: str
    issues: dict[str, Share]
    extra: tuple[Extra, ...] = ()
    official_names: Share = 0


class Card(Entry):
    producer: str
    licence: str
    citation: str
    title: Text
    note: Text


class Plan(Entry):
    """A whole synthetic.yml."""

    seed: int
    frame: str
    psus: int
    floor: int
    persons: Persons
    score: Score
    issues: Issues
    trust: Trust
    incident: Incident
    background: Background
    interview: Interview
    faults: FaultShares
    waves: dict[str, WavePlan]
    card: Card


def load_plan(project: Project, study: str) -> Plan:
    """The plan of a study.

    Raises
    ------
    InstrumentError
        With every fault of the file.
    """
    path = project.instrument(study) / SETTINGS
    return to_model(Plan, read_yaml(path, project.relative(path)))


def load_frame(project: Project, study: str, plan: Plan) -> pd.Series:
    """Residents by province code, from the frame file; index: code as int."""
    rows = read_csv(project.instrument(study) / plan.frame)
    return pd.Series(
        rows["residents_10k"].astype(float).to_numpy(), index=rows["province"].astype(int)
    ).sort_index()


def published(project: Project, instrument: Instrument, wave: str) -> pd.DataFrame:
    """Published numbers of a wave: indicator, statistic, category, domain, estimate."""
    path = project.raw(instrument.study.id, wave) / PUBLISHED
    columns = ["indicator", "statistic", "category", "domain", "estimate"]
    if not path.exists():
        return pd.DataFrame(columns=columns)
    rows = read_csv(path)
    rows = rows[rows["domain"] == "all"][columns]
    return rows.assign(estimate=rows["estimate"].astype(float))


def aims(project: Project, instrument: Instrument, plan: Plan, wave: str) -> dict[str, float]:
    """What the weighted estimates of a wave must come to: "score", and each issue by its code.

    Published numbers win over assumed ones.

    Raises
    ------
    InstrumentError
        If neither names the score, or an issue is neither published nor assumed.
    """
    known = published(project, instrument, wave)
    result = dict(plan.waves[wave].issues)
    for row in known.to_dict("records"):
        if row["statistic"] == "share":
            result[row["category"]] = row["estimate"]
        elif row["statistic"] == "mean":
            result[row["indicator"]] = row["estimate"]
    scale = instrument.scale_of("issues")
    named = {scale.code(v) for v in scale.values() if v not in instrument.items["issues"].exclusive}
    absent = sorted((named | {"score"}) - set(result))
    if absent:
        raise InstrumentError(
            f"nothing says what '{absent[0]}' should come to in {wave}",
            where=project.relative(project.instrument(instrument.study.id) / SETTINGS),
            hint=f"add it under waves, or to {PUBLISHED}",
        )
    return result
