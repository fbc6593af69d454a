"""A code frame: what open answers are about, versioned across waves.

A frame is `instruments/<study>/codeframes/<name>.yml`. Its codes are the points of a scale of the
same name, so that coded answers are a multiple-response set like any other. Decided here: what a
frame may say, and how codes of an earlier version are carried into the newest. An id is never used
twice: a merger or a split makes new codes. What the rules of a code find is decided in
survey/text/rules.py.

    versions:
      - {version: 1, wave: 2017H1, added: [1, 2, 3, 96, 97, 99], reason: {zh: ..., en: ...}}
      - {version: 2, wave: 2018H1, split: {3: [4, 5]}, carry: {3: 5}, merged: {6: [1, 2]}, ...}
"""

# ruff: noqa: RUF012 -- pydantic copies defaults
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from survey.instrument.entry import Entry, Identifier, Text
from survey.instrument.model import Point, Scale

Role = Literal["code", "other", "none", "uncoded"]
ALONE: tuple[Role, ...] = ("none", "uncoded")  # exclude every other code of an answer


class Rule(Entry):
    """When a code is proposed: any of the phrases or words, all of `all`, nothing of `not`.

    any, all, not : phrases, in Chinese anywhere in the answer, in Latin letters as whole words
        (`leak*`: any ending)
    words : words as the segmentation finds them
    pattern : a regular expression on the answer in small letters and half width
    """

    any: list[str] = []
    all: list[str] = []
    words: list[str] = []
    none: list[str] = Field(default=[], alias="not")
    pattern: str | None = None

    @model_validator(mode="after")
    def _something(self) -> Rule:
        if not (self.any or self.all or self.words or self.pattern):
            raise ValueError("a rule needs 'any', 'all', 'words' or a 'pattern'")
        return self

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as fault:
            raise ValueError(f"it is not a regular expression: {fault}") from None
        return pattern


class Code(Entry):
    """One theme. role: `none` says nothing to code (没有), `uncoded` waits for a coder."""

    id: Annotated[int, Field(ge=1, le=999)]
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+-]+$")]
    text: Text
    note: Text = {}  # what belongs here and what does not, for coders
    role: Role = "code"
    rules: list[Rule] = []
    examples: list[str] = []


class Version(Entry):
    """What a version changed. carry: where answers coded with a split code are counted."""

    version: int
    wave: str
    reason: Text
    added: list[int] = []
    split: dict[int, list[int]] = {}
    merged: dict[int, list[int]] = {}
    retired: list[int] = []
    carry: dict[int, int] = {}

    def fresh(self) -> list[int]:
        """Ids that this version is the first to use."""
        return [
            *self.added,
            *(part for parts in self.split.values() for part in parts),
            *self.merged,
        ]

    def ended(self) -> list[int]:
        return [*self.split, *(old for olds in self.merged.values() for old in olds), *self.retired]


class CodeFrame(Entry):
    """The codes of one open item. stem: a Snowball language for words in Latin letters."""

    item: Identifier
    most: Annotated[int, Field(ge=1, le=8)] = 3
    stem: str = ""
    dictionary: list[str] = []  # words the segmentation should know
    stop: list[str] = []  # words without meaning here
    codes: list[Code]
    versions: Annotated[list[Version], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_together(self) -> CodeFrame:
        twice = [i for i, n in Counter(code.id for code in self.codes).items() if n > 1]
        twice += [c for c, n in Counter(code.code for code in self.codes).items() if n > 1]  # type: ignore[misc]
        if twice:
            raise ValueError(f"code {twice[0]} is there twice: an id is never used again")
        for role in ("uncoded", "none", "other"):
            times = sum(code.role == role for code in self.alive())
            if times > 1 or (role == "uncoded" and times == 0):
                raise ValueError(f"{times} codes have the role '{role}'")
        return self

    @model_validator(mode="after")
    def _history_holds(self) -> CodeFrame:
        known, used = {code.id for code in self.codes}, set()
        alive: set[int] = set()
        for number, version in enumerate(self.versions, start=1):
            if version.version != number:
                raise ValueError(f"version {number} is called {version.version}")
            for gone in version.ended():
                if gone not in alive:
                    raise ValueError(f"version {number} ends code {gone}, which is not in use")
            alive -= set(version.ended())
            for fresh in version.fresh():
                if fresh in used:
                    raise ValueError(f"version {number} uses code {fresh} again")
                if fresh not in known:
                    raise ValueError(f"version {number} adds code {fresh}, which 'codes' lacks")
                used.add(fresh)
                alive.add(fresh)
            for old, part in version.carry.items():
                if part not in version.split.get(old, []):
                    raise ValueError(f"version {number} carries {old} to {part}, no part of it")
        never = sorted(known - used)
        if never:
            raise ValueError(f"code {never[0]} is in no version")
        return self

    @property
    def current(self) -> int:
        return self.versions[-1].version

    def alive_ids(self, version: int | None = None) -> set[int]:
        """Ids in use in a version (default: the newest)."""
        alive: set[int] = set()
        for entry in self.versions[:version]:
            alive = (alive - set(entry.ended())) | set(entry.fresh())
        return alive

    def alive(self, version: int | None = None) -> list[Code]:
        """Codes in use in a version, in the order of the file."""
        ids = self.alive_ids(version)
        return [code for code in self.codes if code.id in ids]

    def carried(self, ids: Collection[int], version: int) -> tuple[set[int], set[int]]:
        """Codes of a version as codes of the newest, and those that have no single heir.

        A merged code becomes what it was merged into, a split one the part that `carry` names.
        Without one, and where a code was retired, the answer has to be coded again.
        """
        now, lost = set(ids), set()
        for entry in self.versions[version:]:
            heirs = {old: new for new, olds in entry.merged.items() for old in olds} | entry.carry
            lost |= {old for old in now & set(entry.ended()) if old not in heirs}
            now = {heirs.get(old, old) for old in now if old not in lost}
        return now, lost

    def since(self, identity: int) -> int:
        """The version a code came with."""
        return next(v.version for v in self.versions if identity in v.fresh())

    def ids_of(self, *roles: Role) -> list[int]:
        return [code.id for code in self.alive() if code.role in roles]

    def scale(self) -> Scale:
        """The codes in use as the scale of a multiple-response set."""
        return Scale(points={c.id: Point(code=c.code, text=c.text) for c in self.alive()})
