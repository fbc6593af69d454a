"""A comparison of waves as it is shown: states, words and marked differences, before any format.

The terminal (dashboards/commands/diff_waves.py) and the page (page.py) print the same view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from survey.instrument.comparability.forms import Texts
from survey.instrument.comparability.rules import Judged, rules, worst
from survey.instrument.comparability.standing import Compared, Standings
from survey.instrument.comparability.wording import Segment, segments
from survey.instrument.decisions import Bridge, Status
from survey.instrument.load import Instrument
from survey.io.yamlfile import read_yaml

State = Literal["same", "minor", "broken", "bridged", "open", "new", "dropped"]
STATES: tuple[State, ...] = ("same", "minor", "bridged", "broken", "open", "new", "dropped")
TEXT_ASPECTS = ("wording", "hint", "options_reworded", "options_added", "options_removed")


@dataclass(frozen=True)
class Marked:
    """One difference: its aspect, proposal and reason, and the marked lines of each language."""

    aspect: str
    proposal: Status
    why: str
    lines: tuple[tuple[str, tuple[tuple[Segment, ...], ...]], ...]  # (language, lines)


@dataclass(frozen=True)
class Shown:
    """One item in one pair of waves."""

    item: str
    label: str
    state: State
    proposal: Status
    by_wave: bool  # the proposal follows from what changed of the whole wave
    found: tuple[Marked, ...]
    decision: str  # "" where there is none; else its status, or draft
    reason: str
    bridge: str
    disagrees: bool


@dataclass(frozen=True)
class PairView:
    """Two waves: what differs for the whole wave, and every item."""

    old: str
    new: str
    whole: tuple[Marked, ...]
    items: tuple[Shown, ...]

    def of(self, *states: State) -> list[Shown]:
        return [item for item in self.items if item.state in states]

    @property
    def disagreeing(self) -> list[Shown]:
        return [item for item in self.items if item.disagrees]

    @property
    def changed(self) -> list[Shown]:
        """Items with something to show: a difference of their own, or a decision that counts."""
        counts = ("minor", "broken", "bridged")
        return [i for i in self.items if i.found or i.disagrees or i.state in counts]


def word(name: str, lang: str, **values: object) -> str:
    return _words()[name][lang].format(**values)


def aspect_word(aspect: str, lang: str) -> str:
    return rules().aspects[aspect][lang]


def view_pair(standings: Standings, old: str, new: str, lang: str) -> PairView:
    """Two waves, the earlier one first, in one language of the page."""
    compared = [standings.compared(item, old, new) for item in standings.items(old, new)]
    compared = [c for c in compared if c.old is not None or c.new is not None]
    both = [c for c in compared if c.old and c.new]
    whole = both[0].whole if both else ()
    return PairView(
        old,
        new,
        tuple(_marked(j, lang) for j in whole),
        tuple(_shown(standings.instrument, c, lang) for c in compared),
    )


def view_all(standings: Standings, lang: str) -> list[PairView]:
    """All neighbouring waves of a study, in order of time."""
    return [view_pair(standings, a, b, lang) for a, b in pairwise(standings.instrument.waves)]


def state_of(compared: Compared) -> State:
    if compared.old is None or compared.new is None:
        return "new" if compared.old is None else "dropped"
    if compared.open:
        return "open"
    bridged = compared.decision is not None and compared.decision.bridge is not None
    return "bridged" if bridged else compared.status


def _shown(instrument: Instrument, compared: Compared, lang: str) -> Shown:
    decision = compared.decision
    told = "" if decision is None else ("draft" if not decision.decided else decision.status)
    bridge = decision.bridge if decision is not None else None
    return Shown(
        item=compared.item,
        label=instrument.items[compared.item].label(lang),
        state=state_of(compared),
        proposal=compared.proposal,
        by_wave=worst(j.proposal for j in compared.own) != compared.proposal,
        found=tuple(_marked(j, lang) for j in compared.own),
        decision=told,
        reason=_one_line(decision.reason, lang) if decision else "",
        bridge=_bridge(bridge, compared, lang),
        disagrees=compared.decided and decision is not None and told != compared.proposal,
    )


def _bridge(bridge: Bridge | None, compared: Compared, lang: str) -> str:
    if bridge is None:
        return ""
    if bridge.kind == "split_ballot":
        wave = bridge.wave or compared.waves[-1]
        return word("bridge_split_ballot", lang, wave=wave, old=bridge.old)
    told = word("bridge_linear", lang, intercept=f"{bridge.intercept:g}", slope=f"{bridge.slope:g}")
    return f"{told} {_one_line(bridge.reason, lang)}"


def _one_line(text: Mapping[str, str], lang: str) -> str:
    return " ".join(text.get(lang, "").split())


def _marked(entry: Judged, lang: str) -> Marked:
    difference = entry.difference
    old, new = difference.old, difference.new
    lines = []
    for language in sorted({*old, *new}, key=lambda code: (code != lang, code)):
        before, after = (_said(difference.aspect, side, language, lang) for side in (old, new))
        lines.append((language, _lines(difference.aspect, before, after)))
    return Marked(difference.aspect, entry.proposal, entry.why[lang], tuple(lines))


def _said(aspect: str, texts: Texts, language: str, lang: str) -> str:
    """A value of a difference in words of the page, where it is a code of the suite's own."""
    text = texts.get(language, "")
    if language:
        return text
    if aspect in ("kind", "mode", "sample"):
        name = f"{aspect}_{text}"
        return word(name, lang) if name in _words() else text
    if aspect == "route" and text == "all":
        return word("everybody", lang)
    return text


def _lines(aspect: str, old: str, new: str) -> tuple[tuple[Segment, ...], ...]:
    """Marked lines: running text is compared piece by piece, everything else as a whole."""
    if aspect not in TEXT_ASPECTS:
        return (tuple(s for s in (Segment("old", old), Segment("new", new)) if s.text),)
    before, after = old.split("\n"), new.split("\n")
    if len(before) != len(after):
        return tuple(
            (Segment("old" if old else "new", line),) for line in (before if old else after)
        )
    return tuple(segments(a, b) for a, b in zip(before, after, strict=True))


def summary(pairs: Sequence[PairView]) -> tuple[list[Shown], list[Shown]]:
    """Items that are open, and decisions that the rules would not have proposed."""
    return (
        [item for pair in pairs for item in pair.of("open")],
        [item for pair in pairs for item in pair.disagreeing],
    )


@cache
def _words() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("words.yml")
    return read_yaml(path, path.name).data
