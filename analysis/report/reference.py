"""The reference document of the Word report: page, fonts, styles, running head and page numbers.

Every style names its fonts for Latin and for Chinese letters (w:eastAsia), or Word falls back to
whatever the reader's machine prefers. It is made anew from here, never edited by hand.
"""

from __future__ import annotations

import io

from survey.io.zipfix import fixed_zip

_FONTS = {  # Latin, Chinese: fonts that Word brings along
    "body": ("Times New Roman", "SimSun"),
    "head": ("Arial", "SimHei"),
}
_ACCENT, _MUTED, _WARM = "0B4F7D", "586474", "A84A00"
# name: (font, size in pt, bold, colour, space before, space after, first-line indent in chars)
_STYLES: dict[str, tuple] = {
    "Body Text": ("body", 10.5, False, None, 0, 6, 2),
    "First Paragraph": ("body", 10.5, False, None, 0, 6, 2),
    "Compact": ("body", 10.5, False, None, 0, 2, 0),
    "Heading 1": ("head", 20, True, _ACCENT, 24, 14, 0),
    "Heading 2": ("head", 14, True, _ACCENT, 16, 8, 0),
    "Heading 3": ("head", 12, True, _ACCENT, 12, 6, 0),
    "Title": ("head", 28, True, _ACCENT, 90, 12, 0),
    "Subtitle": ("head", 15, False, _MUTED, 0, 60, 0),
    "Edition": ("head", 13, True, _WARM, 0, 24, 0),
    "Publisher": ("head", 12, True, None, 24, 12, 0),
    "Notice": ("head", 10, False, _WARM, 12, 12, 0),
    "Imprint": ("head", 9, False, _MUTED, 6, 6, 0),
    "TOC Heading": ("head", 17, True, _ACCENT, 0, 10, 0),
    "TOC 1": ("head", 10.5, True, None, 6, 2, 0),
    "TOC 2": ("head", 10, False, None, 0, 2, 0),
    "Lead": ("head", 11, True, None, 6, 10, 0),
    "Note": ("body", 9.5, False, None, 6, 6, 0),
    "Box": ("body", 9.5, False, None, 6, 6, 0),
    "Figure": ("body", 10.5, False, None, 10, 2, 0),
    "Image Caption": ("head", 9.5, True, None, 2, 12, 0),
    "Table Caption": ("head", 9.5, True, None, 12, 4, 0),
    "Table Text": ("head", 8.5, False, None, 1, 1, 0),
    "Table Text Kept": ("head", 8.5, False, None, 1, 1, 0),
    "Table Note": ("head", 8, False, _MUTED, 2, 2, 0),
    "Table Note End": ("head", 8, False, _MUTED, 2, 12, 0),
    "Footnote Text": ("body", 8.5, False, None, 0, 0, 0),
    "Block Text": ("body", 10, False, None, 4, 6, 0),
}
_BARRED = {"Lead": _ACCENT, "Notice": _WARM}
_CENTRED = ("Figure", "Image Caption")
_KEPT = (  # with what follows
    *("Heading 1", "Heading 2", "Heading 3", "Figure", "Table Caption", "Table Text Kept"),
)


def reference_document(running: str, page_of: str, *, chinese: bool) -> bytes:
    """A docx whose styles pandoc takes over.

    Parameters
    ----------
    running : str
        What the head of every page says.
    page_of : str
        Foot of the page, with ``{page}`` and ``{pages}`` where the fields go.
    chinese : bool
        Whether paragraphs are indented by two characters.
    """
    from docx import Document
    from docx.shared import Cm

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.8), Cm(2.5)
    for name, look in _STYLES.items():
        _style(document, name, *look[:-1], indent=look[-1] if chinese else 0)
    _style(document, "Normal", *_STYLES["Body Text"][:-1], indent=0)
    _table_style(document)
    head = section.header.paragraphs[0]
    head.text = running
    _dress(head.runs[0], "head", 8, _WARM)
    head.alignment = 2
    _page_numbers(section.footer.paragraphs[0], page_of)
    document.settings.element.append(_element("w:updateFields", {"w:val": "true"}))
    written = io.BytesIO()
    document.save(written)
    return fixed_zip(written.getvalue())


def _style(document, name, font, size, bold, colour, before, after, *, indent) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    styles = document.styles
    known = {style.name for style in styles}
    style = styles[name] if name in known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour or "1B2733")
    _fonts(style.element.get_or_add_rPr(), font)
    paragraph = style.paragraph_format
    paragraph.space_before, paragraph.space_after = Pt(before), Pt(after)
    paragraph.line_spacing = 1.5 if name in ("Body Text", "First Paragraph") else 1.2
    paragraph.keep_with_next = name in _KEPT
    paragraph.page_break_before = name in ("Heading 1", "TOC Heading")
    if name in _CENTRED:
        paragraph.alignment = 1
    paragraph.first_line_indent = Pt(size * indent)
    if indent:  # Word counts in characters, others in points
        style.element.pPr.ind.set(qn("w:firstLineChars"), str(indent * 100))
    if name == "TOC 2":
        paragraph.left_indent = Pt(18)
    if name in _BARRED:
        _bar(style.element.get_or_add_pPr(), _BARRED[name])


def _bar(properties, colour: str) -> None:
    """A coloured bar left of a paragraph."""
    borders = _element("w:pBdr", {})
    bar = {"w:val": "single", "w:sz": "18", "w:space": "8", "w:color": colour}
    borders.append(_element("w:left", bar))
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")


def _fonts(properties, font: str) -> None:
    """Latin and Chinese font of a style; theme fonts would win over both, so they go."""
    from docx.oxml.ns import qn

    latin, chinese = _FONTS[font]
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for part in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{part}"), latin)
    fonts.set(qn("w:eastAsia"), chinese)


def _table_style(document) -> None:
    """Style "Table" that pandoc gives every table: rules at head and foot, small type."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    style = document.styles.add_style("Table", WD_STYLE_TYPE.TABLE)
    style.font.size = Pt(8.5)
    _fonts(style.element.get_or_add_rPr(), "head")
    borders = _element("w:tblBorders", {})
    for side, size in (("top", "12"), ("bottom", "12"), ("insideH", "4")):
        colour = "1B2733" if size == "12" else "D5DBE2"
        borders.append(_element(f"w:{side}", {"w:val": "single", "w:sz": size, "w:color": colour}))
    properties = _element("w:tblPr", {})
    properties.append(borders)
    style.element.append(properties)
    head = _element("w:tblStylePr", {"w:type": "firstRow"})
    cell = _element("w:tcPr", {})
    cell.append(_element("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": "F4F7FA"}))
    letters = _element("w:rPr", {})
    letters.append(_element("w:b", {}))
    head.append(letters)
    head.append(cell)
    style.element.append(head)


def _page_numbers(paragraph, page_of: str) -> None:
    """第 x 页，共 y 页 as fields."""
    paragraph.alignment = 1
    before, rest = page_of.split("{page}")
    between, after = rest.split("{pages}")
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        _dress(paragraph.add_run(text), "head", 8, _MUTED)
        if field:
            simple = _element("w:fldSimple", {"w:instr": f" {field} "})
            run = paragraph.add_run("1")
            _dress(run, "head", 8, _MUTED)
            simple.append(run._r)
            paragraph._p.append(simple)


def _dress(run, font: str, size: float, colour: str) -> None:
    from docx.shared import Pt, RGBColor

    run.font.size, run.font.color.rgb = Pt(size), RGBColor.from_string(colour)
    _fonts(run._r.get_or_add_rPr(), font)


def _element(name: str, attributes: dict[str, str]):
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(key), value)
    return element
