"""How the cells of a candidate would become answers of an item: codes, shift, pattern, options.

What follows from labels and words is proposed for good; what is a guess (a number above the
options, words that only resemble an option) is proposed as unsure, for a person to confirm. How
cells become codes is decided in survey/clean/options.py; here its answers are counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from survey.clean.cells import folded, number_in
from survey.clean.options import Options, Unknown, words_of
from survey.instrument.model import Column, Item, MissingKind, Scale
from survey.newwave.alike import alike
from survey.newwave.rules import rules
from survey.newwave.units import Unit

_UNIT = re.compile(r"^(\d+(?:\.\d+)?)(\D{1,4})$")
MOSTLY = 0.95  # of the cells are answers
UNASKED = ("not_asked", "no_answer")


@dataclass(frozen=True)
class Unsure:
    """A proposal that a person confirms: what for (a raw cell, an option), what, and why."""

    what: str
    proposal: str
    why: str


@dataclass(frozen=True)
class Reading:
    """How a candidate is read as an item.

    Attributes
    ----------
    column : as it would stand in the wave file, sure parts only
    readable : share of the filled cells that are answers
    spread : code -> share of the readable cells, of a single answer
    worded : how well the words of answers agree, 0 to 1; None where the file has none
    unsure : what a person has to confirm
    doubt : why the whole reading has to be confirmed; "" where it need not
    """

    column: Column
    readable: float
    spread: Mapping[float, float] = field(default_factory=dict)
    worded: float | None = None
    unsure: tuple[Unsure, ...] = ()
    doubt: str = ""


def read_unit(
    unit: Unit,
    item: Item,
    scale: Scale | None,
    *,
    by_number: bool = False,
    missing_words: Mapping[str, MissingKind] | None = None,
) -> Reading | None:
    """A candidate as an item; None where it can be none.

    Parameters
    ----------
    by_number : bool
        The file counts options from 1 in the order of the form (问卷星 by option number).
    """
    if item.kind == "multiple":
        if scale is None:
            return None
        return _set(unit, scale) if unit.is_set else _joined(unit, scale)
    if unit.is_set:
        return None
    column = Column(column=unit.columns[0])
    if item.kind in ("key", "open"):
        return Reading(column, 1.0)
    if scale is None and item.kind != "number":
        return None
    counted = _counted(unit, item, scale, column) if by_number else (column, ())
    tried = [_tried(unit, item, scale, *counted, missing_words)]
    if tried[0].readable < MOSTLY:  # as the cells stand; else something stands around the answers
        for pattern in _patterns(unit):
            around = column.model_copy(update={"pattern": pattern})
            tried.append(_tried(unit, item, scale, around, (), missing_words))
    best = max(tried, key=lambda reading: (reading.readable, -len(reading.unsure)))
    return _with_unread(best, unit, item, scale, missing_words)


def _tried(
    unit: Unit,
    item: Item,
    scale: Scale | None,
    column: Column,
    unsure: tuple[Unsure, ...],
    missing_words: Mapping[str, MissingKind] | None,
) -> Reading:
    told = {entry.what for entry in unsure}
    column, more = _worded(unit, item, scale, column, told, missing_words)
    return _counts(unit, item, scale, column, (*unsure, *more), missing_words)


def _with_unread(
    reading: Reading,
    unit: Unit,
    item: Item,
    scale: Scale | None,
    missing_words: Mapping[str, MissingKind] | None,
) -> Reading:
    """A reading whose leftover cells are a person's to decide: one by one, or all together."""
    options = _options(unit, item, scale, reading.column, missing_words)
    told = {entry.what for entry in reading.unsure}
    unread = [
        cell
        for cell in unit.cells
        if cell not in told and isinstance(options.code(_cell(unit, cell)), Unknown)
    ]
    if not unread:
        return reading
    if len(unread) > rules().most_unread:
        return replace(reading, doubt=f"{len(unread)} different cells are no answers of the item")
    more = tuple(Unsure(cell, "", "no answer of the scale reads so") for cell in unread)
    return replace(reading, unsure=(*reading.unsure, *more))


# -- single answers --------------------------------------------------------------------------------


