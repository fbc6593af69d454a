"""Can a condition come true? A small search over the answers that conditions tell apart.

Decided here: which answers of an item are tried (every code of a scale; of a number the values
around those that conditions name; no answer), and what ties them together: an item has an answer
only where it is asked, an option is chosen only where it is offered, an exclusive option stands
alone, a range and a check hold. Which questions are put to the search is decided in routing.py.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from survey.instrument.expression import names, parse
from survey.instrument.model import Item, Questionnaire, Scale

Value = int | float | None  # None: no answer
Answers = dict[str, Value]
_COMPARE = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
MOST_STEPS = 20_000  # of one search; beyond it the answer is "not known"
MOST_VALUES = 60  # of one number


@lru_cache(maxsize=4096)
def tree_of(condition: str) -> ast.expr:
    return parse(condition)


@lru_cache(maxsize=4096)
def names_of(condition: str) -> frozenset[str]:
    return frozenset(names(condition))


def truth(condition: str, answers: Mapping[str, Value]) -> bool | None:
    """Whether a condition holds; None where the answers at hand do not settle it.

    A name that is in `answers` with None is known to have no answer.
    """
    return _truth(tree_of(condition), answers)


def _truth(node: ast.expr, answers: Mapping[str, Value]) -> bool | None:
    if isinstance(node, ast.BoolOp):
        stop = isinstance(node.op, ast.Or)
        open_part = False
        for part in node.values:
            found = _truth(part, answers)
            if found is stop:
                return stop
            open_part |= found is None
        return None if open_part else not stop
    if isinstance(node, ast.UnaryOp):
        found = _truth(node.operand, answers)
        return None if found is None else not found
    if isinstance(node, ast.Name):
        return True
    assert isinstance(node, ast.Compare)
    left, open_part = node.left, False
    for op, right in zip(node.ops, node.comparators, strict=True):
        found = _compared(op, left, right, answers)
        if found is False:
            return False
        open_part |= found is None
        left = right
    return None if open_part else True


def _compared(
    op: ast.cmpop, left: ast.expr, right: ast.expr, answers: Mapping[str, Value]
) -> bool | None:
    known, value = _operand(left, answers)
    if known and value is None:
        return False
    if isinstance(op, (ast.In, ast.NotIn)):
        if not known:
            return None
        return (value in ast.literal_eval(right)) == isinstance(op, ast.In)
    other_known, other = _operand(right, answers)
    if other_known and other is None:
        return False
    if not (known and other_known):
        return None
    try:
        return bool(_COMPARE[type(op)](value, other))  # type: ignore[arg-type]
    except TypeError:
        return False


def _operand(node: ast.expr, answers: Mapping[str, Value]) -> tuple[bool, Value]:
    if isinstance(node, ast.Name):
        return node.id in answers, answers.get(node.id)
    return True, ast.literal_eval(node)


@dataclass
class Reach:
    """The questionnaire as something to search.

    Attributes
    ----------
    questionnaire, items, scales : as loaded
    routes : item -> under which condition it is asked (routing and universe)
    """

    questionnaire: Questionnaire
    items: Mapping[str, Item]
    scales: Mapping[str, Scale]
    routes: dict[str, str] = field(default_factory=dict)
    constants: dict[str, set[float]] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.asked = frozenset(self.questionnaire.order())
        for item in self.questionnaire.order():
            if item not in self.items:
                continue
            both = [self.items[item].universe, self.questionnaire.ask_if.get(item, "all")]
            said = [text for text in dict.fromkeys(both) if text != "all"]
            if said:
                self.routes[item] = " and ".join(f"({text})" for text in said)
        for text in self._conditions():
            for node in ast.walk(tree_of(text)):
                if isinstance(node, ast.Compare):
                    self._note(node)
        self._share()

    def item_of(self, name: str) -> str:
        """The item a name in a condition belongs to."""
        return name if name in self.items else name.rpartition("__")[0]

    def domain(self, name: str) -> list[Value]:
        """The answers of a name that conditions can tell apart, no answer last."""
        item = self.items.get(self.item_of(name))
        if item is None:
            return [None]
        if name not in self.items:
            return [1, 0, None]
        scale = self.scales.get(item.scale or "")
        if item.kind == "number":
            return [*self._numbers(name, scale), None]
        if scale is not None:
            return [*scale.values(), None]
        return [1, None]

    def possible(self, wanted: Iterable[tuple[str, bool]]) -> Answers | bool | None:
        """Answers under which each condition is as wanted.

        Returns
        -------
        The answers; False where there are none; None where the search gave up.
        """
        goals = list(wanted)
        ties = self._ties({name for text, _ in goals for name in names_of(text)})
        search = _Search(self, [*goals, *ties])
        return search.run()

    # -- what ties answers together --------------------------------------------------------------

    def _ties(self, start: Iterable[str]) -> list[tuple[str, bool]]:
        """Conditions that hold for every respondent, of the names given and all they need."""
        ties: dict[str, None] = {}
        waiting, met = list(start), set(start)
        while waiting:
            name = waiting.pop()
            item = self.item_of(name)
            found = self._of_name(name, item) if item in self.items else []
            for text in found:
                ties[text] = None
                for other in names_of(text):
                    if other not in met:
                        met.add(other)
                        waiting.append(other)
        return [(text, True) for text in ties]

    def _of_name(self, name: str, item: str) -> list[str]:
        entry = self.items[item]
        found = []
        route = self.routes.get(item)
        if item in self.asked:
            if route:
                found.append(f"not {name} == {name} or ({route})")
            if entry.required and entry.kind != "multiple":
                found.append(f"{name} == {name} or not ({route or 'all'})")
        chosen = {code: f"{name} == {code}" for codes in entry.show_if.values() for code in codes}
        if entry.kind == "multiple":
            option = name.rpartition("__")[2]
            chosen = {int(option): f"{name} == 1"} if option.isdigit() and name != item else {}
            if chosen and int(option) in entry.exclusive:
                used = [n for n in self.constants if n != name and self.item_of(n) == item]
                found += [f"not {name} == 1 or not {other} == 1" for other in used]
        for condition, codes in entry.show_if.items():
            found += [f"not {chosen[c]} or ({condition})" for c in codes if c in chosen]
        if entry.valid and entry.kind != "multiple":
            found.append(f"not {name} == {name} or ({entry.valid})")
        return found

    # -- which values of a number count ------------------------------------------------------------

    def _conditions(self) -> list[str]:
        checks = [item.valid for item in self.items.values() if item.valid]
        shown = [text for item in self.items.values() for text in item.show_if]
        return [*self.routes.values(), *checks, *shown]

    def _note(self, node: ast.Compare) -> None:
        parts = [node.left, *node.comparators]
        found = [part.id for part in parts if isinstance(part, ast.Name)]
        for name in found:
            values = self.constants.setdefault(name, set())
            for part in parts:
                if not isinstance(part, ast.Name):
                    told = ast.literal_eval(part)
                    several = told if isinstance(told, (tuple, list)) else (told,)
                    values |= {v for v in several if isinstance(v, (int, float))}
        if len(found) > 1:
            self.constants.setdefault("", set())

    def _share(self) -> None:
        """Numbers compared with each other are tried at each other's values too."""
        for text in self._conditions():
            for node in ast.walk(tree_of(text)):
                if isinstance(node, ast.Compare):
                    together = [
                        p.id for p in (node.left, *node.comparators) if isinstance(p, ast.Name)
                    ]
                    union = {v for name in together for v in self.constants.get(name, set())}
                    for name in together:
                        self.constants.setdefault(name, set()).update(union)

    def _numbers(self, name: str, scale: Scale | None) -> list[float]:
        low, high = scale.range if scale is not None and scale.range else (None, None)
        tried: set[float] = set()
        for value in self.constants.get(name, set()):
            tried |= {value - 1, value, value + 1}
        tried |= {end for end in (low, high) if end is not None} or {0, 1}
        inside = [v for v in tried if (low is None or v >= low) and (high is None or v <= high)]
        return sorted(inside)[:MOST_VALUES]


class _Search:
    """Depth first, always on a name of the first condition that is not settled."""

    def __init__(self, reach: Reach, goals: list[tuple[str, bool]]) -> None:
        self.reach, self.goals, self.steps = reach, goals, 0

    def run(self) -> Answers | bool | None:
        return self._from({}, self.goals)

    def _from(self, answers: Answers, goals: list[tuple[str, bool]]) -> Answers | bool | None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            return None
        left = []
        for text, wanted in goals:
            found = truth(text, answers)
            if found is None:
                left.append((text, wanted))
            elif found is not wanted:
                return False
        if not left:
            return answers
        name = self._next(left, answers)
        for value in self.reach.domain(name):
            found_answers = self._from(answers | {name: value}, left)
            if found_answers is None or found_answers is not False:
                return found_answers
        return False

    def _next(self, goals: list[tuple[str, bool]], answers: Answers) -> str:
        text, _ = goals[0]
        for node in ast.walk(tree_of(text)):
            if isinstance(node, ast.Name) and node.id not in answers and node.id != "all":
                return node.id
        raise AssertionError(text)
