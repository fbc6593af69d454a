"""A wave's codebook for people: one HTML file, or a workbook with variables and codes.

Decided here: which columns it has. The variables themselves are in variables.py; for archives
there is ddi.py.
"""

from __future__ import annotations

from html import escape

from survey.exchange.told import Teller, words_of
from survey.exchange.variables import Dictionary, Variable, dictionary
from survey.exchange.words import word
from survey.instrument.load import Instrument
from survey.io.sheets import Sheet, workbook_bytes

STYLE = """
body { font: 14px/1.5 "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", Arial, sans-serif;
  color: #111; max-width: 1080px; margin: 24px auto; padding: 0 16px; overflow-wrap: anywhere; }
html:lang(en) body { font-family: Arial, "Liberation Sans", "Noto Sans SC", sans-serif; }
h1 { font-size: 26px; line-height: 1.25; } h2 { font-size: 17px; margin: 0; }
nav { columns: 3 220px; font-size: 13px; margin: 0 0 24px; }
nav a { display: block; color: #1d4ed8; text-decoration: none; }
section { border-top: 1px solid #bbb; padding: 14px 0; break-inside: avoid; }
dl { display: grid; grid-template-columns: 150px 1fr; gap: 2px 12px; margin: 8px 0; }
dt { color: #555; } dd { margin: 0; white-space: pre-line; }
table { border-collapse: collapse; margin: 8px 0; }
td, th { text-align: left; padding: 2px 14px 2px 0; border-bottom: 1px solid #e2e2e2;
  vertical-align: top; font-weight: 400; }
th { color: #555; } td:first-child { text-align: right; font-variant-numeric: tabular-nums; }
.missing td { color: #777; }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; } dt { margin-top: 6px; } }
"""


def codebook_html(instrument: Instrument, wave: str | None, lang: str) -> str:
    """The codebook in one language as an HTML file."""
    found = dictionary(instrument, wave)
    book = _Book(found, lang)
    title = f"{words_of(instrument.study.title, lang)} – {book.say('codebook')}"
    links = "".join(f'<a href="#{escape(v.name)}">{escape(v.name)}</a>' for v in book.listed)
    sections = "\n".join(book.section(variable) for variable in book.listed)
    code = "zh-Hans" if lang == "zh" else lang
    return (
        f'<!doctype html>\n<html lang="{escape(code)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n<nav>{links}</nav>\n{sections}\n</body>\n</html>\n"
    )


def codebook_xlsx(instrument: Instrument, wave: str | None, lang: str) -> bytes:
    """The codebook in one language as a workbook: variables, and their codes."""
    book = _Book(dictionary(instrument, wave), lang)
    say = book.say
    heads = ["position", "variable", "kind", "label", "wording", "asked", "column", "weighting"]
    variables: list[list[str | int | float]] = [
        [
            number,
            variable.name,
            say(f"kind_{variable.item.kind}"),
            words_of(variable.label, lang),
            words_of(variable.question, lang) if variable.question else "",
            book.asked(variable),
            variable.column,
            book.weight(variable),
        ]
        for number, variable in enumerate(book.found.variables, start=1)
    ]
    codes: list[list[str | int | float]] = [
        [
            variable.name,
            entry.value,
            words_of(entry.text, lang),
            entry.code,
            say(f"missing_{entry.missing}") if entry.missing else "",
        ]
        for variable in book.found.variables
        for entry in variable.categories
    ]
    code_heads = ["variable", "code", "label", "name_in_estimates", "missing"]
    return workbook_bytes(
        [
            Sheet(say("variables"), [say(h) for h in heads], variables),
            Sheet(say("codes"), [say(h) for h in code_heads], codes),
        ]
    )


class _Book:
    def __init__(self, found: Dictionary, lang: str) -> None:
        self.found, self.lang = found, lang
        self.teller = Teller(found.draft, lang, {})
        self.listed = self._listed()

    def say(self, key: str, **values: object) -> str:
        return word(key, self.lang, **values)

    def _listed(self) -> list[Variable]:
        """One entry per set: its first option stands for all."""
        first = {names[0]: names for names in self.found.sets.values() if names}
        inside = {name for names in self.found.sets.values() for name in names}
        return [v for v in self.found.variables if v.name not in inside or v.name in first]

    def asked(self, variable: Variable) -> str:
        if variable.asked == "all":
            return self.say("everybody")
        return self.teller.condition(variable.asked)

    def weight(self, variable: Variable) -> str:
        return self.found.weight or "" if variable.weighted else ""

    def section(self, variable: Variable) -> str:
        item, lang = variable.item, self.lang
        set_of = self.found.sets.get(item.id) if variable.option is not None else None
        name = f"{item.id}__…" if set_of else variable.name
        rows = [
            (self.say("kind"), self.say(f"kind_{item.kind}")),
            (self.say("wording"), words_of(variable.question, lang) if variable.question else ""),
            (self.say("asked"), self.asked(variable)),
            (self.say("column"), "" if set_of else variable.column),
            (self.say("weighting"), self.weight(variable)),
        ]
        if variable.range and not variable.categories:
            rows.append((self.say("code"), f"{variable.range[0]} – {variable.range[1]}"))
        told = "".join(
            f"<dt>{escape(head)}</dt><dd>{escape(text)}</dd>" for head, text in rows if text
        )
        label = words_of(item.short or item.text, lang)
        return (
            f'<section id="{escape(variable.name)}"><h2>{escape(name)}　{escape(label)}</h2>'
            f"<dl>{told}</dl>{self.codes(variable, set_of)}</section>"
        )

    def codes(self, variable: Variable, set_of: list[str] | None) -> str:
        if set_of:
            members = {v.name: v for v in self.found.variables}
            rows = [
                (members[name].name, self._option(members[name]), members[name].column, False)
                for name in set_of
            ]
            heads = ("variable", "label", "column")
        else:
            rows = [
                (str(c.value), words_of(c.text, self.lang), c.code, bool(c.missing))
                for c in variable.categories
            ]
            heads = ("code", "label", "name_in_estimates")
        if not rows:
            return ""
        head = "".join(f"<th>{escape(self.say(key))}</th>" for key in heads)
        body = "".join(
            f"<tr{' class=missing' if missing else ''}>"
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for *cells, missing in rows
        )
        return f"<table><tr>{head}</tr>{body}</table>"

    def _option(self, variable: Variable) -> str:
        scale = self.found.draft.scale_of(variable.item)
        point = scale.points.get(variable.option or 0) if scale else None
        return words_of(point.text, self.lang) if point else str(variable.option)
