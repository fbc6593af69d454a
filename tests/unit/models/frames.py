"""The twin's first wave with the columns and designs of tests/golden/models.R."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.estimate.residual import on_classes
from analysis.estimate.survey import Survey
from tests import twin

GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "models.json").read_text())
LONELY = ("adjust", "average", "certainty")
DESIGNS = ("plain", "stages", "jkn", "domain", "calibrated", *LONELY, "brewer")
LINEAR = tuple(design for design in DESIGNS if design != "jkn")
RANKED = tuple(design for design in DESIGNS if design != "brewer")  # R's svyranktest stops there


@cache
def frame() -> pd.DataFrame:
    d = pd.read_csv(twin.DATA / "2020H1.csv", dtype={"respondent": str})
    d["stratum"] = d["region"].astype(str) + "-" + d["residence"].astype(str)
    d["y"] = d["score"].where(d["score"].between(0, 10)).astype(float)
    d["high"] = (d["y"] >= 7).astype(float).where(d["y"].notna())
    d["issues"] = d[[f"issues__{k}" for k in range(1, 6)]].sum(axis=1, skipna=False)
    d["trusted"] = d["trust"].where(d["trust"].between(1, 5)).astype(float)
    d["age"] = d["age_group"].astype(float)
    d["exposure"] = np.log(d["age"] + 1)
    d["untied"] = d["y"] + np.arange(1, len(d) + 1) / 1000
    d["home"] = np.where(d["residence"] == 1, "town", "village")
    d["who"] = d["sex"].map({1: "woman", 2: "man", 3: "other"})
    d["part"] = d["region"].map(dict(enumerate("abcdef", start=1)))
    d["fpc1"] = 3.0 * d.groupby("stratum")["psu"].transform("nunique")
    d["fpc2"] = 4.0 * d.groupby("psu")["psu"].transform("size")
    return d


def jackknife(d: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """JKn weights (n, R) and rscales (R,), straight from the definition."""
    columns, scales = [], []
    for (stratum, psu), _ in d.groupby(["stratum", "psu"]):
        inside = d["stratum"] == stratum
        m = d.loc[inside, "psu"].nunique()
        factor = np.where(inside, m / (m - 1), 1.0)
        columns.append(d["base_weight"] * np.where(inside & (d["psu"] == psu), 0.0, factor))
        scales.append((m - 1) / m)
    return np.column_stack(columns), np.array(scales)


@cache
def survey(name: str) -> Survey:
    """The twin under one of the designs; ``domain`` is the plain one, with `where`."""
    d = frame()
    if name == "stages":
        return Survey(
            d, weight="base_weight", strata="stratum", psu=["psu", "respondent"],
            fpc=["fpc1", "fpc2"],
        )  # fmt: skip
    if name == "jkn":
        weights, scales = jackknife(d)
        return Survey(
            d, weight="base_weight", replicates=weights, method="jkn", rscales=scales, scale=1.0
        )
    if name == "calibrated":
        margins = [pd.factorize(d[column], sort=True)[0] for column in ("home", "who")]
        d = d.assign(raked=GOLDEN["calibrated"]["weights"])
        on = on_classes(margins, d["base_weight"].to_numpy(float))
        return Survey(d, weight="raked", strata="stratum", psu="psu", calibration=[on])
    if name in LONELY:
        lost = d["stratum"].isin(["1-1", "4-2"]) & ~d["psu"].isin([1100, 4200])
        return Survey(d[~lost], weight="base_weight", strata="stratum", psu="psu", lonely=name)
    if name == "brewer":
        d = d.assign(chance=0.05 + 0.04 * (d["psu"] % 7))
        d = d.assign(inverse=1 / d["chance"])
        return Survey(d, weight="inverse", strata="stratum", psu="psu", fpc="chance", pps="brewer")
    return Survey(d, weight="base_weight", strata="stratum", psu="psu")


def where(name: str) -> str | None:
    return "region <= 3" if name == "domain" else None
