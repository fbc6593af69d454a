"""figures.yml: strict, every fault at once with its line, and rows chosen by it."""

from __future__ import annotations

import pytest

from analysis.figures.registry import OPTIONS
from analysis.figures.spec import FigureSpec, load, selected
from survey.errors import InstrumentError, ReportError
from tests.unit.figures.conftest import figure_spec, issues, trend

GOOD = """\
- name: figure-1
  number: 1
  kind: score_trend
  select: {indicator: trust, statistic: mean}
  title: {zh: 信任, en: Trust}
  options: {span: 1.5}
"""


def load_text(tiny, text: str) -> tuple[FigureSpec, ...]:
    (tiny.instrument("tiny") / "figures.yml").write_text(text, encoding="utf-8")
    return load(tiny, "tiny", OPTIONS)


class TestLoad:
    def test_a_study_without_the_file_has_no_figures(self, tiny):
        assert load(tiny, "tiny", OPTIONS) == ()

    def test_a_number_may_be_written_without_quotes(self, tiny):
        assert load_text(tiny, GOOD)[0].number == "1"

    def test_every_fault_is_told_at_once_with_its_line(self, tiny):
        text = (
            GOOD.replace("kind: score_trend", "kind: score_trnd")
            + GOOD.replace("figure-1", "figure-2").replace("span", "spann").replace("r: 1", "r: 2")
            + GOOD.replace("figure-1", "figure-3").replace("{zh: 信任, en: Trust}", "{zh: 信任}")
            + GOOD.replace("figure-1", "figure-4").replace("indicator:", "indikator:")
        )
        with pytest.raises(InstrumentError) as told:
            load_text(tiny, text)
        message = str(told.value)
        assert "figures.yml:3: there is no kind of figure 'score_trnd'" in message
        assert "did you mean 'score_trend'?" in message
        assert "figures.yml:12: unknown key 'spann'" in message
        assert "figures.yml:17: 'title' of 'figure-3' lacks a language" in message
        assert "rows cannot be selected by 'indikator'" in message

    def test_two_figures_of_one_name_are_refused(self, tiny):
        with pytest.raises(InstrumentError, match="name 'figure-1' is given to two figures"):
            load_text(tiny, GOOD + GOOD)

    def test_a_file_that_is_no_list_is_refused(self, tiny):
        with pytest.raises(InstrumentError, match="a list of figures"):
            load_text(tiny, "figures: 1\n")


class TestSelected:
    def test_published_rows_are_selected_without_being_asked_for(self):
        rows = selected(issues(), figure_spec("issue_bars", select={"category": "sold"}))
        assert set(rows["kind"]) == {"published", "simulated"}

    def test_the_latest_wave_is_the_last_in_time_and_not_by_name(self):
        rows = trend("published")
        later = rows["period"].max()
        rows["wave"] = rows["wave"].where(rows["period"] != later, "0-pilot")
        chosen = selected(rows, figure_spec("score_trend", select={"wave": "latest"}))
        assert set(chosen["wave"]) == {"0-pilot"}

    def test_a_word_that_matches_nothing_is_named_with_its_neighbour(self):
        spec = figure_spec("issue_bars", select={"indicator": "issues", "category": "solld"})
        with pytest.raises(ReportError, match="category solld") as told:
            selected(issues(), spec)
        assert "did you mean 'sold'?" in str(told.value)

    def test_the_latest_wave_is_the_last_in_time_with_rows_of_its_own(self):
        rows = trend("simulated", "published")
        rows = rows[(rows["wave"] != "2018H1") | (rows["kind"] == "published")]
        chosen = selected(rows, figure_spec("score_dots", select={"wave": "latest"}))
        assert set(chosen["wave"]) == {"2017H1"}


class TestSaid:
    def test_the_space_of_a_folded_chinese_text_is_taken_out(self):
        spec = figure_spec("issue_bars", note={"zh": "第一行， 第二行 Android 应用", "en": "a b"})
        assert spec.said("note", "zh") == "第一行，第二行 Android 应用"
        assert spec.said("note", "en") == "a b"

    def test_english_quotes_are_straight(self):
        spec = figure_spec("issue_bars", title={"zh": "“吸费”", "en": "one’s browser"})
        assert (spec.said("title", "zh"), spec.said("title", "en")) == ("“吸费”", "one's browser")
