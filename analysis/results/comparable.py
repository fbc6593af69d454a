"""What a row says about comparability: the phrases it carries, and how they are found again.

`comparable` of an estimate is how its question stands against the wave before; of a change, against
its reference. A change over a break that no bridge spans keeps its row and loses every number: a
reader is told, and nobody takes it for a missing table. Phrases in a reader's language are in
analysis/tables/reasons.yml.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.results.covariance import NO_FAMILY
from analysis.results.disclosure import HIDDEN
from analysis.results.wording import Words

SHIFT, BRIDGED = "shift", "bridged"  # statistics: between two wordings; a level carried over
BROKEN = "not comparable with {wave}: the question changed"
UNDECIDED = (
    "not comparable with {wave}: the question changed, and nobody has decided what that means"
)
GROUPS = "not comparable with {wave}: the groups changed"
NO_SPAN = "not comparable with {wave}: the bridge does not carry this number"
BALLOT = "carried over a break by the split ballot of {wave}"
FORMULA = "carried over a break by a formula, which adds no error"
_CARRIED, _NOT = "carried over a break", "not comparable with"


def withheld(rows: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    """Rows that say why they show nothing."""
    rows = rows.copy()
    rows[[c for c in HIDDEN if c in rows]] = np.nan
    return rows.assign(
        quality="suppressed", comparable="broken", reason=reasons, cov_family=NO_FAMILY
    )


def is_withheld(row: Any) -> bool:
    """Whether a row shows nothing because its question changed."""
    return row.comparable == "broken" and _NOT in row.reason


def why_hidden(row: Any, words: Words) -> str:
    """Why a row shows no number, in words: a changed question, or too small a base."""
    return words.phrase("not_comparable" if is_withheld(row) else "suppressed")


def is_carried(row: Any) -> bool:
    """Whether a number was carried over a break by a bridge."""
    return _CARRIED in row.reason
