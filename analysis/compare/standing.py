"""How rows stand between two waves: the question behind them, and the groups they are broken into.

What was decided of an item is read in survey/instrument/comparability. Here it becomes a status and
a reason for every row: the more severe of the question's and the groups'.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from analysis.results import comparable
from survey.instrument.comparability.standing import Standing, Standings
from survey.instrument.decisions import STATUSES, Status
from survey.instrument.load import Instrument

WHOLE = "all"


@dataclass(frozen=True)
class Judged:
    """How a row stands against another wave.

    Attributes
    ----------
    reason : why it is not compared; "" where it is
    standing : of the question; its bridges may carry the row, unless the groups are broken
    """

    status: Status
    reason: str = ""
    standing: Standing = field(default_factory=Standing)


@dataclass
class RowStandings:
    """Statuses of rows; each is worked out once."""

    standings: Standings
    _known: dict[tuple[str, str, str, str], Judged] = field(default_factory=dict)

    @classmethod
    def of(cls, instrument: Instrument) -> RowStandings:
        return cls(Standings(instrument))

    def judged(self, indicator: str, domain: str, new: str, old: str) -> Judged:
        """How rows of an indicator and domain stand in `new` against `old`."""
        key = (indicator, domain, new, old)
        if key not in self._known:
            self._known[key] = self._judge(*key)
        return self._known[key]

    def column(self, rows: pd.DataFrame, new: str, old: str) -> list[Judged]:
        pairs = zip(rows["indicator"], rows["domain"], strict=True)
        return [self.judged(indicator, domain, new, old) for indicator, domain in pairs]

    def _judge(self, indicator: str, domain: str, new: str, old: str) -> Judged:
        asked = self.standings.of_indicator(indicator, old, new)
        variables = [] if domain == WHOLE else [p.split("=")[0] for p in domain.split("&")]
        groups = [self.standings.of_group(v, old, new) for v in variables]
        broken = next((g for g in groups if g.status == "broken"), None)
        if broken is not None:
            phrase = comparable.UNDECIDED if broken.undecided else comparable.GROUPS
            return Judged("broken", phrase.format(wave=old))
        status = max([asked.status, *(g.status for g in groups)], key=STATUSES.index)
        if status != "broken":
            return Judged(status)
        phrase = comparable.UNDECIDED if asked.undecided else comparable.BROKEN
        return Judged(status, phrase.format(wave=old), asked)


def marked(rows: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Estimates whose `comparable` says how they stand against the wave before that asked."""
    told = RowStandings.of(instrument)
    before = {wave: instrument.previous(wave) for wave in instrument.waves}
    status = [
        told.judged(indicator, domain, wave, old).status if (old := before.get(wave)) else "same"
        for indicator, domain, wave in zip(
            rows["indicator"], rows["domain"], rows["wave"], strict=True
        )
    ]
    return rows.assign(comparable=status)
