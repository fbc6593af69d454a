"""Comparisons of a study: changes between waves, gaps between groups, trends; from rows alone.

Reads no microdata. Waves are independent samples unless a wave file declares an overlap. What a
human called broken (comparability.yml) is not compared; a minor break is compared and says so.
"""

from __future__ import annotations

import pandas as pd

from analysis.compare.change import changes, matched
from analysis.compare.covariances import pair_covariances
from analysis.compare.gap import gaps
from analysis.compare.multiplicity import adjust, joined
from analysis.compare.pairs import Pair, wave_pairs
from analysis.compare.trends import trends
from analysis.results.covariance import Factors
from analysis.results.schema import conform, empty
from survey.instrument.load import Instrument


def compare(rows: pd.DataFrame, factors: Factors, instrument: Instrument) -> pd.DataFrame:
    """Every change, gap and trend a study asks for, in the columns of the schema.

    Parameters
    ----------
    rows : DataFrame
        Estimates of all waves.
    factors : Factors
    instrument : Instrument
    """
    rows = conform(rows)
    parts = [_changes(rows, pair, instrument, factors) for pair in wave_pairs(instrument)]
    parts += [gaps(rows, gap, factors) for gap in instrument.study.gaps]
    parts += [trends(rows, name, factors, instrument) for name in instrument.study.trends]
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty()
    made = pd.concat(parts, ignore_index=True)
    made["family_id"] = joined(made["family_id"], instrument.words("multiplicity_family"))
    return conform(adjust(made, method=instrument.choice("multiplicity")))


def _changes(
    rows: pd.DataFrame, pair: Pair, instrument: Instrument, factors: Factors
) -> pd.DataFrame:
    new, old = (rows[rows["wave"] == wave] for wave in (pair.new, pair.old))
    covariance, degrees = pair_covariances(matched(new, old), factors, pair.overlap)
    made = changes(
        new,
        old,
        relation=pair.relation,
        samples=pair.samples,
        covariance=covariance,
        degrees=degrees,
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
