"""Derived items: classes of a number, or a recode of codes, as the instrument declares them.

A missing answer stays the same kind of missing answer, if the derived item's scale has a code for
it, else it is blank. Derived items are computed, never audited: they follow from the answers.
"""

from __future__ import annotations

import pandas as pd

from survey.clean.answers import given
from survey.errors import Faults
from survey.instrument.load import Instrument
from survey.instrument.model import Derivation, Item, Scale


def with_derived(
    frame: pd.DataFrame, instrument: Instrument, faults: Faults | None = None
) -> pd.DataFrame:
    """The answers with every derived item whose source is there, each after its source.

    Parameters
    ----------
    faults : Faults, optional
        Takes a fault for every answer of an included respondent that falls in no class; without
        it such an answer is blank.
    """
    frame = frame.copy(deep=False)
    waiting = {item.id: item.derive for item in instrument.items.values() if item.derive}
    while ready := [name for name, rule in waiting.items() if rule.source in frame.columns]:
        for name in ready:
            item = instrument.items[name]
            frame[name] = _derived(frame, instrument, item, waiting.pop(name), faults)
    return frame


def _derived(
    frame: pd.DataFrame,
    instrument: Instrument,
    item: Item,
    rule: Derivation,
    faults: Faults | None,
) -> pd.Series:
    source = instrument.items[rule.source]
    source_scale = instrument.scales[source.scale] if source.scale else None
    answers = frame[rule.source]
    answered = given(frame, rule.source, source_scale)
    codes = {value: _class_of(value, rule) for value in answers[answered].unique()}
    values = answers.map(codes).where(answered)
    if source_scale is not None and item.scale is not None:
        values = _missing(values, answers, source_scale, instrument.scales[item.scale])
    outside = sorted(value for value, code in codes.items() if code is None)
    if faults is not None and outside:
        _report(frame, item.id, rule.source, outside, faults)
    return values.astype("Int64")


def _class_of(value: float, rule: Derivation) -> int | None:
    if rule.recode:
        return rule.recode.get(int(value))
    return next((code for low, high, code in rule.classes if low <= value <= high), None)


def _missing(values: pd.Series, answers: pd.Series, source: Scale, target: Scale) -> pd.Series:
    for code, kind in source.missing.items():
        carried = target.missing_code(kind)
        if carried is not None:
            values = values.mask(answers.eq(code).fillna(False), carried)
    blank = target.missing_code("no_answer")
    return values if blank is None else values.mask(answers.isna(), blank)


def _report(frame: pd.DataFrame, item: str, source: str, outside: list, faults: Faults) -> None:
    for value in outside:
        rows = frame.index[frame[source].eq(value).fillna(False) & frame["included"]]
        if len(rows):
            faults.add(
                f"{source} {value} is in no class of '{item}' (respondents: {len(rows)})",
                where=f"respondent row {rows[0]} ({frame['respondent'][rows[0]]})",
                hint="widen the classes, or exclude these respondents in the corrections file",
            )
