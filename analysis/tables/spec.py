"""A table as data: one entry of `tables:` in a report's report.yml.

What `select` and `options` mean is decided by the kind, see kinds.py.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from survey.instrument.model import Entry, Identifier, Text


class TableSpec(Entry):
    """One table: how it is built (`kind`) and what a reader is told.

    A table is numbered by its place in the list, or in the annex's own series if `annex` is set.
    """

    name: str
    kind: str
    study: Identifier | None = None  # none: the report's first study
    title: Text
    note: Text = Field(default_factory=dict)
    source: Text = Field(default_factory=dict)
    select: dict[str, Any] = Field(
        default_factory=dict
    )  # words of the row key, see analysis/results/select.py
    options: dict[str, Any] = Field(default_factory=dict)
    annex: bool = False
