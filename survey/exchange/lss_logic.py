"""LimeSurvey's expressions for relevance, both ways.

Read here: comparisons of answers with values, joined by and, or and not, in either spelling
(`==` or `eq`, `&&` or `and`), and is_empty(). Anything else raises `UntranslatableError`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

from survey.exchange import logic
from survey.exchange.draft import digits
from survey.exchange.logic import Is, Part
from survey.exchange.xpath_in import UntranslatableError
from survey.instrument.expression import parse
from survey.instrument.model import Item, Scale

_WORDS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SIGNS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>\d+(?:\.\d+)?)
    |(?P<sign>==|!=|<>|<=|>=|&&|\|\||[<>!=(),])
    |(?P<name>[A-Za-z]\w*)(?:\.(?:NAOK|value|valueNAOK|code|shown))?)""",
    re.VERBOSE,
)

# name in an expression -> (item, option of a set or None, answer code -> our code)
Meanings = Mapping[str, tuple[Item, int | None, Mapping[str, int]]]


def condition(text: str, meanings: Meanings) -> Part:
    """A relevance as a condition.

    Raises
    ------
    UntranslatableError
    """
    words, place = [], 0
    text = text.strip().strip("{}")
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None:
            raise UntranslatableError(f"'{text[place : place + 20]}' is not read")
        words.append(_word(found))
        place = found.end()
    try:
        tree = ast.parse(" ".join(words).strip() or "1", mode="eval").body
    except (SyntaxError, RecursionError, ValueError):
        raise UntranslatableError("it is no expression of comparisons") from None
    return _part(tree, meanings)


def _word(found: re.Match) -> str:
    if found["name"]:
        name = found["name"]
        if name.lower() in ("and", "or", "not"):
            return name.lower()
        return _WORDS.get(name.lower(), f"v_{name}")
    told = found[0].strip()
    return {"&&": "and", "||": "or", "!": "not", "<>": "!=", "=": "=="}.get(told, told)


def _part(node: ast.expr, meanings: Meanings) -> Part:
    if isinstance(node, ast.BoolOp):
        parts = [_part(part, meanings) for part in node.values]
        return logic.both(*parts) if isinstance(node.op, ast.And) else logic.either(*parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return logic.negated(_part(node.operand, meanings))
    if isinstance(node, ast.Constant) and node.value in (0, 1):
        return logic.EVERYBODY if node.value else logic.NOBODY
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        if node.func.id == "v_is_empty":
            item, option, _ = _meaning(node.args[0], meanings)
            name = item.id if option is None else f"{item.id}__{option}"
            given = Is(name, "==", 1) if option is not None else logic.answered(name)
            return logic.negated(given)
        raise UntranslatableError(f"{node.func.id[2:]}() has no place in a condition")
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _comparison(node, meanings)
    raise UntranslatableError("it is no comparison")


def _comparison(node: ast.Compare, meanings: Meanings) -> Part:
    left, right, op = node.left, node.comparators[0], node.ops[0]
    item, option, codes = _meaning(left, meanings)
    sign = _SIGNS.get(type(op))
    if sign is None or not isinstance(right, ast.Constant):
        raise UntranslatableError("it compares with something computed")
    value = str(right.value)
    if option is not None:
        chosen = Is(f"{item.id}__{option}", "==", 1)
        if sign not in ("==", "!=") or value not in ("Y", "", "N", "1"):
            raise UntranslatableError(f"'{value}' is no answer of a set")
        return chosen if (value in ("Y", "1")) == (sign == "==") else logic.negated(chosen)
    if value == "":
        given = logic.answered(item.id)
        return given if sign == "!=" else logic.negated(given)
    if item.kind == "number":
        try:
            told: float = float(value)
        except ValueError:
            raise UntranslatableError(f"'{value}' is no number") from None
    elif value in codes:
        told = codes[value]
    else:
        raise UntranslatableError(f"'{value}' is no answer of '{item.id}'")
    if sign == "!=":
        return logic.negated(Is(item.id, "==", told))
    return Is(item.id, sign, told)


def _meaning(node: ast.expr, meanings: Meanings) -> tuple[Item, int | None, Mapping[str, int]]:
    name = node.id[2:] if isinstance(node, ast.Name) and node.id.startswith("v_") else ""
    if name not in meanings:
        raise UntranslatableError(f"'{name or ast.unparse(node)}' is no question with codes")
    item, option, codes = meanings[name]
    if item.kind not in ("single", "multiple", "number"):
        raise UntranslatableError(f"'{item.id}' is {item.kind}, whose answers are not codes")
    return item, option, codes


def expression(
    text: str,
    items: Mapping[str, Item],
    scales: Mapping[str, Scale],
    name: Callable[[str], str],
) -> str:
    """A condition as relevance; `name` is how LimeSurvey calls an item or an option.

    Raises
    ------
    KeyError
        If it uses what the survey does not ask.
    """

    def refer(item: str) -> str:
        return f"{name(item)}.NAOK"

    def one(op: ast.cmpop, item: str, value: float) -> str:
        sign = _SIGNS[type(op)]
        if item not in items and "__" in item:
            told = f'{refer(item)} == "Y"'
            return told if (value == 1) == (sign == "==") else f"!({told})"
        quoted = f'"{digits(value)}"' if items[item].kind == "single" else digits(value)
        told = f"{refer(item)} {sign} {quoted}"
        if sign == "==":
            return told
        scale = scales.get(items[item].scale or "")
        entered = (
            [c for c, kind in scale.missing.items() if kind in ("dont_know", "refused")]
            if scale
            else []
        )
        out = "".join(f' and {refer(item)} != "{code}"' for code in entered)
        return f"(!is_empty({refer(item)}) and {told}{out})"

    def node_text(node: ast.expr) -> str:
        if isinstance(node, ast.BoolOp):
            word = " and " if isinstance(node.op, ast.And) else " or "
            return f"({word.join(node_text(part) for part in node.values)})"
        if isinstance(node, ast.UnaryOp):
            return f"!({node_text(node.operand)})"
        if isinstance(node, ast.Name):
            return "1"
        assert isinstance(node, ast.Compare)
        parts, left = [], node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            parts.append(compared(op, left, right))
            left = right
        return parts[0] if len(parts) == 1 else f"({' and '.join(parts)})"

    def compared(op: ast.cmpop, left: ast.expr, right: ast.expr) -> str:
        turned = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
        if not isinstance(left, ast.Name):
            left, right, op = right, left, turned.get(type(op), type(op))()
        assert isinstance(left, ast.Name)
        if isinstance(right, ast.Name):
            given = f"!is_empty({refer(left.id)})"
            if left.id == right.id:
                return given
            told = f"{refer(left.id)} {_SIGNS[type(op)]} {refer(right.id)}"
            return f"({given} and !is_empty({refer(right.id)}) and {told})"
        value = ast.literal_eval(right)
        if isinstance(op, (ast.In, ast.NotIn)):
            each = " or ".join(one(ast.Eq(), left.id, v) for v in value)
            if isinstance(op, ast.In):
                return f"({each})"
            return f"(!is_empty({refer(left.id)}) and !({each}))"
        return one(op, left.id, value)

    return node_text(parse(text))
