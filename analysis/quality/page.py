"""One self-contained page about the quality of a wave's interviews, in one language.

Pictures are boxes placed by per cent, so that they fit a telephone as well as a desk, and words in
them are words of the page. Numbers come from findings.py, words from words.yml, the look of pages
on diagnostics from survey/weights/sheet.py, the layout from page.j2. No script, nothing asked of
the net.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from analysis.quality.band import Band
from analysis.quality.findings import MISSING, Findings, Histogram, InterviewerFindings
from analysis.quality.words import said, say
from survey.clean.judge import Verdict
from survey.clean.signs import SIGNS
from survey.instrument.cutoffs import CUTOFFS
from survey.instrument.load import Instrument
from survey.weights.sheet import look

EFFECTS = 12  # measures listed before the rest is counted
OPEN_ROWS = 15  # interviewers listed before the table is folded
View = dict[str, Any]


def quality_page(
    found: Findings,
    verdict: Verdict,
    instrument: Instrument,
    wave: str,
    *,
    language: str,
    kind: str,
) -> str:
    """The page as HTML; the same text for the same findings.

    Parameters
    ----------
    found : Findings
    verdict : Verdict
        Cut-offs, and what was not looked for.
    language : {"zh", "en"}
    kind : of the data; simulated data say so at the top of the page.
    """
    words = _Words(instrument, wave, language)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.j2").render(
        say=lambda name, **values: say(name, language, **values),
        language="zh-CN" if language == "zh" else "en",
        look=look(),
        study=instrument.study.title[language],
        wave=wave,
        simulated=kind == "simulated",
        least=_least(instrument),
        tiles=_tiles(found, words),
        frozen=_frozen(instrument, wave, words),
        signs=_signs(found, verdict, words),
        overlap=_overlap(found, words),
        length=_bars(found.length, [found.length_cut], words) if found.length else None,
        longest=_longest(found, verdict),
        match=_matches(found, verdict, words),
        interviewers=_interviewers(found.interviewers, words) if found.interviewers else None,
        missing=_missing(found.missing, words),
        changed=[
            (words.rule(rule), f"{n:,}", [(words.item(i), f"{k:,}") for i, k in items])
            for rule, n, items in found.changed
        ],
        band=_band(found.band, words) if found.band else None,
        not_looked=[
            (
                words.sign(sign),
                say("not_unset" if "methods.yml" in why else "not_data", language),
                _unset(sign) if "methods.yml" in why else [],
            )
            for sign, why in verdict.not_looked_for.items()
        ],
    )


def _unset(sign: str) -> list[str]:
    return [name for name, of in CUTOFFS.items() if of == sign]


class _Words:
    """Words of one language for signs, rules and items."""

    def __init__(self, instrument: Instrument, wave: str, language: str) -> None:
        self.instrument, self.wave, self.language = instrument, wave, language

    def say(self, name: str, **values: str) -> str:
        return say(name, self.language, **values)

    def sign(self, name: str) -> str:
        return self.say(f"sign_{name}") if said(f"sign_{name}") else name

    def rule(self, name: str) -> str:
        kind = name.partition(":")[0]
        told = self.say(f"rule_{kind}") if said(f"rule_{kind}") else kind
        return f"{told} · {name.partition(':')[2]}" if ":" in name else told

    def item(self, name: str) -> str:
        """An item, or one option of a set, as people read it."""
        if name == MISSING:
            return self.say("icc_missing")
        base, _, option = name.rpartition("__")
        items = self.instrument.items
        if name not in items and base in items:
            item = items[base]
            scale = self.instrument.scales.get(item.scale or "")
            if scale is not None and option.isdigit():
                return f"{item.label(self.language)} · {scale.text(int(option), self.language)}"
        return items[name].label(self.language) if name in items else name

    def headline(self, row: Any) -> str:
        """An indicator with its category."""
        indicator = next(i for i in self.instrument.study.indicators if i.id == row.indicator)
        told = self.item(indicator.item)
        category = str(row.category)
        if not category:
            return told
        scale = self.instrument.scale_of(indicator.item)
        if category in scale.group_text:
            return f"{told} · {scale.group_text[category][self.language]}"
        codes = {scale.code(value): value for value in scale.values()}
        text = scale.text(codes[category], self.language) if category in codes else category
        return f"{told} · {text}"

    def distance(self, value: float, unit: str) -> str:
        """A difference in the words of its unit."""
        if unit == "share":
            return self.say("band_points", value=f"{100 * value:.1f}")
        return self.say("band_score", value=f"{value:.2f}")


# -- parts -----------------------------------------------------------------------------------------


def _tiles(found: Findings, words: _Words) -> list[tuple[str, str]]:
    told = [
        (found.interviews, "interviews"),
        (found.included, "kept"),
        (found.interviews - found.included, "left_out"),
        (found.flagged_included, "flagged_kept"),
    ]
    told += [(found.taken_back, "taken_back")] if found.taken_back else []
    return [(f"{count:,}", words.say(name)) for count, name in told]


def _frozen(instrument: Instrument, wave: str, words: _Words) -> list[str]:
    begins = instrument.waves[wave].period.start
    lines = []
    for record in instrument.frozen.get(wave, ()):
        name = "frozen_before" if record.date < begins else "frozen_after"
        told = words.say(name, date=record.date.isoformat(), begins=begins.isoformat())
        reason = words.say("frozen_reason", reason=record.reason) if record.reason else ""
        lines.append(told + reason)
    return lines


def _signs(found: Findings, verdict: Verdict, words: _Words) -> list[View]:
    most = max((row.shown for row in found.signs), default=0) or 1
    rows = []
    for row in found.signs:
        cuts = [
            words.say(f"cut_{name}", value=_value(name, verdict.thresholds[name]))
            for name in CUTOFFS
            if CUTOFFS[name] == row.sign and name in verdict.thresholds
        ]
        rows.append(
            {
                "name": words.sign(row.sign),
                "cuts": ("；" if words.language == "zh" else "; ").join(cuts),
                "shown": f"{row.shown:,}",
                "excluded": f"{row.excluded:,}",
                "excludes": row.excludes,
                "width": _percent(row.shown / most),
                "dark": _percent(row.excluded / most),
            }
        )
    return rows


def _value(name: str, value: float) -> str:
    """A cut-off as people read it: shares as per cent."""
    share = name.endswith(("_share", "_share_of_median", "_diversity"))
    return f"{100 * value:g}%" if share else f"{value:g}"


def _overlap(found: Findings, words: _Words) -> list[View]:
    least = int(words.instrument.policy("min_cell"))
    most = max((count for _, count in found.overlap), default=0) or 1
    rows = [
        {
            "names": [words.sign(sign) for sign in signs],
            "count": f"{count:,}",
            "width": _percent(count / most),
        }
        for signs, count in found.overlap
    ]
    if found.overlap_rest:
        rest = found.overlap_rest
        rows.append(
            {
                "names": [words.say("overlap_rest", least=str(least))],
                "count": f"{rest:,}" if rest >= least else f"<{least}",
                "width": _percent(min(rest / most, 1)),
            }
        )
    return rows


def _bars(
    histogram: Histogram, cuts: Iterable[float | None], words: _Words, unit: str = ""
) -> View:
    """A histogram with upright lines at the cut-offs, ticks at round places."""
    span = histogram.width * len(histogram.counts)
    most = max(histogram.counts) or 1
    step = _step(span / 6)
    first = math.ceil(histogram.start / step - 1e-9) * step
    ticks = [first + k * step for k in range(int((histogram.start + span - first) / step) + 1)]
    lines = [cut for cut in cuts if cut is not None]
    return {
        "bars": [(_percent(count / most), f"{count:,}") for count in histogram.counts],
        "ticks": [(_percent((t - histogram.start) / span), f"{t:g}") for t in ticks],
        "cuts": [
            (
                _percent((cut - histogram.start) / span),
                words.say("cut_line", value=f"{cut:.3g}{unit}"),
                (cut - histogram.start) / span > 0.6,
            )
            for cut in lines
        ],
        "width": f"{histogram.width:g}",
        "median": f"{histogram.middle:.1f}",
        "most": f"{most:,}",
    }


def _step(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def _longest(found: Findings, verdict: Verdict) -> list[View]:
    most = max(found.longest, default=0) or 1
    cut = verdict.thresholds.get("straight_line_max_run", math.inf)
    return [
        {"run": run, "count": f"{n:,}", "height": _percent(n / most), "beyond": run > cut}
        for run, n in enumerate(found.longest)
    ]


def _matches(found: Findings, verdict: Verdict, words: _Words) -> View | None:
    if found.match is None:
        return None
    cut = verdict.thresholds.get("match_min_share")
    view = _bars(found.match, [100 * cut if cut is not None else None], words, "%")
    return view | {"looked": f"{sum(found.match.counts):,}"}


def _missing(table: pd.DataFrame, words: _Words) -> list[View]:
    asked = table["asked"].clip(lower=1)
    shares = (table["missing"] / asked).tolist()
    most = max(shares, default=0) or 1
    return [
        {
            "name": words.item(str(item)),
            "share": f"{100 * share:.1f}%",
            "asked": f"{n:,}",
            "width": _percent(share / most),
        }
        for item, share, n in zip(table["item"], shares, table["asked"], strict=True)
    ]


# -- interviewers and band -------------------------------------------------------------------------


def _interviewers(found: InterviewerFindings, words: _Words) -> View:
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
            **_track(effect.low, effect.high, effect.icc, low, high),
        }
        for name, effect, p in listed
    ]
    off = found.deviations
    reach = max((max(abs(d.low), abs(d.high)) for d in off), default=1.0)
    rows = [
        (
            row.name or words.say("pooled", count=str(row.pooled), least=_least(instrument)),
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
        "zero": _percent((0 - low) / (high - low)),
        "more": max(0, len(found.effects) - len(listed)),
        "item": words.item(found.item) if found.item else "",
        "points": [
            {
                "left": _percent((k + 0.5) / len(off)),
                "bottom": _percent((d.low + reach) / (2 * reach)),
                "height": _percent((d.high - d.low) / (2 * reach)),
                "dot": _percent((d.off + reach) / (2 * reach)),
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


def _least(instrument: Instrument) -> str:
    return f"{instrument.policy('min_cell'):g}"


def _track(low: float, high: float, at: float, start: float, end: float) -> dict[str, str]:
    """An interval and its point on a track from `start` to `end`, in per cent."""
    span = (end - start) or 1.0
    return {
        "left": _percent((low - start) / span),
        "width": _percent((high - low) / span),
        "at": _percent((at - start) / span),
    }


def _band(band: Band, words: _Words) -> View:
    samples = band.rows.loc[band.rows["choice"] == band.rows["sample"], "choice"].nunique()
    lines, reaches = [], []
    for unit, part in band.summary.groupby("unit", sort=False):
        away = part[["ci_low", "ci_high", "low", "high"]].sub(part["estimate"], axis=0).abs()
        reach = float(away.to_numpy().max()) * 1.05 or 1.0
        lines += [_headline(row, str(unit), reach, words) for row in _each(part)]
        reaches.append(words.say("band_reach", reach=words.distance(reach, str(unit))))
    return {
        "choices": f"{band.rows['choice'].nunique():,}",
        "samples": f"{samples:,}",
        "level": f"{100 * words.instrument.policy('conf_level'):g}",
        "lines": lines,
        "reach": reaches,
        "curve": _curve(band, words),
        "failed": list(band.failed.items()),
    }


def _headline(row: Any, unit: str, reach: float, words: _Words) -> View:
    """A headline on a track that reaches as far to both sides of the study's own estimate."""
    start, end = row.estimate - reach, row.estimate + reach
    return {
        "name": words.headline(row),
        "own": _number(row.estimate, unit),
        "span": f"{_number(row.low, unit)} – {_number(row.high, unit)}",
        "band": _track(row.low, row.high, row.estimate, start, end),
        "interval": _track(row.ci_low, row.ci_high, row.estimate, start, end),
        "contain": words.say("band_contain", share=f"{100 * row.contain:.0f}%"),
    }


