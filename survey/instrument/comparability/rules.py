"""What is proposed for the differences of an item, by the rules of rules.yml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from survey.instrument.comparability.differences import Difference
from survey.instrument.decisions import STATUSES, Status
from survey.instrument.entry import Entry, Text
from survey.io.yamlfile import read_yaml, to_model


class Rule(Entry):
    """The proposal for a difference of an aspect whose measure is `at_least` so much."""

    aspect: str
    at_least: float = 0.0
    propose: Status
    why: Text


class Rules(Entry):
    """modes: mode -> who leads through; aspects: words for them, in the order they are shown;
    of_groups: aspects that count for a variable that only groups people."""

    modes: dict[str, str]
    aspects: dict[str, Text]
    rules: tuple[Rule, ...]
    of_groups: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A difference with what the rules make of it."""

    difference: Difference
    proposal: Status
    why: Text


@cache
def rules() -> Rules:
    path = Path(__file__).with_name("rules.yml")
    return to_model(Rules, read_yaml(path, path.name))


def judged(found: Iterable[Difference]) -> tuple[Judged, ...]:
    """Every difference with its proposal, in the order of the aspects."""
    declared = rules()
    order = list(declared.aspects)
    made = []
    for difference in sorted(found, key=lambda d: order.index(d.aspect)):
        fitting = (r for r in declared.rules if r.aspect == difference.aspect)
        rule = next(r for r in fitting if difference.measure >= r.at_least)
        made.append(Judged(difference, rule.propose, rule.why))
    return tuple(made)


def worst(statuses: Iterable[Status]) -> Status:
    """The most severe; `same` of none."""
    return max(statuses, key=STATUSES.index, default="same")
