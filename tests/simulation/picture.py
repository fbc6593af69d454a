"""The picture of the report: coverage of every judged interval, as SVG written by hand."""

from __future__ import annotations

import pandas as pd

from tests.simulation.cells import cells
from tests.simulation.harness import COVERAGE, MANY_DF

WIDTH, ROW, LEFT, TOP, BOTTOM = 760, 17, 330, 44, 34
LOW, HIGH = 0.91, 1.0
GOOD, BAD, BAND = "#33658a", "#c8553d", "#dce6ee"


def picture(rows: pd.DataFrame) -> str:
    """One line per cell, one mark per statistic; the limits as a band behind them."""
    kept = rows[
        rows["judged"]
        & ~rows["statistic"].str.endswith(", trimmed")
        & ~rows["statistic"].str.startswith("second wave, ")
    ]
    names = list(kept["cell"].unique())
    height = TOP + ROW * len(names) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="13">Coverage of 95 % intervals, one mark per '
        "statistic (diamonds: quantiles)</text>",
    ]
    for share in (0.92, 0.94, 0.95, 0.96, 0.98, 1.0):
        x = _x(share)
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{height - BOTTOM}" '
            f'stroke="#ccc" stroke-width="{1 if share != 0.95 else 1.6}"/>'
        )
        parts.append(
            f'<text x="{x:.1f}" y="{height - BOTTOM + 14}" text-anchor="middle">'
            f"{100 * share:.0f} %</text>"
        )
    for place, name in enumerate(names):
        y = TOP + ROW * place
        one = kept[kept["cell"] == name]
        few = one["df"].max() < MANY_DF
        low, high = COVERAGE["few" if few else "many"]
        parts.append(
            f'<rect x="{_x(low):.1f}" y="{y - 6}" width="{_x(high) - _x(low):.1f}" height="12" '
            f'fill="{BAND}"/>'
        )
        label = name if len(name) < 58 else name.replace("of their people", "of people")
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{label}</text>')
        parts += [_mark(row, y) for _, row in one.iterrows()]
    parts.append("</svg>")
    assert all(name in cells() for name in names)
    return "\n".join(parts) + "\n"


def _mark(row: pd.Series, y: float) -> str:
    x = _x(min(max(row["coverage"], LOW), HIGH))
    colour = GOOD if row["coverage_ok"] else BAD
    if row["statistic"].startswith("quantile"):
        return f'<path d="M{x:.1f} {y - 4} l4 4 l-4 4 l-4 -4 z" fill="none" stroke="{colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="3" fill="{colour}" fill-opacity="0.75"/>'


def _x(share: float) -> float:
    return LEFT + (share - LOW) / (HIGH - LOW) * (WIDTH - LEFT - 24)
