"""A paper questionnaire as one HTML file, ready to print on A4."""

from __future__ import annotations

from html import escape

from survey.exchange.paper import Filter, Heading, Option, Paper, Question

STYLE = """
@page { size: A4; margin: 18mm 17mm 18mm 17mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.45 "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC",
  "Microsoft YaHei", "PingFang SC", Arial, sans-serif; color: #111; max-width: 178mm;
  margin: 8mm auto; overflow-wrap: anywhere; }
h1 { font-size: 17pt; line-height: 1.25; margin: 0 0 6mm; }
h2 { font-size: 12.5pt; margin: 8mm 0 3mm; border-bottom: .3mm solid #111; break-after: avoid; }
.filter { margin: 5mm 0 2mm; padding: 1.5mm 3mm; background: #e9edf1;
  border-left: 1.2mm solid #2c4a63;
  break-after: avoid; break-inside: avoid; }
.question { display: grid; grid-template-columns: 9mm 1fr; margin: 4mm 0 5mm; break-inside: avoid; }
.question.long { break-inside: auto; }
.number { font-weight: 700; }
.wording { font-weight: 600; white-space: pre-line; break-after: avoid; }
.question.text { break-inside: auto; }
.text .wording { font-weight: 400; }
html:lang(en) body { font-family: Arial, "Liberation Sans", "Noto Sans SC", sans-serif; }
.instruction, .hint { color: #444; font-size: 9.5pt; }
.hint { white-space: pre-line; }
ul { list-style: none; margin: 1.5mm 0 0; padding: 0; }
li { display: grid; grid-template-columns: 7mm 1fr auto; padding: .5mm 0; break-inside: avoid; }
li .jump { padding-left: 4mm; font-weight: 600; color: #2c4a63; white-space: nowrap; }
.box { display: inline-block; width: 3.6mm; height: 3.6mm; border: .35mm solid #111;
  margin-top: .9mm; }
.one { border-radius: 50%; }
.rank { width: 5mm; border-width: 0 0 .35mm; }
table { border-collapse: collapse; width: 100%; margin-top: 2mm; table-layout: fixed; }
th, td { border-bottom: .2mm solid #999; padding: 1.2mm .8mm; text-align: center; font-weight: 400;
  font-size: 9.5pt; vertical-align: middle; overflow-wrap: break-word; hyphens: auto; }
thead th { font-size: 8.5pt; } th:first-child { text-align: left; width: 36%; font-size: 9.5pt; }
tr { break-inside: avoid; }
.row td { border: 0; } .row td.end { width: 17%; }
.row td.end:first-child { text-align: right; } .row td.end:last-child { text-align: left; }
.cells span { display: inline-block; width: 7mm; height: 8mm; border: .35mm solid #111;
  margin: 2mm -.35mm 1mm 0; }
.line { border-bottom: .3mm solid #111; height: 8mm; display: flex; align-items: flex-end;
  white-space: pre; color: #444; }
.end-of-form { margin-top: 9mm; font-weight: 600; }
"""


def paper_html(paper: Paper) -> str:
    """The whole file."""
    body = "\n".join(_part(part) for part in paper.parts)
    lang = "zh-Hans" if paper.lang == "zh" else paper.lang
    return (
        f'<!doctype html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(paper.title)}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(paper.title)}</h1>\n{body}\n"
        f'<p class="end-of-form">{escape(paper.end)}</p>\n</body>\n</html>\n'
    )


def _part(part: Question | Filter | Heading) -> str:
    if isinstance(part, Heading):
        return f"<h2>{escape(part.text)}</h2>"
    if isinstance(part, Filter):
        return f'<p class="filter">{escape(part.text)}</p>'
    long = " long" if len(part.options) + len(part.rows) > 14 else ""
    told = "".join(
        f'<div class="{name}">{escape(text)}</div>'
        for name, text in (("hint", part.hint), ("instruction", part.instruction))
        if text
    )
    text = f'<div class="wording">{escape(part.text)}</div>' if part.text else ""
    return (
        f'<section class="question {part.kind}{long}">'
        f'<div class="number">{escape(part.number)}</div>'
        f"<div>{text}{told}{_answer(part)}</div></section>"
    )


def _answer(part: Question) -> str:
    if part.kind == "row":
        cells = "".join(f"<td>{escape(head)}<br>{_box('one')}</td>" for head in part.heads)
        ends = [f'<td class="end">{escape(text)}</td>' for text in part.rows]
        row = f'<table class="row"><tr>{ends[0]}{cells}{ends[1]}</tr></table>'
        return row + _options(part.options)
    if part.kind == "grid":
        heads = "".join(f"<th>{escape(head)}</th>" for head in part.heads)
        boxes = f"<td>{_box('one')}</td>" * len(part.heads)
        rows = "".join(f"<tr><th>{escape(row)}</th>{boxes}</tr>" for row in part.rows)
        return f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    if part.kind == "boxes":
        cells = "<span></span>" * len(part.heads)
        return f'<div class="cells">{cells}</div>' + _options(part.options)
    if part.kind == "lines":
        return '<div class="line"></div>' * 3
    if part.kind == "line":
        return f'<div class="line">{escape(part.heads[0])}</div>'
    return _options(part.options)


def _options(options: tuple[Option, ...]) -> str:
    if not options:
        return ""
    rows = "".join(
        f"<li>{_box(option.mark)}<span>{escape(option.text)}</span>"
        f'<span class="jump">{escape(option.jump)}</span></li>'
        for option in options
    )
    return f"<ul>{rows}</ul>"


def _box(mark: str) -> str:
    return f'<span class="box {mark}"></span>'
