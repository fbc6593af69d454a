"""Workbooks through calamine: sheets, headers, cells."""

import datetime as dt

import openpyxl
import pytest

from survey.errors import DataError
from survey.io.readers import read_raw


@pytest.fixture
def book(tmp_path):
    work = openpyxl.Workbook()
    sheet = work.active
    sheet.title = "数据"
    for row in (
        ["编号", " q1 ", "q1", "日期", "同意"],
        [1, 2.5, "男 ", dt.datetime(2018, 5, 7, 9, 30), True],
        [None, None, None, None, None],
        [2, None, "", dt.datetime(2018, 5, 8), False],
    ):
        sheet.append(row)
    work.create_sheet("说明").append(["nothing"])
    path = tmp_path / "answers.xlsx"
    work.save(path)
    return path


class TestCells:
    def test_numbers_texts_dates_and_blanks(self, book):
        frame = read_raw(book, "excel", {}).frame
        assert list(frame.columns) == ["编号", "q1", "q1 (2)", "日期", "同意"]
        assert frame["编号"].to_list() == [1, 2]  # the blank row is no respondent
        assert frame["q1"].isna().to_list() == [False, True]
        assert frame["q1 (2)"].to_list() == ["男", None]
        assert frame["日期"].to_list() == ["2018-05-07T09:30:00", "2018-05-08"]
        assert frame["同意"].to_list() == [1, 0]


class TestSheets:
    def test_a_sheet_is_named_or_counted(self, book):
        assert list(read_raw(book, "excel", {"sheet": "说明"}).frame.columns) == ["nothing"]
        assert list(read_raw(book, "excel", {"sheet": 2}).frame.columns) == ["nothing"]

    def test_an_unknown_sheet_lists_the_known_ones(self, book):
        with pytest.raises(DataError, match=r"no sheet 'Sheet1'(.|\n)*one of 数据, 说明"):
            read_raw(book, "excel", {"sheet": "Sheet1"})

    def test_a_header_row_below_the_sheet_is_a_fault(self, book):
        with pytest.raises(DataError, match="no row 9 for the header"):
            read_raw(book, "excel", {"header_row": 9})

    def test_a_truncated_workbook_is_refused(self, book):
        book.write_bytes(book.read_bytes()[:900])
        with pytest.raises(DataError, match="not a readable workbook"):
            read_raw(book, "excel", {})
