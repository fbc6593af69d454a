"""A demo report in every format and both languages, made twice."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from analysis.report.pandoc import convert
from analysis.report.run import run
from survey.errors import ReportError
from survey.progress import Progress

KINDS = ("html", "pdf", "docx", "xlsx", "md")


@pytest.fixture
def built(demo):
    run(demo, "demo", Progress.silent())
    return demo.build("demo")


def read(folder, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


class TestRun:
    def test_every_format_says_what_the_report_says(self, built):
        """One build, looked at in all its formats: a build takes seconds."""
        names = {path.name for path in built.iterdir()}
        assert {f"demo.{lang}.{kind}" for lang in ("zh", "en") for kind in KINDS} <= names
        self.check_html(read(built, "demo.zh.html"))
        self.check_word(zipfile.ZipFile(built / "demo.zh.docx"))
        self.check_markdown(read(built, "demo.en.md"))
        assert (built / "demo.zh.pdf").read_bytes().startswith(b"%PDF")
        bindings = json.loads(read(built, "bindings.json"))
        assert bindings["zh"] == bindings["en"]

    def check_html(self, page: str) -> None:
        assert '<html lang="zh-CN">' in page
        assert "示范版 · 模拟数据" in page
        assert page.count("* plotly.js v") == 1
        page = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        assert not re.search(r'(?:src|href)="(?!#|data:|https://example\.org)', page)
        for row in set(re.findall(r'href="#row-(\w+)"', page)):
            assert f'id="row-{row}"' in page
        targets = set(re.findall(r'<a[^>]* href="#([^"]+)"', page))
        assert targets <= set(re.findall(r'id="([^"]+)"', page))
        assert 'alt="A bar of trust."' in page

    def check_word(self, file: zipfile.ZipFile) -> None:
        body = file.read("word/document.xml").decode()
        assert " SEQ 图 " in body
        assert " REF figure_1 " in body
        assert " TOC " in body
        assert "build/tiny/figures/zh/figure-1.png" in body  # relative: no machine's own path
        assert 'w:val="TableTextKept"' in body
        assert "示范版" in file.read("word/header1.xml").decode()
        assert 'w:eastAsia="SimSun"' in file.read("word/styles.xml").decode()

    def check_markdown(self, text: str) -> None:
        assert "data-row" not in text
        assert "![Figure 1. Trust of men and women](../tiny/figures/en/figure-1.svg)" in text
        assert "| Women | * | * | * | * | * |" in text

    def test_a_second_run_gives_the_same_bytes(self, demo, built):
        first = {path.name: path.read_bytes() for path in built.iterdir() if path.is_file()}
        for path in built.iterdir():
            if path.is_file():
                path.unlink()
        run(demo, "demo", Progress.silent())
        again = {path.name: path.read_bytes() for path in built.iterdir() if path.is_file()}
        assert [name for name in first if first[name] != again[name]] == []

    def test_a_faulty_chapter_leaves_nothing_half_written(self, demo):
        chapter = demo.templates("demo") / "chapters" / "en" / "01-result.md"
        chapter.write_text("The score was 6.3.", encoding="utf-8")
        with pytest.raises(ReportError, match=r"01-result\.md:1: the number '6\.3' is typed"):
            run(demo, "demo", Progress.silent())
        assert not demo.build("demo").exists()

    def test_a_sign_the_fonts_lack_is_refused_and_not_drawn_as_a_box(self, demo):
        chapter = demo.templates("demo") / "chapters" / "zh" / "01-result.md"
        chapter.write_text("# 一\n\n\U0001f600\n", encoding="utf-8")
        with pytest.raises(ReportError, match="fonts lack this sign"):
            run(demo, "demo", Progress.silent(), langs=["zh"])
        assert not (demo.build("demo") / "demo.zh.html").exists()

    def test_a_missing_font_is_named_where_typst_would_take_another(self, demo):
        fonts = demo.root / "report_templates" / "fonts"
        recorded = (fonts / "SHA256SUMS").read_text()
        fonts.unlink()  # a link to the project's own
        fonts.mkdir()
        (fonts / "SHA256SUMS").write_text(recorded)
        with pytest.raises(ReportError, match=r"fonts are missing: .*NotoSansSC-Bold\.ttf"):
            run(demo, "demo", Progress.silent(), langs=["zh"])
        assert not (demo.build("demo") / "demo.zh.html").exists()


ROOT = Path(__file__).resolve().parents[3]


class TestFilter:
    """styles/boxes.lua on what chapters and tables hand to pandoc."""

    def word(self, tmp_path, markdown: str) -> str:
        lua = [ROOT / "report_templates" / "styles" / "boxes.lua"]
        made = tmp_path / "made.docx"
        made.write_bytes(convert(markdown, "docx", "--output=-", folder=ROOT, filters=lua))
        return zipfile.ZipFile(made).read("word/document.xml").decode()

    def rows(self, body: str) -> list[tuple[list[str], set[str], bool]]:
        """Words of the cells, styles of the paragraphs, whether a cell spans, of every row."""
        return [
            (
                re.findall(r"<w:t[^>]*>([^<]*)</w:t>", row),
                set(re.findall(r'<w:pStyle w:val="([^"]+)"', row)),
                "<w:gridSpan" in row,
            )
            for row in re.findall(r"<w:tr>.*?</w:tr>", body, re.DOTALL)
        ]

    def test_a_group_spans_its_table_and_stays_with_the_lines_under_it(self, tmp_path):
        lines = [f"| {place} | x |" for place in range(30)]
        table = "\n".join(["| A | B |", "|:--|--:|", *lines[:9], "| **G** |   |", *lines[9:]])
        head, *rows = self.rows(self.word(tmp_path, table))
        assert head == (["A", "B"], {"TableTextKept"}, False)
        assert rows[8] == (["8", "x"], {"TableText"}, False)
        assert rows[9] == (["G"], {"TableTextKept"}, True)
        assert rows[10] == (["9", "x"], {"TableText"}, False)
        assert rows[-1] == (["29", "x"], {"TableTextKept"}, False)  # stays with the notes

    def test_a_short_table_stays_on_one_page(self, tmp_path):
        table = "| A | B |\n|:--|--:|\n| 1 | x |\n| 2 | y |\n| 3 | z |"
        styles = [styles for _, styles, _ in self.rows(self.word(tmp_path, table))]
        assert styles == [{"TableTextKept"}] * 4

    def test_a_notes_number_after_a_number_cannot_be_read_as_a_power(self, tmp_path):
        text = "Take 2.5[^a] points or 30[1]{.again}.\n\n[^a]: A source.\n"
        body = self.word(tmp_path, text)
        marks = re.findall(r"<w:footnoteReference |<w:t[^>]*>([^<]*)</w:t>", body)
        assert "".join(mark or "*" for mark in marks) == "Take 2.5[*] points or 30[1]."
