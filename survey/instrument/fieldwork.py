"""How a wave was fielded: its files, where items stand in them, its sample, weights and targets.

What is asked is in model.py; whether names used here exist elsewhere is checked in check.py.
"""

# ruff: noqa: RUF012 -- pydantic copies defaults
from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from survey.instrument.entry import Entry, Identifier, Text


class Column(Entry):
    """Where an item stands in the raw file, and how its cells become codes.

    column: one raw column. columns: a multiple set, option code -> raw column (chosen 1 / 0).
    split: one raw column with several options joined by this string. codes: raw cell (as text) ->
    code, on top of the scale's own numbers, words and aliases. shift: added to numeric cells (the
    number export of a 0-10 rating starts at 1). chosen: cells that mean chosen in `columns`.
    """

    column: str | None = None
    columns: dict[int, str] = {}
    by: Literal["option", "rank"] = "option"  # what the keys of `columns` are, for a ranking
    split: str | None = None
    codes: dict[str, int] = {}
    shift: int = 0
    chosen: list[str] = ["1"]
    pattern: str | None = None  # a regular expression; its first group is the answer

    @model_validator(mode="after")
    def _one_place(self) -> Column:
        if bool(self.columns) == (self.column is not None):
            raise ValueError("an item stands either in one 'column' or in 'columns' by option")
        return self

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as fault:
            raise ValueError(f"it is not a regular expression: {fault}") from None
        return pattern


class RawFile(Entry):
    file: str
    origin: Literal[
        "spss", "csv", "excel", "wjx", "stata", "sas", "por", "qualtrics", "surveymonkey", "odk"
    ]
    options: dict[str, str | int | float | bool] = {}


class SampleDesign(Entry):
    """How the wave's respondents were chosen; columns are items or raw design columns."""

    kind: Literal["probability", "nonprobability"]
    strata: list[Identifier] = []
    psu: Identifier | None = None  # none: every respondent is one
    stages: list[Identifier] = []  # units of the stages after the PSU
    fpc: list[Identifier] = []  # population sizes, or sampling fractions, one per stage
    pps: Literal["brewer"] | None = None  # fpc holds unequal inclusion probabilities
    pairs: dict[str, str] = {}  # strata with one PSU, and the stratum each is joined with
    base_weight: Identifier | None = None  # none: 1 for all
    lonely: Literal["fail", "certainty", "adjust", "average"] = "fail"
    frame: Text = {}
    response: Text = {}  # how many were tried, refused, ...
    dispositions: dict[str, int] = {}

    def units(self) -> list[str]:
        """Items that name the units of every stage."""
        return [*([self.psu] if self.psu else []), *self.stages]

    def items(self) -> list[str]:
        """Items the variance needs: strata, units, population sizes."""
        return [*self.strata, *self.units(), *self.fpc]


class Trim(Entry):
    """Weights over `upper` x the mean (or under `lower` x) are cut, the rest redistributed."""

    lower: float | None = None
    upper: float | None = None


class Calibration(Entry):
    margins: Annotated[list[str], Field(min_length=1)]  # names of margins in the targets file
    bounds: tuple[float, float] | None = None  # of the ratio calibrated / base weight
    trim: Trim | None = None
    outside_margin: dict[str, Literal["exclude", "own_class", "impute"]] = {}  # "item=code" or item


class Overlap(Entry):
    """What a wave shares with another: PSUs with equal labels, or respondents with equal ids."""

    unit: Literal["psu", "respondent"]


class Period(Entry):
    start: dt.date
    end: dt.date


class PageTime(Entry):
    """Where the time spent on a page stands: its column, and the items shown on the page."""

    column: str
    items: Annotated[list[Identifier], Field(min_length=1)]
    unit: Literal["seconds", "milliseconds"] = "seconds"


class Wave(Entry):
    """One fielding of a questionnaire."""

    period: Period
    half: Literal[1, 2] | None = None
    questionnaire: Identifier
    mode: Literal["cati", "web", "face_to_face", "mail", "panel", "scan"]
    mode_text: Text = {}
    raw: RawFile
    columns: dict[Identifier, Column]
    design: SampleDesign
    calibrate: Calibration | None = None
    overlap: dict[str, Overlap] = {}  # other wave -> what is shared; none: independent samples
    pages: dict[Identifier, PageTime] = {}  # page -> where its time stands (Qualtrics: Page Submit)
    note: Text = {}


class Correction(Entry):
    """One edit of one answer, with the reason a person gave."""

    respondent: str
    item: Identifier
    old: str
    new: str
    reason: str


class Target(Entry):
    """One population number a weight must meet. universe and unit make margins comparable."""

    margin: str  # name of the margin; its variables joined by x: sex, age_group, sexxage
    level: str  # point codes joined by ":" in the order of the margin's items
    items: str  # item ids joined by ":"
    count: float
    unit: str
    universe: str
    date: dt.date
    source: str
    url: str = ""
    note: str = ""
