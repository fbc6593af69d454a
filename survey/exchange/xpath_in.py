"""XLSForm expressions as conditions of a study: relevant, constraint, choice_filter.

Decided here: what each function and comparison means for a single answer, a set and a number, and
what a constraint says about a range, an exclusive option or the most options. What has no place in
a condition (functions of dates, patterns of text, answers that are not kept as codes) raises
`UntranslatableError` with its reason; the caller lists it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from survey.exchange import logic, xpath
from survey.exchange.draft import ANSWERED, digits
from survey.exchange.xpath import Call, Literal, Node, NotXPathError, Operation, Path, Ref, Self
from survey.instrument.model import Item, Scale

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_SIGN = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class UntranslatableError(ValueError):
    """An expression that no condition can say; the message is the reason."""


@dataclass(frozen=True)
class Terms:
    """What names in a form mean.

    Attributes
    ----------
    items : name in the form -> item
    scales : scale id -> scale
    values : scale id -> name of a choice in the form -> its code
    own : the item a constraint or filter belongs to
    """

    items: Mapping[str, Item]
    scales: Mapping[str, Scale]
    values: Mapping[str, Mapping[str, int]]
    own: Item | None = None

    def item(self, node: Node) -> Item:
        """The item a reference or `.` means."""
        if isinstance(node, Self):
            if self.own is None:
                raise UntranslatableError("'.' stands for no question here")
            item = self.own
        elif isinstance(node, Ref) and node.name in self.items:
            item = self.items[node.name]
        elif isinstance(node, Ref):
            raise UntranslatableError(f"'{node.name}' is no question of the form")
        else:
            raise UntranslatableError("a computed value cannot be compared")
        if item.kind not in ANSWERED:
            raise UntranslatableError(f"'{item.id}' is {item.kind}, whose answers are not codes")
        return item

    def code(self, item: Item, value: str | float) -> int | float:
        """The code an answer of an item has."""
        text = _plain(value)
        if item.scale is not None and text in self.values.get(item.scale, {}):
            return self.values[item.scale][text]
        if item.kind == "number":
            try:
                return float(text)
            except ValueError:
                raise UntranslatableError(f"'{text}' is no number") from None
        raise UntranslatableError(f"'{text}' is no choice of '{item.id}'")

    def option(self, item: Item, value: str | float) -> str:
        """The name of one option of a set in conditions."""
        code = self.code(item, value)
        if code < 0:
            raise UntranslatableError(f"option {code:g} of '{item.id}' has no name in conditions")
        return f"{item.id}__{digits(code)}"


def condition(text: str, terms: Terms) -> str:
    """An expression as a condition.

    Raises
    ------
    UntranslatableError
    """
    return condition_of_tree(_parsed(text), terms)


def condition_of_tree(tree: Node, terms: Terms) -> str:
    """The same for an expression that is parsed already."""
    return logic.told(_part(tree, terms))


@dataclass
class Constraint:
    """What a constraint says of an answer."""

    valid: str | None = None
    low: int | None = None
    high: int | None = None
    exclusive: list[int] = field(default_factory=list)
    most: int | None = None
    missing: list[int] = field(default_factory=list)  # values taken beside the range


def constraint(text: str, terms: Terms) -> Constraint:
    """A constraint, with ranges, exclusive options and the most options told apart.

    Raises
    ------
    UntranslatableError
    """
    found, rest = Constraint(), []
    own = terms.own
    for part in xpath.conjuncts(_parsed(text)):
        number = own is not None and own.kind == "number"
        if number and (_bound(part, found) or _bound_or_missing(part, found)):
            continue
        if own is not None and own.kind in ("multiple", "ranking"):
            most = _most(part)
            alone = _alone(part)
            if most is not None:
                found.most = most
                continue
            if alone is not None and own.kind == "multiple":
                found.exclusive.append(int(terms.code(own, alone)))
                continue
        rest.append(part)
    if (found.low is None) != (found.high is None):  # half a range is a plain condition
        rest = xpath.conjuncts(_parsed(text))
        found.low = found.high = None
        found.missing = []
    if rest:
        found.valid = logic.told(logic.both(*(_part(part, terms) for part in rest)))
    return found


def piped(text: str, names: Mapping[str, str]) -> str:
    """Answers quoted in a wording, `${name}`, under the item's id."""
    return re.sub(
        r"\$\{\s*([^}]+?)\s*\}", lambda found: f"${{{names.get(found[1], found[1])}}}", text
    )


