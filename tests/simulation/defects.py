"""Mistakes planted on purpose: each must fail in the harness that the code under test passes.

Each is a variant of a measurement (measures.py) with one thing wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.compare.overlap import Link
from analysis.estimate.breakdown import Breakdown
from analysis.estimate.functional import estimate
from analysis.estimate.ratios import Ratios
from analysis.estimate.survey import Survey
from analysis.results.covariance import Units
from tests.simulation import measures
from tests.simulation.measures import Measured, Wave
from tests.simulation.samples import Sample


@dataclass(frozen=True)
class Defect:
    """A mistake, and the cell that it is tried in.

    Attributes
    ----------
    told : str
        What is done wrong.
    cell : str
    measure : callable
        In place of the measurement of the cell.
    """

    told: str
    cell: str
    measure: Callable[..., Measured]


def psu_ignored(sample: Sample) -> Measured:
    """Respondents count as drawn one by one within strata."""
    return measures.described(sample, _without_psus)


def calibration_ignored(sample: Sample) -> Measured:
    """Raked weights are taken as fixed."""
    return measures.raked(
        sample, lambda survey, weight, classes: measures.reweighted(survey, weight)
    )


def domain_rows_dropped(sample: Sample) -> Measured:
    """Respondents outside the domain are deleted before the design is declared."""
    inside = sample.column("domain") > 0
    kept = replace(
        sample,
        **{
            name: getattr(sample, name)[inside]
            for name in ("row", "psu", "stratum", "second", "weight")
        },
    )
    whole = measures.statistics(measures.survey_of(kept, lonely="certainty"), kept)
    return {name: one for name, one in whole.items() if name.endswith("of domain")}


def overlap_ignored(old: Sample, new: Sample) -> Measured:
    """Waves that share PSUs are compared as if they were independent."""
    return measures.changed(old, new, lambda new, old: Link(_NONE, _NONE, np.empty(0), 0))


def waves_stacked(old: Sample, new: Sample) -> Measured:
    """Both waves are stacked in one file, whose strata hold the union of their PSUs."""
    columns = {
        "weight": np.concatenate([old.weight, new.weight]),
        "stratum": np.concatenate([old.stratum, new.stratum]),
        "psu": np.concatenate([old.psu, new.psu]),
    }
    survey = Survey(columns, weight="weight", strata="stratum", psu="psu")
    split = len(old.row)
    waves = []
    for sample, here, names in (
        (old, slice(0, split), ("score", "quarter")),
        (new, slice(split, None), ("score2", "quarter2")),
    ):
        y, inside = np.zeros((len(columns["psu"]), 2)), np.zeros((len(columns["psu"]), 2))
        y[here] = np.column_stack([sample.column(name) for name in names])
        inside[here] = 1.0
        wave = Breakdown(("wave",), np.where(inside[:, 0] > 0, 0, -1))
        means = estimate(Ratios(y, inside, wave), survey.sample)
        total = estimate(Ratios(y[:, 1:], inside[:, 1:], wave, total=True), survey.sample)
        waves.append(measures.side_by_side(means, total))
    design = survey.sample.design
    units = Units(design.psus, tuple(design.strata[h] for h in design.stratum), design.fraction)
    everything = np.arange(len(design.psus))
    link = Link(
        everything, everything, np.ones(len(everything)), len(everything) - len(design.strata)
    )
    return measures.differences(Wave(waves[0], units), Wave(waves[1], units), link)


def _without_psus(sample: Sample) -> Survey:
    columns = {"weight": sample.weight, "stratum": sample.stratum}
    return Survey(columns, weight="weight", strata="stratum")


_NONE = np.empty(0, dtype=np.int64)
_HIGH = "rho 0.2, f 0.01, 10 PSUs"
DEFECTS = {
    "PSU ignored": Defect(psu_ignored.__doc__ or "", _HIGH, psu_ignored),
    "calibration ignored": Defect(
        calibration_ignored.__doc__ or "", "raked, rho 0.02, f 0.01, 10 PSUs", calibration_ignored
    ),
    "domain rows dropped": Defect(domain_rows_dropped.__doc__ or "", _HIGH, domain_rows_dropped),
    "overlap covariance dropped": Defect(
        overlap_ignored.__doc__ or "",
        "overlap, rho 0.2, 10 PSUs, 100% shared, 100% of their people",
        overlap_ignored,
    ),
    "waves stacked as a union": Defect(
        waves_stacked.__doc__ or "",
        "overlap, rho 0.2, 10 PSUs, 50% shared, 100% of their people",
        waves_stacked,
    ),
}
