"""Samples of the parity matrix with strata, PSUs or stages: columns, derived columns and roles.

`roles` say which column plays which part in the statistics (make_cases.py).
"""

from __future__ import annotations

from tests.golden.parity.columns import blank, equals, fill, linear, over, step

API = {
    "stype": "stype",
    "dnum": "dnum",
    "snum": "snum",
    "sch_wide": "sch.wide",
    "awards": "awards",
    "meals": "meals",
    "api00": "api00",
    "api99": "api99",
    "enroll": "enroll",
    "api_stu": "api.stu",
    "acs_46": "acs.46",
    "pw": "pw",
}
API_DERIVED = [
    over("high", "api00", 650),
    equals("award", "awards", "Yes"),
    blank("high_m", "high", 7),
    linear("x", "api99", 0, 0.01),
]
API_ROLES = {
    "y": "api00",
    "x": "x",
    "total": "enroll",
    "b": "high",
    "c": "award",
    "g": "sch_wide",
    "ym": "acs_46",
    "bm": "high_m",
    "where": "meals > 20",
}
AG = {
    name: name
    for name in (
        *("state", "region", "acres92", "acres87", "farms92", "farms87", "largef92", "smallf92"),
    )
}
AG_DERIVED = [
    over("many", "farms92", 600),
    over("large", "largef92", 40),
    over("small", "smallf92", 40),
    blank("acres_m", "acres92", 6),
    blank("many_m", "many", 7),
    linear("x", "acres87", 1, 1e-5),
    linear("one", "acres87", 1, 0),
]
AG_ROLES = {
    "y": "acres92",
    "x": "x",
    "total": "acres92",
    "b": "many",
    "c": "large",
    "g": "small",
    "ym": "acres_m",
    "bm": "many_m",
    "where": "farms87 > 300",
}
NHANES_ROLES = {
    "y": "age",
    "x": "x",
    "total": "age",
    "b": "white",
    "c": "middle",
    "g": "RIAGENDR",
    "ym": "age_m",
    "bm": "HI_CHOL",
    "where": "race < 3",
}
NHANES = {
    "shared": "design/nhanes_r_survey.csv.gz",
    "shipped": "nhanes.csv.gz",
    "columns": {
        name: name
        for name in (*("SDMVPSU", "SDMVSTRA", "WTMEC2YR", "HI_CHOL", "race", "agecat", "RIAGENDR"),)
    },
    "derive": [
        step(
            "age",
            "map",
            "agecat",
            map={"(0,19]": 10, "(19,39]": 30, "(39,59]": 50, "(59,Inf]": 70},
        ),
        equals("white", "race", 2),
        equals("middle", "agecat", "(39,59]"),
        linear("x", "race", 1, 0.5),
        blank("age_m", "age", 9),
    ],
    "roles": NHANES_ROLES,
}
NHANES2 = {
    "shared": "design/nhanes2_stata_subset.csv",
    "shipped": "nhanes2.csv.gz",
    "columns": {
        name: name
        for name in (
            *("stratid", "psuid", "region", "race", "diabetes", "finalwgt", "zinc", "highbp"),
            "highlead",
        )
    },
    "derive": [
        fill("zinc_f", "zinc", 85),
        equals("south", "region", 3),
        equals("white", "race", 1),
        linear("x", "stratid", 1, 0.1),
        blank("bp_m", "highbp", 8),
        step("row", "row"),
        linear("fpc1", "stratid", 12, 0),
        step("ssu", "count", ["stratid", "psuid"], times=5),
    ],
    "roles": {
        "y": "zinc_f",
        "x": "x",
        "total": "zinc_f",
        "b": "highbp",
        "c": "south",
        "g": "race",
        "ym": "zinc",
        "bm": "bp_m",
        "where": "region > 1",
    },
}
GSS_COLUMNS = {
    name: name
    for name in (*("year", "age", "sex", "race", "happy", "siblings", "wtssps", "vpsu", "vstrat"),)
}
GSS_DERIVED = [
    fill("years", "age", 50),
    fill("sex_f", "sex", "Female"),
    fill("race_f", "race", "White"),
    fill("sibs", "siblings", "2"),
    equals("woman", "sex_f", "Female"),
    equals("white", "race_f", "White"),
    equals("many", "sibs", "6+"),
    equals("very_happy", "happy", "Very Happy"),
    linear("x", "wtssps", 1, 0.5),
]
GSS_ROLES = {
    "y": "years",
    "x": "x",
    "total": "woman",
    "b": "white",
    "c": "many",
    "g": "sex_f",
    "ym": "age",
    "bm": "very_happy",
    "where": "years > 30",
}
YEARS = (2006, 2010, 2018, 2021, 2022, 2024)
ESS_ITEMS = ("gvjbevn", "gvhlthc", "gvslvol", "gvslvue", "gvcldcr", "gvpdlwk")


def _api(name: str, extra: dict[str, str], *, derive: list[dict] | None = None) -> dict:
    return {
        "shared": f"design/{name}.csv",
        "shipped": f"{name}.csv",
        "columns": API | extra,
        "derive": [*API_DERIVED, *(derive or [])],
        "roles": API_ROLES,
    }


def _ag(name: str, extra: dict[str, str], derive: list[dict]) -> dict:
    return {
        "shared": f"design/lohr_{name}.csv",
        "shipped": f"{name}.csv",
        "columns": AG | extra,
        "derive": [*AG_DERIVED, *derive],
        "roles": AG_ROLES,
    }


