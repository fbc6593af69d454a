"""The stage that draws every figure of some studies, in every language, in one browser session.

Writes `build/<study>/figures/<lang>/<name>.{json,svg,png}` and the index
`build/<study>/figures.json`. What a figure shows is data (spec.py); how it is drawn is decided in
the kinds (registry.py); how it becomes bytes, in export.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import browser, export, registry, spec
from analysis.results.store import read_estimates
from analysis.results.wording import Words
from survey.errors import ReportError, collect
from survey.instrument.load import load_instrument
from survey.io.atomic import sha256, write_text
from survey.progress import Progress
from survey.project import Project

FORMATS = ("json", "svg", "png")


@dataclass(frozen=True)
class Drawn:
    """One figure in one language, not yet written."""

    study: str
    lang: str
    spec: spec.FigureSpec
    figure: go.Figure
    path: Path  # without suffix

    def files(self) -> list[Path]:
        return [self.path.with_name(f"{self.path.name}.{suffix}") for suffix in FORMATS]


def run(project: Project, studies: Iterable[str], progress: Progress) -> list[Path]:
    """Draw and write every figure of `studies`; returns the files written.

    Raises
    ------
    InstrumentError
        With every fault of a figures.yml.
    ReportError
        With every figure that cannot be drawn, or if there is no browser.
    """
    studies = list(studies)
    drawings = [drawing for study in studies for drawing in draw_study(project, study)]
    if not drawings:
        return []
    export.export_all(
        [(d.path, d.figure, d.figure.layout.width, d.figure.layout.height) for d in drawings],
        browser.find(project.root),
        progress=progress,
    )
    written = [path for drawing in drawings for path in drawing.files()]
    for study in studies:
        own = [drawing for drawing in drawings if drawing.study == study]
        if own:
            written.append(_write_index(project, study, own))
    return written


def draw_study(project: Project, study: str) -> list[Drawn]:
    """Every figure of a study in every language; nothing is written."""
    specs = spec.load(project, study, registry.OPTIONS)
    if not specs:
        return []
    instrument = load_instrument(project, study)
    rows = read_estimates(project, study)
    drawings = []
    with collect(ReportError) as faults:
        for entry in specs:
            try:
                chosen = spec.selected(rows, entry)
                _require_something_to_show(chosen, entry)
                for lang in instrument.study.languages:
                    words = Words.of({study: instrument}, lang)
                    figure = registry.draw(entry.kind)(chosen, words, entry)
                    path = project.figures(study, lang) / entry.name
                    drawings.append(Drawn(study, lang, entry, figure, path))
            except ReportError as error:
                faults.take(error)
    return drawings


def _require_something_to_show(rows: pd.DataFrame, entry: spec.FigureSpec) -> None:
    if rows["quality"].eq("suppressed").all():
        raise ReportError(
            f"figure '{entry.name}' has nothing to show: every estimate of it is suppressed",
            hint="take larger groups, or leave the figure out of figures.yml",
        )


def _write_index(project: Project, study: str, drawings: list[Drawn]) -> Path:
    """What was drawn: titles, alternative texts, sizes and hashes, for reports and the manifest."""
    entries = [
        {
            "name": drawing.spec.name,
            "number": drawing.spec.number,
            "kind": drawing.spec.kind,
            "lang": drawing.lang,
            "title": drawing.spec.said("title", drawing.lang),
            "alt": drawing.figure.layout.meta["alt"],
            "simulated": drawing.figure.layout.meta["simulated"],
            "width": drawing.figure.layout.width,
            "height": drawing.figure.layout.height,
            "files": {
                path.suffix[1:]: {"path": project.relative(path), "sha256": sha256(path)}
                for path in drawing.files()
            },
        }
        for drawing in drawings
    ]
    text = json.dumps({"study": study, "figures": entries}, ensure_ascii=False, indent=1)
    return write_text(project.build(study) / "figures.json", text + "\n")
