"""Corrections a person wrote down: one answer of one respondent, with its reason.

`old` must be what the file holds now, so that a correction is never applied to other data than it
was written for. Codes are written as in the audit: `2`, `1;3` for a set, `NA` for a blank. The
item `included` with new `0` leaves a respondent out.
"""

from __future__ import annotations

import re

import pandas as pd

from survey.clean.answers import BETWEEN, NONE_CHOSEN, as_text, columns_of
from survey.clean.audit import Ledger
from survey.errors import DataError, Faults, collect, did_you_mean
from survey.instrument.load import Instrument
from survey.instrument.model import Correction
from survey.privacy.search import kind_in

BLANK = "NA"
INCLUDED, OUT = "included", "0"
_SET = re.compile(rf"^(?:{NONE_CHOSEN}|\d+(?:;\d+)*)$")


def apply_corrections(ledger: Ledger, instrument: Instrument, wave: str) -> None:
    """Apply a wave's corrections in the order of their file.

    Raises
    ------
    DataError
        With every correction that names nobody, no item, another old answer or an impossible new
        one.
    """
    place = f"instruments/{instrument.study.id}/corrections/{wave}.csv"
    with collect(DataError) as faults:
        for line, correction in enumerate(instrument.corrections.get(wave, ()), start=2):
            _apply(ledger, instrument, correction, f"{place}:{line}", faults)


def _apply(
    ledger: Ledger, instrument: Instrument, edit: Correction, where: str, faults: Faults
) -> None:
    frame = ledger.frame
    person = frame["respondent"].eq(edit.respondent)
    if not person.any():
        hint = did_you_mean(edit.respondent, frame["respondent"])
        faults.add(f"there is no respondent '{edit.respondent}'", where=where, hint=hint)
        return
    if edit.item == INCLUDED:
        if edit.new != OUT:
            faults.add("only exclusion can be asked for", where=where, expected=f"new {OUT}")
        ledger.exclude(person, rule="correction", reason=edit.reason)
        return
    if not columns_of(frame, edit.item):
        hint = did_you_mean(edit.item, frame.columns)
        faults.add(f"this wave has no item '{edit.item}'", where=where, hint=hint)
        return
    if instrument.items[edit.item].kind == "ranking":
        faults.add("ranks are not corrected one by one", where=where, hint="leave the row out")
        return
    old, new = ("" if text == BLANK else text for text in (edit.old, edit.new))
    found = as_text(frame, edit.item)[person].iloc[0]
    if found != old:
        faults.add(
            f"the answer to '{edit.item}' is '{found or BLANK}', not '{edit.old}'",
            where=where,
            hint="write the correction for the file as it is now",
        )
    elif not _possible(frame, instrument, edit.item, new):
        faults.add(f"'{edit.new}' is no answer to '{edit.item}'", where=where)
    else:
        ledger.change(edit.item, person, new, rule="correction", reason=edit.reason)


def _possible(frame: pd.DataFrame, instrument: Instrument, item: str, new: str) -> bool:
    entry = instrument.items[item]
    scale = instrument.scales[entry.scale] if entry.scale else None
    if new == "" or entry.kind == "key":
        return kind_in([new]) is None
    if entry.kind == "multiple":
        options = {column.rpartition(BETWEEN)[2] for column in columns_of(frame, item)}
        return bool(_SET.match(new)) and (new == NONE_CHOSEN or set(new.split(";")) <= options)
    try:
        value = float(new)
    except ValueError:
        return False
    return scale is None or entry.kind == "number" or value in {*scale.values(), *scale.missing}
