"""Twins of polls and repeated surveys: their columns and gaps, with invented values."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.golden.parity.drawing import holes, pick, rng


def pew() -> pd.DataFrame:
    draw = rng("pew")
    n = 700
    answers = {"Disapprove": 52, "Approve": 42, "Don't know/Refused (VOL.)": 6}
    ages = ("65+", "55-64", "45-54", "35-44", "25-34", "18-24", "DK/Ref")
    education = ("Coll+", "HS grad or less", "Some coll/Assoc degree", "DK/Ref")
    party = pick(draw, n, {"Independent": 40, "Democrat": 34, "Republican": 26})
    lean = pick(draw, n, {"Democrat": 45, "Republican": 40, "Other": 15})
    return pd.DataFrame(
        {
            "cregion": pick(draw, n, {"South": 37, "Midwest": 23, "West": 23, "Northeast": 17}),
            "q1": pick(draw, n, answers),
            "q45": pick(draw, n, answers),
            "sex": pick(draw, n, {"Female": 52, "Male": 48}),
            "recage": pick(draw, n, dict(zip(ages, (27, 20, 18, 13, 11, 9, 2), strict=True))),
            "receduc": pick(draw, n, dict(zip(education, (39, 32, 28, 1), strict=True))),
            "party": party,
            "weight": np.round(draw.uniform(1, 8, n), 6),
            "llweight": np.round(draw.gamma(1.2, 3.3, n), 1),
            "partyln": np.where(party == "Independent", lean, None),
        }
    )


def profresp() -> pd.DataFrame:
    draw = rng("profresp")
    n = 800
    return pd.DataFrame(
        {
            "panelq1": holes(draw, 1 + (draw.random(n) < 0.35), 0.005),
            "age4cat": draw.integers(1, 5, n),
            "edu3cat": pick(draw, n, {1: 20, 2: 45, 3: 35}),
            "gender": draw.integers(1, 3, n),
            "non_white": holes(draw, (draw.random(n) < 0.18).astype(int), 0.01),
            "motive": holes(draw, draw.integers(1, 5, n), 0.01),
            "freq_q1": holes(draw, draw.poisson(3.7, n), 0.01),
            "freq_q2": holes(draw, np.minimum(draw.poisson(8.1, n), 31), 0.01),
        }
    )


def hdv2003() -> pd.DataFrame:
    draw = rng("hdv2003")
    n = 500
    shares = {
        "cinema": 0.45,
        "bricol": 0.41,
        "cuisine": 0.43,
        "peche.chasse": 0.12,
        "lecture.bd": 0.05,
        "hard.rock": 0.03,
        "sport": 0.39,
    }
    hobby = {k: pick(draw, n, {"Oui": p, "Non": 1 - p}) for k, p in shares.items()}
    return pd.DataFrame({"poids": np.round(np.exp(draw.normal(8.3, 0.7, n)), 6), **hobby})


def wvs_usa() -> pd.DataFrame:
    draw = rng("wvs_usa")
    year = np.repeat([1982, 1990, 1995, 1999, 2006, 2011], 70)
    answer = np.clip(np.round(draw.normal(6.5, 2.4, len(year))), 1, 10)
    return pd.DataFrame({"year": year, "satisfinancial": holes(draw, answer, 0.02)})


def eurobarometer() -> pd.DataFrame:
    draw = rng("eurobarometer")
    waves = ("2828", "3171", "3639", "4414", "4744", "5481", "5913", "6863", "7562")
    wave = np.repeat([f"ZA{w}" for w in waves], 60)
    n = len(wave)
    asked = wave != "ZA7562"
    return pd.DataFrame(
        {
            "rowid": [f"{w}_trust_{k}" for k, w in enumerate(wave, start=1)],
            "weight_poststrat": np.round(draw.uniform(0.3, 2.5, n), 4),
            "trust_national_parliament": holes(draw, (draw.random(n) < 0.42).astype(int), 0.12),
            "trust_european_parliament": holes(
                draw, pd.Series((draw.random(n) < 0.63).astype(int)).where(asked), 0.2
            ),
        }
    )


def anonymity() -> pd.DataFrame:
    draw = rng("anonymity")
    n = 400
    yes = {
        "Worry about Info": 0.49,
        "Anonymity Possible": 0.37,
        "Tried Masking Identity": 0.16,
        "Privacy Laws Effective": 0.26,
    }
    return pd.DataFrame(
        {
            "Info on Internet": holes(draw, draw.integers(0, 11, n), 0.21),
            "Privacy Importance": holes(draw, np.round(draw.uniform(0, 100, n), 4), 0.21),
            **{k: holes(draw, (draw.random(n) < p).astype(int), 0.2) for k, p in yes.items()},
        }
    )


def gss() -> pd.DataFrame:
    draw = rng("gss")
    parts = []
    for year, strata in ((2006, 30), (2010, 24), (2018, 20), (2021, 4), (2022, 16), (2024, 16)):
        per = 30 if year == 2021 else 2
        psus = [(1000 * (year - 2000) + h, k) for h in range(strata) for k in range(1, per + 1)]
        # A few PSUs have one respondent, so that one is lost with a missing answer.
        n = np.ones(len(psus), dtype=int) if year == 2021 else draw.integers(1, 14, len(psus))
        total = int(n.sum())
        happy = pick(draw, total, {"Very Happy": 28, "Pretty Happy": 55, "Not Too Happy": 17})
        parts.append(
            pd.DataFrame(
                {
                    "year": year,
                    "age": holes(draw, draw.integers(18, 90, total), 0.03),
                    "sex": holes(draw, pick(draw, total, {"Female": 55, "Male": 45}), 0.01),
                    "race": holes(
                        draw, pick(draw, total, {"White": 73, "Black": 16, "Other": 11}), 0.01
                    ),
                    "happy": holes(draw, happy, 0.08),
                    "siblings": holes(
                        draw, draw.choice(["0", "1", "2", "3", "4", "5", "6+"], total), 0.08
                    ),
                    "wtssps": np.round(np.exp(draw.normal(-0.25, 0.7, total)), 6),
                    "vpsu": np.repeat([p[1] for p in psus], n),
                    "vstrat": np.repeat([p[0] for p in psus], n),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


TWINS = (pew, profresp, hdv2003, wvs_usa, eurobarometer, anonymity, gss)
