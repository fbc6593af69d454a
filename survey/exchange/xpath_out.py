"""A study's conditions as XLSForm expressions: relevant, constraint, choice_filter.

Decided here: what a comparison of ours says where an answer is missing. With us it is then false,
also `!=`; in a form an empty answer differs from everything, so that is written out. Codes that
stand for a missing answer ("don't know" = 98) are answers to a form and are kept out of orders.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from survey.exchange.draft import digits
from survey.instrument.expression import parse
from survey.instrument.model import Item, Scale

_SIGNS = {
    ast.Eq: ("=", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}


class Writer:
    """Writes the conditions of one form.

    Parameters
    ----------
    items, scales : as in the draft
    name : item -> its name in the form
    choice : (scale, code) -> the choice's name in the form
    """

    def __init__(
        self,
        items: Mapping[str, Item],
        scales: Mapping[str, Scale],
        name: Callable[[str], str],
        choice: Callable[[Scale, int], str],
    ) -> None:
        self.items, self.scales, self.name, self.choice = items, scales, name, choice

    def expression(self, text: str, own: str | None = None) -> str:
        """A condition as XPath; `own` is the item that `.` stands for."""
        return self._node(parse(text), own)

    def refer(self, item: str, own: str | None = None) -> str:
        return "." if item == own else f"${{{self.name(item)}}}"

    def selected(self, item: str, code: int, own: str | None = None) -> str:
        scale = self.scales[self.items[item].scale or ""]
        return f"selected({self.refer(item, own)}, '{self.choice(scale, code)}')"

    def _node(self, node: ast.expr, own: str | None) -> str:
        if isinstance(node, ast.BoolOp):
            word = " and " if isinstance(node.op, ast.And) else " or "
            parts = [self._node(part, own) for part in node.values]
            inner = [
                f"({told})" if isinstance(part, ast.BoolOp) else told
                for part, told in zip(node.values, parts, strict=True)
            ]
            return word.join(inner)
        if isinstance(node, ast.UnaryOp):
            return f"not({self._node(node.operand, own)})"
        if isinstance(node, ast.Name):
            return "true()"
        assert isinstance(node, ast.Compare)
        parts, left = [], node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._compare(op, left, right, own))
            left = right
        return parts[0] if len(parts) == 1 else f"({' and '.join(parts)})"

    def _compare(self, op: ast.cmpop, left: ast.expr, right: ast.expr, own: str | None) -> str:
        if isinstance(op, (ast.In, ast.NotIn)):
            assert isinstance(left, ast.Name)
            values = ast.literal_eval(right)
            told = " or ".join(self._one(ast.Eq(), left.id, value, own) for value in values)
            told = f"({told})" if len(values) > 1 else told
            if isinstance(op, ast.In):
                return told
            return (
                f"({self._given(left.id, own)} and not({told.removeprefix('(').removesuffix(')')}))"
            )
        if isinstance(left, ast.Name) and isinstance(right, ast.Name):
            if left.id == right.id and isinstance(op, ast.Eq):
                return self._given(left.id, own)
            return self._two(op, left.id, right.id, own)
        if isinstance(left, ast.Name):
            return self._one(op, left.id, ast.literal_eval(right), own)
        assert isinstance(right, ast.Name)
        turned = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
        return self._one(turned.get(type(op), type(op))(), right.id, ast.literal_eval(left), own)

    def _two(self, op: ast.cmpop, left: str, right: str, own: str | None) -> str:
        """Two items: an empty answer is neither smaller nor larger, but equals another one."""
        sign = _SIGNS[type(op)][0]
        told = f"{self.refer(left, own)} {sign} {self.refer(right, own)}"
        ordered = isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
        given = [
            self._given(name, own)
            for name in (left, right)
            if not ordered or _entered(self.scales.get(self.items[name].scale or ""))
        ]
        return f"({' and '.join([*given, told])})" if given else told

    def _one(self, op: ast.cmpop, name: str, value, own: str | None) -> str:
        """One item against one value."""
        sign, test = _SIGNS[type(op)]
        if name not in self.items and "__" in name:
            of, _, option = name.rpartition("__")
            told = self.selected(of, int(option), own)
            if test(1, value) and not test(0, value):
                return told
            if test(0, value) and not test(1, value):
                return f"({self._given(of, own)} and not({told}))"
            return self._given(of, own) if test(1, value) else "false()"
        item = self.items[name]
        scale = self.scales.get(item.scale) if item.scale else None
        told = self.refer(name, own)
        if item.kind == "single" and scale is not None:
            fitting = [code for code in scale.values() if test(code, value)]
            if isinstance(op, ast.NotEq):
                equal = f"{told} = '{self.choice(scale, int(value))}'"
                return f"({self._given(name, own)} and {equal.replace(' = ', ' != ')})"
            each = [f"{told} = '{self.choice(scale, code)}'" for code in fitting] or ["false()"]
            return each[0] if len(each) == 1 else f"({' or '.join(each)})"
        number = digits(value) if isinstance(value, (int, float)) else f"'{value}'"
        kept_out = [code for code in _entered(scale) if test(code, value)]
        parts = [f"{told} {sign} {number}", *(f"{told} != {code}" for code in kept_out)]
        if isinstance(op, ast.NotEq):
            parts.insert(0, f"{told} != ''")
        return parts[0] if len(parts) == 1 else f"({' and '.join(parts)})"

    def _given(self, name: str, own: str | None) -> str:
        """The item has an answer that is no missing code."""
        told = self.refer(name, own)
        scale = self.scales.get(self.items[name].scale or "")
        if self.items[name].kind == "single" and scale is not None:
            refused = [f"{told} != '{self.choice(scale, code)}'" for code in _entered(scale)]
        else:
            refused = [f"{told} != {code}" for code in _entered(scale)]
        given = " and ".join([f"{told} != ''", *refused])
        return given if not refused else f"({given})"


def _entered(scale: Scale | None) -> list[int]:
    """Missing codes that a person enters: not those a tool or the cleaning sets."""
    if scale is None:
        return []
    return [code for code, kind in scale.missing.items() if kind in ("dont_know", "refused")]
