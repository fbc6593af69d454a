"""Comparisons of a study: changes between waves, gaps between groups, trends; from rows alone.

Reads no microdata. Waves are independent samples unless a wave file declares an overlap. What a
human called broken (comparability.yml), and what changed without a decision, is not compared unless
a bridge carries it (bridge.py); a minor change is compared and says so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.compare.bridge import CARRIED, Bridges, carried_change, carried_level
from analysis.compare.change import changes, matched
from analysis.compare.covariances import pair_covariances
from analysis.compare.gap import gaps
from analysis.compare.multiplicity import adjust, joined
from analysis.compare.pairs import Pair, wave_pairs
from analysis.compare.standing import Judged, RowStandings
from analysis.compare.trends import trends
from analysis.results.comparable import NO_SPAN, SHIFT, withheld
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

    Returns
    -------
    DataFrame
        A change over a break is withheld, or carried by a bridge. Levels that a bridge carries to
        an earlier wave's wording are rows of statistic ``bridged``.
    """
    rows = conform(rows)
    standings, bridges = RowStandings.of(instrument), Bridges(rows, factors, instrument)
    levels = rows[rows["statistic"] != SHIFT]
    pairs = wave_pairs(instrument)
    parts = [_changes(levels, pair, factors, standings, bridges) for pair in pairs]
    parts += [gaps(levels, gap, factors) for gap in instrument.study.gaps]
    parts += [
        trends(rows, name, factors, instrument, standings, bridges)
        for name in instrument.study.trends
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty()
    made = pd.concat(parts, ignore_index=True)
    made["family_id"] = joined(made["family_id"], instrument.words("multiplicity_family"))
    made = adjust(made, method=instrument.choice("multiplicity"))
    carried = _carried(levels, list(instrument.waves), standings, bridges)
    return conform(pd.concat([made, carried], ignore_index=True) if len(carried) else made)


def _changes(
    rows: pd.DataFrame, pair: Pair, factors: Factors, standings: RowStandings, bridges: Bridges
) -> pd.DataFrame:
    """Changes of a pair of waves: made, carried or withheld."""
    new, old = (rows[rows["wave"] == wave] for wave in (pair.new, pair.old))
    both = matched(new, old)
    covariance, degrees = pair_covariances(both, factors, pair.overlap)
    made = changes(
        new,
        old,
        relation=pair.relation,
        samples=pair.samples,
        covariance=covariance,
        degrees=degrees,
    )
    judged = standings.column(made, pair.new, pair.old)
    made["comparable"] = [entry.status for entry in judged]
    broken = (made["comparable"] == "broken").to_numpy(copy=True)
    if not broken.any():
        return made
    fixed: dict[int, dict[str, object]] = {}
    for place in map(int, np.flatnonzero(broken)):
        row = _of_wave(both, place)
        value = bridges.carry(row, judged[place].standing)
        if value is None:
            continue
        fixed[place] = carried_change(bridges, row, _of_wave(both, place, "_old"), value)
        broken[place] = False
    made = made.reset_index(drop=True)
    if fixed:
        came = pd.DataFrame.from_dict(fixed, orient="index")
        for column in came:
            made[column] = made[column].mask(made.index.isin(came.index), came[column])
    reasons = pd.Series(
        [_why(entry, pair.old) for entry, lost in zip(judged, broken, strict=True) if lost],
        index=made.index[broken],
        dtype=object,
    )
    kept, lost = made[~broken], withheld(made[broken], reasons)
    return pd.concat([part for part in (kept, lost) if len(part)]).sort_index()


def _carried(
    rows: pd.DataFrame, waves: list[str], standings: RowStandings, bridges: Bridges
) -> pd.DataFrame:
    """Every level that a bridge carries, to every earlier wave it leads to."""
    made = []
    for place, new in enumerate(waves):
        records = rows[(rows["wave"] == new) & rows["statistic"].isin(CARRIED)].to_dict("records")
        for old in waves[:place]:
            for row in records:
                judged = standings.judged(row["indicator"], row["domain"], new, old)
                if judged.status != "broken" or row["quality"] == "suppressed":
                    continue
                value = bridges.carry(row, judged.standing)
                if value is not None:
                    made.append(carried_level(bridges, row, value, old))
    return conform(pd.DataFrame(made)) if made else rows.iloc[:0]


def _of_wave(both: pd.DataFrame, place: int, suffix: str = "") -> dict:
    """One of two matched rows, column by column."""
    row = both.iloc[place]
    names = [c for c in both.columns if not c.endswith("_old")]
    return {c: row[f"{c}{suffix}" if f"{c}{suffix}" in both.columns else c] for c in names}


def _why(judged: Judged, old: str) -> str:
    """Why a change is withheld; a bridge that does not reach it is told as such."""
    return NO_SPAN.format(wave=old) if judged.standing.bridges else judged.reason
