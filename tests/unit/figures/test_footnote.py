"""Heading, footnote and alternative text."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.figures.alttext import alt_text
from analysis.figures.footnote import badge, base, figure_number, paragraphs, subtitle
from tests.unit.figures.conftest import (
    EXAMPLES,
    ages,
    categories,
    estimate,
    example,
    figure_spec,
    issues,
    quarters,
    table,
    trend,
)


class TestHeading:
    def test_figures_beyond_the_white_papers_are_annex_figures(self, chinese, english):
        spec = figure_spec("score_dots", number="A-2")
        assert figure_number(spec, chinese) == "附图 A-2"
        assert figure_number(spec, english) == "Figure A-2"

    def test_a_figure_without_a_subtitle_says_what_was_measured_and_when(self, chinese, english):
        spec = figure_spec("score_trend", subtitle={})
        assert subtitle(spec, trend(), chinese) == "安全感知评分，2013年上半年～2018年上半年"
        assert subtitle(spec, trend(), english) == "Security-perception score, 2013 H1–2018 H1"

    def test_published_numbers_only_get_no_subtitle_of_our_own(self, english):
        assert subtitle(figure_spec("quarter_counts", subtitle={}), quarters(), english) == ""


class TestFootnote:
    def test_the_base_is_a_range_where_groups_differ(self, chinese, english):
        rows = table(
            {"indicator": "score", "domain": "age=old", **estimate(6, 1, n=412)},
            {"indicator": "score", "domain": "age=young", **estimate(6, 1, n=1893)},
        )
        assert base(rows, chinese) == "基数：各组 412～1,893 名受访者。"
        assert base(rows, english) == "Base: 412–1,893 respondents in each group."

    def test_the_whole_population_does_not_widen_the_base_of_its_groups(self, english):
        assert base(ages(), english) == "Base: 900 respondents."

    def test_published_numbers_have_no_base(self, english):
        assert base(quarters(), english) == ""

    def test_bands_are_not_said_to_be_drawn_from_a_seed(self, english):
        told = " ".join(paragraphs(figure_spec("category_bands"), categories(), english))
        assert "Simulated bands follow from" in told
        assert "seed" not in told

    def test_the_badge_is_empty_only_without_simulated_rows(self, words):
        assert badge(quarters(), words) == ""
        assert badge(issues(), words) != ""


class TestAltText:
    @pytest.mark.parametrize("kind", EXAMPLES)
    def test_it_tells_number_title_and_whether_data_are_simulated(self, kind, english):
        rows, spec = example(kind)
        told = alt_text(spec, rows, english)
        assert told.startswith("Figure 1. Title of the figure. ")
        assert ("simulated data" in told) == rows["kind"].eq("simulated").any()

    def test_values_are_read_out_in_the_order_drawn_published_first(self, chinese):
        rows, spec = example("issue_bars")
        told = alt_text(spec, rows, chinese)
        assert "未经同意向他人提供个人信息 39.9%（公布值），收集过多" in told
        assert told.index("28.1%（公布值）") < told.index("模拟估计")

    def test_a_missing_quarter_is_said_to_be_missing(self, english):
        told = alt_text(figure_spec("quarter_counts"), quarters(), english)
        assert "Q3 2016 not found" in told

    def test_a_band_is_read_out_by_its_ends(self, english):
        told = alt_text(figure_spec("category_bands"), categories(), english)
        assert "Games 74.0–85.0% (never published, possible range)" in told
        assert "about 80% (published)" in told

    def test_many_values_are_told_as_a_range_without_ranking(self, english):
        rows = pd.concat(
            table({"indicator": "score", "domain": f"age={i}", **estimate(0.5 + i / 100, 0.01)})
            for i in range(31)
        )
        told = alt_text(figure_spec("score_dots"), rows, english)
        assert "31 values between 50.0% and 80.0%" in told