SAMPLES: dict[str, dict] = {
    "apistrat": _api("apistrat", {"fpc": "fpc"}),
    "apiclus1": _api("apiclus1", {"fpc": "fpc"}),
    "apiclus2": _api("apiclus2", {"fpc1": "fpc1", "fpc2": "fpc2"}),
    "apisrs": _api("apisrs", {"fpc": "fpc"}),
    "apisrs_pps": _api(
        "apisrs", {}, derive=[linear("p", "meals", 0.02, 0.001), step("wp", "inverse", "p")]
    ),
    "apiclus1_pps": _api(
        "apiclus1", {}, derive=[linear("p", "dnum", 0.01, 0.00005), step("wp", "inverse", "p")]
    ),
    "nhanes": NHANES,
    "nhanes_paired": NHANES | {"keep": "SDMVSTRA != 86"},
    "nhanes_lonely": NHANES | {"keep": "SDMVSTRA != 80 or SDMVPSU == 1"},
    "nhanes2": NHANES2,
    "nhanes2_small": NHANES2 | {"keep": "stratid < 13 and row < 3000"},
    "nhanes2_lonely": NHANES2 | {"keep": "stratid != 4 or psuid == 2"},
    "agstrat": _ag(
        "agstrat",
        {"strwt": "strwt"},
        [
            step("N", "map", "region", map={"NC": 1054, "NE": 220, "S": 1382, "W": 422}),
            step("states", "map", "region", map={"NC": 13, "NE": 14, "S": 17, "W": 14}),
            step("counties", "count", ["region", "state"], times=4),
            step("row", "row"),
            linear("p", "farms87", 0.05, 0.0002),
            step("wp", "inverse", "p"),
        ],
    ),
    "agsrs": _ag(
        "agsrs",
        {},
        [linear("N", "one", 3078, 0), linear("w", "one", 10.26, 0), linear("M", "one", 60, 0)],
    ),
    "syc": {
        "shared": "design/lohr_syc.csv",
        "shipped": "syc.csv.gz",
        "columns": {
            name: name
            for name in (
                *("stratum", "psu", "finalwt", "randgrp", "age", "race", "educ", "everviol"),
                *("prdrug", "prprop", "agefirst", "usewepn", "numarr"),
            )
        },
        "derive": [
            equals("armed", "usewepn", 1),
            linear("x", "educ", 1, 0.2),
            linear("one", "educ", 1, 0),
        ],
        "roles": {
            "y": "age",
            "x": "x",
            "total": "everviol",
            "b": "everviol",
            "c": "prdrug",
            "g": "prprop",
            "ym": "agefirst",
            "bm": "armed",
            "where": "educ >= 8",
        },
    },
    "ess4_gb": {
        "shared": "design/ess4_gb.csv",
        "shipped": "ess4_gb.csv.gz",
        "columns": {name: name for name in ("psu", "dweight", "stratval", *ESS_ITEMS, "sbprvpv")},
        "derive": [
            fill("jobs", "gvjbevn", 5),
            fill("care", "gvpdlwk", 7),
            fill("old", "gvslvol", 8),
            over("high", "jobs", 6),
            over("caring", "care", 7),
            over("older", "old", 8),
            over("vue", "gvslvue", 5),
            linear("x", "care", 1, 0.2),
        ],
        "roles": {
            "y": "jobs",
            "x": "x",
            "total": "high",
            "b": "high",
            "c": "caring",
            "g": "older",
            "ym": "gvslvue",
            "bm": "vue",
            "where": "care > 4",
        },
    },
    "yrbs": {
        "shared": "design/yrbs2015_r_survey.csv.gz",
        "shipped": "yrbs.csv.gz",
        "columns": {name: name for name in ("weight", "stratum", "psu", "qn8")},
        "derive": [
            equals("helmet", "qn8", 1),
            fill("asked", "qn8", 3),
            linear("x", "stratum", 0, 0.01),
        ],
        "roles": {
            "y": "asked",
            "x": "x",
            "total": "asked",
            "ym": "qn8",
            "bm": "helmet",
            "where": "stratum > 110",
        },
    },
    "hospital": {
        "shared": "design/hospital.csv",
        "shipped": "hospital.csv",
        "columns": {name: name for name in ("hospno", "oblevel", "weighta", "tothosp", "births")},
        "derive": [step("p", "inverse", "weighta"), blank("births_m", "births", 6)],
        "roles": {
            "y": "births",
            "x": "hospno",
            "total": "births",
            "ym": "births_m",
            "where": "hospno > 10",
        },
    },
    "scd": {
        "shared": "design/scd.csv",
        "shipped": "scd.csv",
        "columns": {name: name for name in ("ESA", "ambulance", "arrests", "alive")},
        "derive": [
            linear("w", "ESA", 2, 0),
            *(
                step(f"h{k}", "cells", ["ESA", "ambulance"], cells=cells)
                for k, cells in enumerate(
                    (
                        {"1|1": 4, "2|1": 4, "3|1": 4},
                        {"1|1": 4, "2|2": 4, "3|2": 4},
                        {"1|2": 4, "2|1": 4, "3|2": 4},
                        {"1|2": 4, "2|2": 4, "3|1": 4},
                    ),
                    start=1,
                )
            ),
        ],
        "roles": {"y": "alive", "x": "arrests", "total": "arrests"},
    },
    "fpc": {
        "shared": "design/fpc.csv",
        "shipped": "fpc.csv",
        "columns": {name: name for name in ("stratid", "psuid", "weight", "nh", "Nh", "x")},
        "derive": [],
        "roles": {"y": "x", "x": "weight", "total": "x"},
    },
}