def _counted(
    unit: Unit, item: Item, scale: Scale | None, column: Column
) -> tuple[Column, tuple[Unsure, ...]]:
    """Options counted from 1: those of the scale for good, numbers above them as missing codes."""
    if item.kind != "single" or scale is None:
        return column, ()
    values = scale.values()
    numbers = {cell: n for cell in unit.cells if (n := number_in(cell)) is not None}
    if scale.range is None and all(n in {*values, *scale.missing} for n in numbers.values()):
        return column, ()  # the codes are the form's own numbers
    if scale.range is not None and scale.range[0] in numbers.values() and scale.range[0] < 1:
        return column, ()  # nothing counted from 1 is 0
    counted = {cell: n for cell, n in numbers.items() if n > 0}
    above = sorted((n, cell) for cell, n in counted.items() if n > len(values))
    kinds = [(code, kind) for code, kind in scale.missing.items() if kind not in UNASKED]
    unsure = tuple(
        Unsure(
            cell,
            str(kinds[int(number) - len(values) - 1][0])
            if int(number) - len(values) <= len(kinds)
            else "",
            "an option after those of the scale",
        )
        for number, cell in above
    )
    if scale.range is not None:
        return column.model_copy(update={"shift": scale.range[0] - 1}), unsure
    if values == list(range(1, len(values) + 1)):
        return column, unsure
    codes = {str(place): code for place, code in enumerate(values, start=1)}
    return column.model_copy(update={"codes": codes}), unsure


def _patterns(unit: Unit) -> list[str]:
    """Numbers with one unit behind them all (136秒, 3分), and the patterns of the rules."""
    found = {cell: match[2] for cell in unit.cells if (match := _UNIT.match(cell))}
    units = set(found.values())
    whole = len(units) == 1 and sum(unit.cells[cell] for cell in found) > MOSTLY / 2
    return [*([rf"^(\d+){re.escape(units.pop())}$"] if whole else []), *rules().patterns]


def _worded(
    unit: Unit,
    item: Item,
    scale: Scale | None,
    column: Column,
    told: set[str],
    missing_words: Mapping[str, MissingKind] | None,
) -> tuple[Column, tuple[Unsure, ...]]:
    """Words that no rule reads: missing answers as they are met in files, spellings, a shift."""
    options = _options(unit, item, scale, column, missing_words)
    left = [
        c for c in unit.cells if c not in told and isinstance(options.code(_cell(unit, c)), Unknown)
    ]
    if scale is None or not left:
        return column, ()
    codes, unsure = dict(column.codes), []
    known = words_of(scale) if len(left) <= rules().most_words else {}
    for cell in left:
        code = _missing_code(unit.labels.get(cell, cell), scale)
        if code is not None:
            codes[cell] = code
            continue
        if number_in(cell) is not None and not unit.labels.get(cell):
            continue
        near = max(known, key=lambda word: alike(word, cell), default="")
        if near and alike(near, unit.labels.get(cell, cell)) >= rules().likeness_of_labels:
            unsure.append(Unsure(cell, str(known[near]), f"it reads nearly as “{near}”"))
    shift = _shift(unit, scale, [cell for cell in left if cell not in codes])
    if shift and not column.shift:
        return column.model_copy(update={"codes": codes, "shift": shift}), tuple(unsure)
    return column.model_copy(update={"codes": codes}), tuple(unsure)


def _shift(unit: Unit, scale: Scale, left: list[str]) -> int:
    """-1 where the numbers run from one above the scale's first to one above its last."""
    if scale.range is None:
        return 0
    low, high = scale.range
    numbers = {n for cell in unit.cells if (n := number_in(cell)) is not None and n <= high + 1}
    counted_from_one = float(high + 1) in numbers and float(low) not in numbers
    return -1 if counted_from_one and str(high + 1) in left else 0


def _missing_code(words: str, scale: Scale) -> int | None:
    kind = _missing_kinds().get(folded(words))
    return None if kind is None else scale.missing_code(kind)


@cache
def _missing_kinds() -> dict[str, MissingKind]:
    told = rules().missing_words.items()
    return {folded(word): kind for kind, met in told for word in met}


