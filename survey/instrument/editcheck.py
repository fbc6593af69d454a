"""Whether a study's edits can be applied: every fault of edits.yml at once.

Found by trying every record that the conditions can tell apart (states.py): conditions that never
hold, edits that do not cure what they find, two that want different answers of one item, edits
that undo each other or go round in a circle, hard edits that no record at all can meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from survey.errors import Faults, InstrumentError, did_you_mean, one_of
from survey.instrument.edits import EDITS, Edit
from survey.instrument.expression import holds, items_in
from survey.instrument.load import Instrument
from survey.instrument.states import MOST_STATES, followers, roots_of, states, with_followers

CHANGES = ("set_missing", "set_value")
CHANGEABLE = ("single", "number")


def check_edits(instrument: Instrument, faults: Faults) -> None:
    """Every fault of a study's edits."""
    where = f"instruments/{instrument.study.id}/{EDITS}"
    edits = instrument.edits.edits
    for name, times in Counter(edit.id for edit in edits).items():
        if times > 1:
            faults.add(f"two edits are called '{name}'", where=where)
    for item in instrument.edits.trust:
        _known(item, instrument.items, "item", where, faults)
    sound = [e for e in edits if _sound(e, instrument, instrument.where("edit", e.id), faults)]
    for wave in instrument.waves or [""]:
        here = [edit for edit in sound if edit.holds_in(wave)]
        for part in _connected(here, instrument):
            _try(part, instrument, where, faults)
    faults.items[:] = list(dict.fromkeys(faults.items))  # told once, not once per wave


def _sound(edit: Edit, instrument: Instrument, where: str, faults: Faults) -> bool:
    """Whether an edit on its own makes sense, so that it can be tried."""
    before = len(faults.items)
    told = f"edit '{edit.id}'"
    absent = [lang for lang in instrument.study.languages if not edit.reason.get(lang, "").strip()]
    if absent:
        faults.add(f"{told} has no reason in {', '.join(absent)}", where=where)
    for wave in edit.waves:
        _known(wave, instrument.waves, f"{told}: wave", where, faults)
    try:
        used = items_in(edit.fails, instrument.items)
    except InstrumentError as error:
        faults.add(f"{told}: {error.faults[0].what}", where=where, hint=error.faults[0].hint)
        return False
    for name in sorted(used):
        if _known(name, instrument.items, f"{told}: item", where, faults):
            kind = instrument.items[name].kind
            if kind not in (*CHANGEABLE, "multiple"):
                faults.add(f"{told}: '{name}' is {kind}, and has no codes to look at", where=where)
    if edit.item is not None and _known(
        edit.item, instrument.items, f"{told}: item", where, faults
    ):
        _target(edit, edit.item, instrument, where, faults)
    if edit.then == "hard" and not _free(edit, instrument):
        faults.add(
            f"{told} is hard, and none of its items may be taken away",
            where=where,
            hint="sets of options, derived items and items of the design stay as they are",
        )
    return len(faults.items) == before


def _target(edit: Edit, item: str, instrument: Instrument, where: str, faults: Faults) -> None:
    """The item an edit changes can be changed, to that value."""
    entry = instrument.items[item]
    if entry.derive is not None:
        source = entry.derive.source
        faults.add(
            f"edit '{edit.id}' changes '{item}', which is derived",
            where=where,
            hint=f"change '{source}'",
        )
    elif entry.kind not in (*CHANGEABLE, "multiple") or item in design_items(instrument):
        what = "an item of the design" if entry.kind in CHANGEABLE else f"a {entry.kind} item"
        faults.add(f"edit '{edit.id}' changes '{item}', {what}", where=where)
    elif edit.value is not None and entry.kind == "multiple":
        faults.add(
            f"edit '{edit.id}' sets the whole set '{item}' to one value",
            where=where,
            expected="set_missing",
        )
    elif edit.value is not None and entry.scale in instrument.scales:
        values = instrument.scales[entry.scale].values()
        if edit.value not in values:
            faults.add(
                f"edit '{edit.id}' sets '{item}' to {edit.value}, no answer of its scale",
                where=where,
                expected=one_of([str(value) for value in values]),
            )


def design_items(instrument: Instrument) -> set[str]:
    """Items that say how somebody was drawn."""
    found: set[str] = set()
    for wave in instrument.waves.values():
        found |= {*wave.design.items(), *filter(None, [wave.design.base_weight])}
    return found


def _free(edit: Edit, instrument: Instrument) -> list[str]:
    return [name for name in roots_of(edit.fails, instrument) if changeable(name, instrument)]


def changeable(name: str, instrument: Instrument) -> bool:
    """Whether a hard edit may take an item's answer away."""
    item = instrument.items.get(name)
    return (
        item is not None
        and item.kind in CHANGEABLE
        and item.derive is None
        and name not in design_items(instrument)
    )


def _known(name: str, known, role: str, where: str, faults: Faults) -> bool:
    if name in known:
        return True
    faults.add(f"{role} '{name}' is not defined", where=where, hint=did_you_mean(name, known))
    return False


