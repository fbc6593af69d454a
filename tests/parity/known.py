"""Cases in which R's answer is not the one to agree with, each with the reason.

Keys are patterns of case ids; everything else must agree.
"""

from __future__ import annotations

import re

NOT_R: dict[str, str] = {
    r"scd_brr/quantile/plain": (
        "R 4.1-1 takes the second smallest value where the order lies below the share of the "
        "smallest (qrule_math in qs): half-samples of three units are hit"
    ),
    r"lonely_average_\w+/contrast/.*": (
        "policy 'average' scales by the strata seen in a domain; two domains of one contrast are "
        "scaled each by its own here, so that a row's error is that of its factor, while svyby "
        "scales both by those of the whole"
    ),
}

# The same on the real files alone.
NOT_R_REAL: dict[str, str] = {
    r"fpc/quantile/plain": (
        "the lower limit of the order, .1032, lies below the share of the smallest value, .1111: "
        "the limit is 2.8, R 4.1-1 takes the second smallest value, 3.7 (as for scd_brr)"
    ),
    r"boot_apiclus2/glm/rich": (
        "glm of R, which halves no step, ends at a slope of 3e15 with a deviance of 16,302 in "
        "replicate 33 and calls it converged; the deviance at the maximum is 490"
    ),
}


def reason(case_id: str, *, real: bool = False) -> str | None:
    """Why a case is not compared, or None."""
    for pattern, why in (NOT_R | NOT_R_REAL if real else NOT_R).items():
        if re.fullmatch(pattern, case_id):
            return why
    return None
