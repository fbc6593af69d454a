"""Which signs of quality are looked for in a wave, and which of them leave a respondent out.

The signs are computed in quality.py; thresholds and consequences are policies of the study's
methods.yml (names in quality.py). Nothing is left out silently: each flag and each exclusion is a
row of the audit, each sign that was not looked for stands in `Verdict.not_looked_for`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from survey.clean import quality
from survey.clean.audit import Ledger
from survey.clean.rules import SECONDS, Routing, count_questions
from survey.errors import InstrumentError, did_you_mean, one_of
from survey.instrument.load import Instrument

SIGNS = ("duplicate", "attention", "speed", "straight", "missing")  # the first met excludes
EXCLUDE = "exclude_flags"


@dataclass
class Verdict:
    """What was looked for: policy -> its value; and what was not: sign -> why."""

    thresholds: dict[str, float] = field(default_factory=dict)
    not_looked_for: dict[str, str] = field(default_factory=dict)


def judge(
    ledger: Ledger, instrument: Instrument, routing: Routing, device: pd.Series | None = None
) -> Verdict:
    """Flag every sign, then exclude by the study's policy.

    Parameters
    ----------
    device : Series of Int64, optional
        Numbers that are equal where rows came from one device.
    """
    look = _Look(ledger.frame.copy(), instrument, routing, device)
    seen = {}
    for sign in SIGNS:
        told = getattr(look, sign)()
        if isinstance(told, str):
            look.verdict.not_looked_for[sign] = told
            continue
        seen[sign] = told
        where, reason = told
        if f"flag_{sign}" in ledger.frame.columns:
            ledger.change(f"flag_{sign}", where, "True", rule=sign, reason=reason)
    for sign in _excluding(instrument, SIGNS):
        if sign in seen:
            where, reason = seen[sign]
            ledger.exclude(where, rule=sign, reason=reason)
    return look.verdict


Sign = tuple[pd.Series, str] | str  # who shows it and the reason told; or why nobody looked


@dataclass
class _Look:
    """One method per sign."""

    frame: pd.DataFrame
    instrument: Instrument
    routing: Routing
    device: pd.Series | None
    verdict: Verdict = field(default_factory=Verdict)

    def __post_init__(self) -> None:
        self.asked, self.unanswered = count_questions(self.frame, self.routing)

    def policy(self, name: str) -> float | None:
        if name not in self.instrument.methods:
            return None
        self.verdict.thresholds[name] = self.instrument.policy(name)
        return self.verdict.thresholds[name]

    def speed(self) -> Sign:
        if SECONDS not in self.frame.columns:
            return "the wave has no item 'seconds'"
        share = self.policy("speed_min_share_of_median")
        each = self.policy("speed_min_seconds_per_item")
        if share is None and each is None:
            return _unset("speed_min_share_of_median", "speed_min_seconds_per_item")
        seconds = self.frame[SECONDS].where(self.frame[SECONDS] >= 0)
        fast = quality.too_fast(seconds, self.asked, share_of_median=share, per_item=each)
        limits = [f"{share:g} of the median time"] if share is not None else []
        limits += [f"{each:g} seconds a question"] if each is not None else []
        return fast, f"took less than {' or '.join(limits)}"

    def straight(self) -> Sign:
        if not self.routing.questionnaire.grids:
            return "the questionnaire has no grid"
        run = self.policy("straight_line_max_run")
        if run is None:
            return _unset("straight_line_max_run")
        straight = quality.straight_lined(self.frame, self.routing, max_run=run)
        return straight, f"more than {run:g} equal answers in a row in a grid"

    def duplicate(self) -> Sign:
        least = self.policy("duplicate_min_items")
        if least is None:
            return _unset("duplicate_min_items")
        again = quality.duplicated(self.frame, self.routing, min_items=least, device=self.device)
        return again, "all answers of an earlier row" + (
            " from the same device" if self.device is not None else ""
        )

    def attention(self) -> Sign:
        if not self.routing.questionnaire.attention:
            return "the questionnaire has no attention item"
        most = self.policy("attention_max_failed")
        if most is None:
            return _unset("attention_max_failed")
        failed = quality.inattentive(self.frame, self.routing, max_failed=most)
        return failed, f"more than {most:g} instructed answers missed"

    def missing(self) -> Sign:
        share = self.policy("missing_max_share")
        if share is None:
            return _unset("missing_max_share")
        return self.unanswered > share * self.asked, f"more than {share:g} of the questions blank"


def _unset(*policies: str) -> str:
    return f"methods.yml sets no {' and no '.join(policies)}"


def _excluding(instrument: Instrument, known: tuple[str, ...]) -> list[str]:
    """The signs that exclude, in the order in which they are met."""
    policy = instrument.methods.get(EXCLUDE)
    words = str(policy.value).replace(",", " ").split() if policy else []
    for word in words:
        if word not in known:
            raise InstrumentError(
                f"'{EXCLUDE}' names '{word}', no sign of quality",
                where=f"instruments/{instrument.study.id}/methods.yml",
                expected=one_of(known),
                hint=did_you_mean(word, known),
            )
    return [sign for sign in known if sign in words]
