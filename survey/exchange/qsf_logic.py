"""Qualtrics logic (display, skip, branch) as conditions.

Decided here: what a locator such as `q://QID4/SelectableChoice/10` means, that And binds before Or
within one set of lines, and what of it cannot be said: `UntranslatableError` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from survey.exchange import logic
from survey.exchange.logic import Is, Part
from survey.exchange.xpath_in import UntranslatableError

_LOCATOR = re.compile(r"^q://(QID[\w#]+|Q\w+)/(\w+)(?:/(\w+))?(?:/(\w+))?$")
_NUMBERS = {
    "EqualTo": "==",
    "NotEqualTo": "!=",
    "GreaterThan": ">",
    "GreaterThanOrEqual": ">=",
    "LessThan": "<",
    "LessThanOrEqual": "<=",
}


@dataclass
class Places:
    """Where answers of Qualtrics questions went: (question, row or "") -> item and its codes."""

    items: dict[tuple[str, str], str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, int]] = field(default_factory=dict)  # item -> choice id -> code

    def add(self, question: str, row: str, item: str, kind: str, codes: Mapping[str, int]) -> None:
        self.items[(question, row)] = item
        self.kinds[item] = kind
        self.codes[item] = dict(codes)


def condition(tree: Mapping[str, Any], places: Places) -> Part:
    """A BooleanExpression: sets of lines joined by the words of the sets.

    Raises
    ------
    UntranslatableError
    """
    alternatives: list[list[Part]] = []
    for key in _numbered(tree):
        part = _set(tree[key], places)
        if not alternatives or str(tree[key].get("Type", "")).lower() in ("elseif", "orif"):
            alternatives.append([part])
        else:
            alternatives[-1].append(part)
    if not alternatives:
        raise UntranslatableError("it holds no condition")
    return logic.either(*(logic.both(*parts) for parts in alternatives))


def _set(lines: Mapping[str, Any], places: Places) -> Part:
    alternatives: list[list[Part]] = []
    for key in _numbered(lines):
        part = line(lines[key], places)
        word = lines[key].get("Conjuction") or lines[key].get("Conjunction") or ""
        if not alternatives or word == "Or":
            alternatives.append([part])
        else:
            alternatives[-1].append(part)
    return logic.either(*(logic.both(*parts) for parts in alternatives))


def line(said: Mapping[str, Any], places: Places) -> Part:
    """One line of logic."""
    kind = said.get("LogicType", "Question")
    if kind != "Question":
        raise UntranslatableError(f"it asks for {kind}, which is no answer")
    operand = said.get("LeftOperand") or said.get("ChoiceLocator") or ""
    operator = said.get("Operator", "")
    return compared(operand, operator, said.get("RightOperand"), places)


def compared(locator: str, operator: str, value: Any, places: Places) -> Part:
    """What one operator says of one place."""
    found = _LOCATOR.match(locator)
    if found is None:
        raise UntranslatableError(f"the place '{locator}' is not read")
    question, place, first, second = found.groups()
    if place in ("SelectableChoice", "SelectableAnswer"):
        row, choice = (first, second) if second else ("", first)
        item = _item(places, question, row)
        code = places.codes[item].get(choice or "")
        if code is None:
            raise UntranslatableError(f"'{item}' has no choice {choice}")
        if code < 0 and places.kinds[item] == "multiple":
            raise UntranslatableError(f"option {code} of '{item}' has no name in conditions")
        chosen = (
            Is(f"{item}__{code}", "==", 1)
            if places.kinds[item] == "multiple"
            else Is(item, "==", code)
        )
        if operator in ("Selected", "Is"):
            return chosen
        if operator in ("NotSelected", "IsNot"):
            return logic.negated(chosen)
        raise UntranslatableError(f"{operator} of a choice is no answer")
    if place in ("ChoiceTextEntryValue", "ChoiceNumericEntryValue") and operator in _NUMBERS:
        item = _item(places, question, first or "")
        if places.kinds[item] != "number":
            raise UntranslatableError(f"'{item}' is text, which is not kept")
        return Is(item, _NUMBERS[operator], float(value))
    raise UntranslatableError(f"{place} {operator} has no place in a condition")


def _item(places: Places, question: str, row: str) -> str:
    item = places.items.get((question, row))
    if item is None:
        raise UntranslatableError(f"question {question} is not in the draft")
    if places.kinds[item] not in ("single", "multiple", "number"):
        raise UntranslatableError(f"'{item}' is {places.kinds[item]}, whose answers are not codes")
    return item


def _numbered(tree: Mapping[str, Any]) -> list[str]:
    return sorted((key for key in tree if str(key).isdigit()), key=int)
