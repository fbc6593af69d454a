"""Which waves are compared, and what such a comparison may be called.

Year on year (同比) is the same half of the year before, half on half (环比) the half before; where
there is no such wave there is no such row, and no word for it. The wave before in time is always
compared, and every earlier wave with the latest. What two waves share is what one of their files
declares; it is never guessed from labels that happen to be equal.
"""

from __future__ import annotations

from dataclasses import dataclass

from survey.instrument.load import Instrument
from survey.instrument.model import Wave

YEAR_ON_YEAR = "year-on-year"
HALF_ON_HALF = "half-on-half"
PREVIOUS = "since the previous wave"
EARLIER = "since an earlier wave"

SAMPLES = {  # what two samples share, as the variant of a change has it
    "none": "independent samples",
    "psu": "shared PSUs",
    "respondent": "shared respondents",
    "replicates": "shared replicates",
}


@dataclass(frozen=True)
class Pair:
    """A wave, the wave it is held against, how the two lie in time, and what they share."""

    new: str
    old: str
    relation: str
    overlap: str = "none"

    @property
    def samples(self) -> str:
        return SAMPLES[self.overlap]


def wave_pairs(instrument: Instrument) -> list[Pair]:
    """Every comparison of a study's waves, in order of time."""
    waves = list(instrument.waves)
    pairs = []
    for place, new in enumerate(waves):
        wanted = {instrument.previous(new), instrument.year_before(new)}
        if place == len(waves) - 1:
            wanted |= set(waves[:place])
        pairs += [
            Pair(new, old, _relation(instrument, new, old), overlap(instrument, new, old))
            for old in waves
            if old in wanted
        ]
    return pairs


def overlap(instrument: Instrument, new: str, old: str) -> str:
    """What two waves are declared to share: none, psu or respondent."""
    waves = instrument.waves
    declared = waves[new].overlap.get(old) or waves[old].overlap.get(new)
    return "none" if declared is None else declared.unit


def _relation(instrument: Instrument, new: str, old: str) -> str:
    if old == instrument.year_before(new):
        return YEAR_ON_YEAR
    this, that = (_half(instrument.waves[wave]) for wave in (new, old))
    if this is not None and that is not None and this - that == 1:
        return HALF_ON_HALF
    return PREVIOUS if old == instrument.previous(new) else EARLIER


def _half(wave: Wave) -> int | None:
    """Number of a wave's half-year, counted on from year to year."""
    return None if wave.half is None else 2 * wave.period.end.year + wave.half
