"""Asks the suite what R was asked of the random designs (tests/golden/parity/fuzz.R)."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.estimate.result import Result
from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "parity"
DESIGNS = GOLDEN / "fuzz.json.gz"
ANSWERS = GOLDEN / "fuzz_answers.json.gz"


@cache
def designs() -> list[dict]:
    """The designs, in order."""
    return json.loads(gzip.decompress(DESIGNS.read_bytes()))


def answers(path: Path = ANSWERS) -> dict:
    """R's answers with the versions and the hash of what they answer."""
    return json.loads(gzip.decompress(path.read_bytes()))


def fingerprint() -> str:
    """The sha256 of the designs' file."""
    return hashlib.sha256(DESIGNS.read_bytes()).hexdigest()


def survey(found: dict, wave: str = "first") -> Survey:
    """One wave of a design."""
    frame = pd.DataFrame(found[wave])
    frame["y"] = frame["y"].astype(float)
    two = found["stages"] == 2
    return Survey(
        frame,
        weight="w",
        strata="h",
        psu=["p", "u"] if two else "p",
        fpc=(["N", "M"] if two else ["N"]) if found["fpc"] else (),
        nested=True,
        lonely=found["lonely"],
    )


def rows(asked: Survey) -> dict[str, dict]:
    """What R was asked of one wave."""
    found = {}
    if not np.isnan(asked.columns.numbers("y")).all():
        found["mean_y"] = _one(asked.mean("y"))
        found["total_y"] = _one(asked.total("y"))
        found["ratio"] = _one(asked.ratio("y", "x"))
    found["total_x"] = _one(asked.total("x"))
    shares = asked.mean("s", by="g")
    for place, domain in enumerate(shares.rows["domain"]):
        found[f"share_{domain.removeprefix('g=')}"] = _one(shares, place)
    return found


def change(found: dict, where: str | None) -> dict:
    """The change of the mean of y between the two waves."""
    both = {"first": survey(found), "second": survey(found, "second")}
    overlap = "psu" if found["overlap"] else "none"
    waves = ask_waves(both, lambda s: s.mean("y", where=where), overlap=overlap, unit="p")
    row = waves.changes().iloc[0]
    return {"est": row["estimate"], "se": row["se"]}


def disagreements(found: dict, want: dict) -> Iterator[str]:
    """Every difference from R, in words."""
    for wave in ("first", "second"):
        if wave in want:
            yield from _compare(wave, want[wave], rows(survey(found, wave)), found[wave]["w"])
    for name, where in (("change", None), ("change_a", "g == 'a'")):
        if want.get(name):
            yield from _compare(name, {"": want[name]}, {"": change(found, where)}, [1.0])


def _one(result: Result, place: int = 0) -> dict:
    row = result.rows.iloc[place]
    return {"est": row["estimate"], "se": row["se"], "df": row["df"]}


def _compare(where: str, want: dict, got: dict, weights: list[float]) -> Iterator[str]:
    for name, row in want.items():
        if name not in got:
            yield f"{where} {name} is missing"
            continue
        size = max(abs(row["est"]), 1.0 if not name.startswith("total") else sum(weights))
        for field, tolerance in (("est", 1e-8), ("se", 1e-6), ("df", 0)):
            value = row.get(field)
            if field == "df" and name == "total_y":
                continue  # totals count PSUs without an answer, R's degf(subset) does not
            if field not in got[name] or (value is None and field == "df"):
                continue
            mine = got[name][field]
            if value is None:  # R has no standard error
                if math.isfinite(mine):
                    yield f"{where} {name} {field}: R none, here {mine}"
            elif not abs(mine - value) <= max(tolerance * abs(value), 1e-12 * size):
                yield f"{where} {name} {field}: R {value}, here {mine}"
