"""A column of words is as wide as its longest cell needs."""

import pytest

from analysis.tables.shape import Cell
from analysis.tables.widths import LEAST, width_of


class TestWidthOf:
    @pytest.mark.parametrize(
        ("shorter", "longer"),
        [
            ("estimated", "SIMULATED"),
            ("a longer name", "数据来自模拟的人"),
            ("2017 H1", "2017年上半年"),
        ],
    )
    def test_what_takes_more_room_on_paper_gets_more(self, shorter, longer):
        assert width_of([Cell(shorter)]) < width_of([Cell(longer)])

    def test_the_longest_cell_decides_and_numbers_do_not(self):
        cells = [Cell("short"), Cell("a very long name of a thing"), Cell(1234567.0), Cell()]
        assert width_of(cells) == width_of(cells[1:2])

    def test_a_column_without_words_keeps_the_least_width(self):
        assert width_of([Cell()]) == width_of([Cell("x" * LEAST)])
