"""Words people use in open answers, by group: how many use them, and which group uses them more.

Decided here: a word counts once per person; which words may be shown (enough people use it, and
enough do not, in every group shown); how a difference between a group and the rest is measured.
Counts are of people, unweighted: a description of what was said, not an estimate of a population.

The difference is Dunning's log-likelihood ratio of the two-by-two table person uses the word by
group, with the log ratio of the two shares as its size. p-values are adjusted over all words and
groups of a table by Holm's method.

References
----------
.. [1] Dunning (1993), Computational Linguistics 19, 61-74.
.. [2] Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from analysis.compare.multiplicity import holm
from analysis.results.precision import Limits

EVERYBODY = "all"
COLUMNS = ("word", "group", "people", "answered", "share")


def word_counts(
    words: Sequence[Iterable[str]], groups: Sequence[str | None], limits: Limits
) -> pd.DataFrame:
    """People who use each word, in all and by group; nothing that tells of few people.

    Parameters
    ----------
    words : length n; the words of every person who answered
    groups : length n; the group of every person, None where unknown
    limits : Limits
        min_base: people who answered in a group that is shown; min_cell: people who use a word,
        and who do not, in every cell that is shown.

    Returns
    -------
    DataFrame with COLUMNS, words by how many use them
        A word is left out where fewer than min_cell people use it; in groups, where some group has
        a hidden cell, all of the word's groups are left out: a single hidden one would follow by
        subtraction from the whole.
    """
    used = _table(words)
    labels = np.asarray([EVERYBODY if g is None else g for g in groups], dtype=object)
    known = np.asarray([g is not None for g in groups], dtype=bool)
    n = len(labels)
    rows: list[tuple[str, str, int, int]] = []
    if n >= limits.min_base:
        sizes = {g: int((labels == g).sum()) for g in sorted(set(labels[known]))}
        shown = bool(sizes) and min(sizes.values()) >= limits.min_base
        for word, people in used.items():
            total = len(people)
            if min(total, n - total) < limits.min_cell:
                continue
            rows.append((word, EVERYBODY, total, n))
            cells = {g: int((labels[people] == g).sum()) for g in sizes}
            rest = total - sum(cells.values())
            hidden = [g for g, k in cells.items() if min(k, sizes[g] - k) < limits.min_cell]
            hidden += ["(unknown)"] if 0 < rest < limits.min_cell else []
            if shown and not hidden:
                rows += [(word, g, k, sizes[g]) for g, k in cells.items()]
    made = pd.DataFrame(rows, columns=["word", "group", "people", "answered"])
    made["share"] = (made["people"] / made["answered"]).round(10)
    whole = made[made["group"] == EVERYBODY].set_index("word")["people"]
    order = made.assign(total=made["word"].map(whole), place=made["group"] != EVERYBODY)
    order = order.sort_values(
        ["total", "word", "place", "group"], ascending=[False, True, True, True]
    )
    return made.loc[order.index, list(COLUMNS)].reset_index(drop=True)


def _table(words: Sequence[Iterable[str]]) -> dict[str, list[int]]:
    """Word -> people who use it, each once."""
    used: dict[str, list[int]] = {}
    for person, said in enumerate(words):
        for word in sorted(set(said)):
            used.setdefault(word, []).append(person)
    return used


def keyness(counts: pd.DataFrame) -> pd.DataFrame:
    """Which words a group uses more, or less, than all other groups together.

    Parameters
    ----------
    counts : as `word_counts` returns them

    Returns
    -------
    DataFrame with columns word, group, people, answered, others, others_answered, log_ratio, g2,
    p_value, p_adjusted; strongest first
        log_ratio: base 2, of the shares, with half a person added to each cell.
    """
    by_group = counts[counts["group"] != EVERYBODY]
    totals = by_group.groupby("word")[["people", "answered"]].transform("sum")
    table = by_group[["word", "group", "people", "answered"]].copy()
    table["others"] = totals["people"] - table["people"]
    table["others_answered"] = totals["answered"] - table["answered"]
    table = table[table["others_answered"] > 0]
    a, n = table["people"].to_numpy(float), table["answered"].to_numpy(float)
    b, m = table["others"].to_numpy(float), table["others_answered"].to_numpy(float)
    table["log_ratio"] = np.log2((a + 0.5) / (n + 1)) - np.log2((b + 0.5) / (m + 1))
    table["g2"] = log_likelihood(a, n, b, m)
    table["p_value"] = chi2.sf(table["g2"], 1)
    p = table["p_value"].to_numpy(float)
    table["p_adjusted"] = holm(p) if len(p) else p
    for name in ("log_ratio", "g2", "p_value", "p_adjusted"):
        table[name] = table[name].round(10)
    order = table.sort_values(["g2", "word", "group"], ascending=[False, True, True])
    return order.reset_index(drop=True)


def log_likelihood(a: np.ndarray, n: np.ndarray, b: np.ndarray, m: np.ndarray) -> np.ndarray:
    """G2 of a of n against b of m, one degree of freedom; arrays of float of one shape."""
    share = (a + b) / (n + m)
    cells = ((a, n * share), (n - a, n * (1 - share)), (b, m * share), (m - b, m * (1 - share)))
    total = np.zeros_like(share)
    for seen, expected in cells:
        with np.errstate(divide="ignore", invalid="ignore"):
            total += np.where(seen > 0, seen * np.log(seen / expected), 0.0)
    return np.maximum(2 * total, 0.0)
