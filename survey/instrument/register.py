"""The register of the ministry's notices as a study declares it (`notices.yml`): frozen models.

Regimes say which quarters count one thing, taxonomies which kinds of problem a regime knows, the
trend rule when a fall or rise may be written, the fill how a gap may be drawn if somebody asks.
Counting is done in analysis/monitoring, the trend models in analysis/monitoring/trend.py; what may
be written from them is decided in analysis/report/claims.py.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from survey.errors import InstrumentError
from survey.instrument.model import Entry, Identifier, Text

QUARTER = re.compile(r"^(\d{4})Q([1-4])$")
Quarter = Annotated[str, StringConstraints(pattern=QUARTER.pattern)]
AppendixField = Literal["app", "version", "store", "problem", "number"]
Level = Annotated[float, Field(gt=0, lt=1)]


class SumCheck(Entry):
    """Quarters whose counts must add up to a total somebody published."""

    quarters: list[Quarter]
    total: int
    source: str


class Regime(Entry):
    """A time in which notices count the same thing; counts of two regimes are never joined."""

    id: Identifier
    since: Quarter
    until: Quarter | None = None
    taxonomy: Identifier | None = None  # none: no list of kinds was published for it
    text: Text


class ProblemKind(Entry):
    """One kind of problem as printed in the notices of its taxonomy.

    column : its column in the register, none while nobody counts it there.
    also : other printed forms; punctuation, quotes and spaces make no difference.
    """

    code: Identifier
    column: str | None = None
    since: Quarter
    wording: str
    also: list[str] = Field(default_factory=list)
    source: str


class Taxonomy(Entry):
    """One version of the list of kinds; a later list is a new taxonomy, never an edited one."""

    id: Identifier
    source: str
    kinds: list[ProblemKind]

    def codes(self) -> list[str]:
        return [kind.code for kind in self.kinds]


class TrendRule(Entry):
    """When "falling" or "rising" may be written; what was declared when stands in notices.yml.

    family : how overdispersion enters both models, see analysis/monitoring/trend.py.
    level : two-sided level of each test.
    breaks : quarters from which on a sub-period must not move the other way, significantly.
    least : fewest quarters a model is fitted to.
    """

    count: Identifier  # the series counted
    exposure: Identifier  # the series whose log is the offset of the rate model
    family: Literal["negative_binomial", "quasi_poisson"]
    level: Level
    breaks: list[Quarter]
    least: Annotated[int, Field(ge=4)]
    source: str


class Fill(Entry):
    """A model's range for quarters without a number: drawn only where a figure asks for it."""

    since: Quarter  # first quarter whose counts the model is fitted to
    level: Level  # of the prediction interval
    source: str


class Register(Entry):
    """The ministry's quarterly notices as this study uses them."""

    file: str
    named_file: str
    readings_file: str | None = None  # numbers that other sources give for the same thing
    since: Quarter
    regimes: list[Regime]
    checks: list[SumCheck]
    taxonomies: list[Taxonomy]
    unassigned_column: str
    known_splits: list[Quarter]  # quarters whose split by kind is known for every app
    known_splits_source: str
    trend: TrendRule | None = None
    fill: Fill | None = None
    appendix: dict[AppendixField, list[str]] = Field(default_factory=dict)  # printed heads

    @field_validator("regimes")
    @classmethod
    def _in_order(cls, regimes: list[Regime]) -> list[Regime]:
        starts = [regime.since for regime in regimes]
        if starts != sorted(starts):
            raise ValueError("regimes are listed in order of time")
        for first, second in pairwise(regimes):
            if first.until is None or first.until >= second.since:
                raise ValueError(f"regime '{first.id}' ends after '{second.id}' begins")
        return regimes

    @model_validator(mode="after")
    def _fits_together(self) -> Register:
        known = [taxonomy.id for taxonomy in self.taxonomies]
        if len(set(known)) < len(known):
            raise ValueError("two taxonomies have one id")
        for regime in self.regimes:
            if regime.taxonomy is not None and regime.taxonomy not in known:
                raise ValueError(f"regime '{regime.id}' has the unknown taxonomy")
        codes = [code for taxonomy in self.taxonomies for code in taxonomy.codes()]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(
                f"kind '{twice[0]}' is in two taxonomies: their kinds are not the same"
            )
        own = self.regime_of(self.since)
        if own is None or own.taxonomy is None:
            raise ValueError(f"the regime of {self.since} has no taxonomy")
        return self

    @property
    def kinds(self) -> list[ProblemKind]:
        """Kinds of the regime in which the register's window begins."""
        regime = self.regime_of(self.since)
        assert regime is not None  # both held by the loader
        assert regime.taxonomy is not None
        return self.taxonomy(regime.taxonomy).kinds

    @property
    def counted(self) -> list[tuple[str, str]]:
        """Code and column of each kind of the window that has a column."""
        return [(kind.code, kind.column) for kind in self.kinds if kind.column is not None]

    def taxonomy(self, name: str) -> Taxonomy:
        return next(one for one in self.taxonomies if one.id == name)

    def regime_of(self, quarter: str) -> Regime | None:
        """The regime a quarter belongs to; none before the first one."""
        for regime in self.regimes:
            if regime.since <= quarter and (regime.until is None or quarter <= regime.until):
                return regime
        return None


def quarter_end(quarter: str) -> dt.date:
    """Last day of a quarter: ``quarter_end("2014Q1")`` is 2014-03-31."""
    found = QUARTER.match(quarter)
    if found is None:
        raise InstrumentError(
            f"'{quarter}' is not a quarter", expected="a year and a quarter, such as YYYYQ1"
        )
    year, part = int(found[1]), int(found[2])
    following = dt.date(year + part // 4, part % 4 * 3 + 1, 1)
    return following - dt.timedelta(days=1)
