"""Rows of the change from each period to the next one scanned, over all apps and by category.

Who is compared is decided here: an app seen in both periods counts in the category of the later one
in both; a store that is gone takes no part in the period it is gone from, and how many left or came
is said in the row over all apps. The numbers themselves: change.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.monitoring.change import NO, Change, cross, on_all, on_both
from analysis.monitoring.terms import Terms, without_error
from analysis.results.schema import domain_key

PAIRED = "apps seen in both periods as independent draws, each its own control; exact McNemar test"
OVERLAP = "all apps of each period as independent draws, covariance of those in both taken off"


@dataclass(frozen=True, eq=False)
class Pair:
    """Apps seen in either of two periods.

    Attributes
    ----------
    before, after : str
        The periods.
    states : mapping of measure to two ndarrays of int8, shape (n_apps,)
        What each app was in the first and in the second; see change.py.
    category : ndarray of int, shape (n_apps,), or None
        Place of the category in `Terms.levels`: that of the later period if seen there.
    stores : str
        Which stores left and came, in words.
    """

    before: str
    after: str
    states: Mapping[str, Sequence[np.ndarray]]
    category: np.ndarray | None
    stores: str = ""

    def parts(self, levels: Iterable[tuple[str, int]]) -> Iterator[tuple[dict[str, str], Pair]]:
        """The pair itself, then the apps of every category (code and place)."""
        yield {}, self
        for code, place in levels if self.category is not None else ():
            who = self.category == place
            chosen = {name: (a[who], b[who]) for name, (a, b) in self.states.items()}
            yield {"category": code}, replace(self, states=chosen, stores="")

    def keys(self, where: Mapping[str, str]) -> dict[str, str]:
        """Key of a row over the part `where`."""
        return {
            "statistic": "change",
            "domain": domain_key(**where, period=self.after),
            "reference": domain_key(**where, period=self.before),
            "unit": "share",
        }


def change_rows(pairs: Iterable[Pair], terms: Terms) -> pd.DataFrame:
    """Rows of all pairs; a part without apps in both, or in one period, has none."""
    levels = [(code, terms.levels.index(code)) for code in terms.change_levels()]
    rows: list[dict] = []
    for pair in pairs:
        for where, part in pair.parts(levels):
            for name, (before, after) in part.states.items():
                keys = {"indicator": name, **part.keys(where)}
                rows += _rows(keys, cross(before, after), part.stores, terms)
    table = pd.DataFrame(rows)
    if terms.reach != "complete" or not len(table):
        return table
    return without_error(table, terms).assign(variant=table["variant"], n_eff=table["n_eff"])


def _rows(keys: dict, table: np.ndarray, stores: str, terms: Terms) -> list[dict]:
    rows = []
    both = int(table[NO:, NO:].sum())
    if both:
        found = on_both(table, level=terms.conf_level)
        said = f"{both} apps seen in both; {found.began} began, {found.ceased} ceased"
        rows.append(keys | _row(found, terms, "apps_in_both", said, PAIRED))
    if table[NO:].sum() and table[:, NO:].sum():
        found = on_all(table, level=terms.conf_level)
        said = all_said(found.n_before, found.n, both, stores)
        rows.append(keys | _row(found, terms, "all_apps", said, OVERLAP))
    return rows


def all_said(before: int, after: int, both: int, stores: str) -> str:
    """Words on who a change over all apps rests on."""
    said = f"{before} apps, then {after}, {both} of them in both"
    return f"{said}; {stores}" if stores else said


def _row(found: Change, terms: Terms, variant: str, said: str, design: str) -> dict:
    return {
        "variant": variant, "estimate": found.estimate, "se": found.se,
        "ci_low": found.low, "ci_high": found.high, "conf_level": terms.conf_level,
        "p_value": found.p_value, "n": found.n, "n_eff": found.n, "weighted_n": found.n,
        "reason": said, "design": design,
        "quality": "caution" if min(found.n, found.n_before) < terms.min_base else "ok",
    }  # fmt: skip


def stores_moved(before: set[str], after: set[str]) -> str:
    """How many stores left and came between two periods, the first of each by name."""
    told = []
    for gone, word in ((sorted(before - after), "left"), (sorted(after - before), "came")):
        if gone:
            named = ", ".join(gone[:3]) + (", ..." if len(gone) > 3 else "")
            told.append(f"{len(gone)} stores {word} ({named})")
    return "; ".join(told)
