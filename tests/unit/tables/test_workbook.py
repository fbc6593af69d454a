"""The workbook: a head on every sheet, full numbers, safe text."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace

import openpyxl
import pytest

from analysis.results.wording import Words
from analysis.tables import styles
from analysis.tables.shape import Cell, Column, Line, Table
from analysis.tables.workbook import workbook
from survey.io.yamlfile import read_yaml
from tests.conftest import ROOT

PHRASES = [ROOT / "analysis" / room / "words.yml" for room in ("results", "tables", "report")]
REPORT = SimpleNamespace(
    title={"en": "A report"},
    edition={},
    publisher={"en": "An institute"},
    notice={"en": "Simulated data."},
    running={"en": "SIMULATED DATA"},
)
COLUMNS = (
    Column("Group"),
    Column("Share", "share"),
    Column("95% CI", "share"),
    Column("n", "count"),
)
LINES = (
    Line((Cell("Sex"),), "group"),
    Line((Cell("Men"), Cell(0.39912), Cell(0.38, high=0.42), Cell(900.0))),
    Line((Cell("=cmd|'/c calc'!A1"), Cell(mark="suppressed"), Cell(), Cell(12.0, "caution"))),
)
TABLE = Table("table-a", "Table 1", "Shares", COLUMNS, LINES, ("* hidden",), "all", "bar")


@pytest.fixture(scope="module")
def made() -> bytes:
    phrases: dict = {}
    for path in PHRASES:
        phrases |= read_yaml(path).data
    return workbook([TABLE], REPORT, Words("en", {}, phrases))


@pytest.fixture(scope="module")
def sheet(made):
    return openpyxl.load_workbook(io.BytesIO(made))["Table 1"]


class TestWorkbook:
    def test_cover_contents_and_notes_come_before_the_tables(self, made):
        names = openpyxl.load_workbook(io.BytesIO(made)).sheetnames
        assert names == ["Cover", "Contents", "Notes", "Table 1"]

    def test_every_sheet_says_that_its_data_are_simulated(self, made):
        for sheet in openpyxl.load_workbook(io.BytesIO(made)).worksheets:
            assert sheet.oddHeader.right.text == "SIMULATED DATA"

    def test_the_head_of_a_table_says_so_too(self, sheet):
        assert sheet["A1"].value == "Table 1. Shares"
        assert sheet["A2"].value == "SIMULATED DATA"

    def test_cells_hold_the_full_number_and_show_the_report_s_digits(self, sheet):
        assert sheet["B7"].value == 0.39912
        assert sheet["B7"].number_format == "0.0%"

    def test_an_interval_takes_two_columns(self, sheet):
        assert [cell.value for cell in sheet[5]] == ["Group", "Share", "95% CI ↓", "95% CI ↑", "n"]
        assert (sheet["C7"].value, sheet["D7"].value) == (0.38, 0.42)

    def test_hidden_and_absent_are_told_apart(self, sheet):
        assert [sheet["B8"].value, sheet["C8"].value] == ["*", "–"]

    def test_caution_is_shown_behind_the_number(self, sheet):
        assert (sheet["E8"].value, sheet["E8"].number_format) == (12, '#,##0"†"')

    def test_no_text_becomes_a_formula(self, made, sheet):
        assert sheet["A8"].value == "=cmd|'/c calc'!A1"
        assert sheet["A8"].data_type == "s"
        assert sheet["A8"].quotePrefix
        with zipfile.ZipFile(io.BytesIO(made)) as file:
            sheets = [name for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
            assert not any(b"<f>" in file.read(name) for name in sheets)

    def test_heads_stay_in_view_and_are_printed_on_every_page(self, sheet):
        assert sheet.freeze_panes == "B6"
        assert sheet.print_title_rows == "$1:$5"

    def test_a_row_is_as_high_as_its_longest_text(self):
        book = openpyxl.Workbook()
        sheet = book.active
        styles.put_text(sheet["A1"], "short")
        styles.put_text(sheet["A2"], "信息" * 20)  # twice as wide as its number of characters
        for line in (1, 2):
            styles.fit_height(sheet, line, {1: 21})
        assert sheet.row_dimensions[2].height == 4 * sheet.row_dimensions[1].height

    def test_the_chart_is_native_and_starts_at_zero(self, made):
        with zipfile.ZipFile(io.BytesIO(made)) as file:
            chart = file.read("xl/charts/chart1.xml").decode()
        assert "<c:barChart>" in chart.replace("<barChart>", "<c:barChart>")
        assert 'min val="0"' in chart


class TestNumberFormat:
    @pytest.mark.parametrize(
        ("column", "code"),
        [
            (Column("", "share", 0), "0%"),
            (Column("", "points10"), "0.0"),
            (Column("", "count"), "#,##0"),
            (Column("", "points"), "+0.00;-0.00;0.00"),
        ],
    )
    def test_it_follows_the_unit(self, column, code):
        assert styles.number_format(column) == code
