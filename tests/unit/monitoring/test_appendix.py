"""Appendix tables of notices, as published in HTML, Word and Excel, become rows of named apps."""

import docx
import openpyxl
import pandas as pd
import pytest

from analysis.monitoring.appendix import Citation, kinds_in, read_appendix
from analysis.monitoring.notices import check_named
from dashboards.cli import main
from survey.errors import DataError
from survey.io.documents import read_grids

HEAD = ["序号", "应用名称", "版本", "应用来源", "所涉问题"]
BUNDLING, PRIVACY = "强行捆绑推广其它应用软件", "未经用户同意，收集、使用用户个人信息"
PAGE = """
<html><head><meta charset="gb2312"></head><body><h1>附件</h1>
<table>
<tr><th>序 号</th><th>应用软件名称</th><th>版本号</th><th>应用商店名称</th><th>所涉及问题</th></tr>
<tr><td>1</td><td>甲<br>助手</td><td>V1.0</td><td rowspan="2">某应用商店</td>
    <td rowspan="2">强行捆绑推广其他应用软件</td></tr>
<tr><td>2</td><td>乙日历</td><td>2.3</td></tr>
<tr><td>3</td><td>丙阅读</td><td>3.0</td><td>另一商店</td>
    <td>1.未经用户同意，收集、使用用户个人信息；2.恶意“吸费”</td></tr>
</table></body></html>
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "appendix.html"
    path.write_bytes(PAGE.encode("gb18030"))
    return path


def rows_of(path, monitoring, quarter="2018Q2", **cited):
    return read_appendix(
        read_grids(path), monitoring.register, quarter, citation=Citation(**cited), name=path.name
    )


def told(made, *columns):
    return list(made.rows[list(columns)].itertuples(index=False, name=None))


class TestHtml:
    def test_merged_cells_hold_for_every_row_they_cover(self, page, monitoring):
        made = rows_of(page, monitoring)
        assert told(made, "store", "app", "version", "problem")[:2] == [
            ("某应用商店", "甲助手", "V1.0", "bundling"),
            ("某应用商店", "乙日历", "2.3", "bundling"),
        ]

    def test_several_problems_in_one_cell_are_several_rows_of_one_app(self, page, monitoring):
        made = rows_of(page, monitoring)
        assert told(made, "app", "problem", "problem_zh")[2:] == [
            ("丙阅读", "privacy", "未经用户同意，收集、使用用户个人信息"),
            ("丙阅读", "fee", "恶意“吸费”"),
        ]
        assert made.apps == 3

    def test_rows_have_the_shape_of_the_list_of_named_apps(self, page, monitoring, raw_folder):
        known = pd.read_csv(raw_folder / "problem_apps.csv", nrows=0).columns
        made = rows_of(page, monitoring, title="通告", url="u", retrieved="2018-08-20")
        assert list(made.rows.columns) == [*known, "other"]
        assert set(made.rows["source_title"]) == {"通告"}
        assert set(made.rows["complete_list"]) == {"no"}


class TestWord:
    def table(self, tmp_path, rows, merge=()):
        document = docx.Document()
        document.add_paragraph("附件：检测发现问题的应用软件名单")
        table = document.add_table(len(rows), len(rows[0]))
        for y, row in enumerate(rows):
            for x, text in enumerate(row):
                table.cell(y, x).text = text
        for first, last in merge:
            text = table.cell(*first).text
            table.cell(*first).merge(table.cell(*last)).text = text
        path = tmp_path / "appendix.docx"
        document.save(path)
        return path

    def test_is_read_like_a_page(self, tmp_path, monitoring):
        rows = [HEAD, ["1", "甲", "1.0", "商店", BUNDLING], ["2", "乙", "2.0", "", PRIVACY]]
        made = rows_of(self.table(tmp_path, rows, [((1, 3), (2, 3))]), monitoring)
        assert told(made, "store", "app", "problem") == [
            ("商店", "甲", "bundling"),
            ("商店", "乙", "privacy"),
        ]

    def test_repeated_heads_and_headings_are_set_aside_with_their_reason(
        self, tmp_path, monitoring
    ):
        rows = [HEAD, ["一、某商店", *[""] * 4], ["1", "甲", "1.0", "商店", BUNDLING], HEAD]
        rows.append(["2", "", "2.0", "商店", BUNDLING])
        made = rows_of(self.table(tmp_path, rows, [((1, 0), (1, 4))]), monitoring)
        assert [(place, reason) for place, reason, _ in made.aside] == [
            ("appendix.docx table 1, row 2", "a heading across the table"),
            ("appendix.docx table 1, row 4", "the head again"),
            ("appendix.docx table 1, row 5", "no app is named"),
        ]
        assert made.apps == 1

    def test_a_document_that_is_no_word_file_is_refused(self, tmp_path, monitoring):
        path = tmp_path / "appendix.docx"
        path.write_bytes(b"not a document")
        with pytest.raises(DataError, match="no readable Word document"):
            rows_of(path, monitoring)


class TestExcel:
    def test_every_sheet_is_read_and_numbers_read_as_they_look(self, tmp_path, monitoring):
        book = openpyxl.Workbook()
        first, second = book.active, book.create_sheet("续表")
        for sheet, name, version in ((first, "甲", 3.0), (second, "乙", "V2")):
            sheet.append(["附件"])
            sheet.append(["序号", "名称", "开发者", "软件版本", "来源", "存在的问题"])
            sheet.append([1, name, "某公司", version, "商店", BUNDLING])
        first.merge_cells("A1:F1")
        path = tmp_path / "appendix.xlsx"
        book.save(path)
        made = rows_of(path, monitoring)
        assert told(made, "app", "version") == [("甲", "3"), ("乙", "V2")]

    def test_an_unknown_column_is_named_and_kept(self, tmp_path, monitoring):
        book = openpyxl.Workbook()
        book.active.append(["应用名称", "开发者", "所涉问题"])
        book.active.append(["甲", "某公司", BUNDLING])
        path = tmp_path / "appendix.xlsx"
        book.save(path)
        made = rows_of(path, monitoring)
        assert made.unknown_columns == ["开发者"]
        assert set(made.rows["other"]) == {"开发者=某公司"}


class TestProblems:
    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("强行捆绑推广其他应用软件", ["bundling"]),
            ("强行捆绑", ["bundling"]),
            ("恶意吸费、强行捆绑推广其它应用软件", ["fee", "bundling"]),
            ("存在“恶意操控用户手机”问题", ["control"]),
            ("（1）用户不知情的情况下,自动向外发送短信", ["sms"]),
        ],
    )
    def test_printed_variants_are_one_kind(self, text, codes, monitoring):
        found, rest = kinds_in(text, monitoring.register.taxonomy("notices_2014"))
        assert [code for code, _ in found] == codes
        assert rest == ""

    def test_what_is_not_understood_keeps_its_words_and_is_named(self, page, monitoring):
        text = PAGE.replace("恶意“吸费”", "频繁弹窗广告")
        page.write_text(text.replace("gb2312", "utf-8"), encoding="utf-8")
        made = rows_of(page, monitoring)
        assert made.unknown_problems == ["频繁弹窗广告"]
        assert told(made, "problem", "problem_zh")[-1] == ("", "频繁弹窗广告")

    def test_a_kind_of_another_regime_is_an_error_that_names_both_lists(self, page, monitoring):
        text = PAGE.replace("恶意“吸费”", "私自收集个人信息")
        page.write_text(text.replace("gb2312", "utf-8"), encoding="utf-8")
        with pytest.raises(DataError) as caught:
            rows_of(page, monitoring)
        assert "belongs to the list 'rights_2019'" in str(caught.value)
        assert "expected kinds of 'notices_2014'" in str(caught.value)

    def test_the_later_list_is_read_in_its_own_time(self, page, monitoring):
        text = PAGE.replace(BUNDLING.replace("它", "他"), "账号注销难、过度索取权限")
        text = text.replace(PRIVACY, "超范围收集个人信息").replace("2.恶意“吸费”", "")
        page.write_text(text.replace("gb2312", "utf-8"), encoding="utf-8")
        made = rows_of(page, monitoring, quarter="2021Q1")
        assert set(made.rows["problem"]) == {
            "account_deletion",
            "excessive_permissions",
            "excessive_collection",
        }

    def test_a_time_without_a_list_is_refused(self, page, monitoring):
        with pytest.raises(DataError, match="no list of kinds is known for 2019Q3"):
            rows_of(page, monitoring, quarter="2019Q3")


class TestDocuments:
    def test_a_document_without_app_names_says_which_heads_it_saw(self, tmp_path, monitoring):
        path = tmp_path / "page.html"
        path.write_text("<table><tr><td>地区</td><td>申诉率</td></tr></table>", encoding="utf-8")
        with pytest.raises(DataError) as caught:
            rows_of(path, monitoring)
        assert "地区 | 申诉率" in str(caught.value)
        assert "expected a column headed one of 应用名称" in str(caught.value)

    def test_another_kind_of_file_is_refused_with_a_hint(self, tmp_path):
        path = tmp_path / "appendix.pdf"
        path.touch()
        with pytest.raises(DataError, match=r"save it as \.docx or \.xlsx"):
            read_grids(path)


class TestCommand:
    @pytest.fixture
    def run(self, checkout, monkeypatch):
        from dashboards import cli

        if "notice" not in cli.COMMANDS:
            monkeypatch.setattr(cli, "COMMANDS", (*cli.COMMANDS, "notice"))
        return lambda *words: main(["--project", str(checkout.root), "notice", *map(str, words)])

    def test_writes_rows_that_the_register_accepts(
        self, run, page, tmp_path, raw_folder, monitoring, capsys
    ):
        from analysis.monitoring.notices import read_notices

        out = tmp_path / "rows.csv"
        assert run(page, "--quarter", "2018Q2", "--out", out, "--complete") == 0
        notices = read_notices(raw_folder / "notices.csv", monitoring.register)
        assert check_named(out, notices, monitoring.register) == 4
        assert "3 apps, 4 rows (bundling 2, fee 1, privacy 1)" in capsys.readouterr().out

    def test_a_word_that_is_no_quarter_is_a_mistake_of_use(self, run, page, tmp_path, capsys):
        assert run(page, "--quarter", "2018H1", "--out", tmp_path / "rows.csv") == 2
        assert "is no quarter" in capsys.readouterr().err
