"""The two committed samples of the calibration tests, as arrays, and R's answers on them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tests import twin

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "golden" / "calibrate.json").read_text())
OPTIONS = {"tolerance": 1e-10, "most_steps": 100}


def households() -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / "calibration" / "households.csv", dtype={"household": str})


def sample(name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Base weights (n,), auxiliaries (n, p) as R's model.matrix has them, and their names."""
    if name == "twin":
        frame = twin.read_responses("2020H1")
        base = frame["base_weight"].to_numpy()
        columns = {
            "persons": np.ones(len(frame)),
            "sex=2": frame["sex"].replace(3, 2) == 2,
            "age_group=2": frame["age_group"] == 2,
            "age_group=3": frame["age_group"] == 3,
            "age_group=4": frame["age_group"] == 4,
            "residence=2": frame["residence"] == 2,
        }
        base = base * (1e7 / base.sum())
    else:
        frame = households()
        base = frame["base"].to_numpy()
        columns = {"persons": np.ones(len(frame)), "sex=male": frame["sex"] == "male"}
        columns |= {name: frame[name] for name in ("age", "hours", "income")}
    matrix = np.column_stack([np.asarray(column, dtype=float) for column in columns.values()])
    return base, matrix, tuple(columns)


def agrees(weights: np.ndarray, want: dict, rel: float = 1e-8) -> bool:
    """Whether weights are R's: the first thirty, their sum and their sum of squares."""
    first = np.abs(weights[: len(want["first"])] / np.array(want["first"]) - 1).max()
    whole = abs(weights.sum() / want["sum"] - 1), abs((weights**2).sum() / want["squares"] - 1)
    return bool(max(first, *whole) < rel)
