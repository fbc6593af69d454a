"""Human decisions on whether an item may be compared between two waves (comparability.yml).

A file is a list of decisions. What a changed question means for a comparison is a person's
judgement and stands here with its reason; what the suite proposes, and what follows where nobody
has decided, is worked out in survey/instrument/comparability/.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from survey.instrument.entry import Entry, Identifier, Text

EVERY_ITEM = "all"  # as an item: a decision for all items that have none of their own
Status = Literal["same", "minor", "broken"]
STATUSES: tuple[Status, ...] = ("same", "minor", "broken")  # from mild to severe


class Bridge(Entry):
    """What carries later values over a break, to the earlier wording.

    kind `split_ballot`: `wave` asked both wordings, each of a random half. `old` is the item that
    kept the earlier wording there; the shift between the halves is estimated with its error.
    kind `linear`: value in the earlier form = intercept + slope x value, by a formula with its
    reason. It has no error, and every row it makes says so.
    """

    kind: Literal["split_ballot", "linear"]
    wave: str | None = None  # of a split ballot; the later of the two waves if absent
    old: Identifier | None = None
    slope: float = 1.0
    intercept: float = 0.0
    reason: Text = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> Bridge:
        if self.kind == "split_ballot":
            if self.old is None:
                raise ValueError("a split ballot names in 'old' the item with the earlier wording")
            if (self.slope, self.intercept) != (1.0, 0.0):
                raise ValueError("a split ballot has no slope or intercept: its shift is estimated")
        elif self.old is not None or self.wave is not None:
            raise ValueError("a linear bridge has no 'old' and no 'wave', but slope and intercept")
        elif not self.reason:
            raise ValueError("a linear bridge needs a reason: where its formula comes from")
        elif self.slope == 0:
            raise ValueError("a linear bridge of slope 0 carries nothing over")
        return self


class Comparability(Entry):
    """A human decision on whether an item may be compared between two waves.

    status `proposed` is a draft nobody has confirmed (`perception diff-waves --write`): `proposal`
    is what the rules make of the differences, and the study's check refuses the file until a
    person has put a decision in its place.
    """

    item: Identifier
    waves: tuple[str, str]
    status: Literal["same", "minor", "broken", "proposed"]
    proposal: Status | None = None
    reason: Text
    bridge: Bridge | None = None

    @field_validator("waves")
    @classmethod
    def _two_waves(cls, waves: tuple[str, str]) -> tuple[str, str]:
        if waves[0] == waves[1]:
            raise ValueError("a decision is about two different waves")
        return waves

    @model_validator(mode="after")
    def _fits(self) -> Comparability:
        if self.bridge is not None and self.status != "broken":
            raise ValueError("a bridge belongs to a broken item: nothing else needs one")
        if self.bridge is not None and self.item == EVERY_ITEM:
            raise ValueError("a bridge is declared for one item")
        return self

    @property
    def decided(self) -> bool:
        return self.status != "proposed"
