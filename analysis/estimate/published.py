"""Numbers somebody else published, as rows of kind `published`.

They come from `published.csv` beside a wave's raw files: wave, indicator, statistic, category,
domain, estimate, unit, source, note. One file may carry several waves. Nothing is computed from
them but differences, and they have no error unless one was published.
"""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from analysis.estimate.quantity import wording_id
from analysis.results.covariance import NO_FAMILY
from survey.errors import DataError, Faults, collect, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.io.tables import read_csv
from survey.project import Project

KEYS = ("wave", "indicator", "statistic", "category", "domain")
COLUMNS = (*KEYS, "estimate", "unit", "source", "note")
UNITS = {"points10": ("points10", 1.0), "share": ("share", 1.0), "percent": ("share", 0.01)}
STATISTICS = ("mean", "share")


def published_rows(project: Project, instrument: Instrument) -> pd.DataFrame:
    """Published rows of every wave of a study, in the columns of the schema they fill.

    Raises
    ------
    DataError
        For every line that names an unknown wave, indicator, unit or statistic, is no number, or
        has no source.
    """
    study = instrument.study.id
    parts = []
    with collect(DataError) as faults:
        for path in sorted((project.root / "data" / "raw" / study).glob("*/published.csv")):
            parts.append(_read(path, project.relative(path), instrument, faults))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _read(path: Path, name: str, instrument: Instrument, faults: Faults) -> pd.DataFrame:
    table = read_csv(path, name)
    absent = [column for column in COLUMNS if column not in table.columns]
    if absent:
        faults.add(f"column '{absent[0]}' is missing", where=name, expected=one_of(COLUMNS))
        return pd.DataFrame()
    rows = []
    lines: dict[tuple[str, ...], int] = {}
    for line, values in enumerate(table[list(COLUMNS)].itertuples(index=False), start=2):
        cells = dict(zip(COLUMNS, values, strict=True))
        before = len(faults.items)
        _check(cells, f"{name}:{line}", instrument, faults)
        if len(faults.items) == before:
            key = tuple(cells[column] for column in KEYS)
            if key in lines:
                faults.add(f"repeats line {lines[key]}", where=f"{name}:{line}")
                continue
            lines[key] = line
            rows.append(_row(cells, instrument))
    return pd.DataFrame(rows)


def _check(cells: dict[str, str], where: str, instrument: Instrument, faults: Faults) -> None:
    indicators = [indicator.id for indicator in instrument.study.indicators]
    for column, known in (
        ("wave", list(instrument.waves)),
        ("indicator", indicators),
        ("statistic", list(STATISTICS)),
        ("unit", list(UNITS)),
    ):
        if cells[column] not in known:
            faults.add(
                f"unknown {column} '{cells[column]}'",
                where=where,
                expected=one_of(known),
                hint=did_you_mean(cells[column], known),
            )
    if not _is_number(cells["estimate"]):
        faults.add(f"estimate '{cells['estimate']}' is not a number", where=where)
    if not cells["source"]:
        faults.add("a published number needs its source", where=where)
    if cells["indicator"] in indicators:
        _check_place(cells, where, instrument, faults)


def _check_place(cells: dict[str, str], where: str, instrument: Instrument, faults: Faults) -> None:
    """Category and domain are codes of the instrument, so that the number meets its estimate."""
    asked = next(i for i in instrument.study.indicators if i.id == cells["indicator"])
    told = [("category", asked.item, cells["category"])] if cells["statistic"] == "share" else []
    pairs = [pair.partition("=") for pair in cells["domain"].split("&")]
    if cells["domain"] not in ("", "all"):
        told += [("domain", item, code) for item, _, code in pairs]
    for column, item, code in told:
        known = _codes(item, instrument)
        if code not in known:
            faults.add(
                f"unknown {column} '{cells[column]}'",
                where=where,
                expected=f"{item}: {one_of(known)}" if known else "item=code, items with a scale",
                hint=did_you_mean(code, known),
            )


def _codes(item: str, instrument: Instrument) -> list[str]:
    """Codes and groups of an item's scale; none if it has no scale or does not exist."""
    entry = instrument.items.get(item)
    if entry is None or entry.scale is None:
        return []
    scale = instrument.scales[entry.scale]
    return [*(scale.code(value) for value in scale.values()), *scale.groups]


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _row(cells: dict[str, str], instrument: Instrument) -> dict[str, object]:
    indicator = next(i for i in instrument.study.indicators if i.id == cells["indicator"])
    unit, scale = UNITS[cells["unit"]]
    return {
        "kind": "published",
        "study": instrument.study.id,
        "wave": cells["wave"],
        "period": instrument.waves[cells["wave"]].period.end.isoformat(),
        "indicator": indicator.id,
        "statistic": cells["statistic"],
        "category": cells["category"],
        "domain": cells["domain"] or "all",
        "base_kind": indicator.base,
        "analysis_unit": instrument.study.unit,
        "variant": "published",
        "estimate": float(cells["estimate"]) * scale,
        "unit": unit,
        "reason": cells["note"],
        "wording_id": wording_id(instrument, indicator),
        "design": cells["source"],
        "cov_family": NO_FAMILY,
    }
