"""How closely the suite must agree with R, and what of R's answer is compared.

1e-8 relative on estimates, 1e-6 on standard errors and what follows from them; iterative models
1e-6 and 1e-5; absolute 1e-12 times the scale where R's value is about zero.
"""

from __future__ import annotations

import math

ITERATIVE = ("glm", "wald")
ESTIMATES = ("est",)
ABOUT_ZERO = 1e-12
CALIBRATED_ZERO = 1e-10  # what was calibrated to has no error but the tolerance of the calibration


OF_DEGREES = ("df", "df2", "lo", "hi", "p")  # fields that follow from degrees of freedom


def differences(
    case: dict,
    want: list[dict],
    got: dict[str, dict],
    variant: str = "final",
    *,
    degrees: bool = True,
    calibrated: bool = False,
) -> list[str]:
    """Every disagreement in words; none if the suite answers as R does.

    Parameters
    ----------
    case : dict
    want : list of dict
        R's rows of the case.
    got : dict of str to dict
        The suite's rows by key.
    variant : {"final", "base", "unweighted", "given"}
        Residuals of a calibrated design; a jackknife handed over as a table.
    degrees : bool
        Compare what follows from degrees of freedom. R has no rule for those of replicates that
        were calibrated: it counts the rank of the calibrated weights, which says nothing of the
        design.
        Nor of totals: theirs count PSUs without anybody in the base, R's degf(subset) does not.
    calibrated : bool
        The design is calibrated; where R's standard error is zero to 1e-12, it is here to 1e-10.
    """
    iterative = case["statistic"] in ITERATIVE or case["ask"].get("family")
    found = []
    for row in want:
        at = row["at"]
        if row.get("est") == 0 and row.get("se") == 0:
            continue  # a category nobody in the domain has
        if at not in got:
            found.append(f"[{at}] is missing; there are {sorted(got)[:6]}")
            continue
        for field, value in _values(row, variant):
            if field in OF_DEGREES and not (degrees and case["statistic"] != "total"):
                continue
            tolerance = 1e-8 if field in ESTIMATES else 1e-6
            tolerance *= (100 if field in ESTIMATES else 10) if iterative else 1
            scale = abs(row.get("est", 1.0)) or 1.0
            mine = got[at].get(field)
            zero = CALIBRATED_ZERO if calibrated and field == "se" else ABOUT_ZERO
            if abs(value) > ABOUT_ZERO * scale:
                zero = ABOUT_ZERO
            if not _close(mine, value, tolerance, zero * scale):
                found.append(f"[{at}] {field}: R {value!r}, here {mine!r}")
    return found


def _values(row: dict, variant: str):
    for field in ("est", "se", "df", "lo", "hi", "stat", "df1", "df2", "p", "deff", "deff_replace"):
        value = row.get(field)
        if variant in ("base", "unweighted"):
            value = value if field == "est" else row.get(f"{field}_{variant}")
        if field == "deff" and value is not None and value > 1e6:
            continue  # weights that add up to the sample itself: nothing is left to compare with
        if value is not None:
            yield field, value


def _close(mine, value: float, tolerance: float, zero: float) -> bool:
    if mine is None or not math.isfinite(mine):
        return False
    return abs(mine - value) <= max(tolerance * abs(value), zero)


def loose_factors(statistic: str, got: dict[str, dict]) -> list[str]:
    """Rows whose variance factor is not as long as their error is large, or is missing.

    Quantiles and tests have none; every other row of a family has one.
    """
    if statistic in ("quantile", "deff", "chisq", "ttest", "wald"):
        return []
    found = []
    for at, row in got.items():
        length, se = row["length"], row["se"]
        if length is None or math.isnan(length) != math.isnan(se):
            found.append(f"[{at}] factor {length!r} for an error of {se!r}")
        elif abs(length - se) > 1e-9 * abs(se):
            found.append(f"[{at}] factor of length {length!r}, error {se!r}")
    return found
