"""Whether an item may be compared between two waves: what was decided, and what nobody decided.

Decided here: a person's decision counts for its pair of waves; waves further apart are joined step
by step, and the most severe step counts, unless the item came back to just what it was. Where an
item changed by the rules (rules.yml) and nobody has decided, it is not compared: undecided is as
good as broken. What follows of a status for numbers is decided in analysis/compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from survey.instrument.comparability.differences import (
    differences,
    of_context,
    of_route,
    of_waves,
)
from survey.instrument.comparability.forms import Form, compared_items, form_of
from survey.instrument.comparability.rules import Judged, judged, rules, worst
from survey.instrument.decisions import EVERY_ITEM, Bridge, Comparability, Status
from survey.instrument.load import Instrument

WHOLE_WAVE = ("mode", "sample")  # aspects that a decision for all items settles


@dataclass(frozen=True)
class Compared:
    """One item in two waves.

    Attributes
    ----------
    old, new : its forms; None in a wave that did not ask it
    found : what differs, with the proposal of the rules
    decision : of a person, or a draft; None where there is neither
    """

    item: str
    waves: tuple[str, str]
    old: Form | None
    new: Form | None
    found: tuple[Judged, ...] = ()
    decision: Comparability | None = None

    @property
    def proposal(self) -> Status:
        return worst(entry.proposal for entry in self.found)

    @property
    def own(self) -> tuple[Judged, ...]:
        """Differences of the item itself; those of the whole wave are decided for all items."""
        return tuple(j for j in self.found if j.difference.aspect not in WHOLE_WAVE)

    @property
    def whole(self) -> tuple[Judged, ...]:
        return tuple(j for j in self.found if j.difference.aspect in WHOLE_WAVE)

    @property
    def decided(self) -> bool:
        return self.decision is not None and self.decision.decided

    @property
    def open(self) -> bool:
        """Whether it changed and nobody has decided what that means."""
        return not self.decided and self.proposal != "same"

    @property
    def status(self) -> Status:
        """What counts: the decision; else same, or broken where one is wanting."""
        if self.decision is not None and self.decision.status != "proposed":
            return self.decision.status
        return "broken" if self.open else "same"


@dataclass(frozen=True)
class Standing:
    """How an item stands between two waves, over all steps between them.

    Attributes
    ----------
    steps : the comparisons that lead from the old wave to the new one, in order of time
    """

    steps: tuple[Compared, ...] = ()

    @property
    def status(self) -> Status:
        return worst(step.status for step in self.steps)

    @property
    def undecided(self) -> bool:
        return any(step.open for step in self.steps)

    @property
    def breaks(self) -> tuple[Compared, ...]:
        return tuple(step for step in self.steps if step.status == "broken")

    @property
    def bridges(self) -> tuple[tuple[Compared, Bridge], ...]:
        """The breaks with their bridges, if every break has one; else nothing."""
        found = [(s, s.decision.bridge) for s in self.breaks if s.decision is not None]
        bridges = tuple((step, bridge) for step, bridge in found if bridge is not None)
        return bridges if len(bridges) == len(self.breaks) else ()


@dataclass
class Standings:
    """How the items of a study stand between its waves; comparisons are made once."""

    instrument: Instrument
    _compared: dict[tuple[str, str, str], Compared] = field(default_factory=dict)
    _forms: dict[tuple[str, str], Form | None] = field(default_factory=dict)

    def form(self, item: str, wave: str) -> Form | None:
        key = (item, wave)
        if key not in self._forms:
            known = item in self.instrument.items
            self._forms[key] = form_of(self.instrument, wave, item) if known else None
        return self._forms[key]

    def items(self, old: str, new: str) -> list[str]:
        """Items to compare between two waves, in the order of the questionnaire."""
        return compared_items(self.instrument, old, new)

    def compared(self, item: str, old: str, new: str) -> Compared:
        """An item in two waves, the earlier one first."""
        key = (item, old, new)
        if key not in self._compared:
            self._compared[key] = self._compare(item, old, new)
        return self._compared[key]

    def standing(self, item: str, one: str, other: str) -> Standing:
        """How an item stands between two waves, in either order."""
        order = list(self.instrument.waves)
        old, new = sorted((one, other), key=order.index)
        direct = self.compared(item, old, new)
        if direct.decision is not None:
            return Standing((direct,))
        between = order[order.index(old) : order.index(new) + 1]
        met = [w for w in between if w in (old, new) or self.form(item, w) is not None]
        steps = tuple(self.compared(item, a, b) for a, b in pairwise(met))
        explained = all(step.found or step.status == "same" for step in steps)
        if explained and not direct.found and direct.old and direct.new:
            return Standing((direct,))  # it changed, and changed back
        return Standing(steps)

    def of_indicator(self, indicator: str, one: str, other: str) -> Standing:
        """How the item behind an indicator stands; nothing is known of an unknown indicator."""
        for entry in self.instrument.study.indicators:
            if entry.id == indicator:
                return self.standing(entry.item, one, other)
        return Standing()

    def of_group(self, item: str, one: str, other: str) -> Standing:
        """How a variable that groups people stands: only what changes the groups counts."""
        told = rules().of_groups
        steps = []
        for step in self.standing(item, one, other).steps:
            own = tuple(j for j in step.found if j.difference.aspect in told)
            steps.append(Compared(item, step.waves, step.old, step.new, own, step.decision))
        return Standing(tuple(steps))

    def _compare(self, item: str, old: str, new: str) -> Compared:
        then, now = self.form(item, old), self.form(item, new)
        decision = self._decision(item, old, new)
        if then is None or now is None:
            return Compared(item, (old, new), then, now, (), decision)
        places = tuple(self._places(wave, old, new) for wave in (old, new))
        found = judged(
            [
                *differences(then, now),
                *of_route(self.instrument, (old, new), then, now),
                *of_context(then, now, common=list(places[0]), places=places),
                *of_waves(self.instrument, old, new, rules().modes),
            ]
        )
        if decision is not None and decision.item == EVERY_ITEM:
            own = [j for j in found if j.difference.aspect not in WHOLE_WAVE]
            if worst(j.proposal for j in own) != "same":
                decision = None  # a decision for all items is about the waves, not about wordings
        return Compared(item, (old, new), then, now, found, decision)

    def _places(self, wave: str, old: str, new: str) -> dict[str, int]:
        """Order of a wave's items among those that both waves asked."""
        both = [i for i in self.items(old, new) if self.form(i, old) and self.form(i, new)]
        forms = [form for item in both if (form := self.form(item, wave)) and not form.derived]
        ordered = sorted(forms, key=lambda form: form.place)
        return {form.item: place for place, form in enumerate(ordered)}

    def _decision(self, item: str, old: str, new: str) -> Comparability | None:
        about = [e for e in self.instrument.comparability if set(e.waves) == {old, new}]
        for name in (item, EVERY_ITEM):
            for entry in about:
                if entry.item == name:
                    return entry
        return None
