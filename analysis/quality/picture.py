"""Places on a picture of boxes, in per cent of its width or height.

Decided here: histograms with their cut-offs and ticks, and intervals on a track. What stands in
them is decided in page.py, interviewerview.py and bandview.py, how they look in page.j2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from analysis.quality.findings import Histogram
from analysis.quality.vocabulary import Words

View = dict[str, Any]


def bars(histogram: Histogram, cuts: Iterable[float | None], words: Words, unit: str = "") -> View:
    """A histogram with upright lines at the cut-offs, ticks at round places."""
    span = histogram.width * len(histogram.counts)
    most = max(histogram.counts) or 1
    step = round_step(span / 6)
    first = math.ceil(histogram.start / step - 1e-9) * step
    ticks = [first + k * step for k in range(int((histogram.start + span - first) / step) + 1)]
    lines = [cut for cut in cuts if cut is not None]
    return {
        "bars": [(percent(count / most), f"{count:,}") for count in histogram.counts],
        "ticks": [(percent((t - histogram.start) / span), f"{t:g}") for t in ticks],
        "cuts": [
            (
                percent((cut - histogram.start) / span),
                words.say("cut_line", value=f"{cut:.3g}{unit}"),
                (cut - histogram.start) / span > 0.6,
            )
            for cut in lines
        ],
        "width": f"{histogram.width:g}",
        "median": f"{histogram.middle:.1f}",
        "most": f"{most:,}",
    }


def round_step(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def track(low: float, high: float, at: float, start: float, end: float) -> dict[str, str]:
    """An interval and its point on a track from `start` to `end`, in per cent."""
    span = (end - start) or 1.0
    return {
        "left": percent((low - start) / span),
        "width": percent((high - low) / span),
        "at": percent((at - start) / span),
    }


def percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"
