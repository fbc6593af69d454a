"""The designs of the parity matrix: each lays strata, PSUs, weights or replicates over a data set.

A design states its method (how variances are made) and its features; the statistics asked of it
follow from the roles of its data set (make_cases.py). Invented finite populations, totals and
bounds are arguments of the R functions and of the suite alike.
"""

from __future__ import annotations

from tests.golden.parity.layout import API_GREG, CLUS1, NHANES, calibration, design
from tests.golden.parity.linearised import taylor
from tests.golden.parity.replicated import replicated

# Bounds that no weights can keep, with the auxiliary that must be named.
INFEASIBLE: dict[str, dict] = {
    "linear": design(
        "apiclus1", "taylor", "", **CLUS1, calibration=API_GREG | {"bounds": [0.99, 1.01]}
    ),
    "logit": design(
        *("apiclus1", "taylor", ""),
        **CLUS1,
        calibration=API_GREG | {"method": "logit", "bounds": [0.99, 1.01]},
    ),
    "small category": design(
        *("nhanes", "taylor", ""),
        **NHANES,
        calibration=calibration(
            "linear",
            {"race": {"1": 44.0e6, "2": 12.0e6, "3": 33.0e6, "4": 191.0e6}},
            280.0e6,
            bounds=[0.5, 2.0],
        ),
    ),
}
DESIGNS: dict[str, dict] = taylor() | replicated()
