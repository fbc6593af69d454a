"""One step of imputation as it was decided on the full sample, ready to be drawn again.

Donors, gaps and classes are frozen; which donor fills a gap is drawn for a number and for weights:
number 0 and base weights give the clean data, other numbers and weights the imputations and
replicates that standard errors are made of. Steps are put together from clean data by cleaning
(fill.py), and read again from what it wrote by estimation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.clean.rules import Routing
from survey.impute.donors import HotDeck, Keys, Nearest, Sampler, choose, respondent_keys
from survey.impute.nearest import auxiliaries, neighbours
from survey.impute.situation import Together, rows_of
from survey.instrument.imputation import Step

OWN = 1 << 31  # number of the draw that orders equally near donors


@dataclass(frozen=True, eq=False)
class FrozenStep:
    """A step with its donors and gaps.

    Attributes
    ----------
    step : Step
    donors, recipients : ndarray of int
        Rows of the frame, shapes (d,) and (r,), in the order of respondents' keys.
    gaps : ndarray of bool, shape (r, items)
        Which items of each recipient are filled.
    donor_cell, recipient_cell : ndarray of int, shapes (d,) and (r,)
        Numbers of the classes.
    names : tuple of str
        What the classes are called, by number.
    weight : ndarray of float, shape (d,)
        Base weights of the donors.
    uses : int
        How often a donor may be used.
    """

    step: Step
    donors: np.ndarray
    recipients: np.ndarray
    gaps: np.ndarray
    donor_cell: np.ndarray
    recipient_cell: np.ndarray
    names: tuple[str, ...]
    weight: np.ndarray
    uses: int
    sampler: Sampler
    keys: Keys
    together: Together

    def draw(
        self,
        number: int | np.ndarray = 0,
        *,
        weight: np.ndarray | None = None,
        times: np.ndarray | None = None,
        who: np.ndarray | None = None,
    ) -> np.ndarray:
        """A donor for every gap.

        Parameters
        ----------
        number : int, or ndarray of int of the shape of `who`
        weight : ndarray of float, shape (d,), optional
            In place of the base weights.
        times : ndarray of float, shape (d,), optional
            How often each donor stands in the sample; it may be used so many times more often.
        who : ndarray of int, shape (k,), optional
            Places among the recipients, once per draw wanted; all of them once, if not given.

        Returns
        -------
        ndarray of int, shape (k,)
            Places among the donors, -1 where none is left.
        """
        who = np.arange(len(self.recipients)) if who is None else who
        room = self.uses * (np.ones(len(self.donors)) if times is None else times)
        return choose(
            self.sampler,
            self.keys,
            self.weight if weight is None else weight,
            room,
            None if self.together.free else self._refused,
            who=who,
            number=np.broadcast_to(np.asarray(number), who.shape),
        )

    def _refused(self, recipients: np.ndarray, donors: np.ndarray) -> np.ndarray:
        return self.together.refused(self.recipients[recipients], self.donors[donors])


def frozen_step(
    frame: pd.DataFrame,
    step: Step,
    routing: Routing,
    *,
    donors: np.ndarray,
    gaps: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray,
    uses: int,
    seed: int,
) -> FrozenStep:
    """Put a step together.

    Parameters
    ----------
    frame : DataFrame, n rows
    donors : ndarray of bool, shape (n,)
    gaps : ndarray of bool, shape (n, items of the step)
    label : ndarray of str, shape (n,)
        Classes.
    weight : ndarray of float, shape (n,)
        Base weights.
    """
    who = frame["respondent"].to_numpy()
    giving, taking = (rows_of(mask, who) for mask in (donors, np.asarray(gaps.any(axis=1))))
    wave = routing.wave_name
    keys = np.zeros(len(frame), dtype=np.uint64)
    keys[taking] = respondent_keys(seed, wave, step.name, who[taking])
    names, codes = np.unique(label, return_inverse=True)
    sampler: Sampler = HotDeck(codes[giving], codes[taking])
    if step.method == "nearest":
        keys[giving] = respondent_keys(seed, wave, step.name, who[giving])
        used = donors | gaps.any(axis=1)
        own = np.zeros(len(frame))
        rows = np.concatenate([giving, taking])
        own[rows] = Keys(keys).at(rows, np.full(len(rows), OWN), 0)[0]
        of = auxiliaries(frame, step.auxiliaries, used, routing.instrument)
        near = neighbours(of, taking, giving, label, own)
        sampler = Nearest(*near, step.neighbours)
    return FrozenStep(
        step=step,
        donors=giving,
        recipients=taking,
        gaps=gaps[taking],
        donor_cell=codes[giving],
        recipient_cell=codes[taking],
        names=tuple(str(name) for name in names),
        weight=weight[giving],
        uses=uses,
        sampler=sampler,
        keys=Keys(keys[taking]),
        together=Together(frame, step, gaps, routing),
    )


def gaps_and_donors(
    people: pd.DataFrame, told: pd.DataFrame, items: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What cleaning wrote about one step, for the rows of another frame.

    Parameters
    ----------
    people : DataFrame, n rows
        With `respondent`; may lack some of those cleaning knew.
    told : DataFrame
        Rows of `imputed.parquet` of the step.
    items : sequence of str

    Returns
    -------
    donors, gaps, label : ndarray of bool (n,), of bool (n, items), of str (n,)
    """
    place = pd.Series(np.arange(len(people)), index=people["respondent"].to_numpy())
    known = told["respondent"].map(place)
    told, row = told[known.notna()], known[known.notna()].astype(int).to_numpy()
    gaps = np.zeros((len(people), len(items)), dtype=bool)
    label = np.full(len(people), "", dtype=object)
    label[row] = told["cell"].to_numpy()
    filled = told["imputed"].to_numpy(bool)
    column = told["item"].map({name: k for k, name in enumerate(items)}).to_numpy()
    gaps[row[filled], column[filled].astype(int)] = True
    donors = np.zeros(len(people), dtype=bool)
    donors[row[told["donor"].to_numpy(bool)]] = True
    return donors, gaps, label.astype(str)