def _connected(edits: Sequence[Edit], instrument: Instrument) -> list[list[Edit]]:
    """Edits that share items, directly or through others, in the order of the file."""
    parts: list[tuple[set[str], list[Edit]]] = []
    for edit in edits:
        used = roots_of(edit.fails, instrument) | ({edit.item} if edit.item else set())
        joined = [part for part in parts if part[0] & used]
        for part in joined:
            parts.remove(part)
        members = [one for part in joined for one in part[1]] + [edit]
        parts.append((used.union(*(part[0] for part in joined)), members))
    return [sorted(members, key=edits.index) for _, members in parts]


def _try(edits: list[Edit], instrument: Instrument, where: str, faults: Faults) -> None:
    """Try edits that hang together on every record they can tell apart."""
    conditions = [edit.fails for edit in edits]
    also = {edit.item: {edit.value} for edit in edits if edit.item and edit.value is not None}
    frame = states(conditions, instrument, also=also)
    if frame is None:
        faults.add(
            f"edits {', '.join(edit.id for edit in edits)} hang together over too many answers",
            where=where,
            expected=f"at most {MOST_STATES:,} records to try",
            hint="split conditions that name many items",
        )
        return
    for edit in edits:
        if edit.item is not None and not _columns(frame, edit.item):
            frame[edit.item] = float("nan")
    follow = followers(conditions, instrument)
    fired = {edit.id: holds(edit.fails, frame) for edit in edits}
    for edit in edits:
        if not fired[edit.id].any():
            place = instrument.where("edit", edit.id)
            faults.add(f"edit '{edit.id}' never finds anything: {edit.fails}", where=place)
    changing = [edit for edit in edits if edit.then in CHANGES]
    if _cures(changing, frame, fired, follow, where, faults) and _agree(
        changing, fired, where, faults
    ):
        _rest(changing, frame, follow, where, faults)
    hard = [edit.fails for edit in edits if edit.then == "hard"]
    answered = states(hard, instrument, answered=True) if hard else None
    if answered is not None:
        broken = pd.concat([holds(text, answered) for text in hard], axis=1).any(axis=1)
        if broken.all():
            names = [edit.id for edit in edits if edit.then == "hard"]
            told = f"no record at all can meet hard edits {', '.join(names)}"
            faults.add(told, where=where)


def _cures(edits, frame, fired, follow, where: str, faults: Faults) -> bool:
    """Every edit no longer finds what it has put right."""
    before = len(faults.items)
    for edit in edits:
        after = _changed(frame[fired[edit.id]], edit, follow)
        if holds(edit.fails, after).any():
            faults.add(
                f"edit '{edit.id}' does not cure what it finds: {edit.fails} can still hold after "
                f"'{edit.item}' is {_told(edit)}",
                where=where,
            )
    return len(faults.items) == before


def _agree(edits, fired, where: str, faults: Faults) -> bool:
    """No two edits want different answers of one item in one record."""
    before = len(faults.items)
    for place, one in enumerate(edits):
        for other in edits[place + 1 :]:
            same = one.item == other.item and one.value != other.value
            if same and (fired[one.id] & fired[other.id]).any():
                faults.add(
                    f"edits '{one.id}' and '{other.id}' contradict each other: one wants "
                    f"'{one.item}' {_told(one)}, the other {_told(other)}, of the same record",
                    where=where,
                )
    return len(faults.items) == before


def _rest(edits, frame, follow, where: str, faults: Faults) -> None:
    """Applied again and again, the edits come to rest."""
    frame = frame.copy()
    for _ in range(len(edits) + 1):
        fired = {edit.id: _apply(frame, edit, follow) for edit in edits}
    going = [edit.id for edit in edits if fired[edit.id]]
    if going:
        told = (
            f"edits '{going[0]}' and '{going[1]}' undo each other"
            if len(going) == 2
            else f"edits go round in a circle: {', '.join(going)}"
        )
        faults.add(told, where=where, hint="drop one, or narrow its condition")


def _apply(frame: pd.DataFrame, edit: Edit, follow) -> bool:
    """Apply an edit to the table; whether it found anything."""
    found = holds(edit.fails, frame)
    value = float("nan") if edit.value is None else float(edit.value)
    frame.loc[found, _columns(frame, str(edit.item))] = value
    with_followers(frame, follow)
    return bool(found.any())


def _changed(frame: pd.DataFrame, edit: Edit, follow) -> pd.DataFrame:
    """Records after one edit."""
    value = float("nan") if edit.value is None else float(edit.value)
    columns = dict.fromkeys(_columns(frame, str(edit.item)), value)
    return with_followers(frame.assign(**columns), follow)


def _columns(frame: pd.DataFrame, item: str) -> list[str]:
    """The columns of an item: its own, or those of the options that conditions name."""
    own = [item] if item in frame else []
    return own or [str(name) for name in frame if str(name).startswith(f"{item}__")]


def _told(edit: Edit) -> str:
    return "missing" if edit.value is None else str(edit.value)
