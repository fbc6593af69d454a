"""Asks the suite what R was asked: one case of the parity matrix in, its rows out.

Decided here: how a design of cases.json is laid over a frame, and which call answers a statistic.
Rows are keyed as R's are: domain, then category. What must agree how closely: agreement.py.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.estimate.calibrated import calibrated
from analysis.estimate.survey import Survey
from analysis.models.base import by_domain
from analysis.models.glm import glm
from analysis.models.raoscott import chisq
from analysis.models.ttest import ttest
from analysis.models.wald import wald
from survey.design.multipliers import Multipliers, jackknife_1, jackknife_n
from tests.parity.frames import load

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "parity"
SPEC = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))
CASES = {case["id"]: case for case in SPEC["cases"]}
RESIDUALS = ("final", "base", "unweighted")


class Runner:
    """Answers cases on the shipped files, or on the real ones in a folder."""

    def __init__(self, shared: Path | None = None) -> None:
        self.shared = shared
        name = "twin" if shared is None else "real"
        packed = (GOLDEN / f"answers_{name}.json.gz").read_bytes()
        self.golden = json.loads(gzip.decompress(packed))
        self._name = name
        self._frames: dict[str, pd.DataFrame] = {}
        self._surveys: dict[tuple[str, str], Survey] = {}

    def answer(self, case: dict, way: str = "final") -> dict[str, dict]:
        """Rows of a case by key: est, se, df, lo, hi, or stat, df1, df2, p.

        `way`: the residuals of a calibrated design, or ``given`` for a jackknife whose weights
        are handed over as a table.
        """
        return ASKED[case["statistic"]](self.survey(case["design"], way), case)

    def frame(self, name: str) -> pd.DataFrame:
        """The data set of a design."""
        data = SPEC["designs"][name]["data"]
        if data not in self._frames:
            self._frames[data] = load(SPEC["datasets"][data], self.shared)
        return self._frames[data]

    def survey(self, name: str, residuals: str = "final") -> Survey:
        """The survey of a design."""
        if (name, residuals) not in self._surveys:
            self._surveys[name, residuals] = self._survey(name, residuals)
        return self._surveys[name, residuals]

    def _survey(self, name: str, residuals: str) -> Survey:
        design = SPEC["designs"][name]
        frame = self.frame(name)
        how = design["replicates"]
        aim = design["calibration"]
        if how and "columns" in how:
            if aim is None:
                return Survey(
                    frame,
                    weight=design["weight"],
                    replicates=how["columns"],
                    method=how["type"].lower(),
                    rho=how["rho"] if how["type"] == "Fay" else None,
                    mse=how["mse"],
                )
            multipliers = frame[how["columns"]].to_numpy() / frame[[design["weight"]]].to_numpy()
            count = multipliers.shape[1]
            scale = 1 / (count * (1 - how["rho"]) ** 2)
            made = Multipliers(
                multipliers,
                scale,
                np.ones(count),
                how["mse"],
                self.golden["made"][name]["df"],
                "fay",
            )
            whole = _calibrated(Survey(frame, weight=design["weight"]), aim, residuals)
            return whole.with_multipliers(made)
        if how and aim is None and how["make"] not in ("jk1", "jkn"):
            unit, table = exported(name, self._name)
            return self._given(name, table[unit])
        survey = Survey(
            frame,
            weight=design["weight"],
            strata=design["strata"],
            psu=design["psu"],
            fpc=design["fpc"],
            nested=design["nested"],
            pps=design["pps"],
            lonely=design["lonely"],
        )
        if aim:
            survey = _calibrated(survey, aim, residuals)
        return survey if how is None else self._replicated(survey, name, how, residuals)

    def _given(self, name: str, table: np.ndarray) -> Survey:
        """Replicates as somebody delivers them: multipliers, scales and centring."""
        told = self.golden["made"][name]
        return Survey(
            self.frame(name),
            weight=SPEC["designs"][name]["weight"],
            replicates=table,
            combined=False,
            method={"jk1": "jk1", "jkn": "jkn"}.get(SPEC["designs"][name]["method"], "other"),
            scale=float(np.asarray(told["scale"], dtype=float)),
            rscales=np.asarray(told["rscales"], dtype=float),
            mse=SPEC["designs"][name]["replicates"]["mse"],
        )

    def _replicated(self, survey: Survey, name: str, how: dict, way: str) -> Survey:
        design = survey.sample.design
        if how["make"] in ("jk1", "jkn"):
            if way == "given":
                return self._given(name, _left_out(survey.sample.design))
            maker = jackknife_1 if how["make"] == "jk1" else jackknife_n
            return survey.with_multipliers(maker(design, mse=how["mse"]))
        told = self.golden["made"][name]
        base = name.removeprefix("raked_").removeprefix("greg_")
        unit, table = exported(base, self._name)
        scale = float(np.asarray(told["scale"], dtype=float))
        rscales = np.asarray(told["rscales"], dtype=float)
        values = np.empty((len(design.psus), table.shape[1]))
        values[design.psu] = table[unit]
        made = Multipliers(values, scale, rscales, how["mse"], float(told["df"]), how["make"])
        return survey.with_multipliers(made)


def has_degrees(case: dict) -> bool:
    """R has a rule for the degrees of freedom of all but calibrated replicates."""
    design = SPEC["designs"][case["design"]]
    return design["calibration"] is None or design["replicates"] is None


def _left_out(design) -> np.ndarray:
    """Multipliers of a jackknife by the book, PSU after PSU in the order of the rows, (n, R)."""
    columns = []
    seen: list[tuple] = []
    place = [(design.stratum[psu], psu) for psu in design.psu]
    for stratum, psu in place:
        if (stratum, psu) in seen:
            continue
        seen.append((stratum, psu))
        units = {other for h, other in place if h == stratum}
        if len(units) == 1:
            continue
        grown = len(units) / (len(units) - 1)
        columns.append([0.0 if p == psu else grown if h == stratum else 1.0 for h, p in place])
    return np.array(columns).T


def calibrated_weights(survey: Survey) -> np.ndarray:
    """Final weights of the respondents, in the order of the file."""
    return survey.sample.weight


@cache
def exported(name: str, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Replicate multipliers R drew: row of the table of every respondent, and the table."""
    path = GOLDEN / "replicates" / f"{name}_{kind}.json.gz"
    found = json.loads(gzip.decompress(path.read_bytes()))
    return np.array(found["unit"]) - 1, np.array(found["multipliers"], dtype=float)


