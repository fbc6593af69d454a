"""One self-contained page about the quality of a wave's interviews, in one language.

Pictures are boxes placed by per cent, so that they fit a telephone as well as a desk, and words in
them are words of the page. Decided here: the order of the parts, and those on signs, lengths and
missing answers. The parts on interviewers and on the band are made in interviewerview.py and
bandview.py, places on a picture in picture.py, names of signs and items in vocabulary.py. Numbers
come from findings.py, words from words.yml, the look of pages on diagnostics from
survey/weights/sheet.py, the layout from page.j2. No script, nothing asked of the net.
"""

from __future__ import annotations

import math
from pathlib import Path

import jinja2
import pandas as pd

from analysis.quality.bandview import band_view
from analysis.quality.findings import Findings
from analysis.quality.interviewerview import interviewer_view
from analysis.quality.picture import View, bars, percent
from analysis.quality.vocabulary import Words
from analysis.quality.words import say
from survey.clean.judge import Verdict
from survey.instrument.cutoffs import CUTOFFS
from survey.instrument.load import Instrument
from survey.weights.sheet import look


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
    words = Words(instrument, wave, language)
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
        least=words.least(),
        tiles=_tiles(found, words),
        frozen=_frozen(instrument, wave, words),
        signs=_signs(found, verdict, words),
        overlap=_overlap(found, words),
        length=bars(found.length, [found.length_cut], words) if found.length else None,
        longest=_longest(found, verdict),
        match=_matches(found, verdict, words),
        interviewers=interviewer_view(found.interviewers, words) if found.interviewers else None,
        missing=_missing(found.missing, words),
        changed=[
            (words.rule(rule), f"{n:,}", [(words.item(i), f"{k:,}") for i, k in items])
            for rule, n, items in found.changed
        ],
        band=band_view(found.band, words) if found.band else None,
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


# -- parts -----------------------------------------------------------------------------------------


def _tiles(found: Findings, words: Words) -> list[tuple[str, str]]:
    told = [
        (found.interviews, "interviews"),
        (found.included, "kept"),
        (found.interviews - found.included, "left_out"),
        (found.flagged_included, "flagged_kept"),
    ]
    told += [(found.taken_back, "taken_back")] if found.taken_back else []
    return [(f"{count:,}", words.say(name)) for count, name in told]


def _frozen(instrument: Instrument, wave: str, words: Words) -> list[str]:
    begins = instrument.waves[wave].period.start
    lines = []
    for record in instrument.frozen.get(wave, ()):
        name = "frozen_before" if record.date < begins else "frozen_after"
        told = words.say(name, date=record.date.isoformat(), begins=begins.isoformat())
        reason = words.say("frozen_reason", reason=record.reason) if record.reason else ""
        lines.append(told + reason)
    return lines


def _signs(found: Findings, verdict: Verdict, words: Words) -> list[View]:
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
                "width": percent(row.shown / most),
                "dark": percent(row.excluded / most),
            }
        )
    return rows


def _value(name: str, value: float) -> str:
    """A cut-off as people read it: shares as per cent."""
    share = name.endswith(("_share", "_share_of_median", "_diversity"))
    return f"{100 * value:g}%" if share else f"{value:g}"


def _overlap(found: Findings, words: Words) -> list[View]:
    least = int(words.instrument.policy("min_cell"))
    most = max((count for _, count in found.overlap), default=0) or 1
    rows = [
        {
            "names": [words.sign(sign) for sign in signs],
            "count": f"{count:,}",
            "width": percent(count / most),
        }
        for signs, count in found.overlap
    ]
    if found.overlap_rest:
        rest = found.overlap_rest
        rows.append(
            {
                "names": [words.say("overlap_rest", least=str(least))],
                "count": f"{rest:,}" if rest >= least else f"<{least}",
                "width": percent(min(rest / most, 1)),
            }
        )
    return rows


def _longest(found: Findings, verdict: Verdict) -> list[View]:
    most = max(found.longest, default=0) or 1
    cut = verdict.thresholds.get("straight_line_max_run", math.inf)
    return [
        {"run": run, "count": f"{n:,}", "height": percent(n / most), "beyond": run > cut}
        for run, n in enumerate(found.longest)
    ]


def _matches(found: Findings, verdict: Verdict, words: Words) -> View | None:
    if found.match is None:
        return None
    cut = verdict.thresholds.get("match_min_share")
    view = bars(found.match, [100 * cut if cut is not None else None], words, "%")
    return view | {"looked": f"{sum(found.match.counts):,}"}


def _missing(table: pd.DataFrame, words: Words) -> list[View]:
    asked = table["asked"].clip(lower=1)
    shares = (table["missing"] / asked).tolist()
    most = max(shares, default=0) or 1
    return [
        {
            "name": words.item(str(item)),
            "share": f"{100 * share:.1f}%",
            "asked": f"{n:,}",
            "width": percent(share / most),
        }
        for item, share, n in zip(table["item"], shares, table["asked"], strict=True)
    ]