def _parsed(text: str) -> Node:
    try:
        return xpath.parse(text)
    except NotXPathError as fault:
        raise UntranslatableError(str(fault)) from None


def _part(node: Node, terms: Terms) -> logic.Part:
    if isinstance(node, Operation) and node.sign in ("and", "or"):
        parts = [_part(part, terms) for part in node.parts]
        return logic.both(*parts) if node.sign == "and" else logic.either(*parts)
    if isinstance(node, Operation) and node.sign in xpath.COMPARISONS:
        left, right = node.parts
        return _comparison(node.sign, left, right, terms)
    if isinstance(node, Call):
        return _call(node, terms)
    truth = node.name if isinstance(node, Path) else ""
    if truth.lower() in ("true", "false"):
        return logic.EVERYBODY if truth.lower() == "true" else logic.NOBODY
    if isinstance(node, Literal) and node.value in (0.0, 1.0):
        return logic.EVERYBODY if node.value else logic.NOBODY
    raise UntranslatableError("it is no comparison")


def _call(node: Call, terms: Terms) -> logic.Part:
    if node.name in ("true", "false") and not node.arguments:
        return logic.EVERYBODY if node.name == "true" else logic.NOBODY
    if node.name == "not" and len(node.arguments) == 1:
        return logic.negated(_part(node.arguments[0], terms))
    if node.name == "boolean" and len(node.arguments) == 1:
        return _part(node.arguments[0], terms)
    if node.name == "selected" and len(node.arguments) == 2:
        where, what = node.arguments
        if not isinstance(what, Literal):
            raise UntranslatableError("the choice selected() looks for is computed")
        item = terms.item(where)
        if item.kind == "multiple":
            return logic.Is(terms.option(item, what.value), "==", 1)
        return logic.Is(item.id, "==", terms.code(item, what.value))
    raise UntranslatableError(f"the function {node.name}() has no place in a condition")


def _comparison(sign: str, left: Node, right: Node, terms: Terms) -> logic.Part:
    if isinstance(left, (Literal, Path)) and isinstance(right, (Ref, Self)):
        left, right, sign = right, left, _MIRROR[sign]
    counted = _counted(left)
    if counted is not None:
        return _answered(sign, terms.item(counted), right, terms)
    item = terms.item(left)
    if isinstance(right, (Ref, Self)):
        return _two(sign, item, terms.item(right))
    if not isinstance(right, Literal):
        raise UntranslatableError("it compares with something computed")
    if right.value == "":
        if sign not in ("=", "!="):
            raise UntranslatableError("nothing is larger or smaller than an empty answer")
        given = _given(item, terms)
        return given if sign == "!=" else logic.negated(given)
    if item.kind == "multiple":
        if sign not in ("=", "!="):
            raise UntranslatableError(f"'{item.id}' is a set and has no order")
        one = _only(item, right.value, terms)
        return one if sign == "=" else logic.negated(one)
    value = terms.code(item, right.value)
    if sign == "!=":  # an empty answer differs from every other
        return logic.negated(logic.Is(item.id, "==", value))
    if item.kind == "single" and sign != "=":
        return _ordered(sign, item, right.value, terms)
    return logic.Is(item.id, _SIGN[sign], value)


def _two(sign: str, item: Item, other: Item) -> logic.Part:
    if "multiple" in (item.kind, other.kind):
        raise UntranslatableError("two sets cannot be compared")
    if item.kind != other.kind or (item.kind == "single" and item.scale != other.scale):
        raise UntranslatableError(f"'{item.id}' and '{other.id}' have different answers")
    if sign == "!=":
        return logic.negated(logic.Is(item.id, "==", logic.Name(other.id)))
    return logic.Is(item.id, _SIGN[sign], logic.Name(other.id))


def _ordered(sign: str, item: Item, value: str | float, terms: Terms) -> logic.Part:
    """An order among choices whose names in the form are numbers."""
    scale = terms.values.get(item.scale or "", {})
    try:
        named = {float(name): code for name, code in scale.items()}
        limit = float(value)
    except ValueError:
        raise UntranslatableError(f"the choices of '{item.id}' have no order") from None
    test = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}[sign]
    fitting = tuple(code for name, code in named.items() if test(name, limit))
    if not fitting:
        return logic.NOBODY
    return logic.either(*(logic.Is(item.id, "==", code) for code in fitting))


