"""A wave's answers as small integers, a column per question, to compare interviews with each other.

Decided here: when two answers are the same, and which interview repeats an earlier one. Interviews
that are nearly the same are found in nearmatch.py. A multiple-response set is one question: it is
the same only if every option is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.clean.answers import columns_of, given
from survey.clean.rules import Routing

MOST = 2**16 - 1  # different answers to one question; one with more is compared apart
ROOM = 2**40  # a set's pattern is counted anew before it grows beyond


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of n interviews to the m questions of a questionnaire.

    Attributes
    ----------
    codes : ndarray of uint16, shape (n, m)
        Equal where answers are equal; missing codes are told apart, 0 is a blank.
    given : ndarray of bool, shape (n, m)
        Where an answer was given: neither blank nor a missing code.
    questions : tuple of str, length m
    wide : tuple of ndarray of int64, shape (n,)
        Questions with too many different answers for `codes`; not among the m.
    """

    codes: np.ndarray
    given: np.ndarray
    questions: tuple[str, ...]
    wide: tuple[np.ndarray, ...] = ()

    @property
    def answered(self) -> np.ndarray:
        """Questions answered, int, shape (n,)."""
        return self.given.sum(axis=1)


def answers_of(frame: pd.DataFrame, routing: Routing) -> Answers:
    """The answers to the questions of a wave's questionnaire."""
    codes, answered, names, wide = [], [], [], []
    for item in routing.questions(frame):
        column = _codes(frame, item.id)
        if column.max(initial=0) > MOST:
            wide.append(column)
            continue
        codes.append(column.astype(np.uint16))
        answered.append(given(frame, item.id, routing.scale(item)).to_numpy(bool))
        names.append(item.id)
    shape = (len(frame), len(names))
    table, there = np.empty(shape, np.uint16), np.empty(shape, bool)
    for place in range(len(names)):
        table[:, place], there[:, place] = codes[place], answered[place]
    return Answers(table, there, tuple(names), tuple(wide))


def repeats(answers: Answers, *, min_items: float, device: pd.Series | None = None) -> np.ndarray:
    """Rows whose answers are those of an earlier row, from the same device where it is known.

    Only rows with at least `min_items` answers are looked at: two people can well give the same
    few answers. The first row (in the order of the file) is not marked.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    enough = answers.answered >= min_items
    if device is not None:
        enough &= device.notna().to_numpy()
    rows = np.flatnonzero(enough)
    table = answers.codes[rows]
    beside = [column[rows] for column in answers.wide]
    if device is not None:
        beside.append(device.to_numpy(np.int64, na_value=-1)[rows])
    marks = row_hashes(table)
    for column in beside:
        marks = _mixed(marks, column.astype(np.uint64))
    found = np.zeros(len(enough), dtype=bool)
    found[rows[_later(marks, table, beside)]] = True
    return found


def row_hashes(table: np.ndarray) -> np.ndarray:
    """A number per row, equal for equal rows; uint64, shape (n,)."""
    marks = np.zeros(len(table), dtype=np.uint64)
    for place in range(table.shape[1]):
        marks = _mixed(marks, table[:, place].astype(np.uint64))
    return marks


def _mixed(marks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """One step of a multiplicative hash with a final shift (constants of SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = (marks ^ values) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(29))


def _later(marks: np.ndarray, table: np.ndarray, beside: list[np.ndarray]) -> np.ndarray:
    """Rows that equal an earlier one; hashes propose, the rows themselves decide."""
    codes, _ = pd.factorize(marks)
    first = np.zeros(codes.max(initial=-1) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    again = first[codes] != np.arange(len(codes))
    before = first[codes[again]]
    same = (table[again] == table[before]).all(axis=1)
    for column in beside:
        same &= column[again] == column[before]
    if same.all():
        return again
    whole = pd.DataFrame(table)  # two different rows have one hash: never seen, and still right
    return whole.assign(**{f"x{k}": c for k, c in enumerate(beside)}).duplicated().to_numpy()


def _codes(frame: pd.DataFrame, item: str) -> np.ndarray:
    """One question as whole numbers from 1; 0 is a blank."""
    columns = columns_of(frame, item)
    if columns == [item]:
        values = frame[item]
        blank = values.isna().to_numpy()
        if values.dtype != "Int64":
            return pd.factorize(values)[0] + 1
        whole = values.to_numpy(np.int64, na_value=0)
        low = int(whole.min(initial=0))
        spread = int(whole.max(initial=0)) - low  # Python's whole numbers do not overflow
        return np.where(blank, 0, whole - low + 1) if spread < MOST else pd.factorize(values)[0] + 1
    pattern = np.zeros(len(frame), dtype=np.int64)
    top = 1
    for column in columns:
        if top > ROOM:
            pattern = pd.factorize(pattern)[0]
            top = int(pattern.max(initial=0)) + 1
        pattern = 3 * pattern + frame[column].to_numpy(np.int64, na_value=2)
        top *= 3
    blank = np.logical_and.reduce([frame[column].isna().to_numpy() for column in columns])
    return np.where(blank, 0, pd.factorize(pattern)[0] + 1)
