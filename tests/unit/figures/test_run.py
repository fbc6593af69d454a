"""The stage: every figure in every language, one browser session, an index of what was drawn."""

from __future__ import annotations

import json

import pytest

from analysis.figures import run as stage
from analysis.results.store import write_rows
from survey.errors import ReportError
from survey.progress import Progress
from tests.unit.figures.conftest import trend

FIGURES = """\
- name: figure-1
  number: 1
  kind: score_trend
  select: {indicator: trust, statistic: mean}
  title: {zh: 信任, en: Trust}
- name: figure-a-1
  number: A-1
  kind: share_bars
  select: {indicator: trust, statistic: mean}
  title: {zh: 信任, en: Trust}
  options: {by: wave}
"""


@pytest.fixture
def project(tiny, monkeypatch):
    """The tiny study with figures and estimates, and an export that only writes names."""
    (tiny.instrument("tiny") / "figures.yml").write_text(FIGURES, encoding="utf-8")
    rows = trend("simulated").assign(study="tiny", indicator="trust")
    write_rows(rows, tiny.estimates("tiny"))
    sessions = []

    def export_all(figures, browser, *, progress):
        sessions.append(len(figures))
        for path, _, _, _ in figures:
            path.parent.mkdir(parents=True, exist_ok=True)
            for suffix in stage.FORMATS:
                path.with_name(f"{path.name}.{suffix}").write_text(path.name)

    monkeypatch.setattr(stage.browser, "find", lambda root: None)
    monkeypatch.setattr(stage.export, "export_all", export_all)
    return tiny, sessions


class TestRun:
    def test_every_figure_is_written_in_both_languages_in_one_session(self, project):
        tiny, sessions = project
        written = stage.run(tiny, ["tiny"], Progress.silent())
        assert sessions == [4]
        assert all(path.exists() for path in written)
        assert tiny.figures("tiny", "en") / "figure-1.svg" in written
        assert len(written) == 2 * 2 * 3 + 1

    def test_the_index_tells_titles_alternative_texts_sizes_and_hashes(self, project):
        tiny, _ = project
        stage.run(tiny, ["tiny"], Progress.silent())
        index = json.loads((tiny.build("tiny") / "figures.json").read_text(encoding="utf-8"))
        first = index["figures"][0]
        assert (first["lang"], first["title"], first["simulated"]) == ("zh", "信任", True)
        assert first["width"] == 900
        assert first["alt"].startswith("图 1。信任。")
        assert len(first["files"]["png"]["sha256"]) == 64
        assert first["files"]["png"]["path"] == "build/tiny/figures/zh/figure-1.png"

    def test_a_study_without_figures_starts_no_browser(self, tiny):
        assert stage.run(tiny, ["tiny"], Progress.silent()) == []

    def test_a_figure_of_suppressed_estimates_only_is_named(self, project):
        tiny, _ = project
        rows = trend("simulated").assign(study="tiny", indicator="trust", quality="suppressed")
        rows[["estimate", "ci_low", "ci_high"]] = float("nan")
        write_rows(rows, tiny.estimates("tiny"))
        with pytest.raises(ReportError, match="figure 'figure-1' has nothing to show"):
            stage.run(tiny, ["tiny"], Progress.silent())

    def test_every_figure_that_cannot_be_drawn_is_named(self, project):
        tiny, sessions = project
        path = tiny.instrument("tiny") / "figures.yml"
        path.write_text(FIGURES.replace("statistic: mean", "wave: 2099H1"), encoding="utf-8")
        with pytest.raises(ReportError) as told:
            stage.run(tiny, ["tiny"], Progress.silent())
        assert "figure 'figure-1'" in str(told.value)
        assert "figure 'figure-a-1'" in str(told.value)
        assert sessions == []
