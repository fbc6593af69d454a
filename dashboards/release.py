"""What the dashboard may show: the protected estimates of its studies, read once, never changed.

No microdata and no variance factor is opened here; a cell that is suppressed in the report is
suppressed in the rows themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.figures.registry import OPTIONS
from analysis.figures.spec import load as load_figures
from analysis.results.select import Row, many, one
from analysis.results.store import read_estimates
from analysis.results.wording import Words
from survey.errors import ReportError
from survey.instrument.load import Instrument, load_instrument
from survey.project import Project


@dataclass(frozen=True)
class Release:
    """Estimates of one study with the words to show them.

    Attributes
    ----------
    rows : DataFrame
        All rows of estimates and comparisons; columns of results/schema.py.
    """

    project: Project
    instrument: Instrument
    rows: pd.DataFrame

    @classmethod
    def load(cls, project: Project, study: str) -> Release:
        return cls(project, load_instrument(project, study), read_estimates(project, study))

    @property
    def study(self) -> str:
        return self.instrument.study.id

    @property
    def languages(self) -> list[str]:
        return self.instrument.study.languages

    def words(self, lang: str) -> Words:
        return Words.of({self.study: self.instrument}, lang)

    def waves(self) -> list[str]:
        """Waves with computed estimates, oldest first."""
        computed = many(self.rows, statistic=["mean", "share"])
        return [wave for wave in self.instrument.waves if wave in set(computed["wave"])]

    def variables(self) -> list[str]:
        """Domain variables, in the study's order."""
        return list(self.instrument.study.domains)

    def levels(self, variable: str) -> list[str]:
        """Levels of a domain variable, in questionnaire order."""
        scale = self.instrument.scale_of(variable)
        return [scale.code(value) for value in scale.values()]

    def find(self, **key: str) -> Row | None:
        """The one row of a key, or None where there is none to show."""
        try:
            return one(self.rows, **key)
        except ReportError:
            return None

    def score(self, wave: str, domain: str, **key: str) -> Row | None:
        """Row of the first indicator with a mean, the study's headline."""
        return self.find(indicator=self.headline, statistic="mean", wave=wave, domain=domain, **key)

    def change(self, wave: str, since: str, domain: str, **key: str) -> Row | None:
        return self.find(
            indicator=self.headline,
            statistic="change",
            category="",
            wave=wave,
            reference=since,
            domain=domain,
            **key,
        )

    def shares(self, wave: str, domain: str) -> Sequence[Row]:
        """Rows of the study's multiple-response set, in the order of its options."""
        indicator = self.breakdown
        if indicator is None:
            return []
        found = (
            self.find(
                indicator=indicator, statistic="share", wave=wave, domain=domain, category=category
            )
            for category in self.options(indicator)
        )
        return [row for row in found if row is not None]

    @property
    def headline(self) -> str:
        return next(i.id for i in self.instrument.study.indicators if "mean" in i.statistic)

    @property
    def breakdown(self) -> str | None:
        items = self.instrument.items
        multiple = (i for i in self.instrument.study.indicators if items[i.item].kind == "multiple")
        return next((indicator.id for indicator in multiple), None)

    def options(self, indicator: str) -> list[str]:
        item = next(i.item for i in self.instrument.study.indicators if i.id == indicator)
        return self.levels(item)

    def drawn(self, kind: str, otherwise: list[str]) -> list[str]:
        """Categories, in order, of the study's figure of a kind; `otherwise` if it has none."""
        figures = load_figures(self.project, self.study, OPTIONS)
        orders = (figure.order("category") for figure in figures if figure.kind == kind)
        return next(orders, otherwise)
