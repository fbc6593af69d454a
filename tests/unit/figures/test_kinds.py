"""What each kind promises about its marks."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.figures.registry import draw
from survey.errors import ReportError
from tests.unit.figures.conftest import (
    ages,
    arms,
    categories,
    counted_kinds,
    estimate,
    example,
    figure_spec,
    filled_quarters,
    issues,
    kinds,
    quarters,
    rates,
    table,
    trend,
)


def texts(figure) -> str:
    return "\n".join(note.text for note in figure.layout.annotations)


def named(figure, name: str):
    return next(trace for trace in figure.data if trace.name == name)


def made(kind: str, words):
    rows, spec = example(kind)
    return draw(kind)(rows, words, spec)


class TestIssueBars:
    def test_bars_stand_in_the_published_order(self, chinese):
        figure = made("issue_bars", chinese)
        assert named(figure, "公布值").x == (0.399, 0.281, 0.253)
        assert figure.layout.yaxis.ticktext[:3] == (
            "未经同意向他人提供个人信息",
            "收集过多或不相关的个人信息",
            "非法出售个人信息",
        )
        assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # first one on top

    def test_the_order_is_not_that_of_the_values(self, english):
        rows = issues()
        spec = figure_spec("issue_bars", select={"category": ["sold", "shared", "excess"]})
        rows = rows[rows["category"].isin(spec.order("category"))]
        figure = draw("issue_bars")(rows, english, spec)
        assert named(figure, "Published").x == (0.253, 0.399, 0.281)

    def test_options_never_published_are_bands_up_to_the_last_published_share(self, english):
        bands = named(made("issue_bars", english), "Never published: possible range")
        assert bands.y == (3, 4, 5)
        assert bands.base == (0, 0, 0)
        assert bands.x == pytest.approx((0.253, 0.253, 0.253))
        assert bands.marker.pattern.shape == "/"

    def test_bands_say_that_they_were_never_published(self, words):
        said = {"zh": "未公布，不高于 25.3%", "en": "never published, at most 25.3%"}
        assert said[words.lang] in texts(made("issue_bars", words))

    def test_the_simulated_estimate_lies_beside_the_bar_not_on_it(self, english):
        figure = made("issue_bars", english)
        bar = named(figure, "Published")
        ring = named(figure, "Simulated estimate with 95% confidence interval")
        assert all(abs(y - place) > bar.width / 2 for place, y in zip(bar.y, ring.y, strict=True))

    def test_what_was_never_published_is_nowhere_told_as_one_number(self, words):
        told = made("issue_bars", words).to_json()
        assert "39.9%" in told
        assert not any(value in told for value in ("21.0%", "17.0%", "12.0%"))

    def test_bars_begin_at_zero(self, words):
        assert made("issue_bars", words).layout.xaxis.range[0] == 0

    def test_two_waves_at_once_are_refused_by_name(self, words):
        rows = pd.concat([issues(), issues().assign(wave="2017H1")])
        with pytest.raises(ReportError, match="they differ in wave"):
            draw("issue_bars")(rows, words, figure_spec("issue_bars"))


class TestCategoryBands:
    def test_a_category_has_a_band_and_no_point(self, words):
        figure = made("category_bands", words)
        assert [trace.type for trace in figure.data] == ["bar"]
        assert figure.data[0].base == (0.74, 0.62, 0.6)

    def test_the_overall_line_says_about(self, words):
        said = {"zh": "公布的总体水平：约 80%", "en": "Published overall level: about 80%"}
        assert said[words.lang] in texts(made("category_bands", words))

    def test_the_line_stands_at_the_published_level_with_what_about_may_hide(self, words):
        shapes = made("category_bands", words).layout.shapes
        assert any((s.x0, s.x1) == (0.8, 0.8) for s in shapes)
        assert any(s.type == "rect" and (s.x0, s.x1) == (0.775, 0.825) for s in shapes)

    def test_without_a_published_level_there_is_no_figure(self, words):
        rows = categories()
        with pytest.raises(ReportError, match="no published overall level"):
            draw("category_bands")(
                rows[rows["kind"] != "published"], words, figure_spec("category_bands")
            )


class TestQuarterCounts:
    def test_a_missing_quarter_has_no_column(self, words):
        figure = made("quarter_counts", words)
        assert figure.data[0].x == (0, 1, 3, 5, 6)
        assert 0 not in figure.data[0].y

    def test_both_gaps_are_marked_as_not_found(self, words):
        figure = made("quarter_counts", words)
        said = {"zh": "未<br>找<br>到", "en": "not<br>found"}[words.lang]
        places = [note.x for note in figure.layout.annotations if note.text == said]
        assert places == [2, 4]  # a row without a value, and no row at all
        strips = [shape for shape in figure.layout.shapes if shape.type == "rect"]
        assert [(s.x0 + s.x1) / 2 for s in strips] == [2, 4]

    def test_years_stand_once_below_their_quarters(self, english):
        said = [note.text for note in made("quarter_counts", english).layout.annotations]
        assert said.count("2016") == 1
        assert said.count("2017") == 1

    def test_every_column_carries_its_number(self, words):
        assert made("quarter_counts", words).data[0].text == tuple(
            f"<b>{count}</b>" for count in (29, 32, 34, 42, 31)
        )

    def test_half_years_are_refused(self, words):
        rows = quarters().assign(wave="2018H1").head(1)
        with pytest.raises(ReportError, match="waves that are quarters"):
            draw("quarter_counts")(rows, words, figure_spec("quarter_counts"))


class TestFilledGaps:
    def drawn(self, words, **options):
        spec = figure_spec("quarter_counts", options=options)
        return draw("quarter_counts")(filled_quarters(), words, spec)

    def test_a_model_is_not_drawn_unless_the_figure_asks(self, words):
        plain = draw("quarter_counts")(quarters(), words, figure_spec("quarter_counts"))
        assert self.drawn(words).to_json() == plain.to_json()

    def test_a_range_is_hatched_named_and_no_column(self, english):
        figure = self.drawn(english, fill=True)
        band = named(figure, "Model range (90%), no published number")
        assert band.marker.pattern.shape == "/"
        assert (band.x, band.base, band.y) == ((2,), (25.0,), (25.0,))
        assert figure.data[0].x == (0, 1, 3, 5, 6)

    def test_the_figure_then_bears_the_simulated_mark_and_a_note(self, english):
        figure = self.drawn(english, fill=True)
        assert figure.layout.meta["simulated"]
        assert "nobody published them" in texts(figure).replace("<br>", " ")

    def test_the_quarter_is_still_said_to_be_missing(self, words):
        figure = self.drawn(words, fill=True)
        said = {"zh": "未<br>找<br>到", "en": "not<br>found"}[words.lang]
        assert [note.x for note in figure.layout.annotations if note.text == said] == [2, 4]


class TestQuarterRates:
    def test_only_quarters_with_both_numbers_have_a_point(self, words):
        figure = made("quarter_rates", words)
        assert figure.data[0].x == (0, 1, 4)
        assert figure.data[0].y == (0.674, 0.762, 1.089)

    def test_a_missing_exposure_and_a_missing_count_have_their_own_words(self, english):
        notes = {note.text: note.x for note in made("quarter_rates", english).layout.annotations}
        assert notes["stores<br>not<br>known"] == 2
        assert notes["not<br>found"] == 3

    def test_points_are_not_joined(self, words):
        assert made("quarter_rates", words).data[0].mode == "markers"

    def test_rates_print_two_decimals(self, words):
        assert "<b>0.67</b>" in texts(made("quarter_rates", words))

    def test_no_rate_at_all_is_no_figure(self, words):
        rows = rates().assign(estimate=float("nan"))
        with pytest.raises(ReportError, match="no quarter with a rate"):
            draw("quarter_rates")(rows, words, figure_spec("quarter_rates"))


class TestCountedKinds:
    def drawn(self, words):
        return draw("kinds_split")(counted_kinds(), words, figure_spec("kinds_split"))

    def test_counted_bars_carry_simultaneous_intervals(self, english):
        counted = named(self.drawn(english), "Counted in the notices")
        assert counted.error_x.array[0] == pytest.approx(0.886 - 109 / 134)
        assert counted.error_x.arrayminus[0] == pytest.approx(109 / 134 - 0.71)

    def test_all_others_have_what_the_first_kind_leaves(self, english):
        counted = named(self.drawn(english), "Counted in the notices")
        assert counted.error_x.array[1] == pytest.approx(1 - 0.71 - 25 / 134)

    def test_published_bars_have_none(self, english):
        assert named(self.drawn(english), "Published").error_x.array is None

    def test_the_note_states_what_is_published_counted_and_unknown(self, english):
        told = texts(self.drawn(english)).replace("<br>", " ")
        assert "Published: Forced bundling of other apps 84%." in told
        assert "Counted one by one: Forced bundling of other apps 81.3% (109 of 134)" in told
        assert "another 658 apps are not known" in told
        assert "no number was found for Q1 2017, Q4 2017" in told


class TestKindsSplit:
    def test_the_published_rest_stays_one_hatched_bar(self, english):
        rest = named(made("kinds_split", english), "Published without a split")
        assert rest.x == (0.16,)
        assert rest.marker.pattern.shape == "/"

    def test_counted_kinds_are_shares_of_all_counted_cases(self, english):
        figure = made("kinds_split", english)
        counted = named(figure, "Counted in the notices")
        assert counted.x[:2] == pytest.approx((109 / 134, 25 / 134))
        assert "81.3% (109 of 134)" in texts(figure)

    def test_cases_without_a_kind_come_last(self, chinese):
        assert made("kinds_split", chinese).layout.yaxis.ticktext[-1] == "类型不明"

    def test_without_a_published_rest_there_is_no_figure(self, words):
        rows = kinds()
        with pytest.raises(ReportError, match="published shares and counted cases"):
            draw("kinds_split")(rows[rows["category"] != "rest"], words, figure_spec("kinds_split"))


class TestScoreTrend:
    def lines(self, figure):
        return [trace for trace in figure.data if trace.mode == "lines"]

    def test_a_gap_of_more_than_a_year_is_dashed_and_said(self, english):
        figure = made("score_trend", english)
        assert [line.line.dash for line in self.lines(figure)] == ["dash", "solid"]
        assert "Dashed: more than a year" in texts(figure)

    def test_time_is_to_scale(self, words):
        days = made("score_trend", words).layout.xaxis.tickvals
        assert (days[1] - days[0]) / (days[2] - days[1]) == pytest.approx(4, abs=0.01)

    def test_published_points_and_simulated_estimates_are_two_marks(self, english):
        figure = made("score_trend", english)
        point = named(figure, "Published")
        ring = named(figure, "Simulated estimate with 95% confidence interval")
        assert point.marker.color != ring.marker.color
        assert ring.error_y.array == pytest.approx((0.07,) * 3)
        assert point.error_y.array is None

    def test_waves_that_cannot_be_compared_are_not_joined(self, words):
        rows = trend()
        rows.loc[rows["wave"] == "2018H1", "comparable"] = "broken"
        figure = draw("score_trend")(rows, words, figure_spec("score_trend"))
        assert len(self.lines(figure)) == 1

    def test_a_cut_axis_is_said(self, english):
        assert "The vertical axis starts at 5.5." in texts(made("score_trend", english))

    def test_one_wave_alone_can_be_drawn(self, words):
        rows = trend("published")
        figure = draw("score_trend")(
            rows[rows["wave"] == "2018H1"], words, figure_spec("score_trend")
        )
        assert self.lines(figure) == []


class TestScoreDots:
    def test_levels_stand_in_the_order_of_the_questionnaire_not_of_the_values(self, chinese):
        figure = made("score_dots", chinese)
        assert figure.layout.yaxis.ticktext == ("60岁及以上", "10-19岁", "20-59岁")
        assert figure.data[0].x == (6.9, 6.1, 6.3)

    def test_the_whole_population_is_a_line_not_a_dot(self, english):
        assert "Overall: 6.3" in texts(made("score_dots", english))

    def test_a_suppressed_level_shows_words_instead_of_a_dot(self, english):
        rows = ages()
        hidden = rows["domain"] == "age=old"
        rows.loc[hidden, ["estimate", "ci_low", "ci_high"]] = float("nan")
        rows.loc[hidden, "quality"] = "suppressed"
        figure = draw("score_dots")(rows, english, figure_spec("score_dots"))
        assert figure.data[0].y == (1, 2)
        assert "base too small, not published" in texts(figure)

    def test_many_levels_carry_no_numbers(self, words):
        shared = {"indicator": "score", "statistic": "mean", "unit": "points10"}
        rows = table(
            *(
                {**shared, "domain": f"age={code}", **estimate(6.3, 0.3, n=150)}
                for code in range(31)
            )
        )
        figure = draw("score_dots")(rows, words, figure_spec("score_dots"))
        assert len(figure.layout.yaxis.ticktext) == 31
        assert "6.3" not in texts(figure)
        assert figure.layout.height < 1000


class TestShareBars:
    def test_simulated_bars_are_hatched(self, words):
        assert made("share_bars", words).data[0].marker.pattern.shape == "/"

    def test_collected_bars_are_filled(self, words):
        rows = table({"indicator": "issues", "category": "sold", **estimate(0.2, 0.01)})
        figure = draw("share_bars")(rows.assign(kind="collected"), words, figure_spec("share_bars"))
        assert figure.data[0].marker.pattern.shape is None

    def test_options_stand_in_the_order_of_the_scale(self, english):
        assert made("share_bars", english).layout.yaxis.ticktext[0] == "Selling data illegally"

    def test_intervals_are_drawn(self, words):
        assert made("share_bars", words).data[0].error_x.array == pytest.approx((0.013,) * 6)


class TestGapBars:
    def test_each_difference_has_its_own_interval_in_its_own_panel(self, english):
        figure = made("gap_bars", english)
        change = next(trace for trace in figure.data if trace.xaxis == "x2")
        assert change.x == pytest.approx((0.6578 - 0.6905, 0.039))
        assert change.error_x.array == pytest.approx((0.0118 * 1.4, 0.0124 * 1.4))

    def test_differences_are_in_percentage_points_with_their_sign(self, words):
        said = texts(made("gap_bars", words))
        assert "−3.3" in said
        assert "+3.9" in said

    def test_which_group_is_subtracted_is_said(self, chinese):
        assert "差值（展示数据减不展示）" in texts(made("gap_bars", chinese))

    def test_a_suppressed_pair_shows_words_instead_of_numbers(self, english):
        rows = arms()
        small = (rows["indicator"] == "worry") & rows["domain"].eq("arm=shown")
        rows.loc[small, "quality"] = "suppressed"
        rows.loc[small, ["estimate", "ci_low", "ci_high", "n"]] = float("nan")
        spec = figure_spec("gap_bars", options={"by": "indicator"})
        told = texts(draw("gap_bars")(rows, english, spec))
        assert told.count("base too small, not published") == 1
        assert "nan" not in told.lower()

    def test_a_gap_without_its_groups_is_refused(self, words):
        rows = arms()
        rows = rows[rows["domain"].eq("arm=shown")]
        with pytest.raises(ReportError, match="no values of arm=hidden"):
            draw("gap_bars")(rows, words, figure_spec("gap_bars", options={"by": "indicator"}))
