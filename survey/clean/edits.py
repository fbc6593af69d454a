"""Edits between answers applied to a wave, every change with the edit that fired.

Decided here: edits are taken in the order of their file; those that change answers are repeated
until nothing changes (editcheck.py has seen to it that this ends); then the answers at fault in
hard edits are taken away (localise.py), and routing is looked at again. Flags and exclusions look
at the record once, where they stand in the file. What an edit is, is decided in
survey/instrument/edits.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.clean.answers import as_text, columns_of
from survey.clean.audit import Ledger
from survey.clean.localise import Localiser
from survey.clean.rules import Routing, apply_routing
from survey.errors import DataError, Faults, collect
from survey.instrument.edits import EDITS, RULE, Edit
from survey.instrument.expression import holds, names

ENGLISH = "en"  # language of the audit
MOST_NAMED = 5  # respondents in one message
TAKEN = "one of the fewest answers whose change can satisfy all hard edits"


@dataclass
class EditCounts:
    """What edits found and did.

    Attributes
    ----------
    failed : dict of edit to int
        Records in which each edit found something.
    changed : dict of edit to int
        Answers each edit changed.
    """

    failed: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def summary(self, edits: list[Edit]) -> dict[str, dict[str, object]]:
        """For cleaning.json: by edit, what it does and how often; holds no answer of anybody."""
        return {
            edit.id: {
                "action": edit.then,
                "failed": self.failed.get(edit.id, 0),
                "changed_answers": self.changed.get(edit.id, 0),
            }
            for edit in sorted(edits, key=lambda edit: edit.id)
        }


def apply_edits(ledger: Ledger, routing: Routing, mapped: pd.DataFrame) -> EditCounts:
    """Apply a wave's edits.

    Parameters
    ----------
    ledger : Ledger
    routing : Routing
    mapped : DataFrame
        The table before any change, see `apply_routing`.

    Raises
    ------
    DataError
        If an edit looks at an item the wave does not have, or a record cannot be brought in order.
    """
    counts = EditCounts()
    edits = routing.instrument.edits.of(routing.wave_name)
    if not edits:
        return counts
    _require_items(ledger.frame, edits, routing)
    for edit in edits:
        if edit.then == "flag":
            ledger.frame[edit.column] = False
    for edit in edits:
        if edit.then == "hard":
            found = _found(ledger.frame, edit, routing)
            counts.failed[edit.id] = int(found.sum())
        else:
            _apply(ledger, edit, routing, counts)
    changing = [edit for edit in edits if edit.then in ("set_missing", "set_value")]
    _until_rest(ledger, changing, routing, counts)
    if _localise(ledger, [e for e in edits if e.then == "hard"], routing, counts):
        _until_rest(ledger, changing, routing, counts)
    if any(counts.changed.values()):
        apply_routing(ledger, routing, mapped)
    return counts


def _apply(ledger: Ledger, edit: Edit, routing: Routing, counts: EditCounts) -> int:
    """Apply one edit once; how many answers changed."""
    found = _found(ledger.frame, edit, routing)
    counts.failed.setdefault(edit.id, int(found.sum()))
    told = edit.reason.get(ENGLISH) or next(iter(edit.reason.values()))
    if edit.then == "exclude":
        ledger.exclude(found, rule=edit.rule, reason=told)
        return 0
    if edit.then == "flag":
        ledger.change(edit.column, found, "True", rule=edit.rule, reason=told)
        return 0
    item = routing.instrument.items[str(edit.item)]
    new = routing.missing_text(item, "no_answer") if edit.value is None else str(edit.value)
    done = ledger.change(item.id, found, new, rule=edit.rule, reason=told)
    counts.changed[edit.id] = counts.changed.get(edit.id, 0) + done
    return done


def _until_rest(ledger: Ledger, edits: list[Edit], routing: Routing, counts: EditCounts) -> None:
    for _ in range(len(edits) + 1):
        if not sum(_apply(ledger, edit, routing, counts) for edit in edits):
            return
    raise DataError(
        "edits do not come to rest",
        where=f"instruments/{routing.instrument.study.id}/{EDITS}",
        hint="`perception check` tells which undo each other",
    )


def _localise(ledger: Ledger, edits: list[Edit], routing: Routing, counts: EditCounts) -> int:
    """Take away the answers at fault in hard edits; how many."""
    if not edits:
        return 0
    frame = ledger.frame
    found = np.column_stack([_found(frame, edit, routing) for edit in edits])
    failing = np.asarray(found.any(axis=1))
    localiser = Localiser(edits, routing.instrument)
    seen = [routing.seen(frame, f"{name} == {name}") for name in localiser.names]
    records = pd.concat(seen, axis=1).astype(float).iloc[np.flatnonzero(failing)]
    at_fault: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    stuck = []
    told = records.to_dict("records")
    for row, record, fired in zip(map(int, records.index), told, found[failing], strict=True):
        taken = localiser.at_fault({str(name): value for name, value in record.items()})
        if taken is None:
            stuck.append(row)
        which = tuple(edit.id for edit, here in zip(edits, fired, strict=True) if here)
        for name in taken or ():
            at_fault.setdefault((name, which), []).append(row)
    _refuse(frame, stuck, routing)
    order = list(routing.instrument.items).index
    done = 0
    for name, which in sorted(at_fault, key=lambda key: (order(key[0]), key[1])):
        where = pd.Series(frame.index.isin(at_fault[name, which]), index=frame.index)
        new = routing.missing_text(routing.instrument.items[name], "no_answer")
        rule = f"{RULE}{'+'.join(which)}"
        changed = ledger.change(name, where, new, rule=rule, reason=TAKEN)
        for edit in which:
            counts.changed[edit] = counts.changed.get(edit, 0) + changed
        done += changed
    return done


def _found(frame: pd.DataFrame, edit: Edit, routing: Routing) -> pd.Series:
    return holds(edit.fails, routing.seen(frame, edit.fails))


def _require_items(frame: pd.DataFrame, edits: list[Edit], routing: Routing) -> None:
    with collect(DataError) as faults:
        for edit in edits:
            absent = names(edit.fails) - set(routing.seen(frame, edit.fails).columns)
            if edit.item and not columns_of(frame, edit.item):
                absent |= {edit.item}
            for name in sorted(absent):
                faults.add(
                    f"edit '{edit.id}' looks at '{name}', which {routing.wave_name} does not have",
                    where=routing.instrument.where("edit", edit.id),
                    hint="name the waves in which it holds under 'waves:'",
                )


def _refuse(frame: pd.DataFrame, stuck: list[int], routing: Routing) -> None:
    if not stuck:
        return
    faults, study = Faults(), f"instruments/{routing.instrument.study.id}"
    for row in stuck[:MOST_NAMED]:
        who = as_text(frame, "respondent")[row]
        faults.add(
            "no change to its answers satisfies all hard edits",
            where=f"respondent row {row} ({who}), {study}/{EDITS}",
            hint="correct the record, exclude it, or let an edit exclude such records",
        )
    raise DataError(faults=faults.items)
