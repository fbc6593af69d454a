"""Designs of the parity matrix whose variances come from replicates, given or made."""

from __future__ import annotations

from tests.golden.parity.layout import (
    AGSTRAT,
    API_GREG,
    API_RAKE,
    CLUS1,
    CLUS2,
    N2_GREG,
    N2_RAKE,
    N_GREG,
    N_RAKE,
    NHANES,
    NHANES2,
    REGIONS,
    STRAT,
    WIDE,
    calibration,
    design,
    made,
)


def replicated() -> dict[str, dict]:
    """Replicate variances."""
    fay = {"columns": [f"BRRWT{k}" for k in range(1, 97)], "type": "Fay", "rho": 0.5, "mse": True}
    half = {"columns": ["h1", "h2", "h3", "h4"], "type": "BRR", "rho": 0, "mse": False}
    jk1 = made("jk1")
    jkn = made("jkn")
    groups = {"weight": "finalwt", "psu": ["randgrp"]}
    states = {"weight": "w", "psu": ["state"]}
    found = {
        "scd_brr": design("scd", "brr", "given_replicates strata psu", weight="w", replicates=half),
        "recs_fay": design("recs", "fay", "given_replicates", weight="NWEIGHT", replicates=fay),
        "part_fay": design(
            "recs_part", "fay", "given_replicates", weight="NWEIGHT", replicates=fay
        ),
        "recs_fay_centred": design(
            "recs", "fay", "given_replicates", weight="NWEIGHT", replicates=fay | {"mse": False}
        ),
        "jk1_apiclus1": design(
            "apiclus1", "jk1", "made_replicates psu fpc", **CLUS1, replicates=jk1
        ),
        "jk1_syc": design("syc", "jk1", "made_replicates psu", **groups, replicates=jk1),
        "jk1_agsrs": design(
            "agsrs", "jk1", "made_replicates psu", **states, replicates=jk1 | {"mse": True}
        ),
        "jk1_agsrs_fpc": design(
            "agsrs", "jk1", "made_replicates psu fpc", **states, fpc=["M"], replicates=jk1
        ),
        "jkn_nhanes2": design(
            "nhanes2", "jkn", "made_replicates strata psu", **NHANES2, replicates=jkn
        ),
        "jkn_nhanes": design(
            *("nhanes", "jkn", "made_replicates strata psu"),
            **NHANES,
            replicates=jkn | {"mse": True},
        ),
        "jkn_apistrat": design(
            *("apistrat", "jkn", "made_replicates strata fpc"),
            **STRAT,
            fpc=["fpc"],
            replicates=jkn,
        ),
        "jkn_hospital": design(
            *("hospital", "jkn", "made_replicates strata fpc"),
            weight="weighta",
            strata=["oblevel"],
            fpc=["tothosp"],
            replicates=jkn | {"mse": True},
        ),
        **{
            f"jkn_lonely_{name}": design(
                f"{name}_lonely",
                "jkn",
                "made_replicates lonely strata psu",
                **columns,
                lonely="certainty",
                replicates=jkn,
            )
            for name, columns in (("nhanes", NHANES), ("nhanes2", NHANES2))
        },
        "jkn_agstrat_fpc": design(
            *("agstrat", "jkn", "made_replicates strata psu fpc"),
            **AGSTRAT,
            psu=["state"],
            fpc=["states"],
            replicates=jkn,
        ),
        "boot_apiclus2": design(
            *("apiclus2", "bootstrap", "made_replicates two_stage psu fpc"),
            **CLUS2,
            replicates=made("mrbbootstrap", n=40),
        ),
        "boot_nhanes2_stages": design(
            *("nhanes2_small", "bootstrap", "made_replicates two_stage strata psu fpc"),
            weight="finalwgt",
            strata=["stratid"],
            psu=["psuid", "row"],
            fpc=["fpc1", "ssu"],
            nested=True,
            replicates=made("mrbbootstrap", n=25),
        ),
        "boot_apiclus1": design(
            *("apiclus1", "bootstrap", "made_replicates psu fpc"),
            **CLUS1,
            replicates=made("mrbbootstrap", n=40),
        ),
        "boot_apistrat": design(
            *("apistrat", "bootstrap", "made_replicates strata"),
            **STRAT,
            replicates=made("subbootstrap", n=50),
        ),
        "boot_agstrat": design(
            *("agstrat", "bootstrap", "made_replicates strata fpc"),
            **AGSTRAT,
            fpc=["N"],
            replicates=made("mrbbootstrap", n=50),
        ),
        "boot_nhanes2": design(
            *("nhanes2", "bootstrap", "made_replicates strata psu"),
            **NHANES2,
            replicates=made("subbootstrap", n=50, mse=True),
        ),
    }
    for kind, how in (
        ("brr", made("brr")),
        ("fay", made("fay", rho=0.3, mse=True)),
    ):
        for name, columns in (("nhanes_paired", NHANES), ("nhanes2", NHANES2)):
            found[f"{kind}_{name}"] = design(
                name, kind, "made_replicates strata psu", **columns, replicates=how
            )
    return found | _calibrated(found)


def _calibrated(found: dict[str, dict]) -> dict[str, dict]:
    """The same replicate designs, every replicate calibrated again."""
    aims = {
        "apiclus1": (API_RAKE, API_GREG),
        "apistrat": (
            calibration("raking", {"sch_wide": WIDE, "awards": {"No": 2027, "Yes": 4167}}, 6194),
            calibration("linear", {"sch_wide": WIDE}, 6194, numeric={"api99": 3914069}),
        ),
        "nhanes2": (N2_RAKE, N2_GREG),
        "nhanes": (N_RAKE, N_GREG),
        "nhanes_paired": (N_RAKE, N_GREG),
        "syc": (
            calibration(
                "raking",
                {"prdrug": {"0": 18600, "1": 6400}, "prprop": {"0": 7700, "1": 17300}},
                25000,
            ),
            calibration("linear", {"prdrug": {"0": 18600, "1": 6400}}, 25000, numeric={"x": 71000}),
        ),
        "recs_part": (
            calibration(
                "raking",
                {
                    "Region": {"Midwest": 2.2e6, "Northeast": 1.7e6, "South": 3.7e6, "West": 2.2e6},
                    "ac": {"0": 1.3e6, "1": 8.5e6},
                },
                9.8e6,
            ),
            calibration("linear", {"ac": {"0": 1.3e6, "1": 8.5e6}}, 9.8e6, numeric={"x": 20.6e6}),
        ),
        "agstrat": (
            calibration("raking", {"region": REGIONS, "small": {"0": 1750, "1": 1328}}, 3078),
            calibration("linear", {"region": REGIONS}, 3078, numeric={"farms87": 1.98e6}),
        ),
    }
    names = (
        *("jk1_apiclus1", "jk1_syc", "jkn_nhanes2", "jkn_nhanes", "brr_nhanes2"),
        *("brr_nhanes_paired", "fay_nhanes2", "fay_nhanes_paired", "part_fay"),
        *("boot_nhanes2", "boot_agstrat", "boot_apistrat"),
    )
    out = {}
    for name in names:
        base = found[name]
        for word, aim in zip(("raked", "greg"), aims[base["data"]], strict=True):
            out[f"{word}_{name}"] = base | {
                "features": [*base["features"], word],
                "calibration": aim,
            }
    return out
