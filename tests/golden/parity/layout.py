"""What designs of the parity matrix are made of: columns, calibration targets, replicates."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

ADULTS = 240.0e6  # the size margins of persons are scaled to
TARGETS = Path(__file__).parents[2] / "data" / "parity" / "targets.csv"


def design(data: str, method: str, features: str, **given) -> dict:
    """One design; `features` are words of the matrix, the rest as in the table below."""
    full = {
        "data": data,
        "method": method,
        "features": features.split(),
        "weight": None,
        "strata": [],
        "psu": [],
        "fpc": [],
        "nested": False,
        "pps": None,
        "lonely": "fail",
        "replicates": None,
        "calibration": None,
    }
    unknown = set(given) - set(full)
    assert not unknown, unknown
    return full | given


def targets(study: str) -> dict[str, dict[str, float]]:
    """Margins of a published target file: {margin: {level: count}}."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with TARGETS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["study"] == study:
                found[row["margin"]][row["level"]] = float(row["count"])
    shares = {m: sum(levels.values()) for m, levels in found.items()}
    return {m: {k: v / shares[m] * ADULTS for k, v in found[m].items()} for m in found}


def calibration(method: str, margins: dict, count: float, **more) -> dict:
    """What a calibration aims at; `numeric` are totals of numeric columns."""
    return {
        "method": method,
        "margins": margins,
        "count": count,
        "numeric": {},
        "bounds": None,
    } | more


STYPE = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}
API_RAKE = calibration("raking", {"stype": STYPE, "sch_wide": WIDE}, 6194)
API_GREG = calibration("linear", {"stype": STYPE}, 6194, numeric={"api99": 3914069})
REGION2 = {"1": 24.5e6, "2": 29.0e6, "3": 31.0e6, "4": 32.5e6}  # invented, near the sample's own
RACE2 = {"1": 103.0e6, "2": 11.0e6, "3": 3.0e6}
N2_RAKE = calibration("raking", {"region": REGION2, "race": RACE2}, 117.0e6)
N2_GREG = calibration("linear", {"region": REGION2}, 117.0e6, numeric={"x": 306.0e6})
REGIONS = {"NC": 1054, "NE": 220, "S": 1382, "W": 422}
RACE = {"1": 44.0e6, "2": 182.0e6, "3": 33.0e6, "4": 21.0e6}  # invented
SEX = {"1": 137.0e6, "2": 143.0e6}
N_RAKE = calibration("raking", {"race": RACE, "RIAGENDR": SEX}, 280.0e6)
N_GREG = calibration("linear", {"RIAGENDR": SEX}, 280.0e6, numeric={"x": 572.0e6})

NHANES = {"weight": "WTMEC2YR", "strata": ["SDMVSTRA"], "psu": ["SDMVPSU"], "nested": True}
NHANES2 = {"weight": "finalwgt", "strata": ["stratid"], "psu": ["psuid"], "nested": True}
STRAT = {"weight": "pw", "strata": ["stype"]}
CLUS1 = {"weight": "pw", "psu": ["dnum"], "fpc": ["fpc"]}
CLUS2 = {"weight": "pw", "psu": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}
AGSTRAT = {"weight": "strwt", "strata": ["region"]}


def made(kind: str, **more) -> dict:
    """Replicates made from the design by R: exported for those that are not unique."""
    return {"make": kind, "rho": None, "n": None, "mse": False} | more
