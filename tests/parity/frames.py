"""Reads a data set of the parity matrix as R reads it: same columns, derived columns and rows.

A column is numeric where every value that is present parses as a number. The operations:
over, equals, blank, fill, linear, inverse, map, count, cells, before, row.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data" / "parity"


def load(spec: dict, shared: Path | None = None) -> pd.DataFrame:
    """The frame of one data set.

    Parameters
    ----------
    spec : dict
        An entry of ``datasets`` in cases.json.
    shared : Path, optional
        Folder of the real files; without it the shipped file or twin is read.
    """
    real = shared is not None and spec["shared"] is not None
    path = shared / spec["shared"] if real else DATA / spec["shipped"]
    old = list(spec["columns"].values())
    raw = pd.read_csv(path, dtype=str, keep_default_na=False, usecols=old)[old]
    frame = pd.DataFrame(
        {new: _typed(raw[name], spec.get("missing", ())) for new, name in spec["columns"].items()}
    )
    for step in spec["derive"]:
        frame[step["name"]] = _derive(frame, step)
    if spec.get("keep"):
        frame = frame[rows(frame, spec["keep"])].reset_index(drop=True)
    return frame


def rows(frame: pd.DataFrame, expression: str) -> np.ndarray:
    """Which rows fulfil an expression of comparisons; a missing value fulfils none."""
    parts = re.split(r"\s+(and|or)\s+", expression)
    result = _compare(frame, parts[0])
    for word, part in zip(parts[1::2], parts[2::2], strict=True):
        other = _compare(frame, part)
        result = result & other if word == "and" else result | other
    return result


def _compare(frame: pd.DataFrame, text: str) -> np.ndarray:
    name, sign, value = re.fullmatch(r"(\w+) (>|<|>=|<=|==|!=) (.+)", text).groups()
    column = frame[name]
    present = column.notna().to_numpy()
    limit = value.strip("'") if value.startswith("'") else float(value)
    compare = {
        ">": column.gt,
        "<": column.lt,
        ">=": column.ge,
        "<=": column.le,
        "==": column.eq,
        "!=": column.ne,
    }[sign]
    return compare(limit).to_numpy(dtype=bool, na_value=False) & present


def _typed(column: pd.Series, missing) -> pd.Series:
    text = column.str.strip()
    text = text.mask(text.isin(["", *missing]), None)
    number = pd.to_numeric(text, errors="coerce")
    return number.astype(float) if (number.notna() == text.notna()).all() else text


def words(column: pd.Series) -> pd.Series:
    """Values as R writes them: 1 not 1.0."""
    if column.dtype.kind == "f":
        return column.map(lambda v: None if np.isnan(v) else f"{v:.15g}")
    return column


def _derive(frame: pd.DataFrame, step: dict) -> pd.Series:
    op, of = step["op"], step.get("of")
    column = frame[of] if isinstance(of, str) else None
    match op:
        case "over":
            return (column > step["value"]).astype(float).where(column.notna())
        case "equals":
            return (column == step["value"]).astype(float).where(column.notna())
        case "blank":
            every = (np.arange(len(frame)) + 1) % step["every"] == 0
            return column.where(~every)
        case "fill":
            return column.fillna(step["value"])
        case "linear":
            return step["a"] + step["b"] * column
        case "inverse":
            return 1 / column
        case "map":
            return words(column).map(step["map"]).astype(float)
        case "count":
            key = words(frame[of[0]]) + "|" + words(frame[of[1]])
            return key.map(key.value_counts()).astype(float) * step["times"]
        case "cells":
            key = words(frame[of[0]]) + "|" + words(frame[of[1]])
            return key.map(step["cells"]).fillna(0.0).astype(float)
        case "before":
            return column.str.split(step["mark"]).str[0]
        case "row":
            return pd.Series(np.arange(1.0, len(frame) + 1), index=frame.index)
    raise AssertionError(op)
