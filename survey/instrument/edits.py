"""Edits between answers, as a study declares them in `instruments/<study>/edits.yml`.

An edit is a condition that no record should meet and what is done where one does: an answer is
taken away (`set_missing`), put right (`set_value`), the record is marked (`flag`) or left out
(`exclude`). `hard` edits name no answer at fault: the fewest answers by which a record can be
brought in order are taken away, see survey/clean/localise.py. How edits are applied is decided in
survey/clean/edits.py; whether they fit together, in editcheck.py.
"""

# ruff: noqa: RUF012 -- pydantic copies defaults
from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from survey.instrument.entry import Entry, Expression, Identifier, Text

EDITS = "edits.yml"
RULE = "edit:"  # before an edit's id, in the audit
COLUMN = "edit_"  # before an edit's id, of the column that marks records

Action = Literal["set_missing", "set_value", "flag", "exclude", "hard"]


class Edit(Entry):
    """One edit.

    item: the answer taken away or put right. value: what it becomes. waves: where it holds; all
    if none is named.
    """

    id: Identifier
    fails: Expression = Field(alias="if")
    then: Action
    item: Identifier | None = None
    value: int | None = None
    reason: Text
    waves: list[str] = []

    @model_validator(mode="after")
    def _fits(self) -> Edit:
        if (self.then in ("set_missing", "set_value")) != (self.item is not None):
            raise ValueError("'item' belongs to set_missing and set_value, and to no other action")
        if (self.then == "set_value") != (self.value is not None):
            raise ValueError("'value' belongs to set_value, and to no other action")
        return self

    @property
    def rule(self) -> str:
        return f"{RULE}{self.id}"

    @property
    def column(self) -> str:
        """Of a flag: the column of clean responses."""
        return f"{COLUMN}{self.id}"

    def holds_in(self, wave: str) -> bool:
        return not self.waves or wave in self.waves


class Edits(Entry):
    """All edits of a study, in the order they are applied.

    trust: how much an item's answer is trusted where hard edits choose which to take away; 1 for
    items that are not named.
    """

    trust: dict[Identifier, Annotated[float, Field(gt=0)]] = {}
    edits: list[Edit] = []

    def of(self, wave: str, *actions: str) -> list[Edit]:
        """The edits of a wave, of some actions or of all."""
        return [e for e in self.edits if e.holds_in(wave) and (not actions or e.then in actions)]
