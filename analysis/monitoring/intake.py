"""Where every record of a wave's scan file went: the steps of `intake.csv`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Intake:
    """Records read, set aside by reason, and merged; notes name rows that could not be made."""

    read: int
    rejected: Mapping[str, int]
    repeated: int
    older: int
    further: int
    apps: int
    notes: Sequence[str] = ()

    def table(self) -> pd.DataFrame:
        """Columns `step`, `records`; all but `read` add up to `read`."""
        steps = [("read", self.read)]
        steps += [(f"rejected: {reason}", n) for reason, n in sorted(self.rejected.items())]
        steps += [("repeated in every field", self.repeated), ("older version", self.older)]
        steps += [("further store or day of the newest version", self.further)]
        steps += [("apps", self.apps)]
        steps += [(f"not made: {note}", 0) for note in self.notes]
        return pd.DataFrame(steps, columns=["step", "records"])
