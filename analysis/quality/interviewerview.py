"""The part of the page on interviewers: effects on a track, deviations as points, a table.

What is measured, and which interviewers are pooled, is decided in interviewerfindings.py.
"""

from __future__ import annotations

import math

from analysis.quality.interviewerfindings import InterviewerFindings
from analysis.quality.picture import View, percent, track
from analysis.quality.vocabulary import Words

EFFECTS = 12  # measures listed before the rest is counted
OPEN_ROWS = 15  # interviewers listed before the table is folded


def interviewer_view(found: InterviewerFindings, words: Words) -> View:
    instrument = words.instrument
    listed = found.effects[:EFFECTS]
    low = min([0.0, *(e.low for _, e, _ in listed)])
    high = max([0.01, *(e.high for _, e, _ in listed)])
    level = f"{100 * instrument.policy('conf_level'):g}"
    effects = [
        {
            "name": words.item(name),
            "icc": _signed(effect.icc),
            "interval": f"{_signed(effect.low)} – {_signed(effect.high)}",
            "p": "<0.001" if p < 0.001 else f"{p:.3f}",
            "deff": f"{effect.deff:.2f}",
            "strong": p < 1 - instrument.policy("conf_level"),
            **track(effect.low, effect.high, effect.icc, low, high),
        }
        for name, effect, p in listed
    ]
    off = found.deviations
    reach = max((max(abs(d.low), abs(d.high)) for d in off), default=1.0)
    rows = [
        (
            row.name or words.say("pooled", count=str(row.pooled), least=words.least()),
            f"{row.interviews:,}",
            "–" if math.isnan(row.minutes) else f"{row.minutes:.1f}",
            f"{100 * row.flagged:.1f}",
            f"{100 * row.missing:.1f}",
        )
        for row in found.rows
    ]
    return {
        "level": level,
        "effects": effects,
        "zero": percent((0 - low) / (high - low)),
        "more": max(0, len(found.effects) - len(listed)),
        "item": words.item(found.item) if found.item else "",
        "points": [
            {
                "left": percent((k + 0.5) / len(off)),
                "bottom": percent((d.low + reach) / (2 * reach)),
                "height": percent((d.high - d.low) / (2 * reach)),
                "dot": percent((d.off + reach) / (2 * reach)),
                "apart": d.low > 0 or d.high < 0,
                "told": f"{d.interviewer}: {d.off:+.2f} ({d.low:+.2f}, {d.high:+.2f}), n {d.n}",
            }
            for k, d in enumerate(off)
        ],
        "reach": f"{reach:.1f}",
        "least": f"{instrument.policy('min_base'):g}",
        "count": str(len(off)),
        "chance": f"{len(off) * (1 - instrument.policy('conf_level')):.0f}",
        "rows": rows,
        "open": len(rows) <= OPEN_ROWS,
    }


def _signed(value: float) -> str:
    """Three decimals, a true minus, and no minus before nothing."""
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", "−")
