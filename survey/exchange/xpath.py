"""The expressions of XLSForm, parsed: the part of XPath that forms use for routing and checks.

Only the shape is decided here; what an expression means to a study is decided in xpath_in.py,
and how a study's condition is written as one in xpath_out.py. Nothing is ever evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\s*[^}]+?\s*\})
    | (?P<text>'[^']*'|"[^"]*"|‘[^’]*’|“[^”]*”|'[^’']*’)
    | (?P<number>\d+\.\d+|\d+|\.\d+)
    | (?P<sign><=|>=|!=|=|<|>|\+|\*|,|\(|\)|\||\[|\])
    | (?P<minus>-)
    | (?P<name>[A-Za-z_][\w:.-]*)
    | (?P<parent>\.\.)
    | (?P<self>\.)
    | (?P<slash>/)
    )""",
    re.VERBOSE,
)
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
DEPTH = 60  # brackets within brackets


class NotXPathError(ValueError):
    """The text is not of the part of XPath read here; the message says at what."""


@dataclass(frozen=True)
class Ref:
    name: str


@dataclass(frozen=True)
class Self:
    pass


@dataclass(frozen=True)
class Literal:
    value: str | float


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple


@dataclass(frozen=True)
class Path:
    """A bare name: in a choice filter a column of the choices sheet, elsewhere a node."""

    name: str


@dataclass(frozen=True)
class Operation:
    """and, or, a comparison, or arithmetic."""

    sign: str
    parts: tuple


Node = Ref | Self | Literal | Call | Path | Operation


def parse(text: str) -> Node:
    """The tree of an expression.

    Raises
    ------
    NotXPathError
        If it holds something that is not read here (paths, predicates, unions).
    """
    reader = _Reader(_tokens(text))
    node = reader.either()
    if reader.kind is not None:
        raise NotXPathError(f"'{reader.value}' is not expected there")
    return node


def conjuncts(node: Node) -> list[Node]:
    """The parts joined by `and` at the top."""
    if isinstance(node, Operation) and node.sign == "and":
        return [part for inner in node.parts for part in conjuncts(inner)]
    return [node]


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.end() == place:
            raise NotXPathError(f"'{text[place:].strip()[:20]}' is not read")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        place = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    @property
    def kind(self) -> str | None:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else None

    @property
    def value(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else "the end"

    def take(self) -> str:
        value = self.value
        self.place += 1
        return value

    def either(self) -> Node:
        return self._joined("or", self.all_of)

    def all_of(self) -> Node:
        return self._joined("and", self.comparison)

    def _joined(self, word: str, inner) -> Node:
        parts = [inner()]
        while self.kind == "name" and self.value.lower() == word:
            self.take()
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Operation(word, tuple(parts))

    def comparison(self) -> Node:
        left = self.sum()
        while self.kind == "sign" and self.value in COMPARISONS:
            sign = self.take()
            left = Operation(sign, (left, self.sum()))
        return left

    def sum(self) -> Node:
        left = self.unary()
        while self.kind == "minus" or (self.kind == "sign" and self.value in "+*"):
            left = Operation(self.take(), (left, self.unary()))
        while self.kind == "name" and self.value in ("div", "mod"):
            left = Operation(self.take(), (left, self.unary()))
        return left

    def unary(self) -> Node:
        if self.kind != "minus":
            return self.single()
        self.take()
        inner = self.single()
        if isinstance(inner, Literal) and isinstance(inner.value, float):
            return Literal(-inner.value)
        return Operation("-", (Literal(0.0), inner))

    def single(self) -> Node:
        kind = self.kind
        if kind == "ref":
            return Ref(self.take()[2:-1].strip())
        if kind == "text":
            return Literal(self.take()[1:-1])
        if kind == "number":
            return Literal(float(self.take()))
        if kind == "self":
            self.take()
            return Self()
        if kind == "name":
            return self.named()
        if kind == "sign" and self.value == "(":
            self.take()
            return self.inside()
        raise NotXPathError(f"'{self.value}' is not read")

    def inside(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH:
            raise NotXPathError("there are too many brackets")
        node = self.either()
        self.depth -= 1
        self.close()
        return node

    def close(self) -> None:
        if self.value != ")":
            raise NotXPathError(f"a bracket is not closed before '{self.value}'")
        self.take()

    def named(self) -> Node:
        name = self.take()
        if not (self.kind == "sign" and self.value == "("):
            if self.kind in ("slash", "parent") or self.value == "[":
                raise NotXPathError(f"the path '{name}{self.value}' is not read")
            return Path(name)
        self.take()
        arguments: list[Node] = []
        if self.value != ")":
            self.depth += 1
            if self.depth > DEPTH:
                raise NotXPathError("there are too many brackets")
            arguments.append(self.either())
            while self.value == ",":
                self.take()
                arguments.append(self.either())
            self.depth -= 1
        self.close()
        return Call(name, tuple(arguments))
