"""From measures to signs: who goes beyond a cut-off, and what the audit says of it.

One function per sign, named in SIGNS. Each returns who shows the sign and the reason told, or, as
text, why nobody looked: its policy is not set, or the wave has nothing to look at. What is measured
is decided in measures.py, which signs exclude in judge.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
import pandas as pd

from survey.clean import quality
from survey.clean.alike import repeats
from survey.clean.gibberish import Cutoffs, is_gibberish
from survey.clean.measures import Measures
from survey.clean.nearmatch import matched

Cut = Mapping[str, float]  # policy -> value, of those that are set
Sign = tuple[pd.Series, str] | str  # who shows it and the reason told; or why nobody looked


def signs(of: Measures, cut: Cut, *, only: Collection[str] | None = None) -> dict[str, Sign]:
    """Every sign, or only some, under the given cut-offs, in the order in which they exclude."""
    wanted = SIGNS if only is None else {name: SIGNS[name] for name in SIGNS if name in only}
    return {name: look(of, cut) for name, look in wanted.items()}


def duplicate(of: Measures, cut: Cut) -> Sign:
    if "duplicate_min_items" not in cut:
        return _unset("duplicate_min_items")
    device = of.evidence.device
    again = repeats(of.answers, min_items=cut["duplicate_min_items"], device=device)
    told = "all answers of an earlier row" + (" from the same device" if device is not None else "")
    return _series(of, again), told


def attention(of: Measures, cut: Cut) -> Sign:
    if not of.routing.questionnaire.attention:
        return "the questionnaire has no attention item"
    if "attention_max_failed" not in cut:
        return _unset("attention_max_failed")
    most = cut["attention_max_failed"]
    return of.failed > most, f"more than {most:g} instructed answers missed"


def speed(of: Measures, cut: Cut) -> Sign:
    if of.seconds is None:
        return "the wave has no item 'seconds'"
    share, each = cut.get("speed_min_share_of_median"), cut.get("speed_min_seconds_per_item")
    if share is None and each is None:
        return _unset("speed_min_share_of_median", "speed_min_seconds_per_item")
    fast = quality.too_fast(of.seconds, of.asked, share_of_median=share, per_item=each)
    limits = [f"{share:g} of the median time"] if share is not None else []
    limits += [f"{each:g} seconds a question"] if each is not None else []
    return fast, f"took less than {' or '.join(limits)}"


def straight(of: Measures, cut: Cut) -> Sign:
    if not of.routing.questionnaire.grids:
        return "the questionnaire has no grid"
    if "straight_line_max_run" not in cut:
        return _unset("straight_line_max_run")
    most = cut["straight_line_max_run"]
    return of.longest > most, f"more than {most:g} equal answers in a row in a grid"


def missing(of: Measures, cut: Cut) -> Sign:
    if "missing_max_share" not in cut:
        return _unset("missing_max_share")
    share = cut["missing_max_share"]
    return of.unanswered > share * of.asked, f"more than {share:g} of the questions blank"


def pages(of: Measures, cut: Cut) -> Sign:
    if not of.evidence.pages:
        return "the wave declares no times by page"
    needed = ("page_min_seconds_per_item", "page_max_fast")
    if not all(name in cut for name in needed):
        return _unset(*(name for name in needed if name not in cut))
    each, most = (cut[name] for name in needed)
    fast = quality.fast_pages(of.evidence.pages, of.asked_by_page, per_item=each)
    told = f"more than {most:g} pages with less than {each:g} seconds a question"
    return _series(of, fast > most), told


def flat(of: Measures, cut: Cut) -> Sign:
    if not of.routing.questionnaire.grids:
        return "the questionnaire has no grid"
    least, most = cut.get("grid_min_sd"), cut.get("grid_max_sd")
    if least is None and most is None:
        return _unset("grid_min_sd", "grid_max_sd")
    limits = [f"less than {least:g}"] if least is not None else []
    limits += [f"more than {most:g}"] if most is not None else []
    told = f"a standard deviation of {' or '.join(limits)} within a grid"
    return quality.uneven(of.spreads, least=least, most=most), told


def match(of: Measures, cut: Cut) -> Sign:
    needed = ("match_min_share", "match_min_items")
    if not all(name in cut for name in needed):
        return _unset(*(name for name in needed if name not in cut))
    share, items = (cut[name] for name in needed)
    found = matched(of.answers, least=share, min_items=items)
    return _series(of, found), f"at least {share:g} of the answers are those of another row"


def device(of: Measures, cut: Cut) -> Sign:
    if of.evidence.device is None:
        return "the wave has no device"
    if "device_max_interviews" not in cut:
        return _unset("device_max_interviews")
    most = cut["device_max_interviews"]
    told = f"more than {most:g} interviews from one device"
    return quality.crowded(of.evidence.device, most=most), told


def routing(of: Measures, cut: Cut) -> Sign:
    if "routing_max_stray" not in cut:
        return _unset("routing_max_stray")
    most = cut["routing_max_stray"]
    return of.stray > most, f"more than {most:g} answers where nothing was asked"


def impossible(of: Measures, cut: Cut) -> Sign:
    if not of.routing.questionnaire.impossible:
        return "the questionnaire declares no impossible combination"
    if "impossible_max" not in cut:
        return _unset("impossible_max")
    most = cut["impossible_max"]
    return of.impossible > most, f"more than {most:g} impossible combinations of answers"


def gibberish(of: Measures, cut: Cut) -> Sign:
    if not of.evidence.texts:
        return "the wave has no open answers"
    limits = Cutoffs(
        run=cut.get("gibberish_max_run"),
        keys=cut.get("gibberish_max_keys"),
        consonants=cut.get("gibberish_max_consonants"),
        diversity=cut.get("gibberish_min_diversity"),
        signs=cut.get("gibberish_min_signs", Cutoffs.signs),
    )
    if limits == Cutoffs(signs=limits.signs):
        return _unset("gibberish_max_run", "gibberish_max_keys", "gibberish_max_consonants",
                      "gibberish_min_diversity")  # fmt: skip
    found = np.zeros(len(of.frame), dtype=bool)
    for column in of.evidence.texts.values():
        judged = [is_gibberish(str(cell), limits) for cell in column.cells]
        found |= np.append(judged, False)[column.codes].astype(bool)
    return _series(of, found), "an open answer that is no language"


SIGNS: dict[str, Callable[[Measures, Cut], Sign]] = {  # the first met excludes
    "duplicate": duplicate,
    "attention": attention,
    "speed": speed,
    "straight": straight,
    "missing": missing,
    "pages": pages,
    "flat": flat,
    "match": match,
    "device": device,
    "routing": routing,
    "impossible": impossible,
    "gibberish": gibberish,
}


def _series(of: Measures, found: np.ndarray) -> pd.Series:
    return pd.Series(found, index=of.frame.index)


def _unset(*policies: str) -> str:
    return f"methods.yml sets no {' and no '.join(policies)}"
