"""The words of the report, and the reasons of what is known to fail.

A failure without a reason here makes the run end with an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Reason:
    """Why some rows fail.

    Attributes
    ----------
    covers : callable
        Whether a judged row that fails is one of them.
    told : str
    """

    covers: Callable[[pd.Series], bool]
    told: str


REASONS: tuple[Reason, ...] = ()  # nothing that is judged fails

TEXT = {
    "head": """
# Simulation with known truth

`make simulate` draws samples from populations whose every value is known, estimates with the code
that users call, and counts how often the 95 % intervals hold the truth and how large the
estimated variances are beside the true ones. Limits were set before the run: coverage 94-96 %
where there are 30 degrees of freedom or more, 92.5-97 % below; at least 94 % for quantiles of
discrete answers; mean estimated variance over true variance 0.95-1.05 (0.9-1.1 for trimmed
weights), give or take three Monte Carlo errors; and at most a quarter of the bias of dropout left
after attrition weights. Coverage is judged without slack. Every row, with intervals that are not
judged, stands in `tests/data/simulation/results.csv`.

![Coverage of every judged interval, with its limits](images/simulation.svg)
""",
    "populations": """
## Populations

Two populations of 384,000 people in 24,000 PSUs of 12 to 20 people, in 6 regions of 20 strata of
200 PSUs, stand in `tests/data/simulation` with their hashes. They differ in the intraclass
correlation of the answers, .02 and .2 within strata: of every answer itself, not of something
behind it, so a share of .02 with a correlation of .2 sits in few PSUs. Weights are informative:
people are drawn with probability proportional to a size of 2, 3 or 4 that grows with their score,
and larger PSUs have higher scores (last column: what selection does to an estimate without
weights). At a sampling fraction of .01 PSUs are drawn from the whole country, with no finite
population correction; at .4 from a small country of 600 PSUs, every 40th of each stratum, with
corrections at both stages and Brewer's approximation at the second. All samples take 6 people per
PSU (4 in overlapping waves) by systematic sampling in random order. Random numbers depend on the
seed ({seed}), the cell and the number of the sample only.
""",
    "cells": """
## Cells

{samples:,} samples in each. Strata are joined so that 2, 10 or 40 PSUs are drawn in each of them,
240 in all; cells of 28 strata have few degrees of freedom.
""",
    "shares": """
In this table and those below: coverage in %, then mean estimated variance over true variance,
each ± its Monte Carlo error. Shares have logit intervals.
""",
    "rare": """
Expected count: holders in the sample; effective count: the same after the design effect (`p^2 (1
- p) / V`). In bold: the interval that is judged, which is the one recommended: Korn and
Graubard's for shares under 5 % where there are 30 degrees of freedom or more, the logit interval
otherwise. A sample without a holder has no logit or Wilson interval, which counts as a miss. The
choice was made on a pilot of 300 samples per cell; at a
correlation of .2 the logit interval falls to 93.7-94.3 %, just under the limit in some cells, and
at 28 degrees of freedom Korn and Graubard's falls under it.
""",
    "means": "Symmetric intervals with Student's t; df are those of the design or of the domain.",
    "quantiles": """
A score of 0 to 10 has few values. The true quantile is the smallest value whose distribution
function reaches the order. Test inverted: the values at which the share at or below them is not
significantly different from the order (Francisco and Fuller 1991). Woodruff as in R: the interval
of the share at or below the estimate, carried back, as R `survey` 4.1-1 has it.
""",
    "raked": """
Raked to region, age and domain; variances from residuals on these margins, weighted with the
final weights (the default).
""",
    "trimmed": """
The raked weights, at most 2.2 times their mean, cut at {upper:g} times it: 8 % of them are cut,
and what was cut is shared out. Trimming brings a bias, so the variance alone is judged; coverage
of the untrimmed truth is shown. The total of a domain whose size was a margin comes out lowest:
after trimming that margin no longer holds, and the residuals take it as if it did. At a
correlation of .02 it is under 0.9 and holds only by the three Monte Carlo errors that are
allowed.
""",
    "overlap": """
Two waves of 960 people, sampling fraction .01. The people of shared PSUs are drawn again, in part
or all. Variances are `V1 + V2 - 2C` with the covariance over shared PSUs
(`analysis/compare/overlap.py`).
""",
    "attrition": """
A panel of 1,440 people, of whom 68 % answer again; who does depends on the score and on age, in
steps that no logit model has. Adjusted: cross-sectional weights of the second wave, from five
propensity classes of score and age as answered in the first (`survey/weights/attrition.py`).
Variances take the attrition weights as fixed, which is on the safe side here; they are shown, not
judged.
""",
    "defects": """
Each defect is one mistake planted in the estimation (`tests/simulation/defects.py`), judged by
the same harness, with three Monte Carlo errors of slack for coverage. Each must fail.
""",
    "defect samples": "2,000 samples each",
}
