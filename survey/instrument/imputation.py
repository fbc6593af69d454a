"""Which missing answers are imputed and how, as `instruments/<study>/imputation.yml` declares it.

A study without the file imputes nothing. Numbers that are choices (fewest donors, most uses of one
donor, imputations, replicates) are policies of methods.yml named here; donors are chosen in
survey/impute, the part of imputation in standard errors is estimated in analysis/estimate.
"""

# ruff: noqa: RUF012 -- pydantic copies defaults
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from survey.instrument.entry import Entry, Identifier, MissingKind

if TYPE_CHECKING:
    from survey.instrument.load import Instrument

IMPUTATION = "imputation.yml"
RULE = "impute:"  # before an item, in the audit
VARIANCE = "impute_variance"  # policy: how errors hold imputation (model.py has the words)
MIN_DONORS = "impute_min_donors"
MAX_USES = "impute_max_uses"
DRAWS = "impute_draws"  # needed by `multiple`
REPLICATES = "impute_replicates"  # needed by `reimputation`
ALWAYS = (MIN_DONORS, MAX_USES)
NEEDED = {"multiple": (DRAWS,), "reimputation": (REPLICATES,)}  # beside ALWAYS


class Step(Entry):
    """Items imputed together, all from one donor; a multiple-response set is one item.

    method: `hot_deck` draws a donor within a class, with probability proportional to base weight;
    `nearest` takes the donor nearest in the auxiliaries (Gower's distance). classes: variables
    whose combinations are the classes; from the last on they are given up where donors are few.
    auxiliaries: variable -> its part in the distance. neighbours: among how many nearest donors
    the draw is. missing: kinds of missing answers that are imputed. waves: all if none is named.
    """

    items: Annotated[list[Identifier], Field(min_length=1)]
    method: Literal["hot_deck", "nearest"] = "hot_deck"
    classes: list[Identifier] = []
    auxiliaries: dict[Identifier, Annotated[float, Field(gt=0)]] = {}
    neighbours: Annotated[int, Field(ge=1, le=50)] = 1
    missing: Annotated[list[MissingKind], Field(min_length=1)] = ["no_answer", "refused"]
    waves: list[str] = []

    @model_validator(mode="after")
    def _fits(self) -> Step:
        if (self.method == "nearest") != bool(self.auxiliaries):
            raise ValueError("'auxiliaries' belong to method nearest, which needs them")
        if self.method == "hot_deck" and self.neighbours != 1:
            raise ValueError("'neighbours' belong to method nearest")
        if "not_asked" in self.missing:
            raise ValueError("what was not asked is not imputed")
        return self

    @property
    def name(self) -> str:
        return "+".join(self.items)

    def variables(self) -> list[str]:
        """Items whose answers choose the donors."""
        return [*self.classes, *self.auxiliaries]


class Imputation(Entry):
    """Steps in the order they are taken; `seed` begins every draw."""

    seed: int
    steps: Annotated[list[Step], Field(min_length=1)]

    def of(self, wave: str) -> list[Step]:
        return [step for step in self.steps if not step.waves or wave in step.waves]


def steps_of(instrument: Instrument, wave: str) -> list[Step]:
    """The steps of a wave; none where the study imputes nothing."""
    return [] if instrument.imputation is None else instrument.imputation.of(wave)