def _each(rows: pd.DataFrame) -> list[Any]:
    """Rows with their columns as attributes."""
    return list(rows.itertuples(index=False))


def _number(value: float, unit: str) -> str:
    return f"{100 * value:.1f}%" if unit == "share" else f"{value:.2f}"


def _curve(band: Band, words: _Words) -> View | None:
    """The first headline under every sample, by estimate, with the signs that exclude."""
    if not len(band.summary):
        return None
    key = ["indicator", "statistic", "category"]
    first = band.summary.iloc[0]
    rows = band.rows[(band.rows[key] == first[key]).all(axis=1) & band.rows["estimate"].notna()]
    rows = rows[rows["choice"] == rows["sample"]].sort_values(
        ["estimate", "included", "choice"], ignore_index=True
    )
    low, high = rows["ci_low"].min(), rows["ci_high"].max()
    span = (high - low) * 1.1 or 1.0
    start = low - span * 0.05
    used = [sign for sign in SIGNS if rows["signs"].str.split().map(lambda s, k=sign: k in s).any()]
    unit = str(first["unit"])
    points = [
        {
            "left": _percent((k + 0.5) / len(rows)),
            "bottom": _percent((row.ci_low - start) / span),
            "height": _percent((row.ci_high - row.ci_low) / span),
            "dot": _percent((row.estimate - start) / span),
            "own": row.choice == 0,
            "told": f"{row.signs or '–'}; n {row.included:,}; {_number(row.estimate, unit)}",
        }
        for k, row in enumerate(_each(rows))
    ]
    ticks = _step(span / 4)
    at = [math.ceil(start / ticks) * ticks + k * ticks for k in range(6)]
    return {
        "item": words.headline(first),
        "points": points,
        "columns": len(points),
        "ticks": [
            (_percent((t - start) / span), _number(t, unit)) for t in at if t <= start + span
        ],
        "matrix": _matrix(used, rows["signs"], points, words),
        "included": words.say(
            "curve_included",
            low=f"{rows['included'].min():,}",
            high=f"{rows['included'].max():,}",
        ),
    }


def _matrix(
    used: Sequence[str], signs: pd.Series, points: Sequence[Mapping], words: _Words
) -> list[tuple[str, list[tuple[bool, bool]]]]:
    """Per sign: for every column, whether it excludes there, and whether the rules are own."""
    return [
        (
            words.sign(sign),
            [
                (sign in text.split(), bool(point["own"]))
                for text, point in zip(signs, points, strict=True)
            ],
        )
        for sign in used
    ]


def _percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"
