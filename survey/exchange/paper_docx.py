"""A paper questionnaire as a Word file, with the same parts as the HTML one."""

from __future__ import annotations

import io
from typing import Any

from survey.exchange.paper import Filter, Heading, Option, Paper, Question
from survey.io.zipfix import fixed_zip

LATIN, CHINESE = "Arial", "Noto Sans SC"
MARKS = {"one": "○", "many": "□", "rank": "____"}
WIDTH = 17.4  # centimetres between the margins
INDENT = 0.9  # of everything under a question's number
FILTER_FILL = "E9EDF1"
CELL_MARGIN = 0.05  # left and right in tables
BLUE = (0x2C, 0x4A, 0x63)


def paper_docx(paper: Paper) -> bytes:
    """The whole file; bytes depend on the paper only."""
    from docx import Document
    from docx.shared import Cm

    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.8)
    page.top_margin = page.bottom_margin = Cm(1.8)
    document.core_properties.title = paper.title
    document.core_properties.author = ""
    writer = _Writer(document, paper.lang)
    writer.styles()
    document.add_heading(paper.title, level=0)
    for part in paper.parts:
        writer.part(part)
    writer.line(paper.end, bold=True, before=14)
    written = io.BytesIO()
    document.save(written)
    return fixed_zip(written.getvalue())


