"""Rows become tables: which lines, which marks, which notes."""

from __future__ import annotations

from typing import ClassVar

import pytest

from analysis.report.book import Book
from analysis.tables.build import build_tables
from analysis.tables.material import Material
from analysis.tables.shape import shown
from analysis.tables.spec import TableSpec
from survey.errors import ReportError
from survey.instrument.load import load_instrument
from tests.conftest import edit
from tests.unit.report.samples import change, frame, row


def spec(kind: str, **fields) -> TableSpec:
    return TableSpec(name="t", kind=kind, title={"zh": "表", "en": "Table"}, **fields)


@pytest.fixture
def material(tiny):
    """Makes the material of the tiny study from rows."""
    edit(tiny, "scales/trust.yml", "range: [0, 10]", "range: [0, 10]\ngroups: {low: [0, 1, 2]}")
    edit(tiny, "study.yml", "statistic: [mean]", "statistic: [mean, total]")
    instrument = load_instrument(tiny, "tiny")

    def make(*rows, lang: str = "en", calibrations=None) -> Material:
        book = Book(tiny, None, {"tiny": instrument}, None, {}, {})
        return Material(
            rows=frame(*rows),
            words=book.words(lang),
            instruments={"tiny": instrument},
            waves={"tiny": ["2019H1", "2020H1"]},
            calibrations=calibrations or {},
            main_study="tiny",
        )

    return make


def built(entry: TableSpec, material: Material):
    return build_tables([entry], material, {"t": "1"})["t"]


def printed(table, words) -> list[list[str]]:
    return [
        [
            shown(cell, column, words)
            for cell, column in zip(line.cells, table.columns, strict=False)
        ]
        for line in table.lines
    ]


class TestByDomain:
    def rows(self, **values):
        return (
            row(**values),
            row(domain="sex=female", estimate=6.1, **values),
            row(domain="sex=male", estimate=6.5, **values),
            row(wave="2019H1", period="2019-06-30", estimate=1.0, **values),
        )

    def test_levels_stand_in_questionnaire_order_under_their_variable(self, material):
        made = material(*self.rows())
        table = built(spec("by_domain", select={"indicator": "trust"}), made)
        lines = printed(table, made.words)
        assert [line[0] for line in lines] == ["Overall", "Sex", "Men", "Women"]
        assert lines[2] == ["Men", "6.50", "6.20 to 6.40", "2,000", "1,333", "1.50"]

    def test_simulated_rows_are_said_in_title_and_notes(self, material):
        made = material(*self.rows(kind="simulated"), lang="zh")
        table = built(spec("by_domain", select={"indicator": "trust"}), made)
        assert table.title == "【模拟数据】表"
        assert table.simulated == "all"
        assert any("不得作为调查结果引用" in note for note in table.notes)

    def test_a_suppressed_level_shows_a_star_and_a_note(self, material):
        hidden = row(domain="sex=male", quality="suppressed", n=12.0)
        made = material(row(), hidden)
        table = built(spec("by_domain", select={"indicator": "trust"}), made)
        assert printed(table, made.words)[2] == ["Men", "*", "*", "*", "*", "*"]
        assert any(note.startswith("* ") for note in table.notes)
        assert 12.0 not in table.frame().to_numpy()

    def test_a_reason_of_the_whole_table_is_told_once(self, material):
        borrowed = "margin 'sex' borrowed from 2017-06-30, 185 days off the wave"
        few = f"{borrowed}; fewer than 8 degrees of freedom"
        made = material(
            row(quality="caution", reason=borrowed),
            row(domain="sex=male", quality="caution", reason=few),
        )
        table = built(spec("by_domain", select={"indicator": "trust"}), made)
        assert [line[1] for line in printed(table, made.words) if len(line) > 1] == [
            "6.30",
            "6.30†",
        ]
        assert (
            "Use the whole table with caution: calibration margin “Sex” is as of 2017-06-30."
            in table.notes
        )
        assert "† Use with caution: fewer than 8 degrees of freedom." in table.notes

    def test_a_reason_of_some_rows_is_told_at_them_and_not_of_the_whole_table(self, material):
        borrowed = "margin 'sex' borrowed from 2017-06-30, 185 days off the wave"
        cautious = row(domain="sex=male", quality="caution", reason=borrowed)
        table = built(spec("by_domain", select={"indicator": "trust"}), material(row(), cautious))
        words = material(row()).words
        shown_ = [line[1] for line in printed(table, words) if len(line) > 1]
        assert shown_ == ["6.30", "6.30†"]
        told = "† Use with caution: calibration margin “Sex” is as of 2017-06-30."
        assert told in table.notes
        assert not any("whole table" in note for note in table.notes)


