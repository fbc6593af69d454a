"""Domains of a breakdown: whole population, levels of a variable, or of several crossed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results.schema import domain_key
from survey.design.labels import level_word
from survey.design.totals import Groups, group


@dataclass(frozen=True, eq=False)
class Breakdown:
    """The levels of one domain variable, or of two crossed.

    Attributes
    ----------
    domains : tuple of str, length L
        Domain keys, in the order of the instrument.
    level : ndarray of int, shape (n,)
        Level of every respondent; -1 for an answer that is no level.
    """

    domains: tuple[str, ...]
    level: np.ndarray

    def groups(self) -> Groups:
        return group(self.level, len(self.domains))


def everybody(n: int) -> Breakdown:
    """One level that holds all n respondents."""
    return Breakdown((domain_key(),), np.zeros(n, dtype=np.int64))


def crossed(names: Sequence[str], columns: Sequence, *, inside=None) -> Breakdown:
    """Every combination of levels that occurs, in sorted order.

    Parameters
    ----------
    names : sequence of str
    columns : sequence of array_like, each of shape (n,)
        Missing values are no level.
    inside : ndarray of bool, shape (n,), optional
        Respondents outside are in no level; combinations found only there are no domains.
    """
    n = len(columns[0])
    level = np.zeros(n, dtype=np.int64)
    outside = np.zeros(n, dtype=bool) if inside is None else ~np.asarray(inside)
    keys: list[dict[str, str]] = [{}]
    for name, column in zip(names, columns, strict=True):
        part, words = pd.factorize(np.asarray(column), sort=True)
        outside |= part < 0
        level = level * max(len(words), 1) + part
        keys = [{**key, name: level_word(word)} for key in keys for word in words]
    level[outside] = -1
    seen = np.unique(level[~outside])
    place = np.full(len(keys) + 1, -1)
    place[seen] = np.arange(len(seen))
    domains = tuple(domain_key(**keys[code]) for code in seen)
    return Breakdown(domains, np.where(outside, -1, place[level]))
