"""Designs of the parity matrix whose variances are linearised."""

from __future__ import annotations

from tests.golden.parity.layout import (
    ADULTS,
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
    STRAT,
    STYPE,
    WIDE,
    calibration,
    design,
    targets,
)


def taylor() -> dict[str, dict]:
    """Linearised variances."""
    found = {
        "apistrat": design("apistrat", "taylor", "strata fpc", **STRAT, fpc=["fpc"]),
        "apiclus1": design("apiclus1", "taylor", "psu fpc", **CLUS1),
        "apiclus2": design("apiclus2", "taylor", "two_stage psu fpc", **CLUS2),
        "nhanes": design("nhanes", "taylor", "strata psu", **NHANES),
        "nhanes2": design("nhanes2", "taylor", "strata psu", **NHANES2),
        "nhanes2_stages": design(
            *("nhanes2", "taylor", "two_stage strata psu fpc"),
            weight="finalwgt",
            strata=["stratid"],
            psu=["psuid", "row"],
            fpc=["fpc1", "ssu"],
            nested=True,
        ),
        "agstrat": design("agstrat", "taylor", "strata fpc", **AGSTRAT, fpc=["N"]),
        "agstrat_stages": design(
            *("agstrat", "taylor", "two_stage strata psu fpc lonely"),
            weight="strwt",
            strata=["region"],
            psu=["state", "row"],
            fpc=["states", "counties"],
            lonely="certainty",
        ),
        "agsrs": design("agsrs", "taylor", "fpc", weight="w", fpc=["N"]),
        "syc": design(
            *("syc", "taylor", "strata psu"),
            weight="finalwt",
            strata=["stratum"],
            psu=["psu"],
            nested=True,
        ),
        "ess": design(
            "ess4_gb", "taylor", "strata psu", weight="dweight", strata=["stratval"], psu=["psu"]
        ),
        "gss2018": design(
            *("gss2018", "taylor", "strata psu lonely"),
            weight="wtssps",
            strata=["vstrat"],
            psu=["vpsu"],
            nested=True,
            lonely="adjust",
        ),
        "yrbs": design(
            "yrbs", "taylor", "strata psu", weight="weight", strata=["stratum"], psu=["psu"]
        ),
        "hospital": design(
            "hospital",
            "taylor",
            "strata fpc",
            weight="weighta",
            strata=["oblevel"],
            fpc=["tothosp"],
        ),
        "fpc": design(
            *("fpc", "taylor", "strata psu fpc"),
            weight="weight",
            strata=["stratid"],
            psu=["psuid"],
            fpc=["Nh"],
            nested=True,
        ),
        "apistrat_districts": design(
            "apistrat", "taylor", "strata psu", **STRAT, psu=["dnum"], nested=True
        ),
        "pps_apisrs": design("apisrs_pps", "taylor", "pps", weight="wp", fpc=["p"], pps="brewer"),
        "pps_apiclus1": design(
            "apiclus1_pps", "taylor", "pps psu", weight="wp", psu=["dnum"], fpc=["p"], pps="brewer"
        ),
        "pps_agstrat": design(
            *("agstrat", "taylor", "pps strata"),
            weight="wp",
            strata=["region"],
            fpc=["p"],
            pps="brewer",
        ),
        "raked_apiclus1": design(
            "apiclus1", "taylor", "raked psu fpc", **CLUS1, calibration=API_RAKE
        ),
        "raked_nhanes2": design(
            "nhanes2", "taylor", "raked strata psu", **NHANES2, calibration=N2_RAKE
        ),
        "raked_nhanes": design(
            "nhanes", "taylor", "raked strata psu", **NHANES, calibration=N_RAKE
        ),
        "raked_apiclus2": design(
            "apiclus2", "taylor", "raked two_stage psu fpc", **CLUS2, calibration=API_RAKE
        ),
        "raked_pew": design(
            "pew_valid", "taylor", "raked", weight="one", calibration=_margins("pew")
        ),
        "raked_profresp": design(
            "profresp", "taylor", "raked", weight="one", calibration=_margins("profresp")
        ),
        "greg_apiclus1": design(
            "apiclus1", "taylor", "greg psu fpc", **CLUS1, calibration=API_GREG
        ),
        "greg_apistrat": design(
            *("apistrat", "taylor", "greg strata fpc"),
            **STRAT,
            fpc=["fpc"],
            calibration=calibration("linear", {"sch_wide": WIDE}, 6194, numeric={"api99": 3914069}),
        ),
        "greg_nhanes2": design(
            "nhanes2", "taylor", "greg strata psu", **NHANES2, calibration=N2_GREG
        ),
        "bounded_apiclus1": design(
            *("apiclus1", "taylor", "greg psu fpc"),
            **CLUS1,
            calibration=API_GREG | {"bounds": [0.5, 1.7]},
        ),
        "logit_apiclus1": design(
            *("apiclus1", "taylor", "greg psu fpc"),
            **CLUS1,
            calibration=API_GREG | {"method": "logit", "bounds": [0.4, 2.2]},
        ),
        "bounded_nhanes": design(
            *("nhanes", "taylor", "greg strata psu"),
            **NHANES,
            calibration=N_GREG | {"bounds": [0.5, 1.7]},
        ),
        "logit_nhanes": design(
            *("nhanes", "taylor", "greg strata psu"),
            **NHANES,
            calibration=N_GREG | {"method": "logit", "bounds": [0.4, 2.2]},
        ),
        "post_apiclus1": design(
            *("apiclus1", "taylor", "raked psu fpc"),
            **CLUS1,
            calibration=calibration("poststratify", {"stype": STYPE}, 6194),
        ),
    }
    for policy in ("certainty", "adjust", "average"):
        for name, columns in (("nhanes", NHANES), ("nhanes2", NHANES2)):
            found[f"lonely_{policy}_{name}"] = design(
                f"{name}_lonely", "taylor", "lonely strata psu", **columns, lonely=policy
            )
    return found


def _margins(study: str) -> dict:
    margins = targets(study)
    return calibration("raking", margins, ADULTS)