def _calibrated(survey: Survey, aim: dict, residuals: str) -> Survey:
    method = "raking" if aim["method"] == "poststratify" else aim["method"]
    return calibrated(
        survey,
        margins=aim["margins"],
        totals=aim["numeric"] or None,
        method=method,
        bounds=tuple(aim["bounds"]) if aim["bounds"] else None,
        residuals=residuals,
    )


def _rows(result, case: dict, *, category: str | None = None) -> dict[str, dict]:
    found = {}
    for row, length in zip(result.rows.to_dict("records"), _lengths(result), strict=True):
        parts = [] if row["domain"] == "all" else [row["domain"]]
        if category is not None:
            parts.append(f"{category}{row['category']}")
        found["&".join(parts)] = {
            "est": row["estimate"],
            "se": row["se"],
            "df": row["df"],
            "lo": row["ci_low"],
            "hi": row["ci_high"],
            "deff": row["deff"],
            "length": length,
        }
    return found


def _lengths(result) -> list[float | None]:
    """Length of every row's variance factor; None for rows that have none."""
    if result.factor is None:
        return [None] * len(result.rows)
    return np.sqrt((result.factor**2).sum(axis=0)).tolist()


def _split(case: dict) -> dict:
    return {"by": case.get("by", ()), "where": case.get("where")}


def _mean(survey: Survey, case: dict) -> dict[str, dict]:
    return _rows(survey.mean(case["ask"]["y"], **_split(case)), case)


def _total(survey: Survey, case: dict) -> dict[str, dict]:
    return _rows(survey.total(case["ask"]["y"], **_split(case)), case)


def _share(survey: Survey, case: dict) -> dict[str, dict]:
    x = case["ask"]["x"]
    return _rows(survey.share(x, **_split(case)), case, category=f"{x}=")


