"""Replicate multipliers made here, under one roof: one number per PSU and replicate.

Each maker takes a `Design` and gives `Multipliers`. What a set means is decided in replicable.py;
which weighting steps are repeated on a replicate, in survey/weights.
"""

from survey.design.balanced import brr, successive_difference
from survey.design.bootstrap import generalised_bootstrap, rao_wu
from survey.design.jackknife import jackknife_1, jackknife_n
from survey.design.replicable import Multipliers

__all__ = [
    "Multipliers",
    "brr",
    "generalised_bootstrap",
    "jackknife_1",
    "jackknife_n",
    "rao_wu",
    "successive_difference",
]
