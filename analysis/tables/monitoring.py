"""Tables of app monitoring: quarterly notices, kinds of problem, shares by category of apps."""

from __future__ import annotations

import re
from typing import Literal

from analysis.results.select import Row
from analysis.tables.material import WHOLE, Draft, Material, Sheet, in_order
from analysis.tables.shape import Cell, Column, cell, interval
from analysis.tables.spec import TableSpec
from survey.errors import ReportError, one_of
from survey.instrument.load import Instrument

_QUARTER = re.compile(r"^\d{4}Q[1-4]$")
BAND = "band"  # variant of a simulated range, see analysis/monitoring/bands.py
READ = ("register", "reading")  # variants of numbers shown with every source that has them


def notices(spec: TableSpec, material: Material) -> Draft:
    """Quarterly counts, a line per quarter; quarters without a number stay visible.

    Only what was published: a model's fill of a gap is no entry of the register.
    """
    words, study = material.words, material.study(spec)
    rows = [
        row
        for row in material.pick(spec, statistic="total", kind="published")
        if row.variant not in READ
    ]
    found = {(row.wave, row.indicator): row for row in rows if _QUARTER.match(row.wave)}
    known = {indicator for _, indicator in found}
    names = [name for name in _indicators(material.instruments[study], "total") if name in known]
    sheet = Sheet()
    for quarter in _quarters({wave for wave, _ in found}):
        chosen = [found.get((quarter, name)) for name in names]
        sheet.add(Cell(words.wave(quarter, study)), *map(cell, chosen), rows=chosen)
    heads = [Column(words.indicator(name, study), "count") for name in names]
    return sheet.draft([Column(words.phrase("head_quarter")), *heads], chart="column")


def kinds(spec: TableSpec, material: Material) -> Draft:
    """Kinds of problem: the published share beside the count of those that can be counted.

    Counted rows share a variant with the totals; the other shares are those somebody published.
    """
    instrument, words = material.instrument(spec), material.words
    rows = material.pick(spec, domain=WHOLE)
    counts = {row.category: row for row in rows if row.statistic == "total"}
    variants = {row.variant for row in counts.values()}
    shares = [row for row in rows if row.statistic == "share"]
    counted = {row.category: row for row in shares if row.variant in variants}
    told = {row.category: row for row in shares if row.variant not in variants}
    indicator = rows[0].indicator if rows else ""
    sheet = Sheet()
    for category in in_order(instrument, indicator, {*told, *counts}):
        chosen = [found.get(category) for found in (told, counts, counted)]
        name = words.category(indicator, category, instrument.study.id)
        sheet.add(Cell(name), *map(cell, chosen), rows=chosen)
    return sheet.draft(
        [
            Column(words.phrase("head_kind_of_problem"), width=2.4),
            Column(words.phrase("head_published"), "share", 0),
            Column(words.phrase("head_count"), "count"),
            Column(words.phrase("head_share"), "share"),
        ]
    )


def app_shares(spec: TableSpec, material: Material) -> Draft:
    """Share of apps by category as bands, under the published overall level.

    Options: `indicators` (default: every share of the study).
    """
    words, study = material.words, material.study(spec)
    names = spec.options.get("indicators") or _indicators(material.instruments[study], "share")
    found: dict[tuple[str, str], Row] = {}
    for row in material.pick(spec, indicator=names, statistic="share"):
        preferred = row.kind == "published" or row.variant == BAND
        if preferred or (row.domain, row.indicator) not in found:
            found[row.domain, row.indicator] = row
    sheet = Sheet()

    def line(domain: str, name: str, kind: Literal["row", "total"] = "row") -> None:
        chosen = [found.get((domain, indicator)) for indicator in names]
        if any(chosen):
            cells = [cell(r) if r and r.kind == "published" else interval(r) for r in chosen]
            sheet.add(Cell(name), *cells, kind=kind, rows=chosen)

    line(WHOLE, words.phrase("whole"), "total")
    for item in material.instruments[study].study.domains:
        for code in words.levels(item, study):
            line(f"{item}={code}", words.level(f"{item}={code}", study))
    heads = [Column(words.indicator(name, study), "share", 0, width=1.2) for name in names]
    return sheet.draft([Column(words.phrase("head_app_category"), width=1.3), *heads])


def readings(spec: TableSpec, material: Material) -> Draft:
    """Numbers on which sources differ, side by side: the register's own and the other reading."""
    words, study = material.words, material.study(spec)
    rows = material.pick(spec, variant=list(READ), kind="published")
    own = {(row.indicator, row.wave): row for row in rows if row.variant == READ[0]}
    sheet = Sheet()
    for other in rows:
        if other.variant != READ[1]:
            continue
        used = own.get((other.indicator, other.wave))
        sheet.add(
            Cell(words.indicator(other.indicator, study)),
            Cell(words.wave(other.wave, study)),
            *(_unmarked(row, "estimate") for row in (used, other)),
            *(Cell(row.design) if row else Cell() for row in (used, other)),
            rows=(used, other),
        )
    heads = [
        Column(words.phrase("head_what"), width=1.5),
        Column(words.phrase("head_quarter"), width=0.9),
        Column(words.phrase("head_register"), "count"),
        Column(words.phrase("head_reading"), "count"),
        Column(words.phrase("head_register_source"), width=2.6),
        Column(words.phrase("head_reading_source"), width=2.6),
    ]
    return sheet.draft(heads)


def _unmarked(row: Row | None, column: str) -> Cell:
    """A number without the mark of caution: the whole table is about why it would have one."""
    return Cell(getattr(row, column)) if row else Cell()


def _indicators(instrument: Instrument, statistic: str) -> list[str]:
    found = [entry.id for entry in instrument.study.indicators if statistic in entry.statistic]
    if not found:
        known = one_of(entry.id for entry in instrument.study.indicators)
        raise ReportError(f"no indicator of {instrument.study.id} is a {statistic}", expected=known)
    return found


def _quarters(names: set[str]) -> list[str]:
    """Every quarter from the first to the last of `names`."""
    if not names:
        return []
    first, last = (int(name[:4]) * 4 + int(name[5]) - 1 for name in (min(names), max(names)))
    return [f"{place // 4}Q{place % 4 + 1}" for place in range(first, last + 1)]
