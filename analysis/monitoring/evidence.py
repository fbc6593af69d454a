"""What was requested, what was really read and what is embedded: three types that never mix.

The white paper counts real reads ("not the permission", footnote 1), so a measure of reads that was
fed with permissions would be wrong by a factor. Each kind of finding is a class of its own, and a
measure takes only its own kind; which names count is data (groups.yml).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from survey.errors import EstimateError
from survey.instrument.monitoring import Measure


@dataclass(frozen=True, eq=False)
class Found:
    """Names found in apps: `signs` has the columns `row` (an app), `name`, `group`."""

    signs: pd.DataFrame
    kind: ClassVar[str] = ""

    def holders(self, measure: Measure) -> pd.Series:
        """Apps (values of `row`, with repeats) with a name of the measure's group.

        Raises
        ------
        EstimateError
            If the measure counts another kind of finding.
        """
        if self.kind not in PARTS[measure.evidence]:
            raise EstimateError(
                f"a measure of what was {measure.evidence} cannot count what was {self.kind}",
                expected=" or ".join(PARTS[measure.evidence]) or "unused permissions",
                hint="a permission that is held is no read (groups.yml: evidence)",
            )
        return self.signs.loc[self.signs["group"] == measure.group, "row"]


class Requested(Found):
    """Permissions in the manifest."""

    kind = "requested"


class Observed(Found):
    """Behaviours seen at run time."""

    kind = "read"


class Embedded(Found):
    """Components (SDKs, trackers) in the package."""

    kind = "embedded"


# Findings whose holders a measure counts; `unused` is made of two, in groups.unused_permissions.
PARTS: dict[str, tuple[str, ...]] = {
    "requested": ("requested",),
    "read": ("read",),
    "embedded": ("embedded",),
    "unused": (),
    "embedded_or_unused": ("read", "embedded"),
}
