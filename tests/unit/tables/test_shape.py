"""Cells as they are printed, and the table as a frame."""

from __future__ import annotations

import pytest

from analysis.results.wording import Words
from analysis.tables.shape import Cell, Column, Line, Table, cell, how_simulated, interval, shown
from tests.unit.report.samples import row

WORDS = Words("en", {}, {"range": {"en": "{low} to {high}"}})


class TestShown:
    @pytest.mark.parametrize(
        ("value", "column", "text"),
        [
            (Cell(0.39949), Column("", "share"), "39.9%"),
            (Cell(6.25), Column("", "points10"), "6.3"),
            (Cell(-0.2), Column("", "points"), "−0.20"),
            (Cell(0.118), Column("", "pp"), "+11.8"),
            (Cell(12345.0), Column("", "count"), "12,345"),
            (Cell(0.0004), Column("", "p"), "<0.001"),
            (Cell(0.38, high=0.42), Column("", "share"), "38.0% to 42.0%"),
            (Cell(6.1, "caution"), Column("", "points10"), "6.1†"),
            (Cell(mark="suppressed"), Column("", "share"), "*"),
            (Cell(float("nan")), Column("", "share"), "–"),
            (Cell("words"), Column(""), "words"),
        ],
    )
    def test_a_cell_follows_its_column(self, value, column, text):
        assert shown(value, column, WORDS) == text


class TestCellsOfRows:
    def test_a_suppressed_row_gives_away_none_of_its_numbers(self):
        hidden = row(quality="suppressed", estimate=6.0, n=7.0)
        for made in (cell(hidden), cell(hidden, "n"), interval(hidden)):
            assert (made.value, made.high, made.mark) == (None, None, "suppressed")

    def test_only_the_estimate_is_marked_for_caution(self):
        loose = row(quality="caution", reason="large error")
        assert cell(loose).mark == "caution"
        assert cell(loose, "n").mark == ""


class TestHowSimulated:
    def test_one_simulated_row_among_others_makes_it_partly_simulated(self):
        assert how_simulated([row(), row(kind="simulated")]) == "part"
        assert how_simulated([row(kind="simulated")]) == "all"
        assert how_simulated([row()]) == ""


class TestFrame:
    def test_ranges_take_two_columns_and_groups_one(self):
        columns = (Column("Level"), Column("CI", "share"))
        lines = (Line((Cell("Sex"),), "group"), Line((Cell("Men"), Cell(0.1, high=0.2))))
        frame = Table("t", "Table 1", "T", columns, lines).frame()
        assert list(frame.columns) == ["group", "Level", "CI low", "CI high"]
        assert frame.to_numpy().tolist() == [["Sex", "Men", 0.1, 0.2]]