def _only(item: Item, value: str | float, terms: Terms) -> logic.Part:
    """A set with exactly one option chosen."""
    chosen = terms.code(item, value)
    scale = terms.scales[item.scale or ""]
    others = [code for code in scale.values() if code != chosen]
    return logic.both(
        logic.Is(f"{item.id}__{digits(chosen)}", "==", 1),
        *(logic.negated(logic.Is(f"{item.id}__{code}", "==", 1)) for code in others),
    )


def _given(item: Item, terms: Terms) -> logic.Part:
    if item.kind == "multiple":
        values = terms.scales[item.scale or ""].values()
        return logic.either(*(logic.Is(f"{item.id}__{code}", "==", 1) for code in values))
    return logic.answered(item.id)


def _answered(sign: str, item: Item, right: Node, terms: Terms) -> logic.Part:
    """string-length(x) > 0, count-selected(x) > 0 and their like: is there an answer."""
    given = _given(item, terms)
    if isinstance(right, Literal):
        if (sign, right.value) in ((">", 0.0), (">=", 1.0), ("!=", 0.0)):
            return given
        if (sign, right.value) in (("=", 0.0), ("<", 1.0), ("<=", 0.0)):
            return logic.negated(given)
    raise UntranslatableError("how many options are chosen is no answer")


def _counted(node: Node) -> Node | None:
    counts = ("count-selected", "string-length")
    if isinstance(node, Call) and node.name in counts and len(node.arguments) == 1:
        return node.arguments[0]
    return None


def _bound(part: Node, found: Constraint) -> bool:
    """`. >= 0` or `. <= 120`, taken as the range of a number."""
    if not (isinstance(part, Operation) and part.sign in ("<=", ">=")):
        return False
    left, right = part.parts
    sign = part.sign
    if isinstance(right, Self):
        left, right, sign = right, left, _MIRROR[sign]
    number = right.value if isinstance(right, Literal) else None
    if isinstance(number, str):
        number = float(number) if re.fullmatch(r"-?\d+", number.strip()) else None
    if not isinstance(left, Self) or number is None or not float(number).is_integer():
        return False
    place = "low" if sign == ">=" else "high"
    if getattr(found, place) is not None:
        return False
    setattr(found, place, int(number))
    return True


def _bound_or_missing(part: Node, found: Constraint) -> bool:
    """`(. >= 0 and . <= 10) or . = 98`: a range, and codes that stand for no answer."""
    if not (isinstance(part, Operation) and part.sign == "or"):
        return False
    first, *others = part.parts
    codes = []
    for other in others:
        fits = isinstance(other, Operation) and other.sign == "=" and other.parts[0] == Self()
        value = other.parts[1].value if fits and isinstance(other.parts[1], Literal) else None
        if not isinstance(value, float) or not value.is_integer():
            return False
        codes.append(int(value))
    within = Constraint()
    if not all(_bound(bound, within) for bound in xpath.conjuncts(first)):
        return False
    if within.low is None or within.high is None or found.low is not None:
        return False
    found.low, found.high, found.missing = within.low, within.high, codes
    return True


def _most(part: Node) -> int | None:
    if isinstance(part, Operation) and part.sign in ("<=", "<"):
        left, right = part.parts
        counted = _counted(left)
        value = right.value if isinstance(right, Literal) else None
        if isinstance(counted, Self) and isinstance(value, float) and value.is_integer():
            return int(value) - (part.sign == "<")
    return None


def _alone(part: Node) -> str | float | None:
    """The option of `not(selected(., 'x') and count-selected(.) > 1)`."""
    if not (isinstance(part, Call) and part.name == "not" and len(part.arguments) == 1):
        return None
    inner = xpath.conjuncts(part.arguments[0])
    if len(inner) != 2:
        return None
    for one, other in (inner, inner[::-1]):
        if (
            isinstance(one, Call)
            and one.name == "selected"
            and len(one.arguments) == 2
            and isinstance(one.arguments[0], Self)
            and isinstance(one.arguments[1], Literal)
            and isinstance(other, Operation)
            and (other.sign, other.parts[1]) in ((">", Literal(1.0)), (">=", Literal(2.0)))
            and isinstance(_counted(other.parts[0]), Self)
        ):
            return one.arguments[1].value
    return None


def _plain(value: str | float) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.strip()
