"""Conditions put together from parts, and told in the words of survey/instrument/expression.py.

Importers translate a tool's logic into these parts. Decided here: how parts print with no more
brackets than needed, and that several values of one item become one `in (...)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Is:
    """One comparison: an item (or an option of a set) with a value or another item."""

    name: str
    sign: str  # == != < <= > >= in
    value: object


@dataclass(frozen=True)
class Not:
    part: Part


@dataclass(frozen=True)
class Join:
    word: str  # and, or
    parts: tuple


@dataclass(frozen=True)
class Everybody:
    pass


Part = Is | Not | Join | Everybody


@dataclass(frozen=True)
class Name:
    """An item on the right of a comparison."""

    name: str


EVERYBODY = Everybody()
GATHERED = ("==", "in")
NOBODY = Not(EVERYBODY)


def both(*parts: Part) -> Part:
    """All of the parts."""
    flat = [p for p in _flat("and", parts) if p != EVERYBODY]
    if NOBODY in flat:
        return NOBODY
    flat = list(dict.fromkeys(flat))
    if not flat:
        return EVERYBODY
    return flat[0] if len(flat) == 1 else Join("and", tuple(flat))


def either(*parts: Part) -> Part:
    """Any of the parts; values of one item are gathered."""
    flat = list(dict.fromkeys(_flat("or", parts)))
    if EVERYBODY in flat:
        return EVERYBODY
    flat = [part for part in flat if part != NOBODY] or [NOBODY]
    flat = _gathered(flat)
    return flat[0] if len(flat) == 1 else Join("or", tuple(flat))


def negated(part: Part) -> Part:
    return part.part if isinstance(part, Not) else Not(part)


def answered(name: str) -> Part:
    """An item has an answer: nothing compares with a missing value, not even itself."""
    return Is(name, "==", Name(name))


def told(part: Part) -> str:
    """The condition as text."""
    if isinstance(part, Everybody):
        return "all"
    if isinstance(part, Is):
        if part.sign == "in":
            assert isinstance(part.value, tuple)
            return f"{part.name} in ({', '.join(_value(v) for v in part.value)})"
        return f"{part.name} {part.sign} {_value(part.value)}"
    if isinstance(part, Not):
        inner = told(part.part)
        return f"not ({inner})" if isinstance(part.part, Join) else f"not {inner}"
    return f" {part.word} ".join(
        f"({told(p)})" if isinstance(p, Join) and p.word != part.word else told(p)
        for p in part.parts
    )


def _value(value: object) -> str:
    if isinstance(value, Name):
        return value.name
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)


def _flat(word: str, parts: Sequence[Part]) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        if isinstance(part, Join) and part.word == word:
            found += part.parts
        else:
            found.append(part)
    return found


def _gathered(parts: list[Part]) -> list[Part]:
    values: dict[str, list] = {}
    for part in parts:
        if isinstance(part, Is) and part.sign in GATHERED and not isinstance(part.value, Name):
            more = part.value if part.sign == "in" else (part.value,)
            assert isinstance(more, tuple)
            values.setdefault(part.name, []).extend(more)
    result: list[Part] = []
    done = set()
    for part in parts:
        if not isinstance(part, Is) or isinstance(part.value, Name) or part.sign not in GATHERED:
            result.append(part)
        elif part.name not in done:
            done.add(part.name)
            unique = tuple(dict.fromkeys(values[part.name]))
            single = len(unique) == 1
            result.append(Is(part.name, "==" if single else "in", unique[0] if single else unique))
    return result
