"""Everything the register gives to estimates, put together: counts, rates, kinds, slopes, fills.

Each part is decided in its own module; here only what stands beside what, and what kind of number
it is: published counts and what follows from them by arithmetic are `published`, a model's range
for a gap is `simulated`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.monitoring.kinds import kind_rows, unsplit_rows
from analysis.monitoring.notices import (
    check_named,
    quarter_rows,
    read_notices,
    window,
    year_rows,
)
from analysis.monitoring.rates import STORES, fill_rows, half_rows, rate_rows
from analysis.monitoring.sources import check_sources, read_readings, reading_rows
from analysis.monitoring.trend import trend_rows
from survey.instrument.register import Register

FRAME = "notices"


def register_rows(
    folder: Path, register: Register, *, wave: str, until: str, level: float, name: str = ""
) -> pd.DataFrame:
    """Rows of estimates (without study) from the register files of a wave.

    Parameters
    ----------
    folder : Path
        Holds `register.file` and, where there are such, the named apps and other readings.
    wave, until : str
        The wave that holds the register, and the ISO date its window ends.
    level : float
        Confidence level of intervals.
    name : str
        How messages call the folder.

    Raises
    ------
    DataError
        With every fault of every file.
    """
    place = f"{name}/" if name else ""
    path = folder / register.file
    notices = read_notices(path, register, name=f"{place}{register.file}")
    check_sources(path, name=f"{place}{register.file}")
    named = folder / register.named_file
    if named.exists():
        check_named(named, notices, register, name=f"{place}{register.named_file}")
    quarters = window(notices, register, pd.Timestamp(until))
    parts = [
        quarter_rows(quarters),
        rate_rows(quarters),
        half_rows(quarters, level),
        year_rows(quarters),
        kind_rows(quarters, register, level).assign(wave=wave, period=until),
        unsplit_rows(quarters, register).assign(wave=wave, period=until),
    ]
    if register.trend is not None:
        parts.append(trend_rows(quarters, register.trend))
    if register.readings_file is not None:
        readings = folder / register.readings_file
        table = read_readings(readings, name=f"{place}{register.readings_file}")
        parts.append(reading_rows(path, table, last=quarters["quarter"].max()))
    rows = pd.concat(parts, ignore_index=True).assign(kind="published", frame=FRAME)
    rows.loc[rows["indicator"] == STORES, "analysis_unit"] = "store"
    if register.fill is None:
        return rows
    filled = fill_rows(quarters, register.fill).assign(kind="simulated", frame=FRAME)
    return pd.concat([rows, filled], ignore_index=True)
