"""A proposed column map held against the committed one, item by item."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from survey.instrument.load import load_instrument
from survey.newwave.origin import origin_of
from survey.newwave.propose import Proposal, is_settled, propose
from survey.project import Project


@dataclass
class Score:
    """Items by how sure the proposal is and whether the committed map says the same."""

    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unsure_right: list[str] = field(default_factory=list)
    unsure_wrong: list[str] = field(default_factory=list)


@cache
def proposal_of(project: Project, study: str, previous: str, new: str) -> Proposal:
    instrument = load_instrument(project, study)
    file = project.raw(study, new) / instrument.waves[new].raw.file
    return propose(project, instrument, file, origin_of(file), previous)


def columns(project: Project, study: str, previous: str, new: str) -> Score:
    """Which column is which item."""
    proposal = proposal_of(project, study, previous, new)
    committed = load_instrument(project, study).waves[new].columns
    score = Score()
    for found in proposal.matches:
        place = committed.get(found.item)
        names = [] if place is None else [place.column] if place.column else place.columns.values()
        want = {proposal.table.find(name or "") for name in names}
        same = want == set(found.unit.columns if found.unit else ())
        mine = (
            (score.right, score.wrong) if found.sure else (score.unsure_right, score.unsure_wrong)
        )
        mine[0 if same else 1].append(found.item)
    return score


def readings(project: Project, study: str, previous: str, new: str) -> list[str]:
    """Settled items whose cells the proposed map and the committed one read differently."""
    proposal = proposal_of(project, study, previous, new)
    committed = load_instrument(project, study).waves[new].columns
    different = []
    for found in proposal.matches:
        if not is_settled(found) or found.item not in committed or found.reading is None:
            continue
        mine, place = found.reading.column, committed[found.item]
        same = (mine.shift, mine.split, set(mine.columns)) == (
            place.shift,
            place.split,
            set(place.columns),
        )
        if not same or any(place.codes.get(cell) != code for cell, code in mine.codes.items()):
            different.append(found.item)
    return different
