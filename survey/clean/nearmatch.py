"""Interviews that are nearly the same: the share of equal answers with the most similar other one.

The match of two interviews is the number of questions both answered alike over the number that at
least one of them answered. Kuriakose and Robbins look at each interview's largest match.

Decided here: how the pairs above a threshold are found without looking at all pairs. Two
interviews that differ in at most d questions agree wholly on at least r of any d + r blocks of
questions, so only interviews that share the answers of r blocks are compared; a group that shares
them and is still large is divided by its other questions in the same way, unless nearly all of it
is marked by then: the few that are not are held against the whole group. Nothing is missed and
nothing is drawn: the result is that of all pairs, in any order of rows. What a threshold is worth
is decided in methods.yml, what counts as the same answer in alike.py.

References
----------
.. [1] Kuriakose and Robbins (2016), Don't get duped: fraud through duplication in public opinion
   surveys, Statistical Journal of the IAOS 32, 283-291.
.. [2] Manku, Jain and Das Sarma (2007), Detecting near-duplicates for web crawling, WWW '07,
   141-150: tables of permuted blocks for the Hamming distance.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np

from survey.clean.alike import Answers, row_hashes

FEW = 6000  # interviews up to which all pairs are looked at
SMALL = 256  # of a group: all its pairs are compared
NEIGHBOURS = 4  # that follow a row of a larger group: compared before it is divided
NEIGHBOURS = 32  # of a group not yet divided: neighbours that are compared
OPEN = 1 << 25  # comparisons that finish a group whose other members are marked
LANES = 4  # 16-bit answers in a 64-bit word
THREADS = 2
PAIRS = 16.0  # comparisons an interview may cost per table of blocks before more blocks must agree
MOST_SHARED = 4  # blocks that must agree


def matched(answers: Answers, *, least: float, min_items: float) -> np.ndarray:
    """Interviews whose largest match with another is at least `least`.

    Parameters
    ----------
    answers : Answers of n interviews
    least : float
        In (0, 1].
    min_items : float
        Interviews with fewer answers are compared with nobody.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    rows = np.flatnonzero(answers.answered >= min_items)
    found = np.zeros(len(answers.codes), dtype=bool)
    if len(rows) < 2 or not answers.codes.shape[1]:
        return found
    table = _comparable(answers, rows)
    if len(rows) <= FEW:
        found[rows] = _largest(table, np.arange(len(rows))) >= least - 1e-12
    else:
        found[rows] = _search(table, least)
    return found


def largest_match(answers: Answers, *, min_items: float, most: int, seed: int = 1) -> np.ndarray:
    """Largest match with another interview, for at most `most` interviews drawn at random.

    Returns
    -------
    ndarray of float
        One per interview looked at, in the order of rows.
    """
    rows = np.flatnonzero(answers.answered >= min_items)
    if len(rows) < 2 or not answers.codes.shape[1]:
        return np.empty(0)
    table = _comparable(answers, rows)
    chosen = np.arange(len(rows))
    if len(rows) > most:
        chosen = np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False))
    return _largest(table, chosen)


def _comparable(answers: Answers, rows: np.ndarray) -> np.ndarray:
    """Codes with 0 wherever no answer was given, shape (rows, m)."""
    return np.where(answers.given[rows], answers.codes[rows], np.uint16(0))