class TestChanges:
    def test_published_and_estimated_changes_stand_apart(self, material):
        nan = float("nan")
        told = change(kind="published", ci_low=nan, ci_high=nan, p_adjusted=nan)
        made = material(change(kind="simulated"), told)
        lines = printed(built(spec("changes"), made), made.words)
        assert [line[-1] for line in lines] == ["published", "SIMULATED"]
        assert lines[0][3:6] == ["−0.20", "–", "–"]
        assert lines[1][3:6] == ["−0.20", "−0.30 to −0.10", "<0.001"]

    def test_changes_of_shares_are_in_percentage_points(self, material):
        low = change(category="low", unit="share", estimate=0.025, ci_low=0.01, ci_high=0.04)
        made = material(low)
        lines = printed(built(spec("changes"), made), made.words)
        assert lines[0][3:5] == ["+2.50", "+1.00 to +4.00"]


class TestNotices:
    def test_quarters_without_a_number_stay_visible(self, material):
        def told(wave: str, estimate: float):
            return row(
                kind="published", wave=wave, statistic="total", unit="count", estimate=estimate
            )

        made = material(told("2016Q4", 34.0), told("2017Q2", 42.0))
        lines = printed(built(spec("notices"), made), made.words)
        assert lines == [["Q4 2016", "34"], ["Q1 2017", "–"], ["Q2 2017", "42"]]


class TestWeighting:
    @pytest.mark.parametrize(
        ("error", "told"), [(2e-13, "<0.0001%"), (1e-6, "0.0001%"), (0.00123, "0.1230%")]
    )
    def test_a_line_for_every_weighted_wave(self, material, error, told):
        record = {"n": 2000, "n_eff": 1333.3, "deff_kish": 1.5, "smallest": 0.5, "largest": 2.0}
        record |= {"trimmed": 3, "max_relative_error": error}
        made = material(row(), calibrations={("tiny", "2020H1"): record})
        lines = printed(built(spec("weighting"), made), made.words)
        assert lines == [["2020 H1", "2,000", "1,333", "1.50", "4.00", "3", told]]


class TestText:
    OPTIONS: ClassVar = {
        "columns": [{"zh": "甲", "en": "A"}, "B"],
        "lines": [[{"zh": "乙", "en": "b"}, "c"]],
    }

    def test_words_are_taken_in_the_language_of_the_report(self, material):
        made = material(row(), lang="zh")
        table = built(spec("text", options=self.OPTIONS), made)
        assert [column.head for column in table.columns] == ["甲", "B"]
        assert printed(table, made.words) == [["乙", "c"]]

    def test_a_line_with_a_cell_too_few_is_named(self, material):
        with pytest.raises(ReportError, match="line 1 has 1 cells"):
            built(spec("text", options={"columns": ["A", "B"], "lines": [["a"]]}), material(row()))


class TestFaults:
    def test_an_unknown_kind_gets_a_hint(self, material):
        with pytest.raises(ReportError, match="did you mean 'changes'"):
            built(spec("change"), material(row()))

    def test_no_rows_is_a_fault_and_no_empty_table(self, material):
        with pytest.raises(ReportError, match="no rows fit"):
            built(
                spec("by_domain", select={"indicator": "trust", "wave": "2019H1"}), material(row())
            )


class TestDetectable:
    def test_the_numbers_are_those_of_the_power_formula(self, material):
        made = material(row())
        table = built(
            spec("detectable", options={"n": [2000], "deff": [1.0, 1.5], "sd": 2.2}), made
        )
        # (1.959964 + 0.841621) x 2.2 x sqrt(2 x 1.5 / 2000)
        assert table.lines[0].cells[2].value == pytest.approx(0.238711, abs=1e-6)
        assert "power 80%, standard deviation 2.2" in table.notes[0]
