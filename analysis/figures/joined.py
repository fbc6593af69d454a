"""Several waves in one figure: which may be joined, and which values stand for a later wave.

Over a break that a bridge spans, the carried value stands in place of the wave's own, so that all
values of a series have one wording; over any other break nothing is joined.
"""

from __future__ import annotations

import pandas as pd

from analysis.compare.standing import RowStandings
from analysis.results.comparable import BRIDGED, is_carried
from analysis.results.select import Row
from analysis.results.wording import Words

SAME = ("kind", "study", "wave", "indicator", "category", "domain", "base_kind", "unit", "variant")
VALUES = ("estimate", "se", "ci_low", "ci_high", "df", "n", "quality", "reason", "comparable")


def joined(old: Row, new: Row, words: Words) -> bool:
    """Whether two neighbours of a series may be joined by a line."""
    if new.comparable == "broken":
        return False
    if is_carried(new):
        return True
    instrument = words.instruments.get(new.study)
    if instrument is None or not {old.wave, new.wave} <= set(instrument.waves):
        return True
    standings = RowStandings.of(instrument)
    judged = standings.judged(new.indicator, new.domain, new.wave, old.wave)
    return judged.status != "broken"


def over_bridges(chosen: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of several waves, those that a bridge carries with their carried values.

    Parameters
    ----------
    chosen : DataFrame
        The rows of a figure.
    rows : DataFrame
        All rows, in which carried levels (statistic ``bridged``) are looked up.
    """
    levels = rows[(rows["statistic"] == BRIDGED) & (rows["quality"] != "suppressed")]
    if levels.empty or chosen["wave"].nunique() < 2:
        return chosen
    waves = chosen.groupby("wave", sort=False)["period"].first().sort_values(kind="stable")
    rank = {wave: place for place, wave in enumerate(waves.index)}
    levels = levels[levels["reference"].isin(rank)]
    first = levels.assign(rank=levels["reference"].map(rank)).sort_values("rank", kind="stable")
    first = first.drop_duplicates(list(SAME)).set_index(list(SAME))
    keys = pd.MultiIndex.from_frame(chosen[list(SAME)])
    carried = keys.isin(first.index) & chosen["statistic"].isin(("mean", "share")).to_numpy()
    made = chosen.copy()
    for column in VALUES:
        values = first[column].reindex(keys[carried]).to_numpy()
        made.loc[carried, column] = values
    return made
