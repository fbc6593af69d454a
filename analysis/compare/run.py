"""Comparisons of a study: changes between waves and gaps between groups, from rows and factors.

Reads no microdata. What a human called broken (comparability.yml) is not compared; a minor break
is compared and says so.
"""

from __future__ import annotations

import pandas as pd

from analysis.compare.change import changes
from analysis.compare.gap import gaps
from analysis.compare.multiplicity import adjust
from analysis.compare.pairs import Pair, wave_pairs
from analysis.results.covariance import Factors
from analysis.results.schema import conform, empty
from survey.instrument.load import Instrument


def compare(rows: pd.DataFrame, factors: Factors, instrument: Instrument) -> pd.DataFrame:
    """Every change and gap a study asks for, in the columns of the schema.

    Parameters
    ----------
    rows : DataFrame
        Estimates of all waves.
    factors : Factors
    instrument : Instrument
    """
    rows = conform(rows)
    parts = [_changes(rows, pair, instrument) for pair in wave_pairs(instrument)]
    parts += [gaps(rows, gap, factors) for gap in instrument.study.gaps]
    parts = [part for part in parts if len(part)]
    return conform(adjust(pd.concat(parts, ignore_index=True))) if parts else empty()


def _changes(rows: pd.DataFrame, pair: Pair, instrument: Instrument) -> pd.DataFrame:
    made = changes(
        rows[rows["wave"] == pair.new], rows[rows["wave"] == pair.old], relation=pair.relation
    )
    status = _comparability(instrument, pair)
    made["comparable"] = made["indicator"].map(status)
    return made[made["comparable"] != "broken"]


def _comparability(instrument: Instrument, pair: Pair) -> dict[str, str]:
    """Status of every indicator between two waves: what was decided for its item, else same."""
    decided = {
        entry.item: entry.status
        for entry in instrument.comparability
        if set(entry.waves) == {pair.new, pair.old}
    }
    return {i.id: decided.get(i.item, "same") for i in instrument.study.indicators}
