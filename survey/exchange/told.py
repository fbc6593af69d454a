"""Conditions in words, for people who fill in a questionnaire or read its codebook.

Decided here: how a comparison is said in Chinese and in English (other languages get English), and
where a skip can be said beside an option ("go to question 9"). Words are in words.yml.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from survey.exchange.draft import Draft, digits
from survey.exchange.words import missing_text, word
from survey.instrument.expression import parse
from survey.instrument.model import Item
from survey.instrument.reach import truth

_SIGNS = {ast.Lt: "less", ast.LtE: "most", ast.Gt: "more", ast.GtE: "least"}


class Teller:
    """Says conditions of one draft in one language.

    Parameters
    ----------
    numbers : item -> its number in the questionnaire, such as 3 or 8a
    """

    def __init__(self, draft: Draft, lang: str, numbers: Mapping[str, str]) -> None:
        self.draft, self.lang, self.numbers = draft, lang, numbers

    def say(self, key: str, **values: object) -> str:
        return word(key, self.lang, **values)

    def question(self, item: str) -> str:
        """`Q3` or `第3题`; an item without a number by its label."""
        number = self.numbers.get(item)
        if number:
            return self.say("question", number=number)
        entry = self.draft.items.get(item)
        return self.say(
            "quoted", text=words_of(entry.short or entry.text, self.lang) if entry else item
        )

    def condition(self, text: str) -> str:
        return self._node(parse(text))

    def _node(self, node: ast.expr, negated: bool = False) -> str:
        if isinstance(node, ast.UnaryOp):
            return self._node(node.operand, not negated)
        if isinstance(node, ast.BoolOp):
            both = isinstance(node.op, ast.And) is not negated  # not (a and b) is not a or not b
            parts = [
                f"({told})" if isinstance(_bare(part), ast.BoolOp) else told
                for part in node.values
                for told in [self._node(part, negated)]
            ]
            return self.say("and" if both else "or").join(parts)
        if isinstance(node, ast.Name):
            return self.say("nobody" if negated else "everybody")
        assert isinstance(node, ast.Compare)
        parts, left = [], node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._compare(op, left, right, negated))
            left = right
        return self.say("or" if negated else "and").join(parts)

    def _compare(self, op: ast.cmpop, left: ast.expr, right: ast.expr, negated: bool) -> str:
        turned = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
        if not isinstance(left, ast.Name):
            left, right, op = right, left, turned.get(type(op), type(op))()
        assert isinstance(left, ast.Name)
        if isinstance(op, (ast.NotEq, ast.NotIn)):
            negated = not negated
            op = ast.Eq() if isinstance(op, ast.NotEq) else ast.In()
        if isinstance(right, ast.Name):
            return self._two(op, left.id, right.id, negated)
        value = ast.literal_eval(right)
        if left.id not in self.draft.items and "__" in left.id:
            return self._option(left.id, value, negated)
        question = self.question(left.id)
        entry = self.draft.items.get(left.id)
        if isinstance(op, (ast.Eq, ast.In)):
            values = value if isinstance(value, (tuple, list)) else (value,)
            told = self.say("or").join(self._answer(entry, each) for each in values)
            return self.say("is_not" if negated else "is", question=question, answer=told)
        key = _SIGNS[type(op)]
        if negated:
            key = {"less": "least", "most": "more", "more": "most", "least": "less"}[key]
        return self.say(key, question=question, value=digits(value))

    def _two(self, op: ast.cmpop, left: str, right: str, negated: bool) -> str:
        question, other = self.question(left), self.question(right)
        if left == right and isinstance(op, ast.Eq):
            return self.say("empty" if negated else "given", question=question)
        if isinstance(op, ast.Eq):
            return self.say("is_not" if negated else "is", question=question, answer=other)
        key = _SIGNS[type(op)]
        if negated:
            key = {"less": "least", "most": "more", "more": "most", "least": "less"}[key]
        return self.say(key, question=question, value=other)

    def _option(self, name: str, value: float, negated: bool) -> str:
        item, _, option = name.rpartition("__")
        chosen = bool(value) is not negated
        answer = self._answer(self.draft.items.get(item), int(option))
        return self.say(
            "chosen" if chosen else "not_chosen", question=self.question(item), answer=answer
        )

    def _answer(self, item: Item | None, value: float) -> str:
        scale = self.draft.scale_of(item) if item else None
        if item is None or scale is None or item.kind == "number":
            return digits(value)
        if value in scale.missing:
            return self.say("quoted", text=missing_text(scale.missing[int(value)], self.lang))
        if int(value) not in scale.values():
            return digits(value)
        point = scale.points.get(int(value))
        text = words_of(point.text, self.lang) if point else digits(value)
        return self.say("quoted", text=text)

    def after(self, item: str, code: int) -> str | None:
        """The item that follows where `item` is answered so, if it is not simply the next one."""
        order = [entry.id for entry in self.draft.asked()]
        behind = order[order.index(item) + 1 :]
        for place, following in enumerate(behind):
            route = self.draft.ask_if.get(following)
            if route is None or truth(route, {item: code}) is not False:
                return following if place else None
        return "" if behind else None  # nothing more is asked


def words_of(text: Mapping[str, str], lang: str) -> str:
    """A text in a language, or in the first one it has."""
    return text.get(lang) or next(iter(text.values()), "")


def _bare(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    return node
