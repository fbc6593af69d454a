"""Everything a report is made from, read once: its files, its studies' words, rows and figures.

Only built results are read here, never microdata. What a chapter may do with them is decided in
context.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from analysis.figures.spec import FigureSpec
from analysis.report.spec import Spec, load_spec
from analysis.results.schema import TEXTS
from analysis.results.store import read_estimates
from analysis.results.wording import Words
from survey.errors import ReportError, one_of
from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import sha256
from survey.io.yamlfile import entries, read_yaml, to_model
from survey.project import Project

_PHRASES = (Path(__file__).with_name("words.yml"), Path(__file__).parents[1] / "tables/words.yml")


@dataclass(frozen=True)
class PlacedFigure:
    """A figure of one of the report's studies."""

    study: str
    spec: FigureSpec


@dataclass(frozen=True)
class Book:
    """A report's material.

    Attributes
    ----------
    rows : DataFrame
        Estimates and comparisons of every study of the report.
    figures : mapping of str to PlacedFigure
    hashes : mapping of str to str
        sha256 of each study's estimates, shown beside the rows they hold.
    """

    project: Project
    spec: Spec
    instruments: Mapping[str, Instrument]
    rows: pd.DataFrame
    figures: Mapping[str, PlacedFigure]
    hashes: Mapping[str, str]

    @property
    def report(self):
        return self.spec.report

    @property
    def main_study(self) -> str:
        return self.report.studies[0]

    def waves(self, study: str) -> list[str]:
        """The waves of a study the report speaks of, in order of time."""
        wanted = self.report.waves.get(study)
        return [w for w in self.instruments[study].waves if not wanted or w in wanted]

    @property
    def published_waves(self) -> list[str]:
        """Waves of the first study of which somebody published a number."""
        rows = self.rows
        chosen = rows[(rows["kind"] == "published") & (rows["study"] == self.main_study)]
        return [wave for wave in self.waves(self.main_study) if wave in set(chosen["wave"])]

    def words(self, lang: str) -> Words:
        """Words of a language, with the phrases of documents and tables."""
        words = Words.of(self.instruments, lang)
        return replace(words, phrases={**words.phrases, **self._phrases})

    def issued(self, words: Words) -> str:
        """Month and year of the report's issue."""
        day = self.report.issued
        names = words.phrase("months").split()
        name = names[day.month - 1] if names else ""
        return words.phrase("issued", year=day.year, month=day.month, month_name=name)

    @cached_property
    def _phrases(self) -> dict:
        found: dict = {}
        for path in _PHRASES:
            found |= read_yaml(path, path.name).data
        return found

    @cached_property
    def calibrations(self) -> dict[tuple[str, str], dict]:
        """Calibration record of each weighted wave, by (study, wave)."""
        found = {}
        for study in self.report.studies:
            for wave in self.waves(study):
                path = self.project.clean(study, wave) / "calibration.json"
                if path.exists():
                    found[study, wave] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def drawing(self, name: str, lang: str) -> dict:
        """A drawn figure as plotly's data and layout."""
        return _read_drawing(self.figure_file(self.figures[name], lang, "json"))

    def figure_file(self, figure: PlacedFigure, lang: str, suffix: str) -> Path:
        """File of a drawn figure.

        Raises
        ------
        ReportError
            If it has not been drawn.
        """
        path = self.project.figures(figure.study, lang) / f"{figure.spec.name}.{suffix}"
        if not path.exists():
            raise ReportError(
                f"figure '{figure.spec.name}' has not been drawn",
                where=self.project.relative(path),
                hint=f"run make figures STUDY={figure.study}",
            )
        return path


@cache
def _read_drawing(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def load_book(project: Project, report: str, *, wave: str | None = None) -> Book:
    """Read a report's files, its studies' instruments, estimates and figure lists.

    `wave` ends the first study's waves: the report speaks of it and of those before it.

    Raises
    ------
    UsageError, ReportError, InstrumentError, DataError
        With every fault of the file at fault.
    """
    spec = load_spec(project, report)
    studies = spec.report.studies
    figures: dict[str, PlacedFigure] = {}
    for study in studies:
        for figure in _figures(project, study):
            if figure.name in figures:
                raise ReportError(
                    f"two figures of the report are called '{figure.name}'",
                    where=f"instruments/{study}/figures.yml",
                )
            figures[figure.name] = PlacedFigure(study, figure)
    instruments = {study: load_instrument(project, study) for study in studies}
    waves = dict(spec.report.waves)
    if wave:
        known = waves.get(studies[0]) or list(instruments[studies[0]].waves)
        waves[studies[0]] = known[: known.index(project.require_wave(studies[0], wave)) + 1]
        spec = replace(spec, report=spec.report.model_copy(update={"waves": waves}))
    return Book(
        project=project,
        spec=spec,
        instruments=instruments,
        rows=_rows(project, studies, waves),
        figures=figures,
        hashes={study: sha256(project.estimates(study)) for study in studies},
    )


def _rows(project: Project, studies: Sequence[str], waves: Mapping) -> pd.DataFrame:
    parts = []
    for study in studies:
        rows = read_estimates(project, study)
        if waves.get(study):
            kept = rows["wave"].isin(waves[study])
            if not kept.any():
                raise ReportError(
                    f"no estimates of {study} for {', '.join(waves[study])}",
                    expected=one_of(sorted(set(rows["wave"]))),
                )
            rows = rows[kept]
        parts.append(rows)
    together = pd.concat(parts, ignore_index=True)
    return together.astype(dict.fromkeys(TEXTS, object))  # picked from hundreds of times: quicker


def _figures(project: Project, study: str) -> list[FigureSpec]:
    """A study's figure list; what each kind's options mean is checked where figures are drawn."""
    path = project.instrument(study) / "figures.yml"
    if not path.exists():
        return []
    document = read_yaml(path, project.relative(path))
    places = entries(document, list, "a list of figures")
    return [to_model(FigureSpec, document, place) for place in places]
