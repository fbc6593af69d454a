"""Tables that need no rows: what a survey of some size can detect, and tables of words."""

from __future__ import annotations

from analysis.compare.power import smallest_detectable_change
from analysis.tables.material import Draft, Material, Sheet
from analysis.tables.shape import Cell, Column
from analysis.tables.spec import TableSpec
from survey.errors import ReportError


def detectable(spec: TableSpec, material: Material) -> Draft:
    """Smallest detectable change by sample size and design effect.

    Options: `n`, `deff` (lists), `sd`, `power`.
    """
    words, options = material.words, spec.options
    missing = [name for name in ("n", "deff", "sd") if name not in options]
    if missing:
        raise ReportError(f"options lack '{missing[0]}'", expected="n, deff (lists) and sd")
    power = options.get("power", 0.8)
    sheet = Sheet()
    sd = options["sd"]
    for n in options["n"]:
        found = [smallest_detectable_change(n, deff, sd, power=power) for deff in options["deff"]]
        sheet.add(Cell(words.thousands(n)), *map(Cell, found))
    told = words.phrase("note_detectable", power=words.percent(power, 0), sd=words.points(sd))
    heads = [
        Column(words.phrase("head_deff_is", value=words.decimal(d, 1)), "number")
        for d in options["deff"]
    ]
    return sheet.draft([Column(words.phrase("head_sample")), *heads], notes=(told,))


def text(spec: TableSpec, material: Material) -> Draft:
    """A table of words typed in report.yml.

    Options: `columns`, a list of heads by language; `lines`, lists of cells by language; `widths`.
    """
    lang, options = material.words.lang, spec.options
    heads = options.get("columns", [])
    widths = options.get("widths") or [1.0] * len(heads)
    sheet = Sheet()
    for number, line in enumerate(options.get("lines", []), 1):
        if len(line) != len(heads):
            raise ReportError(
                f"line {number} has {len(line)} cells", expected=f"{len(heads)}, one per column"
            )
        sheet.add(*(Cell(part if isinstance(part, str) else part[lang]) for part in line))
    columns = [
        Column(head if isinstance(head, str) else head[lang], width=width)
        for head, width in zip(heads, widths, strict=True)
    ]
    return sheet.draft(columns)
