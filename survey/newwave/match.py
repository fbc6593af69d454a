"""Which candidate of a file is which item of the wave before, with how much confidence.

Evidence and weights are data (rules.yml). Candidates and items are matched one to one, so that the
sum of confidences is largest; a match is sure only if no other candidate, and no other item, comes
near, or if it alone is called by the name or asked in the very words (rows of one grid are near
each other whatever they say).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from survey.clean.recode import RESPONDENT
from survey.instrument.load import Instrument
from survey.instrument.model import Item, MissingKind
from survey.newwave.alike import alike, bare
from survey.newwave.reading import Reading, read_unit
from survey.newwave.rules import Evidence, rules
from survey.newwave.units import Unit

_CODE = re.compile(r"^(?:第\s*\d+\s*题|[A-Za-z]{1,3}[_.]?\d+[a-z]?(?:[_.]\d+)*)$")  # says nothing
EQUAL = 1.0  # evidence of words that differ in nothing that is said


@dataclass(frozen=True)
class Wanted:
    """An item of the wave before, as it is looked for.

    Attributes
    ----------
    names : of its columns before
    texts : its wording, label and former column labels
    spread : code -> share of the answers before; empty where unknown
    place : in the questionnaire, from 0 to 1
    """

    item: Item
    names: frozenset[str]
    texts: tuple[str, ...]
    spread: Mapping[float, float] = field(default_factory=dict)
    place: float = 0.0


@dataclass(frozen=True)
class Match:
    """An item and its candidate; `unit` is None where none was found.

    Attributes
    ----------
    sure : its confidence is high, and no rival is near or only this one has the very words
    evidence : what the confidence is made of
    rival : the next best candidate, for the person who confirms
    """

    item: str
    unit: Unit | None
    reading: Reading | None
    confidence: float
    sure: bool
    evidence: Mapping[Evidence, float]
    rival: Unit | None = None


def match(
    wanted: list[Wanted],
    units: list[Unit],
    instrument: Instrument,
    *,
    origin: str,
    by_number: bool = False,
    missing_words: Mapping[str, MissingKind] | None = None,
) -> list[Match]:
    """Every item with its candidate, in the order of `wanted`.

    Parameters
    ----------
    instrument : Instrument
        With items as the wave before asked them.
    origin : str
        Of the file; columns that its tool writes are known by name.
    """
    score = np.zeros((len(wanted), len(units)))
    equal = np.zeros(score.shape, dtype=bool)
    known: dict[tuple[int, int], tuple[Reading, dict[Evidence, float]]] = {}
    for i, want in enumerate(wanted):
        scale = instrument.scales.get(want.item.scale or "")
        for j, unit in enumerate(units):
            reading = read_unit(
                unit, want.item, scale, by_number=by_number, missing_words=missing_words
            )
            if reading is None:
                continue
            evidence = _evidence(want, unit, reading, origin)
            known[i, j] = reading, evidence
            score[i, j] = confidence(evidence)
            equal[i, j] = EQUAL in (evidence.get("name"), evidence.get("wording"))
    alone = equal & (equal.sum(0) == 1) & (equal.sum(1, keepdims=True) == 1)
    rows, columns = linear_sum_assignment(-score)
    placed = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    found = []
    for i, want in enumerate(wanted):
        j = placed.get(i, -1)
        if j < 0 or score[i, j] < rules().least:
            found.append(Match(want.item.id, None, None, 0.0, False, {}))
            continue
        reading, evidence = known[i, j]
        others = np.delete(score[i], j)
        margin = float(
            score[i, j] - max(others.max(initial=0), np.delete(score[:, j], i).max(initial=0))
        )
        sure = score[i, j] >= rules().sure and (margin >= rules().margin or alone[i, j])
        rival = None
        if len(others) and others.max() >= rules().least:
            place = int(others.argmax())
            rival = units[place if place < j else place + 1]
        found.append(
            Match(want.item.id, units[j], reading, float(score[i, j]), bool(sure), evidence, rival)
        )
    return found


def confidence(evidence: Mapping[Evidence, float]) -> float:
    """One number of all evidence there is; see rules.yml."""
    declared = rules()
    weights = {name: declared.weights[name] for name in evidence}
    total = sum(weights.values())
    value = sum(weights[name] * evidence[name] for name in evidence) / total if total else 0.0
    if not any(evidence.get(name, 0.0) >= least for name, least in declared.proof.items()):
        value = min(value, declared.unproven_at_most)
    if evidence.get("readable", 1.0) < declared.least_readable:
        value *= evidence["readable"]
    return value


def _evidence(want: Wanted, unit: Unit, reading: Reading, origin: str) -> dict[Evidence, float]:
    found: dict[Evidence, float] = {"readable": reading.readable}
    names = {*unit.columns, *unit.texts}
    reserved = rules().reserved.get(origin, {})
    mine = set(reserved.get(want.item.id, ()))
    others = {n for item, listed in reserved.items() if item != want.item.id for n in listed}
    if mine & names or (want.names and want.names <= names | set(unit.columns)):
        found["name"] = 1.0
    elif others & names:
        return {"name": 0.0}
    if mine & names:
        return found  # the tool's own column
    spoken = [text for text in unit.texts if not _CODE.match(text)]
    if spoken:
        found["wording"] = max(alike(a, b) for a in want.texts for b in spoken)
    if reading.worded is not None:
        found["options"] = reading.worded
    if want.item.id == RESPONDENT and not unit.unique:
        found["readable"] = 0.0
    if want.spread and reading.spread and want.item.kind != "key":
        found["distribution"] = _overlap(want.spread, reading.spread)
    found["position"] = 1 - abs(want.place - unit.place)
    return found


def _overlap(one: Mapping[float, float], other: Mapping[float, float]) -> float:
    """Mass that two distributions share, in at most twelve classes of many different values."""
    first, second = _classes(one, other)
    return float(np.minimum(first, second).sum())


def _classes(one: Mapping[float, float], other: Mapping[float, float]) -> tuple[np.ndarray, ...]:
    codes = sorted({*one, *other})
    if len(codes) > 12:
        edges = np.quantile(np.array(sorted(one)), np.linspace(0, 1, 13))
        codes_of = {code: int(np.searchsorted(edges[1:-1], code)) for code in codes}
    else:
        codes_of = {code: place for place, code in enumerate(codes)}
    made = []
    for spread in (one, other):
        total = sum(spread.values()) or 1.0
        sums = np.zeros(max(codes_of.values()) + 1)
        for code, share in spread.items():
            sums[codes_of[code]] += share / total
        made.append(sums)
    return tuple(made)


def texts_of(item: Item, labels: list[str]) -> tuple[str, ...]:
    """What an item may be called in a file: its texts, its former labels, its id."""
    told = [*item.text.values(), *item.short.values(), *labels, item.id]
    return tuple(dict.fromkeys(text for t in told for text in (t, bare(t)) if text))
