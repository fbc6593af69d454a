"""All records that conditions can tell apart, as a table to try conditions on.

Decided here: which answers of an item stand for the others. A code or number that a condition
names stands for itself; of numbers, its neighbours are tried too; of a long scale one point that
no condition names stands for the rest; no answer is always one. Items compared with each other
share their values. Derived items follow from their source.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterable

import pandas as pd

from survey.instrument.expression import names, parse
from survey.instrument.load import Instrument
from survey.instrument.model import Derivation

MOST_STATES = 1_000_000
SHORT = 12  # scales up to this many points are tried point by point


def states(
    conditions: Iterable[str],
    instrument: Instrument,
    *,
    also: dict[str, set[int]] | None = None,
    answered: bool = False,
) -> pd.DataFrame | None:
    """Every combination of answers that the conditions can tell apart.

    Parameters
    ----------
    conditions : iterable of str
        They may only use items that exist.
    also : mapping of item to values
        Values to try beside those the conditions name.
    answered : bool
        Leave out records in which an item has no answer.

    Returns
    -------
    DataFrame of float, or None
        One column per name, derived items included; NaN no answer. None: more than MOST_STATES.
    """
    conditions = list(conditions)
    named = constants_of(conditions)
    for item, extra in (also or {}).items():
        named.setdefault(item, set()).update(extra)
    derived = {name: rule for name in named if (rule := _derivation(name, instrument)) is not None}
    roots: dict[str, set[float]] = {n: v for n, v in named.items() if n not in derived}
    for rule in derived.values():
        ends = {end for low, high, _ in rule.classes for end in (low, high)}
        roots.setdefault(rule.source, set()).update(ends or set(rule.recode))
    values = {name: values_of(name, seen, instrument) for name, seen in sorted(roots.items())}
    if not answered:
        values = {name: [*found, math.nan] for name, found in values.items()}
    if math.prod(len(found) for found in values.values()) > MOST_STATES:
        return None
    frame = pd.DataFrame(itertools.product(*values.values()), columns=list(values), dtype=float)
    return with_followers(frame, derived)


def with_followers(frame: pd.DataFrame, derived: dict[str, Derivation]) -> pd.DataFrame:
    """The table with derived items worked out again from their sources."""
    for name, rule in derived.items():
        found = frame[rule.source]
        if rule.recode:
            frame[name] = found.map({float(old): float(new) for old, new in rule.recode.items()})
            continue
        column = pd.Series(math.nan, index=frame.index)
        for low, high, code in reversed(rule.classes):
            column = column.mask(found.between(low, high), float(code))
        frame[name] = column
    return frame


def followers(conditions: Iterable[str], instrument: Instrument) -> dict[str, Derivation]:
    """Derived items that conditions use, with how they are derived."""
    used = sorted({name for text in conditions for name in names(text)})
    return {name: rule for name in used if (rule := _derivation(name, instrument)) is not None}


def roots_of(text: str, instrument: Instrument) -> set[str]:
    """Names a condition rests on, those of derived items replaced by their source."""
    return {
        name if (rule := _derivation(name, instrument)) is None else rule.source
        for name in names(text)
    }


def _derivation(name: str, instrument: Instrument) -> Derivation | None:
    item = instrument.items.get(name)
    return None if item is None else item.derive


def constants_of(conditions: Iterable[str]) -> dict[str, set[float]]:
    """Name -> the numbers it is compared with, directly or through another name."""
    found: dict[str, set[float]] = {}
    together: list[list[str]] = []
    for text in conditions:
        for name in names(text):
            found.setdefault(name, set())
        for node in ast.walk(parse(text)):
            if not isinstance(node, ast.Compare):
                continue
            parts = [node.left, *node.comparators]
            compared = [part.id for part in parts if isinstance(part, ast.Name)]
            numbers: set[float] = set()
            for part in parts:
                if not isinstance(part, ast.Name):
                    told = ast.literal_eval(part)
                    several = told if isinstance(told, (tuple, list)) else (told,)
                    numbers |= {float(v) for v in several if isinstance(v, (int, float))}
            for name in compared:
                found[name] |= numbers
            together.append(compared)
    for compared in [*together, *reversed(together)]:
        union = set().union(*(found[name] for name in compared)) if compared else set()
        for name in compared:
            found[name] |= union
    return found


def values_of(name: str, seen: set[float], instrument: Instrument) -> list[float]:
    """Answers of a name that stand for all others, of which conditions name `seen`."""
    item = instrument.items.get(name)
    if item is None:  # an option of a multiple-response set
        return [0.0, 1.0]
    scale = instrument.scales.get(item.scale or "")
    around = sorted({value + step for value in seen for step in (-1, 0, 1)})
    if scale is None:
        return around or [0.0, 1.0]
    if scale.range is not None:
        low, high = scale.range
        if high - low < SHORT:
            return [float(v) for v in range(low, high + 1)]
        return sorted({v for v in around if low <= v <= high} | {float(low), float(high)})
    points = [float(value) for value in scale.values()]
    if len(points) <= SHORT:
        return points
    rest = [value for value in points if value not in around]
    return [value for value in points if value in around] + rest[:1]
