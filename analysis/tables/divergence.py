"""Perception beside violations, period by period: what people felt, and what notices counted.

The two are never joined into one number. A published score has no error and says so; the errors of
simulated answers are called simulated; the range of a rate is that of a count model and no sampling
error (analysis/monitoring/rates.py). A period only one side knows stays in the table.
"""

from __future__ import annotations

from collections.abc import Iterable

from analysis.results.select import Row, many
from analysis.results.wording import Words
from analysis.tables.material import WHOLE, Draft, Material, Sheet, interval_head, rows_of
from analysis.tables.shape import Cell, Column, cell, interval
from analysis.tables.spec import TableSpec
from analysis.tables.widths import width_of
from survey.errors import ReportError

NEEDED = ("violations", "score", "counts", "rates")


def divergence(spec: TableSpec, material: Material) -> Draft:
    """One line per half-year.

    Options: `score`, an indicator of the table's study; `violations`, the study of the notices;
    `counts` and `rates`, its indicators.
    """
    options, words = spec.options, material.words
    missing = [name for name in NEEDED if name not in options]
    if missing:
        raise ReportError(f"options lack '{missing[0]}'", expected=", ".join(NEEDED))
    scores = material.pick(spec, indicator=options["score"], statistic="mean", domain=WHOLE)
    told = _by_wave(row for row in scores if row.kind == "published")
    found = _by_wave(row for row in scores if row.kind != "published")
    counts = _by_wave(_of(material, options, "counts", "sum_of_quarters"))
    rates = _by_wave(_of(material, options, "rates", "pooled"))
    if not (told or found) or not (counts or rates):
        raise ReportError(
            "one side of the comparison has no rows",
            expected="scores of a wave, and counts or rates of a half-year",
        )
    sheet = Sheet()
    for wave in sorted({*told, *found, *counts, *rates}):
        chosen = [part.get(wave) for part in (told, found, counts, rates)]
        score, own, count, rate = chosen
        sheet.add(
            Cell(_short(wave, words)),
            _published(score, words),
            _estimated(own, words),
            interval(own),
            cell(count),
            cell(rate),
            interval(rate),
            rows=chosen,
        )
    heads = _heads(sheet, found.values(), words)
    return sheet.draft(heads, notes=(words.phrase("note_divergence"),))


def _of(material: Material, options: dict, what: str, variant: str) -> list[Row]:
    key = {"study": options["violations"], "indicator": options[what], "variant": variant}
    return rows_of(many(material.rows, kind="published", domain=WHOLE, **key))


def _by_wave(rows: Iterable[Row]) -> dict[str, Row]:
    """One row per wave; two would be two numbers for one cell."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.wave in found:
            raise ReportError(
                f"two rows of {row.indicator} stand for {row.wave}",
                expected="one variant",
                hint=f"narrow 'select': {found[row.wave].variant}, {row.variant}",
            )
        found[row.wave] = row
    return found


def _published(row: Row | None, words: Words) -> Cell:
    """A score as it was published, with what is known of its error."""
    if row is None:
        return Cell()
    return Cell(words.phrase("score_without_error", value=words.points(row.estimate)))


def _estimated(row: Row | None, words: Words) -> Cell:
    """A score with its kind: a simulated one is called so in its own cell."""
    if row is None or row.suppressed:
        return cell(row)
    kind = words.phrase(f"kind_{row.kind}")
    return Cell(words.phrase("score_of_kind", value=words.points(row.estimate, 2), kind=kind))


def _heads(sheet: Sheet, estimated: Iterable[Row], words: Words) -> list[Column]:
    """Columns; those of words are as wide as their longest cell."""
    texts = ("head_wave", "head_score_published", "head_score_estimated")
    return [
        *(
            Column(words.phrase(head), width=width_of(line.cells[place] for line in sheet.lines))
            for place, head in enumerate(texts)
        ),
        Column(interval_head(estimated, words), "points10", 2, width=1.44),
        Column(words.phrase("head_problem_apps"), "count", width=1.08),
        Column(words.phrase("head_per_store"), "number", width=0.95),
        Column(words.phrase("head_model_range"), "number", width=1.44),
    ]


def _short(wave: str, words: Words) -> str:
    year, mark, half = wave.partition("H")
    if mark and half in ("1", "2"):
        return words.phrase(f"short_half_{half}", year=year)
    return words.wave(wave)
