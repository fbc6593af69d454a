"""Rows of estimates as the report's and the tables' tests need them."""

from __future__ import annotations

import math

import pandas as pd

from analysis.results.schema import COLUMNS, NUMBERS, conform
from analysis.results.select import Row


def row(**values) -> Row:
    """A row of estimates: a collected mean of `trust` unless said otherwise."""
    told = {
        "kind": "collected",
        "study": "tiny",
        "wave": "2020H1",
        "period": "2020-06-30",
        "indicator": "trust",
        "statistic": "mean",
        "domain": "all",
        "base_kind": "all",
        "analysis_unit": "person",
        "variant": "raked",
        "unit": "points10",
        "estimate": 6.3,
        "se": 0.05,
        "ci_low": 6.2,
        "ci_high": 6.4,
        "conf_level": 0.95,
        "df": 100.0,
        "n": 2000.0,
        "n_eff": 1333.0,
        "deff": 1.5,
        "cov_family": "none",
    }
    blank = {name: math.nan if name in NUMBERS else "" for name in COLUMNS}
    return Row(**{**blank, "quality": "ok", "comparable": "same", **told, **values})


def change(**values) -> Row:
    """A change from 2019H1 to 2020H1."""
    told = {"statistic": "change", "reference": "2019H1", "estimate": -0.2, "se": 0.05}
    told |= {"ci_low": -0.3, "ci_high": -0.1, "p_value": 0.0001, "p_adjusted": 0.0002}
    return row(**(told | values))


def frame(*rows: Row) -> pd.DataFrame:
    return conform(pd.DataFrame([vars(one) for one in rows]))
