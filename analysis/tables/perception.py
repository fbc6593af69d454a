"""Tables of a perception survey: by group, issues, changes, published values, weighting.

Levels stand in questionnaire order and waves in order of time; nothing is ranked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from analysis.results.select import Row
from analysis.results.wording import Words
from analysis.tables.material import (
    NO_ROWS,
    WHOLE,
    Draft,
    Material,
    Sheet,
    in_order,
    interval_head,
    rows_of,
)
from analysis.tables.shape import Cell, Column, Unit, cell, interval
from analysis.tables.spec import TableSpec
from analysis.tables.widths import width_of
from survey.errors import ReportError

ESTIMATED = ["collected", "measured", "simulated"]
PERCENT = 100
WIDEST = 2.8  # a longer name of what changed goes on in the next line


def by_domain(spec: TableSpec, material: Material) -> Draft:
    """One wave, one line per level of each domain variable.

    With one category: estimate, interval, n, effective n, design effect. With several: one column
    per category. Options: `domains` (variables, default all the study's), `total` (default true).
    """
    key = {} if "kind" in spec.select else {"kind": ESTIMATED}
    rows = [row for row in material.pick(spec, **key) if row.statistic in ("mean", "share")]
    if not rows:
        raise ReportError(NO_ROWS, hint="check indicator, statistic and wave")
    instrument, words = material.instrument(spec), material.words
    wave = material.newest(spec, rows)
    banner = _Banner(
        categories=in_order(instrument, rows[0].indicator, {row.category for row in rows}),
        found={(row.domain, row.category): row for row in rows if row.wave == wave},
    )
    sheet = Sheet()
    if spec.options.get("total", True):
        banner.line(sheet, WHOLE, words.phrase("whole"), "total")
    for item in spec.options.get("domains", instrument.study.domains):
        if any(domain.startswith(f"{item}=") for domain, _ in banner.found):
            sheet.group(words.variable(item, instrument.study.id))
            for code in words.levels(item, instrument.study.id):
                domain = f"{item}={code}"
                banner.line(sheet, domain, words.level(domain, instrument.study.id))
    return sheet.draft(banner.columns(rows, words))


@dataclass(frozen=True)
class _Banner:
    """Rows of one wave by domain, side by side where there are several categories."""

    categories: Sequence[str]
    found: Mapping[tuple[str, str], Row]

    def line(
        self, sheet: Sheet, domain: str, name: str, kind: Literal["row", "total"] = "row"
    ) -> None:
        chosen = [self.found.get((domain, category)) for category in self.categories]
        known = [row for row in chosen if row is not None]
        if not known:
            return
        if len(self.categories) > 1:
            cells = [*(cell(row) for row in chosen), cell(known[0], "n")]
        else:
            trust = (cell(known[0], column) for column in ("n", "n_eff", "deff"))
            cells = [cell(known[0]), interval(known[0]), *trust]
        sheet.add(Cell(name), *cells, kind=kind, rows=chosen)

    def columns(self, rows: Sequence[Row], words: Words) -> list[Column]:
        first = Column(words.phrase("head_level"), width=1.6)
        unit = cast(Unit, rows[0].unit)
        digits = 2 if unit == "points10" else 1
        if len(self.categories) > 1:
            heads = [words.category(rows[0].indicator, code) for code in self.categories]
            told = [Column(head, unit, digits) for head in heads]
            return [first, *told, Column(words.phrase("head_n"), "count", width=0.8)]
        return [
            first,
            Column(words.phrase("head_estimate"), unit, digits),
            Column(interval_head(rows, words), unit, digits, width=1.7),
            Column(words.phrase("head_n"), "count"),
            Column(words.phrase("head_n_eff"), "count"),
            Column(words.phrase("head_deff"), "number"),
        ]


def issues(spec: TableSpec, material: Material) -> Draft:
    """Categories of a multiple-response set: published and estimated share, interval, n."""
    rows = material.pick(spec, domain=WHOLE, statistic="share")
    wave = material.newest(spec, rows)
    rows = [row for row in rows if row.wave == wave]
    told = {row.category: row for row in rows if row.kind == "published"}
    found = {row.category: row for row in rows if row.kind != "published"}
    instrument, words = material.instrument(spec), material.words
    indicator = rows[0].indicator if rows else ""
    sheet = Sheet()
    for category in in_order(instrument, indicator, {*found, *told}):
        own, published_row = found.get(category), told.get(category)
        cells = [cell(published_row)] if told else []
        cells += [cell(own), interval(own), cell(own, "se"), cell(own, "n")]
        name = words.category(indicator, category, instrument.study.id)
        sheet.add(Cell(name), *cells, rows=(own, published_row))
    heads = [Column(words.phrase("head_issue"), width=2.4)]
    if told:
        heads.append(Column(words.phrase("head_published"), "share"))
    heads += [
        Column(words.phrase("head_estimate"), "share"),
        Column(interval_head(rows, words), "share", width=1.7),
        Column(words.phrase("head_se"), "share", 2),
        Column(words.phrase("head_n"), "count"),
    ]
    return sheet.draft(heads, chart="bar")


def changes(spec: TableSpec, material: Material) -> Draft:
    """Changes between waves, one line each, published and estimated apart."""
    words, study = material.words, material.study(spec)
    rows = material.pick(spec, domain=WHOLE, statistic="change")
    rows.sort(
        key=lambda row: (
            row.kind != "published",
            row.indicator,
            row.category,
            row.period,
            material.waves[study].index(row.reference),
        )
    )
    sheet = Sheet()
    for row in rows:
        what = words.indicator(row.indicator, study)
        if row.category:
            what = words.category(row.indicator, row.category, study)
        scale = PERCENT if row.unit == "share" else 1
        sheet.add(
            Cell(what),
            Cell(_short_wave(row.wave, words, study)),
            Cell(_short_wave(row.reference, words, study)),
            _scaled(cell(row), scale),
            _scaled(interval(row), scale),
            cell(row, "p_adjusted"),
            Cell(words.phrase(f"kind_{row.kind}")),
            rows=(row,),
        )
    wide = [width_of(line.cells[place] for line in sheet.lines) for place in range(7)]
    heads = [
        Column(words.phrase("head_what"), width=min(wide[0], WIDEST)),
        Column(words.phrase("head_wave"), width=wide[1]),
        Column(words.phrase("head_since"), width=wide[2]),
        Column(words.phrase("head_change"), "points", 2),
        Column(interval_head(rows, words), "points", 2, width=1.7),
        Column(words.phrase("head_p"), "p", width=1.1),
        Column(words.phrase("head_kind"), width=wide[-1]),
    ]
    return sheet.draft(heads, notes=(words.phrase("note_changes"),))


def _scaled(told: Cell, scale: float) -> Cell:
    """A number carried to another unit: a share to percentage points."""
    if not isinstance(told.value, float):
        return told
    high = None if told.high is None else told.high * scale
    return replace(told, value=told.value * scale, high=high)


def published(spec: TableSpec, material: Material) -> Draft:
    """What others published, one column per wave."""
    words, study = material.words, material.study(spec)
    rows = material.pick(spec, kind="published", domain=WHOLE, statistic=["mean", "share", "total"])
    found = {(row.indicator, row.statistic, row.category, row.wave): row for row in rows}
    waves = [wave for wave in material.waves[study] if any(row.wave == wave for row in rows)]
    instrument = material.instruments[study]
    sheet = Sheet()
    for entry in instrument.study.indicators:
        for statistic in entry.statistic:
            known = {c for i, s, c, _ in found if (i, s) == (entry.id, statistic)}
            for category in in_order(instrument, entry.id, known):
                chosen = [found.get((entry.id, statistic, category, wave)) for wave in waves]
                name = entry.text[words.lang]
                if category:
                    name = words.category(entry.id, category, study)
                sheet.add(Cell(name), *(_in_unit(row, words) for row in chosen), rows=chosen)
    heads = [Column(_short_wave(wave, words, study)) for wave in waves]
    return sheet.draft([Column(words.phrase("head_what"), width=2.4), *heads])


def _in_unit(row: Row | None, words: Words) -> Cell:
    """A number as words in its own unit, for columns of mixed units."""
    if row is None:
        return Cell()
    if row.unit == "share":
        return Cell(words.percent(row.estimate))
    say = words.thousands if row.unit == "count" else words.points
    return Cell(say(row.estimate))


def weighting(spec: TableSpec, material: Material) -> Draft:
    """Calibration diagnostics, one line per wave."""
    words, study = material.words, material.study(spec)
    rows = material.rows[(material.rows["study"] == study) & (material.rows["kind"] != "published")]
    sheet = Sheet()
    for wave in material.waves[study]:
        record = material.calibrations.get((study, wave))
        if record is None:
            continue
        ratio = record["largest"] / record["smallest"] if record["smallest"] else None
        values = [record["n"], record["n_eff"], record["deff_kish"], ratio, record["trimmed"]]
        error = Cell(_at_least(record["max_relative_error"], words))
        here = rows_of(rows[rows["wave"] == wave].head(1))  # says whether the wave is simulated
        here = [replace(row, imputed=math.nan) for row in here]  # no estimate is shown
        sheet.add(Cell(_short_wave(wave, words, study)), *map(Cell, values), error, rows=here)
    if not sheet.lines:
        raise ReportError("no wave of the study has a calibration record", hint="run make weights")
    return sheet.draft(
        [
            Column(words.phrase("head_wave"), width=1.4),
            Column(words.phrase("head_n"), "count"),
            Column(words.phrase("head_n_eff"), "count"),
            Column(words.phrase("head_deff"), "number"),
            Column(words.phrase("head_ratio"), "number"),
            Column(words.phrase("head_trimmed"), "count"),
            Column(words.phrase("head_error"), "number"),
        ]
    )


def _at_least(share: float, words: Words) -> str:
    """A share in four digits of a percentage; what is less than the last of them is said to be."""
    least = 1e-6
    return words.percent(share, 4) if share >= least else f"<{words.percent(least, 4)}"


def _short_wave(wave: str, words: Words, study: str) -> str:
    """A wave in a cell: 2018年上半年, 2018 H1."""
    year, mark, half = wave.partition("H")
    if mark and half in ("1", "2"):
        return words.phrase(f"short_half_{half}", year=year)
    return words.wave(wave, study)