def _ratio(survey: Survey, case: dict) -> dict[str, dict]:
    return _rows(survey.ratio(case["ask"]["a"], case["ask"]["b"], **_split(case)), case)


def _quantile(survey: Survey, case: dict) -> dict[str, dict]:
    interval = "mean" if survey.sample.replicates is None else "replicate"
    ask = case["ask"]
    result = survey.quantile(
        ask["y"], ask["p"], interval=interval, rule=ask.get("qrule", "math"), **_split(case)
    )
    return _rows(result, case, category="p=")


def _variance(survey: Survey, case: dict) -> dict[str, dict]:
    return _rows(survey.variance(case["ask"]["y"], **_split(case)), case)


def _correlation(survey: Survey, case: dict) -> dict[str, dict]:
    return _rows(survey.correlation(case["ask"]["a"], case["ask"]["b"], **_split(case)), case)


def _multi(survey: Survey, case: dict) -> dict[str, dict]:
    result = survey.multi(case["ask"]["items"], base="all", name="set", **_split(case))
    return _rows(result, case, category="")


def _deff(survey: Survey, case: dict) -> dict[str, dict]:
    found = {}
    for statistic in ("mean", "total"):
        for kind, field in (("replace", "deff_replace"), ("without", "deff")):
            other = survey.with_sample(survey.sample)
            other.deff = kind
            rows = _rows(getattr(other, statistic)(case["ask"]["y"], **_split(case)), case)
            for key, row in rows.items():
                at = f"{key}&{statistic}" if key else statistic
                found.setdefault(at, {"est": row["est"], "se": row["se"]})[field] = row["deff"]
    return found


def _contrast(survey: Survey, case: dict) -> dict[str, dict]:
    ask = case["ask"]
    means = survey.mean(ask["y"], by=ask["g"], where=case.get("where"))
    return _rows(means.contrast({0: -1, 1: 1}), case)


def _test(test, survey: Survey, case: dict, *columns, **options) -> dict[str, dict]:
    if "by" in case:
        done = by_domain(test, survey, *columns, by=case["by"], where=case.get("where"), **options)
    else:
        done = (test(survey, *columns, where=case.get("where"), **options),)
    return {
        "" if one.domain == "all" else one.domain: {
            "est": one.estimate,
            "se": one.se,
            "stat": one.statistic,
            "p": one.p_value,
            "df": one.df,
            "df1": one.df,
            "df2": one.ddf,
        }
        for one in done
    }


def _chisq(survey: Survey, case: dict) -> dict[str, dict]:
    found = {}
    for kind in ("F", "Chisq"):
        rows = _test(chisq, survey, case, case["ask"]["a"], case["ask"]["b"], statistic=kind)
        found |= {f"{key}&{kind}" if key else kind: row for key, row in rows.items()}
    return found


def _ttest(survey: Survey, case: dict) -> dict[str, dict]:
    return _test(ttest, survey, case, case["ask"]["y"], case["ask"]["g"])


def _glm(survey: Survey, case: dict) -> dict[str, dict]:
    ask = case["ask"]
    model = glm(survey, ask["y"], ask["formula"], family=ask["family"], where=case.get("where"))
    return {
        row["category"].strip("()"): {
            "est": row["estimate"],
            "se": row["se"],
            "df": row["df"],
            "length": length,
        }
        for row, length in zip(model.rows.to_dict("records"), _lengths(model), strict=True)
    }


def _wald(survey: Survey, case: dict) -> dict[str, dict]:
    ask = case["ask"]
    factor = ask["factor"]
    terms = [*ask["formula"], factor]
    model = glm(survey, ask["y"], terms, categorical=[factor], where=case.get("where"))
    one = wald(model, factor)
    return {"F": {"stat": one.statistic, "df1": one.df, "df2": one.ddf, "p": one.p_value}}


ASKED = {
    "mean": _mean,
    "share": _share,
    "total": _total,
    "ratio": _ratio,
    "quantile": _quantile,
    "variance": _variance,
    "correlation": _correlation,
    "multi": _multi,
    "chisq": _chisq,
    "ttest": _ttest,
    "wald": _wald,
    "glm": _glm,
    "contrast": _contrast,
    "deff": _deff,
}