def _counts(
    unit: Unit,
    item: Item,
    scale: Scale | None,
    column: Column,
    unsure: tuple[Unsure, ...],
    missing_words: Mapping[str, MissingKind] | None,
) -> Reading:
    """What the map makes of the cells; a proposal that is unsure counts as an answer."""
    options = _options(unit, item, scale, column, missing_words)
    spread: dict[float, float] = {}
    told = {entry.what: entry.proposal for entry in unsure}
    readable = total = 0.0
    for cell, share in unit.cells.items():
        total += share
        code = options.code(_cell(unit, cell))
        if cell in told:
            code = float(told[cell]) if told[cell] else None
        elif isinstance(code, Unknown):
            continue
        readable += share
        if code is not None:
            spread[float(code)] = spread.get(float(code), 0.0) + share
    worded = _agreement(unit, scale, told)
    return Reading(column, readable / total if total else 0.0, spread, worded, unsure)


def _agreement(unit: Unit, scale: Scale | None, told: Mapping[str, str]) -> float | None:
    """Share of the words of answers, in cells or labels, that the scale has too."""
    if scale is None or scale.range is not None:
        return None
    known = words_of(scale)
    words = list(unit.labels.values()) or [c for c in unit.cells if number_in(c) is None]
    words = [word for word in words if _missing_code(word, scale) is None]
    if not words:
        return None
    if len(words) > rules().most_words:  # these are no options
        return sum(folded(word) in known for word in words) / len(words)
    common = sum(max((alike(word, k) for k in known), default=0.0) for word in words)
    return common / max(len(words), min(len(scale.points), len(words) + 2))


def _options(
    unit: Unit,
    item: Item,
    scale: Scale | None,
    column: Column,
    missing_words: Mapping[str, MissingKind] | None,
) -> Options:
    labels: dict[float | str, str] = {}
    for value, words in unit.labels.items():
        number = number_in(value)
        labels[value if number is None else number] = words
    return Options(
        scale,
        column,
        value_labels=labels,
        missing_words=missing_words,
        numbers=item.kind == "number",
    )


def _cell(unit: Unit, cell: str) -> float | str:
    number = number_in(cell) if unit.typed else None
    return cell if number is None else number


# -- sets ------------------------------------------------------------------------------------------


def _set(unit: Unit, scale: Scale) -> Reading | None:
    """One column per option: options by their words, else by their number."""
    known = words_of(scale)
    columns: dict[int, str] = {}
    scores, unsure = [], []
    for column, text in unit.options.items():
        number = number_in(text)
        if number is not None and int(number) in scale.values():
            columns[int(number)] = column
            continue
        near = max(known, key=lambda word: alike(word, text), default="")
        score = alike(near, text)
        scores.append(score)
        if score >= rules().likeness_of_labels and known[near] not in columns:
            columns[known[near]] = column
        else:
            unsure.append(Unsure(column, "", f"no option of the scale reads as “{text}”"))
    if not columns:
        return None
    worded = sum(scores) / max(len(scores), len(scale.values())) if scores else None
    readable = len(columns) / len(unit.options)
    ordered = {code: columns[code] for code in scale.values() if code in columns}
    return Reading(Column(columns=ordered), readable, {}, worded, tuple(unsure))


def _joined(unit: Unit, scale: Scale) -> Reading | None:
    """Options joined in one cell, by the separator that leaves most parts known."""
    from survey.clean.multiple import parts_of

    best: Reading | None = None
    for separator in rules().separators:
        if not any(separator in cell for cell in unit.cells):
            continue
        column = Column(column=unit.columns[0], split=separator)
        options = Options(scale, column)
        known = total = words = 0.0
        for cell, share in unit.cells.items():
            for part in parts_of(cell, separator, options):
                total += share
                words += share * (number_in(part) is None)
                fits = not isinstance(options.code(part), Unknown)
                known += share * (fits or _missing_code(part, scale) is not None)
        share = known / total if total else 0.0
        if best is None or share > best.readable + 1e-9:
            spoken = known and words > total / 2  # codes are no words
            best = Reading(column, share, {}, share if spoken else None)
    if best is None:
        return None
    codes = {cell: code for cell in unit.cells if (code := _missing_code(cell, scale)) is not None}
    return replace(best, column=best.column.model_copy(update={"codes": codes})) if codes else best
