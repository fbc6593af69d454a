"""Which signs of quality leave a respondent out, and which exclusions are taken back.

The signs are computed in signs.py; thresholds and consequences are policies of the study's
methods.yml (names in quality.py and survey/instrument/cutoffs.py). Nothing is left out silently:
each flag, each exclusion and each exclusion taken back is a row of the audit, each sign that was
not looked for stands in `Verdict.not_looked_for`.

An exclusion is undone by a row of `instruments/<study>/keep/<wave>.csv` (respondent, rule, reason;
one of the first two may be blank). Rules that come later still hold for whom it keeps, unless the
row names no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from survey.clean.answers import FLAG
from survey.clean.audit import Ledger
from survey.clean.measures import Measures
from survey.clean.signs import SIGNS, signs
from survey.errors import DataError, InstrumentError, collect, did_you_mean, one_of
from survey.instrument.cutoffs import CUTOFFS, EXCLUDE, cutoff
from survey.instrument.load import Instrument

EARLIER = ("duplicate_key", "correction")  # rules that exclude before any sign is looked for


@dataclass
class Verdict:
    """What was looked for: policy -> its value; and what was not: sign -> why."""

    thresholds: dict[str, float] = field(default_factory=dict)
    not_looked_for: dict[str, str] = field(default_factory=dict)


def judge(ledger: Ledger, measures: Measures, instrument: Instrument, wave: str) -> Verdict:
    """Flag every sign, then exclude by the study's policy, then take back what is to be kept.

    Raises
    ------
    InstrumentError
        If a policy is no number, or `exclude_flags` names no sign.
    DataError
        If a row of the keep file names nobody, or nobody who was left out.
    """
    cut = cutoffs_of(instrument, wave)
    verdict = Verdict()
    seen: dict[str, tuple[pd.Series, str]] = {}
    for sign, told in signs(measures, cut).items():
        if isinstance(told, str):
            verdict.not_looked_for[sign] = told
            continue
        seen[sign] = told
        where, reason = told
        verdict.thresholds |= {name: cut[name] for name in cut if CUTOFFS[name] == sign}
        ledger.change(f"{FLAG}{sign}", where, "True", rule=sign, reason=reason)
    keeping = _Keeping(ledger, instrument, wave)
    for rule in (*EARLIER, *keeping.edits):
        keeping.take_back(rule)
    for sign in excluding(instrument, wave):
        if sign in seen:
            where, reason = seen[sign]
            ledger.exclude(where, rule=sign, reason=reason)
            keeping.take_back(sign)
    keeping.finish()
    return verdict


def cutoffs_of(instrument: Instrument, wave: str) -> dict[str, float]:
    """The numeric cut-offs of a wave that are set.

    Raises
    ------
    InstrumentError
        With every one that is no number.
    """
    found: dict[str, float] = {}
    with collect(InstrumentError) as faults:
        for name in CUTOFFS:
            value = cutoff(instrument, name, wave)
            if value is None:
                continue
            try:
                found[name] = float(value)
            except ValueError:
                faults.add(
                    f"policy '{name}' is not a number (got {value!r})",
                    where=f"instruments/{instrument.study.id}/methods.yml",
                )
    return found


def excluding(instrument: Instrument, wave: str) -> list[str]:
    """The signs that exclude, in the order in which they are met."""
    value = cutoff(instrument, EXCLUDE, wave)
    where = f"instruments/{instrument.study.id}/methods.yml"
    return signs_named(str(value), where=where) if value is not None else []


def signs_named(text: str, *, where: str = "") -> list[str]:
    """Signs in a list of words, in the order in which they exclude.

    Raises
    ------
    InstrumentError
        If a word is no sign.
    """
    words = text.replace(",", " ").split()
    for word in words:
        if word not in SIGNS:
            raise InstrumentError(
                f"'{EXCLUDE}' names '{word}', no sign of quality",
                where=where,
                expected=one_of(SIGNS),
                hint=did_you_mean(word, SIGNS),
            )
    return [sign for sign in SIGNS if sign in words]


class _Keeping:
    """The rows of a wave's keep file, and how many exclusions each took back."""

    def __init__(self, ledger: Ledger, instrument: Instrument, wave: str) -> None:
        self.ledger = ledger
        self.rows = instrument.keep.get(wave, ())
        self.place = f"instruments/{instrument.study.id}/keep/{wave}.csv"
        self.used = [0] * len(self.rows)
        self.edits = [edit.rule for edit in instrument.edits.of(wave, "exclude")]

    def take_back(self, rule: str) -> None:
        """Take back what `rule` has just left out, as far as the file says so."""
        for place, row in enumerate(self.rows):
            if row.rule not in ("", rule):
                continue
            frame = self.ledger.frame
            where = ~frame["included"] & frame["exclusion"].eq(rule)
            if row.respondent:
                where &= frame["respondent"].eq(row.respondent)
            self.used[place] += self.ledger.readmit(where, reason=row.reason)

    def finish(self) -> None:
        """Tell every row that took nothing back."""
        known: Mapping[str, object] = dict.fromkeys([*EARLIER, *self.edits, *SIGNS])
        people = self.ledger.frame["respondent"]
        with collect(DataError) as faults:
            for line, (row, used) in enumerate(zip(self.rows, self.used, strict=True), start=2):
                where = f"{self.place}:{line}"
                if row.rule and row.rule not in known:
                    faults.add(
                        f"'{row.rule}' is no rule that excludes",
                        where=where,
                        expected=one_of(known),
                        hint=did_you_mean(row.rule, known),
                    )
                elif row.respondent and not people.eq(row.respondent).any():
                    hint = did_you_mean(row.respondent, people)
                    faults.add(f"there is no respondent '{row.respondent}'", where=where, hint=hint)
                elif not used:
                    whom = f"respondent '{row.respondent}'" if row.respondent else "nobody"
                    told = f"{whom} was left out" + (f" by '{row.rule}'" if row.rule else "")
                    faults.add(
                        told.replace("' was left", "' was not left"),
                        where=where,
                        hint="take the row out: there is nothing to keep",
                    )
