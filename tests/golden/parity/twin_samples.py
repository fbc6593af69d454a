"""Twins of samples with strata, PSUs or stages: their structure, with invented values."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.golden.parity.drawing import holes, pick, rng


def schools(name: str, stype: np.ndarray, dnum: np.ndarray, weight: np.ndarray) -> pd.DataFrame:
    """Schools of one of the California samples."""
    draw = rng(name)
    n = len(stype)
    level = draw.normal(0, 60, dnum.max() + 1)[dnum]
    api99 = np.clip(np.round(620 + level + draw.normal(0, 80, n)), 320, 950)
    size = np.select([stype == "E", stype == "M"], [6.0, 6.8], 7.3)
    enroll = np.round(np.exp(size + draw.normal(0, 0.4, n)))
    return pd.DataFrame(
        {
            "stype": stype,
            "dnum": dnum,
            "snum": np.arange(1, n + 1) * 7 % 6211,
            "sch.wide": pick(draw, n, {"Yes": 0.8, "No": 0.2}),
            "awards": pick(draw, n, {"Yes": 0.65, "No": 0.35}),
            "meals": np.clip(np.round(95 - (api99 - 380) / 5 + draw.normal(0, 18, n)), 0, 100),
            "api00": np.clip(np.round(api99 + draw.normal(30, 25, n)), 340, 960),
            "api99": api99,
            "enroll": enroll,
            "api.stu": np.round(enroll * draw.uniform(0.7, 0.95, n)),
            "acs.46": holes(draw, np.round(draw.normal(29, 3, n)), 0.2),
            "pw": weight,
        }
    ).astype({"meals": int, "api00": int, "api99": int})


def apistrat() -> pd.DataFrame:
    stype = np.repeat(["E", "H", "M"], [100, 50, 50])
    size = {"E": 4421, "H": 755, "M": 1018}
    count = {"E": 100, "H": 50, "M": 50}
    weight = np.array([size[s] / count[s] for s in stype])
    frame = schools("apistrat", stype, rng("apistrat dnum").integers(1, 90, 200), weight)
    return frame.assign(fpc=[size[s] for s in stype])


def apiclus1() -> pd.DataFrame:
    sizes = [21, 4, 11, 2, 34, 4, 12, 9, 1, 16, 37, 11, 15, 5, 1]
    dnum = np.repeat(np.arange(61, 61 + 15 * 50, 50), sizes)
    stype = pick(rng("apiclus1 stype"), len(dnum), {"E": 0.75, "H": 0.1, "M": 0.15})
    return schools("apiclus1", stype, dnum, np.full(len(dnum), 757 / 15)).assign(fpc=757)


def apiclus2() -> pd.DataFrame:
    draw = rng("apiclus2 sizes")
    population = np.concatenate([np.ones(9), draw.integers(2, 6, 17), draw.integers(6, 72, 14)])
    taken = np.minimum(population, 5).astype(int)
    dnum = np.repeat(np.arange(15, 15 + 40 * 19, 19), taken)
    stype = pick(rng("apiclus2 stype"), len(dnum), {"E": 0.7, "H": 0.12, "M": 0.18})
    size = np.repeat(population, taken)
    weight = 757 / 40 * size / np.repeat(taken, taken)
    frame = schools("apiclus2", stype, dnum, weight).assign(fpc1=757, fpc2=size.astype(int))
    return frame.assign(enroll=holes(draw, frame["enroll"], 0.05))


def apisrs() -> pd.DataFrame:
    stype = pick(rng("apisrs stype"), 200, {"E": 0.7, "H": 0.13, "M": 0.17})
    frame = schools("apisrs", stype, rng("apisrs dnum").integers(1, 800, 200), np.full(200, 30.97))
    return frame.assign(fpc=6194)


def nhanes() -> pd.DataFrame:
    draw = rng("nhanes")
    psus = [(h, k) for h in range(75, 90) for k in range(1, 4 if h == 86 else 3)]
    n = draw.integers(34, 62, len(psus))
    stratum, psu = (np.repeat([p[i] for p in psus], n) for i in (0, 1))
    total = len(psu)
    age = pick(draw, total, {"(0,19]": 29, "(19,39]": 24, "(39,59]": 24, "(59,Inf]": 23})
    chance = 0.05 + 0.08 * np.isin(age, ["(39,59]", "(59,Inf]"])
    return pd.DataFrame(
        {
            "SDMVPSU": psu,
            "SDMVSTRA": stratum,
            "WTMEC2YR": np.round(np.exp(draw.normal(12.0, 0.7, total)), 3),
            "HI_CHOL": holes(draw, (draw.random(total) < chance).astype(int), 0.09),
            "race": pick(draw, total, {1: 30, 2: 45, 3: 18, 4: 7}),
            "agecat": age,
            "RIAGENDR": draw.integers(1, 3, total),
        }
    )


def farms(name: str, region: np.ndarray, states: dict[str, int]) -> pd.DataFrame:
    """Counties of one of the farm samples."""
    draw = rng(name)
    n = len(region)
    scale = np.select([region == "W", region == "NE"], [13.3, 11.0], 12.2)
    acres87 = np.round(np.exp(scale + draw.normal(0, 0.8, n)))
    number = np.round(np.exp(6.3 + draw.normal(0, 0.5, n)))
    return pd.DataFrame(
        {
            "state": [f"{r}{draw.integers(1, states[r] + 1):02d}" for r in region],
            "region": region,
            "acres92": np.round(acres87 * draw.normal(0.98, 0.05, n)),
            "acres87": acres87,
            "farms92": np.round(number * draw.normal(0.93, 0.06, n)),
            "farms87": number,
            "largef92": np.round(np.exp(3.4 + draw.normal(0, 1.0, n))),
            "smallf92": np.round(np.exp(3.3 + draw.normal(0, 1.0, n))),
        }
    )


def agstrat() -> pd.DataFrame:
    sizes = {"NC": (1054, 103), "NE": (220, 21), "S": (1382, 135), "W": (422, 41)}
    region = np.repeat(list(sizes), [n for _, n in sizes.values()])
    frame = farms("agstrat", region, {"NC": 12, "NE": 6, "S": 15, "W": 10})
    weight = {r: size / n for r, (size, n) in sizes.items()}
    return frame.assign(strwt=[weight[r] for r in region])


def agsrs() -> pd.DataFrame:
    region = pick(rng("agsrs region"), 300, {"NC": 35, "NE": 8, "S": 43, "W": 14})
    return farms("agsrs", region, {"NC": 12, "NE": 8, "S": 14, "W": 9})


def syc() -> pd.DataFrame:
    draw = rng("syc")
    sizes = [11, 7, 7, 7, 7, 27, 7, 36, 38, 35, 44, 28, 43, 37, 53, 74]
    rows = []
    for stratum, size in enumerate(sizes, start=1):
        for k in range(size):
            facility = stratum <= 5
            for _ in range(draw.integers(8, 14) if facility else 1):
                rows.append((stratum, 100 * stratum + k if facility else 10000 * stratum + k))
    stratum, psu = np.array(rows).T
    n = len(psu)
    age = np.clip(np.round(draw.normal(16.8, 1.7, n)), 11, 24).astype(int)
    drugs = draw.random(n) < 0.25
    return pd.DataFrame(
        {
            "stratum": stratum,
            "psu": psu,
            "finalwt": draw.choice([5, 8, 10, 12, 20, 50], n, p=[0.1, 0.3, 0.3, 0.2, 0.09, 0.01]),
            "randgrp": draw.integers(1, 8, n),
            "age": age,
            "race": holes(draw, draw.integers(1, 6, n), 0.002),
            "educ": np.clip(age - 8 + draw.integers(-2, 3, n), 0, 14),
            "everviol": (draw.random(n) < 0.6).astype(int),
            "prdrug": drugs.astype(int),
            "prprop": (draw.random(n) < 0.75 - 0.2 * drugs).astype(int),
            "agefirst": holes(draw, np.clip(age - draw.integers(1, 7, n), 4, 20), 0.02),
            "usewepn": holes(draw, draw.integers(1, 3, n), 0.01),
            "numarr": holes(draw, draw.integers(1, 40, n), 0.02),
        }
    )


def ess4_gb() -> pd.DataFrame:
    draw = rng("ess4_gb")
    per_stratum = draw.integers(2, 8, 24)
    stratum = np.repeat([f"Area {h:02d}, part {h % 3}" for h in range(24)], per_stratum)
    psu = np.arange(101, 101 + len(stratum))
    size = draw.integers(6, 14, len(psu))
    effect = np.repeat(draw.normal(0, 0.6, len(psu)), size)
    n = int(size.sum())
    items = {
        item: holes(draw, np.clip(np.round(mean + effect + draw.normal(0, 2, n)), 0, 10), 0.01)
        for item, mean in zip(
            ("gvjbevn", "gvhlthc", "gvslvol", "gvslvue", "gvcldcr", "gvpdlwk"),
            (5.9, 8.4, 8.2, 6.0, 6.9, 7.1),
            strict=True,
        )
    }
    return pd.DataFrame(
        {
            "psu": np.repeat(psu, size),
            "dweight": np.round(draw.uniform(0.5, 2.0, n), 4),
            "stratval": np.repeat(stratum, size),
            **items,
            "sbprvpv": holes(draw, draw.integers(1, 6, n), 0.02),
        }
    )


def yrbs() -> pd.DataFrame:
    draw = rng("yrbs")
    sizes = [6, 3, 3, 4, 3, 2, 9, 2, 3, 7, 5, 4, 3]
    strata = [101, 102, 103, 111, 112, 113, 201, 202, 203, 211, 212, 213, 214]
    psus = [(h, 1000 * h + k) for h, m in zip(strata, sizes, strict=True) for k in range(m)]
    n = draw.integers(10, 24, len(psus))
    total = int(n.sum())
    return pd.DataFrame(
        {
            "weight": np.round(np.exp(draw.normal(-0.4, 0.9, total)), 4),
            "stratum": np.repeat([p[0] for p in psus], n),
            "psu": np.repeat([p[1] for p in psus], n),
            "qn8": holes(draw, 1 + (draw.random(total) < 0.16), 0.44),
        }
    )


def hospital() -> pd.DataFrame:
    draw = rng("hospital")
    level = np.repeat([1, 2, 3], [4, 5, 6])
    total = np.repeat([42, 99, 17], [4, 5, 6])
    return pd.DataFrame(
        {
            "hospno": draw.permutation(np.arange(1, 151))[:15],
            "oblevel": level,
            "weighta": total / np.repeat([4, 5, 6], [4, 5, 6]),
            "tothosp": total,
            "births": np.round(np.exp(5 + level + draw.normal(0, 0.6, 15))),
        }
    )


def scd() -> pd.DataFrame:
    draw = rng("scd")
    arrests = draw.integers(70, 700, 6)
    return pd.DataFrame(
        {
            "ESA": [1, 1, 2, 2, 3, 3],
            "ambulance": [1, 2] * 3,
            "arrests": arrests,
            "alive": np.round(arrests * draw.uniform(0.1, 0.4, 6)),
        }
    )


def fpc() -> pd.DataFrame:
    draw = rng("fpc")
    return pd.DataFrame(
        {
            "stratid": [1] * 5 + [2] * 3,
            "psuid": [1, 2, 3, 4, 5, 1, 2, 3],
            "weight": [3] * 5 + [4] * 3,
            "nh": [5] * 5 + [3] * 3,
            "Nh": [15] * 5 + [12] * 3,
            "x": np.round(draw.uniform(2, 10, 8), 1),
        }
    )


TWINS = (
    *(apistrat, apiclus1, apiclus2, apisrs, nhanes, agstrat, agsrs, syc, ess4_gb, yrbs),
    *(hospital, scd, fpc),
)
