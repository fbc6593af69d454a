"""What an instrument is made of: frozen models of a study's files, one class per kind of entry.

A study is `instruments/<study>/`; its files are read by load.py, held against each other by
check.py. Codes are small integers, as in the raw files of every collection tool; words for a code
are in the scale, in every language of the study. No rule about a number is decided here: rules
(thresholds, bounds, margins) are data in these files.
"""

# ruff: noqa: RUF012 -- pydantic copies defaults
from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from survey.instrument.decisions import Bridge as Bridge
from survey.instrument.decisions import Comparability as Comparability
from survey.instrument.entry import Entry as Entry
from survey.instrument.entry import Expression as Expression
from survey.instrument.entry import Identifier as Identifier
from survey.instrument.entry import Kind as Kind
from survey.instrument.entry import MissingKind as MissingKind
from survey.instrument.entry import Text as Text
from survey.instrument.fieldwork import Calibration as Calibration
from survey.instrument.fieldwork import Column as Column
from survey.instrument.fieldwork import Correction as Correction
from survey.instrument.fieldwork import Overlap as Overlap
from survey.instrument.fieldwork import Period as Period
from survey.instrument.fieldwork import RawFile as RawFile
from survey.instrument.fieldwork import SampleDesign as SampleDesign
from survey.instrument.fieldwork import Target as Target
from survey.instrument.fieldwork import Trim as Trim
from survey.instrument.fieldwork import Wave as Wave
from survey.instrument.identifying import HashedColumn as HashedColumn
from survey.instrument.identifying import HashKind as HashKind

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
    reaches data/clean only masked, and only with `keep_text`; `key` something that only identifies
    rows (respondent, interviewer).
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
    keep_text: bool = False  # masked answers of an open item are kept in data/clean
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


class Asked(Entry):
    """How an item was asked in one questionnaire, where that differs from the item's own file.

    Only what is said here differs; the item keeps its id, so that its waves stay one series as
    far as comparability.yml allows.
    """

    kind: ItemKind | None = None
    text: Text = {}
    hint: Text = {}
    scale: Identifier | None = None
    universe: Expression | None = None
    exclusive: list[int] = []
    most: int | None = None
    show_if: dict[Expression, list[int]] = {}

    def of(self, item: Item) -> Item:
        """The item as it was asked."""
        return item.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class Impossible(Entry):
    """Answers that cannot go together: a condition, and what is wrong with it."""

    holds: Expression = Field(alias="if")
    text: Text


class Questionnaire(Entry):
    """Order of items and who is asked what; `asked`: items that this questionnaire asks otherwise
    than their own file says (an earlier wording, another scale)."""

    blocks: list[Block]
    asked: dict[Identifier, Asked] = {}
    groups: dict[Identifier, Group] = {}
    ask_if: dict[Identifier, Expression] = {}  # routing: item is asked only where this holds
    attention: dict[Identifier, int] = {}  # item -> the instructed answer
    grids: list[list[Identifier]] = []  # items shown as one grid, for straight-lining
    impossible: list[Impossible] = []  # answers that cannot both be true, as a sign of quality
    form: FormWords = {}

    def order(self) -> list[str]:
        return [item for block in self.blocks for item in block.items]


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
    identifiers: list[str | HashedColumn] = []  # raw columns that never get past intake
    indicators: list[Indicator] = []
    domains: list[Identifier] = []
    crossed_domains: list[tuple[Identifier, Identifier]] = []
    gaps: list[Gap] = []
    trends: list[Identifier] = []  # indicators whose trend over all waves is tested


class Policy(Entry):
    """A number that is a choice, with its unit and where it comes from.

    waves: another value for some waves; only for cut-offs of quality (cutoffs.py).
    """

    value: float | int | str
    unit: str
    source: str
    waves: dict[str, float | int | str] = {}


# Policies that are a word of a list, not a number; the first word holds where none is declared.
CHOICES = {
    "multiplicity": ("holm", "benjamini-hochberg"),
    "impute_variance": ("rao_shao", "reimputation", "multiple", "none"),
}
# Policies that are some words of a list; all hold where none is declared.
WORDS = {"multiplicity_family": ("wave", "reference", "indicator", "statistic", "domain")}
