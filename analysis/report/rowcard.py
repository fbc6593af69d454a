"""The row behind a number, in words: a tooltip, a card of the annex, a data table of a figure."""

from __future__ import annotations

import math
from html import escape
from math import isnan

import pandas as pd

from analysis.report.bound import row_id
from analysis.report.sentence import interval
from analysis.results.comparable import why_hidden
from analysis.results.covariance import row_key
from analysis.results.select import Row
from analysis.results.wording import ABSENT, Words
from analysis.tables.material import rows_of
from analysis.tables.reasons import in_words

_MOST = 400  # lines of a figure's data table; the CSV beside the report has all


def value_of(row: Row, value: float, words: Words) -> str:
    """A number of a row in its unit."""
    if isnan(value):
        return ABSENT
    if row.unit == "share":
        changes = row.statistic in ("change", "gap")
        return f"{words.signed(value * 100)} pp" if changes else words.percent(value)
    if row.unit == "count":
        return words.thousands(value)
    return words.points(value, 2)


def _digits(row: Row) -> int:
    return 1 if row.unit == "share" else 2


def name_of(row: Row, words: Words) -> str:
    """Indicator, category, domain and wave of a row."""
    parts = [words.indicator(row.indicator, row.study)]
    if row.category:
        parts.append(words.category(row.indicator, row.category, row.study))
    parts += [words.level(row.domain, row.study), words.wave(row.wave, row.study)]
    return " · ".join(parts)


def tooltip(row: Row, words: Words) -> str:
    """One line: what, interval, base, kind."""
    if row.suppressed:
        return f"{name_of(row, words)}: {why_hidden(row, words)}"
    told = [name_of(row, words), interval(row, words, _digits(row))]
    if not isnan(row.n):
        told.append(f"n = {words.thousands(row.n)}")
    if filled := words.imputed(row.imputed):
        told.append(filled)
    return "; ".join([*told, words.phrase(f"kind_{row.kind}")])


def card(row: Row, words: Words, estimates_hash: str) -> dict[str, object]:
    """Anchor, title and (term, words) pairs of a row's entry in the annex."""
    hidden = row.suppressed

    def number(value: float, digits: int) -> str:
        return ABSENT if hidden or isnan(value) else words.decimal(value, digits)

    se = row.se * 100 if row.unit == "share" else row.se
    pairs = [
        (
            "row_value",
            why_hidden(row, words) if hidden else value_of(row, row.estimate, words),
        ),
        ("row_interval", ABSENT if hidden else interval(row, words, _digits(row))),
        ("row_se", number(se, 3) + (" pp" if row.unit == "share" and not isnan(se) else "")),
        ("row_base", ABSENT if hidden else words.thousands(row.n)),
        ("row_imputed", ABSENT if hidden else words.percent(row.imputed or math.nan)),
        ("row_n_eff", ABSENT if hidden else words.thousands(row.n_eff)),
        ("row_deff", number(row.deff, 2)),
        ("row_kind", words.phrase(f"kind_{row.kind}")),
        *_origin(row, words),
        ("row_key", row_key(row.key())),
        ("row_hash", f"sha256 {estimates_hash[:16]}…"),
    ]
    told = [(words.phrase(term), value) for term, value in pairs if value and value != ABSENT]
    return {"id": row_id(row), "title": name_of(row, words), "pairs": told}


def _base(row: Row, words: Words) -> str:
    """A base with what of it was imputed."""
    return "; ".join(filter(None, [words.thousands(row.n), words.imputed(row.imputed)]))


def _origin(row: Row, words: Words) -> list[tuple[str, str]]:
    """Where a row comes from; of a published one neither wording nor quality is known here."""
    if row.kind == "published":
        return [("row_source", row.design)]
    return [
        ("row_quality", _quality(row, words)),
        ("row_question", words.question(row.indicator, row.study)),
        ("row_method", "; ".join(part for part in (row.design, row.variant, row.frame) if part)),
    ]


def _quality(row: Row, words: Words) -> str:
    reasons = in_words(row.reason, words)
    told = words.phrase(f"quality_{row.quality}")
    return f"{told}: {words.phrase('reason_join').join(reasons)}" if reasons else told


def row_table(rows: pd.DataFrame, words: Words) -> str:
    """The rows of a figure as an HTML table: what, value, interval, base, kind."""
    heads = ("row_name", "row_value", "row_interval", "row_base", "row_kind")
    lines = []
    for row in rows_of(rows.head(_MOST)):
        cells = [
            name_of(row, words),
            why_hidden(row, words) if row.suppressed else value_of(row, row.estimate, words),
            ABSENT if row.suppressed or isnan(row.ci_low) else interval(row, words, _digits(row)),
            ABSENT if row.suppressed else _base(row, words),
            words.phrase(f"kind_{row.kind}"),
        ]
        first, rest = f'<th scope="row">{escape(cells[0])}</th>', cells[1:]
        lines.append(f"<tr>{first}{''.join(f'<td>{escape(cell)}</td>' for cell in rest)}</tr>")
    head = "".join(f'<th scope="col">{escape(words.phrase(name))}</th>' for name in heads)
    body = "".join(lines)
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>\n"
    )
