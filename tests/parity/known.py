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


def reason(case_id: str) -> str | None:
    """Why a case is not compared, or None."""
    for pattern, why in NOT_R.items():
        if re.fullmatch(pattern, case_id):
            return why
    return None
