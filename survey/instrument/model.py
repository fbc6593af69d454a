"""What an instrument is made of: frozen models of a study's files, one class per kind of entry.

A study is `instruments/<study>/`; its files are read by load.py, held against each other by
check.py. Codes are small integers, as in the raw files of every collection tool; words for a code
are in the scale, in every language of the study. No rule about a number is decided here: rules
(thresholds, bounds, margins) are data in these files.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Expression = str  # see expression.py
Text = dict[str, str]  # language code -> words
MissingKind = Literal["dont_know", "refused", "not_asked", "no_answer"]
Kind = Literal["collected", "measured", "published", "simulated"]
# What a form tool is told and the pipeline never reads (its own name, appearance, pictures, ...):
# kept by survey/exchange, so that an imported form can be exported again without loss.
FormWords = dict[str, str]


ItemKind = Literal[
    "single",
    "multiple",
    "number",
    "open",
    "key",
    "tokens",
    "date",
    "note",
    "ranking",
    "time",
    "datetime",
    "place",
    "file",
    "computed",
]


class Entry(BaseModel):
    """Base of all entries: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(Entry):
    """One substantive answer of a scale. `code` is its lasting name in estimates."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+-]+$")]
    text: Text
    aliases: list[str] = []  # other spellings met in raw files
    form: FormWords = {}


class Scale(Entry):
    """Points, missing codes and groups of points.

    `range` is the short form of a numeric scale: every integer from low to high is a point, its
    code the number itself; `ends` labels some of them.
    """

    points: dict[int, Point] = {}
    range: tuple[int, int] | None = None
    ends: dict[int, Text] = {}
    missing: dict[int, MissingKind] = {}
    groups: dict[str, list[int]] = {}
    group_text: dict[str, Text] = {}
    numeric: bool = False  # equal steps: a mean has a meaning
    form: FormWords = {}

    @model_validator(mode="after")
    def _one_form(self) -> Scale:
        if bool(self.points) == (self.range is not None):
            raise ValueError("a scale has either 'points' or a 'range'")
        both = set(self.missing) & set(self.values())
        if both:
            raise ValueError(f"code {sorted(both)[0]} is both a point and a missing code")
        return self

    def values(self) -> list[int]:
        """The substantive raw codes, in questionnaire order."""
        if self.range is not None:
            return list(range_inclusive(*self.range))
        return list(self.points)

    def code(self, value: int) -> str:
        """Name of a point in estimates."""
        return str(value) if self.range is not None else self.points[value].code

    def text(self, value: int, lang: str) -> str:
        if self.range is not None:
            return self.ends.get(value, {}).get(lang, str(value))
        return self.points[value].text[lang]

    def missing_code(self, kind: MissingKind) -> int | None:
        """The code standing for a kind of missing answer, if the scale has one."""
        return next((code for code, name in self.missing.items() if name == kind), None)


def range_inclusive(low: int, high: int) -> range:
    return range(low, high + 1)


class Derivation(Entry):
    """How a derived item comes from another: classes of a number, or a recode of codes."""

    source: Identifier = Field(alias="from")
    classes: list[tuple[int, int, int]] = []  # low, high (both included), new code
    recode: dict[int, int] = {}


class Item(Entry):
    """A question, or a variable derived from one.

    kind: `single` one code of a scale; `multiple` a multiple-response set whose options are the
    points of its scale; `number` an integer or decimal within the scale's range; `open` text that
    never reaches data/clean; `key` something that only identifies rows (respondent, interviewer).
    Of records made by a machine: `tokens` an open list of names in one cell (permissions), `date`
    an ISO day.
    Asked in forms and not estimated: `note` a text without an answer, `ranking` options of a scale
    in the order a person gives them, `time` and `datetime` of ISO 8601, `place` a point or line on
    the earth, `file` a picture, sound or document, `computed` what the form itself works out.
    """

    id: Identifier
    kind: ItemKind
    text: Text
    hint: Text = {}  # said below the question, to the respondent or the interviewer
    short: Text = {}  # label in figures and tables; `text` if empty
    scale: Identifier | None = None
    universe: Expression = "all"
    exclusive: list[int] = []  # options of a multiple set that exclude the others
    most: int | None = None  # options of a multiple set or ranking that may be chosen
    required: bool = False  # the form does not go on without an answer
    valid: Expression | None = None  # the form takes only answers for which this holds
    valid_text: Text = {}  # what it says otherwise
    show_if: dict[Expression, list[int]] = {}  # options offered only there; others always are
    form: FormWords = {}
    derive: Derivation | None = None
    comparable_from: str | None = None
    since: str | None = None

    def label(self, lang: str) -> str:
        return (self.short or self.text)[lang]


class Block(Entry):
    """Items asked one after another; `groups`: the groups they stand in, from outside in."""

    id: Identifier
    items: list[Identifier]
    groups: list[Identifier] = []


class Group(Entry):
    """A page, section or roster of a form. repeat: how often its items are asked, or `any`.

    ask_if: what the form asks of the whole group; `ask_if` of its items says it too.
    """

    text: Text = {}
    ask_if: Expression = "all"
    repeat: str | None = None
    form: FormWords = {}


class Questionnaire(Entry):
    """Order of items and who is asked what."""

    blocks: list[Block]
    groups: dict[Identifier, Group] = {}
    ask_if: dict[Identifier, Expression] = {}  # routing: item is asked only where this holds
    attention: dict[Identifier, int] = {}  # item -> the instructed answer
    grids: list[list[Identifier]] = []  # items shown as one grid, for straight-lining
    form: FormWords = {}

    def order(self) -> list[str]:
        return [item for block in self.blocks for item in block.items]


class Column(Entry):
    """Where an item stands in the raw file, and how its cells become codes.

    column: one raw column. columns: a multiple set, option code -> raw column (chosen 1 / 0).
    split: one raw column with several options joined by this string. codes: raw cell (as text) ->
    code, on top of the scale's own numbers, words and aliases. shift: added to numeric cells (the
    number export of a 0-10 rating starts at 1). chosen: cells that mean chosen in `columns`.
    """

    column: str | None = None
    columns: dict[int, str] = {}
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
    note: Text = {}


class Indicator(Entry):
    """Something estimated by every domain.

    statistic `mean` needs a numeric scale; with `as_score10` a k-point item is carried to 0-10 by
    (x - min) / (max - min) x 10. `share` gives one row per point (or per group named in `groups`).
    base: all = everyone in the universe who was asked; eligible = those who named at least one
    option; mentions = all options named. `total` is a count published as such, `ratio` one count
    over another (monitoring).
    """

    id: Identifier
    item: Identifier
    statistic: list[Literal["mean", "share", "total", "ratio"]]
    groups: list[str] = []
    as_score10: bool = False
    base: Literal["all", "eligible", "mentions"] = "all"
    text: Text
    unit: Literal["points10", "share", "count", "ratio"] = "points10"


class Gap(Entry):
    """A difference between two levels of a domain, estimated with its covariance."""

    indicator: Identifier
    domain: Identifier
    level: str
    reference: str


class Study(Entry):
    id: Identifier
    title: Text
    unit: Literal["person", "app", "household"] = "person"
    pipeline: Literal["survey", "monitoring"] = "survey"
    universe: Text
    languages: list[str] = ["zh", "en"]
    report: Identifier
    identifiers: list[str] = []  # raw columns that are never read past intake
    indicators: list[Indicator] = []
    domains: list[Identifier] = []
    crossed_domains: list[tuple[Identifier, Identifier]] = []
    gaps: list[Gap] = []
    trends: list[Identifier] = []  # indicators whose trend over all waves is tested


class Policy(Entry):
    """A number that is a choice, with its unit and where it comes from."""

    value: float | int | str
    unit: str
    source: str


# Policies that are a word of a list, not a number; the first word holds where none is declared.
CHOICES = {"multiplicity": ("holm", "benjamini-hochberg")}


class Comparability(Entry):
    """A human decision on whether an item may be compared between two waves."""

    item: Identifier
    waves: tuple[str, str]
    status: Literal["same", "minor", "broken"]
    reason: Text


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
