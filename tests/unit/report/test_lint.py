"""Numbers typed in a chapter, and what is not one."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.report.lint import check_chapters, unbound_numbers
from survey.errors import ReportError


def found(text: str, allow: tuple[str, ...] = ()) -> list[str]:
    return [fault.what.split("'")[1] for fault in unbound_numbers(text, allow, "a.md")]


class TestUnboundNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            "评分为{{ score | points(2) }}分。",
            '{% set now = one(wave="2018H1") %}',
            "<!-- 39.9% was published -->",
            "# 1.2 Concept\n\n## A.3 Tables\n\n# Annex 2. Data",
            "1. first\n2. second",
            "![alt](figures/figure-1.svg){#fig-1 width=80%}",
            "see <https://example.org/2018/report>",
            "a note[^12]",
            "`x = 1`",
            "各项之和超过百分之百。",
        ],
    )
    def test_what_markdown_and_templates_need_is_no_number(self, text):
        assert found(text) == []

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("评分为6.3分", "6.3"),
            ("about 39.9 % of users", "39.9 %"),
            ("１２份", "１２"),
            ("下降百分之三", "百分之三"),
            ("约八成，", "八成"),
            ("fell by −0.2 points", "−0.2"),
        ],
    )
    def test_a_typed_result_is_found(self, text, number):
        assert found(text) == [number]

    def test_an_allowed_pattern_is_skipped(self):
        assert found("2018年的法律，39.9%的用户", (r"\d{4}年",)) == ["39.9%"]

    def test_the_line_is_named(self):
        [fault] = unbound_numbers("one\n\n{{ x }}\nthe 42 apps", (), "chapters/en/a.md")
        assert fault.where == "chapters/en/a.md:4"


class TestCheckChapters:
    def test_all_faults_of_all_files_are_told_at_once(self, tmp_path: Path):
        files = [tmp_path / "a.md", tmp_path / "b.md"]
        files[0].write_text("7 apps\nand 8", encoding="utf-8")
        files[1].write_text("9 apps", encoding="utf-8")
        with pytest.raises(ReportError) as caught:
            check_chapters(files, [], tmp_path)
        assert [fault.where for fault in caught.value.faults] == ["a.md:1", "a.md:2", "b.md:1"]

    def test_a_chapter_in_another_encoding_is_told_with_its_line(self, tmp_path):
        path = tmp_path / "a.md"
        path.write_bytes("# A\n男\n".encode("gb18030"))
        with pytest.raises(ReportError, match=r"a\.md:2: not UTF-8"):
            check_chapters([path], (), tmp_path)
