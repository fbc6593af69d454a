"""Conditions in YAML and on the command line: ``age >= 18 and province in (11, 31)``.

A small, safe subset of Python's grammar: item names, numbers, strings, comparisons, ``in``,
``and``/``or``/``not``, and ``all`` for everybody. Nothing is ever evaluated as code. A comparison
with a missing value is false. Used by universes, routing, range rules and ``--where``.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Collection

import pandas as pd

from survey.errors import InstrumentError

_COMPARE = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def parse(text: str, where: str = "") -> ast.expr:
    """The syntax tree of a condition.

    Raises
    ------
    InstrumentError
        If it is not a condition of the subset.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise _fault(text, where) from None
    _require(tree, text, where)
    return tree


def names(text: str) -> set[str]:
    """The item names a condition uses (``all`` is none)."""
    found = {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}
    return found - {"all"}


def items_in(text: str, known: Collection[str]) -> set[str]:
    """The items a condition uses, where `issues__3` is option 3 of the set `issues`."""
    return {name if name in known else name.rpartition("__")[0] or name for name in names(text)}


def holds(text: str, frame: pd.DataFrame, known: Collection[str] | None = None) -> pd.Series:
    """Where the condition holds: bool, one per row of `frame`."""
    missing = names(text) - set(known if known is not None else frame.columns)
    if missing:
        raise InstrumentError(
            f"condition '{text}' uses '{sorted(missing)[0]}', which does not exist here"
        )
    return _value(parse(text), frame).astype(bool)


def _value(node: ast.expr, frame: pd.DataFrame) -> pd.Series:
    if isinstance(node, ast.BoolOp):
        parts = [_value(part, frame) for part in node.values]
        joined = parts[0]
        for part in parts[1:]:
            joined = joined & part if isinstance(node.op, ast.And) else joined | part
        return joined
    if isinstance(node, ast.UnaryOp):
        return ~_value(node.operand, frame)
    if isinstance(node, ast.Name):  # only `all` stands alone
        return pd.Series(True, index=frame.index)
    assert isinstance(node, ast.Compare)  # nothing else passes `parse`
    result = pd.Series(True, index=frame.index)
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        result &= _compare(op, left, right, frame)
        left = right
    return result


def _compare(op: ast.cmpop, left: ast.expr, right: ast.expr, frame: pd.DataFrame) -> pd.Series:
    first = _operand(left, frame)
    if isinstance(op, (ast.In, ast.NotIn)):
        inside = first.isin(list(ast.literal_eval(right)))
        found = inside if isinstance(op, ast.In) else ~inside & first.notna()
    else:
        try:
            found = _COMPARE[type(op)](first, _operand(right, frame))
        except TypeError:
            raise InstrumentError(
                f"'{ast.unparse(left)}' and '{ast.unparse(right)}' cannot be compared",
                hint="codes are numbers: write them without quotation marks",
            ) from None
    return pd.Series(found, index=frame.index).fillna(False).astype(bool)


def _operand(node: ast.expr, frame: pd.DataFrame):
    if isinstance(node, ast.Name):
        return frame[node.id]
    return ast.literal_eval(node)


def _require(node: ast.expr, text: str, where: str, top: bool = True) -> None:
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            _require(part, text, where)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        _require(node.operand, text, where)
    elif isinstance(node, ast.Compare):
        _require_comparison(node, text, where)
    elif not (isinstance(node, ast.Name) and node.id == "all"):
        raise _fault(text, where)


def _require_comparison(node: ast.Compare, text: str, where: str) -> None:
    if not any(isinstance(part, ast.Name) for part in (node.left, *node.comparators)):
        raise _fault(text, where)
    if not isinstance(node.left, ast.Name) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        raise _fault(text, where)
    if not _is_operand(node.left):
        raise _fault(text, where)
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, (ast.In, ast.NotIn)):
            fits = isinstance(right, (ast.Tuple, ast.List)) and all(
                isinstance(part, ast.Constant) for part in right.elts
            )
        else:
            fits = type(op) in _COMPARE and _is_operand(right)
        if not fits:
            raise _fault(text, where)


def _is_operand(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, (ast.Name, ast.Constant))


def _fault(text: str, where: str) -> InstrumentError:
    return InstrumentError(
        f"'{text}' is not a condition",
        where=where,
        expected="comparisons of items with codes, joined by and / or / not; or 'all'",
        hint="for example: age >= 18 and residence in (1, 2)",
    )
