"""Numbers that remember the row they came from, and the record of all that a report used.

A template prints through filters; each filter asks `Bindings.link` to wrap its text, so that HTML
can show the row behind it and the manifest can list it. Other formats drop the wrapping.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from analysis.results.bases import require_same_base
from analysis.results.covariance import row_key
from analysis.results.schema import NUMBERS
from analysis.results.select import Row

_LINKED = re.compile(r'\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\{\.n data-row="([0-9a-f]+)"\}')


class Number(float):
    """A number of a row: `trust.n` in a template.

    Two of them may be subtracted, divided or compared only if their rows share a base.
    """

    row: Row

    def __new__(cls, value: float, row: Row) -> Number:
        made = super().__new__(cls, value)
        made.row = row
        return made


def _guarded(name: str) -> Callable[[Number, float], object]:
    plain = getattr(float, name)

    def act(self: Number, other: float) -> object:
        if isinstance(other, Number):
            require_same_base([self.row, other.row])
        return plain(self, other)

    return act


for _name in ("add", "sub", "rsub", "truediv", "rtruediv", "lt", "le", "gt", "ge"):
    setattr(Number, f"__{_name}__", _guarded(f"__{_name}__"))


class Bound:
    """A row in a template; its attributes are those of the row, its numbers remember it."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.row, name)
        return Number(value, self.row) if name in NUMBERS else value

    def __str__(self) -> str:
        raise TypeError("a row is printed through a filter: percent, points, thousands, ...")


@dataclass
class Bindings:
    """What one language's text used, in order of first use."""

    rows: dict[str, Row] = field(default_factory=dict)  # short id -> row
    figures: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    shares: set[tuple[str, str]] = field(default_factory=set)  # short id and text of shares printed

    def link(self, row: Row, text: str, *, share: bool = False) -> str:
        """`text` as Markdown that leads to its row; `share`: it prints the row's share."""
        name = self.note(row)
        if share:
            self.shares.add((name, text))
        return f'[{text}]{{.n data-row="{name}"}}'

    def note(self, row: Row) -> str:
        """Record the use of a row; its short id."""
        name = row_id(row)
        self.rows.setdefault(name, row)
        return name

    def record(self) -> dict:
        """For the manifest: every key used, sorted, without words."""
        return {
            "rows": sorted(row_key(row.key()) for row in self.rows.values()),
            "figures": sorted(set(self.figures)),
            "tables": sorted(set(self.tables)),
            "facts": sorted(set(self.facts)),
        }


def row_id(row: Row) -> str:
    """Ten hex digits that name a row by its key."""
    return hashlib.sha256(row_key(row.key()).encode()).hexdigest()[:10]


def linked(markdown: str) -> list[tuple[str, str]]:
    """Texts and short ids of the bound numbers, in order."""
    return _LINKED.findall(markdown)


def without_links(markdown: str) -> str:
    """Markdown whose bound numbers are plain text."""
    return _LINKED.sub(r"\1", markdown)