class _Writer:
    def __init__(self, document: Any, lang: str) -> None:
        self.document, self.lang = document, lang

    def styles(self) -> None:
        """Fonts for both scripts in every style used; python-docx sets only the Latin one."""
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        sizes = {"Normal": 10.5, "Title": 17, "Heading 1": 12.5}
        for name, size in sizes.items():
            style = self.document.styles[name]
            style.font.name, style.font.size = LATIN, Pt(size)
            style.font.color.rgb = RGBColor(0x11, 0x11, 0x11)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(key), None)
            fonts.set(qn("w:eastAsia"), CHINESE)
        normal = self.document.styles["Normal"].paragraph_format
        normal.space_after, normal.line_spacing = Pt(2), 1.1

    def part(self, part: Question | Filter | Heading) -> None:
        if isinstance(part, Heading):
            self.document.add_heading(part.text, level=1)
        elif isinstance(part, Filter):
            self.filter(part.text)
        else:
            self.question(part)

    def line(self, text: str, *, bold: bool = False, before: float = 0, indent: float = 0) -> Any:
        from docx.shared import Cm, Pt

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(before)
        paragraph.paragraph_format.left_indent = Cm(indent)
        if text:
            paragraph.add_run(text).bold = bold
        return paragraph

    def filter(self, text: str) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        paragraph = self.line(text, before=10)
        paragraph.paragraph_format.keep_with_next = True
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", FILTER_FILL)):
            shade.set(qn(f"w:{key}"), value)
        paragraph._p.get_or_add_pPr().append(shade)

    def question(self, part: Question) -> None:
        from docx.shared import Cm

        paragraph = self.line("", before=9, indent=INDENT)
        paragraph.paragraph_format.first_line_indent = Cm(-INDENT)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(INDENT))
        paragraph.paragraph_format.keep_with_next = True
        if part.number:
            paragraph.add_run(f"{part.number}\t").bold = True
        elif part.text:
            paragraph.add_run("\t")
        paragraph.add_run(part.text or part.instruction).bold = part.kind != "text"
        for text in (part.hint, part.instruction if part.text else ""):
            if text:
                self.told(text)
        self.answer(part)

    def told(self, text: str) -> None:
        from docx.shared import Pt, RGBColor

        paragraph = self.line(text, indent=INDENT)
        paragraph.paragraph_format.keep_with_next = True
        paragraph.runs[0].font.size = Pt(9.5)
        paragraph.runs[0].font.color.rgb = RGBColor(0x44, 0x44, 0x44)

    def answer(self, part: Question) -> None:
        if part.kind == "row":
            heads = [part.rows[0], *part.heads, part.rows[1]]
            boxes = ["", *([MARKS["one"]] * len(part.heads)), ""]
            ends = [2.6, *([(WIDTH - INDENT - 5.2) / len(part.heads)] * len(part.heads)), 2.6]
            self.table([heads, boxes], ends, borders=False)
        elif part.kind == "grid":
            first = (WIDTH - INDENT) * (0.42 if len(part.heads) < 6 else 0.33)
            widths = [first, *([(WIDTH - INDENT - first) / len(part.heads)] * len(part.heads))]
            rows = [["", *part.heads]]
            rows += [[row, *([MARKS["one"]] * len(part.heads))] for row in part.rows]
            self.table(rows, widths)
        elif part.kind == "boxes":
            self.table([[" "] * len(part.heads)], [0.75] * len(part.heads), frame=True)
        elif part.kind in ("lines", "line"):
            for text in part.heads or ("", "", ""):
                self.ruled(text)
        for place, option in enumerate(part.options):
            self.option(option, last=place == len(part.options) - 1)

    def option(self, option: Option, *, last: bool) -> None:
        from docx.enum.text import WD_TAB_ALIGNMENT
        from docx.shared import Cm, RGBColor

        paragraph = self.line("", indent=INDENT + 0.7)
        paragraph.paragraph_format.first_line_indent = Cm(-0.7)
        paragraph.paragraph_format.keep_with_next = not last
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(Cm(INDENT + 0.7))
        paragraph.add_run(f"{MARKS[option.mark]}\t{option.text}")
        if option.jump:
            stops.add_tab_stop(Cm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
            run = paragraph.add_run(f"\t{option.jump}")
            run.bold = True
            run.font.color.rgb = RGBColor(*BLUE)

    def ruled(self, text: str) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        paragraph = self.line(text, before=10, indent=INDENT)
        borders = OxmlElement("w:pBdr")
        for side in ("bottom", "between"):  # lines one below the other would else be one
            line = OxmlElement(f"w:{side}")
            for key, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "111111")):
                line.set(qn(f"w:{key}"), value)
            borders.append(line)
        paragraph._p.get_or_add_pPr().append(borders)

    def table(
        self,
        rows: list[list[str]],
        widths: list[float],
        *,
        borders: bool = True,
        frame: bool = False,
    ) -> None:
        """A table of fixed widths; lines under rows, or a frame around every cell."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm, Pt

        table = self.document.add_table(rows=len(rows), cols=len(widths))
        table.autofit = False
        table.style = "Table Grid" if frame else "Normal Table"
        self._indent(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        for number, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
            self._unbroken(row)
            for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
                cell.width = Cm(widths[place])
                paragraph = cell.paragraphs[0]
                head = borders and not frame and number == 0
                paragraph.add_run(text).font.size = Pt(8 if head else 9.5)
                paragraph.paragraph_format.keep_with_next = number < len(rows) - 1
                if place or not borders:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                if borders and not frame:
                    self._under(cell)
        self.line("", indent=INDENT).paragraph_format.line_spacing = Pt(4)

    def _indent(self, table: Any) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        indent = OxmlElement("w:tblInd")
        indent.set(qn("w:w"), str(round(INDENT * 567)))
        indent.set(qn("w:type"), "dxa")
        table._tbl.tblPr.append(indent)
        margins = OxmlElement("w:tblCellMar")
        for side in ("left", "right"):
            margin = OxmlElement(f"w:{side}")
            margin.set(qn("w:w"), str(round(CELL_MARGIN * 567)))
            margin.set(qn("w:type"), "dxa")
            margins.append(margin)
        table._tbl.tblPr.append(margins)

    def _unbroken(self, row: Any) -> None:
        from docx.oxml import OxmlElement

        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))

    def _under(self, cell: Any) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        borders = OxmlElement("w:tcBorders")
        bottom = OxmlElement("w:bottom")
        for key, value in (("val", "single"), ("sz", "4"), ("color", "999999")):
            bottom.set(qn(f"w:{key}"), value)
        borders.append(bottom)
        cell._tc.get_or_add_tcPr().append(borders)