def _largest(table: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Largest match of the chosen rows with any other row, question by question."""
    n, m = table.shape
    columns = np.ascontiguousarray(table.T)
    there = columns != 0
    best = np.zeros(len(chosen))
    step = max(1, (1 << 24) // n)
    for start in range(0, len(chosen), step):
        part = chosen[start : start + step]
        alike = np.zeros((len(part), n), dtype=np.int16)
        either = np.zeros((len(part), n), dtype=np.int16)
        for place in range(m):
            ours, here = columns[place][part][:, None], there[place][part][:, None]
            alike += (ours == columns[place]) & here
            either += here | there[place]
        share = alike / np.maximum(either, 1)
        share[np.arange(len(part)), part] = 0.0
        best[start : start + step] = share.max(axis=1)
    return best


# -- without all pairs -------------------------------------------------------------------------


def _search(table: np.ndarray, least: float) -> np.ndarray:
    """Rows that match another one at least so far; the rows all differ in what they may."""
    marks = row_hashes(table)
    _, first, inverse, counts = np.unique(
        marks, return_index=True, return_inverse=True, return_counts=True
    )
    if not (table == table[first[inverse]]).all():  # two different rows of one hash: never seen
        _, first, inverse, counts = np.unique(
            table, axis=0, return_index=True, return_inverse=True, return_counts=True
        )
    alone = table[first]
    flags = (counts > 1).astype(np.uint8)  # the same in all answers
    most = int(np.floor((1 - least) * table.shape[1] + 1e-9))  # questions that may differ
    if most:
        _Blocks(alone, least, most, flags).compare()
    return flags[inverse.ravel()].astype(bool)


class _Blocks:
    """Pairs of rows that agree on enough blocks of questions; marks those that match."""

    def __init__(self, table: np.ndarray, least: float, most: int, flags: np.ndarray) -> None:
        self.table, self.least, self.most, self.flags = table, least, most, flags
        words = -(-table.shape[1] // LANES)
        padded = np.zeros((len(table), words * LANES), dtype=np.uint16)
        padded[:, : table.shape[1]] = table
        self.words = padded.view(np.uint64)

    def compare(self) -> None:
        self._divide(np.arange(len(self.table)), list(range(self.table.shape[1])), top=True)

    def _divide(self, rows: np.ndarray, questions: list[int], *, top: bool = False) -> None:
        """Compare the rows, which may still differ in these questions only.

        Rows that match somebody already are compared only with those that do not yet: a large
        group of near copies is marked by comparing neighbours.
        """
        if not top:
            self._pairs(rows, np.array([0]), np.array([len(rows)]), reach=NEIGHBOURS)
        open_ = rows[self.flags[rows] == 0]
        if len(open_) <= SMALL or len(questions) <= self.most + 1:
            from survey.clean.compiled import mark_against

            mark_against(self.words, open_, rows, self.most, self.least, self.flags)
            return
        rarity = {q: _rarity(self.table[rows, q]) for q in questions}
        shared, blocks = _plan(rarity, self.most, len(rows))
        marks = [row_hashes(self.table[rows][:, block]) for block in blocks]
        tables = list(combinations(range(len(blocks)), shared))

        def one(chosen: tuple[int, ...]) -> list[tuple[np.ndarray, list[int]]]:
            key = marks[chosen[0]].copy()
            for k in chosen[1:]:
                key = key * np.uint64(0x9E3779B97F4A7C15) + marks[k]
            large = self._groups(rows, key)
            left = [q for k, block in enumerate(blocks) if k not in chosen for q in block]
            return [(group, left) for group in large]

        with ThreadPoolExecutor(THREADS if top else 1) as pool:
            groups = [group for part in pool.map(one, tables) for group in part]
        for group, left in groups:
            self._divide(group, left)

    def _finished(self, rows: np.ndarray) -> bool:
        """Whether few of a group were left unmarked by their neighbours, so that all are now."""
        starts = np.arange(0, len(rows), NEIGHBOURS)
        self._pairs(rows, starts, np.minimum(starts + NEIGHBOURS, len(rows)))
        open_ = np.flatnonzero(self.flags[rows] == 0)
        if len(open_) * len(rows) * self.table.shape[1] > OPEN:
            return False
        if len(open_):
            best = _largest(self.table[rows], open_)
            self.flags[rows[open_[best >= self.least - 1e-12]]] = 1
        return True

    def _groups(self, rows: np.ndarray, key: np.ndarray) -> list[np.ndarray]:
        """Compare inside groups of one key; those too large come back."""
        order = np.argsort(key)
        ends = np.flatnonzero(np.diff(key[order])) + 1
        starts, stops = np.append(0, ends), np.append(ends, len(rows))
        size = stops - starts
        small = (size > 1) & (size <= SMALL)
        members = rows[order]
        self._pairs(members, starts[small], stops[small])
        large = np.flatnonzero(size > SMALL)
        return [members[starts[g] : stops[g]] for g in large]

    def _pairs(
        self, members: np.ndarray, starts: np.ndarray, stops: np.ndarray, *, reach: int = SMALL
    ) -> None:
        from survey.clean.compiled import mark_matches

        mark_matches(self.words, members, starts, stops, reach, self.most, self.least, self.flags)


def _rarity(column: np.ndarray) -> float:
    """How little chance there is that two rows agree: -log of it, in nats."""
    shares = np.bincount(column) / len(column)
    return float(-np.log((shares**2).sum()))


def _plan(rarity: dict[int, float], most: int, rows: int) -> tuple[int, list[list[int]]]:
    """How many blocks must agree, and the questions of each block, alike in rarity."""
    questions = sorted(rarity, key=lambda q: (-rarity[q], q))
    total = sum(rarity.values())
    shared = 1
    while (
        shared < min(MOST_SHARED, len(questions) - most)
        and rows * np.exp(-total * shared / (most + shared)) > PAIRS
    ):
        shared += 1
    blocks: list[list[int]] = [[] for _ in range(most + shared)]
    weight = [0.0] * len(blocks)
    for q in questions:
        lightest = min(range(len(blocks)), key=lambda k: (weight[k], k))
        blocks[lightest].append(q)
        weight[lightest] += rarity[q] + 1e-9
    return shared, blocks
