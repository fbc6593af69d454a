"""The table of sums by (PSU, cell): what every engine hands over, in one order.

An engine finds keys and adds integers; here its rows become a `PsuCells`, sorted by labels, with
everything that must not be (a PSU in two strata, sums beyond 64 bits) refused. Which engine adds
up is decided in engines.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from survey.design.totals import quantum_of
from survey.errors import EstimateError, collect, did_you_mean, one_of

ROOM = 2.0**62  # no sum may reach it
PRODUCT = 2.0**52  # no weighted value may reach it: floats hold whole numbers up to 2^53


@dataclass(frozen=True)
class Request:
    """What `psu_cell_totals` was asked for."""

    psu: str
    cells: tuple[str, ...]
    strata: tuple[str, ...]
    weight: str
    values: tuple[str, ...]
    threads: int | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Key columns, each once: PSU, cells, strata."""
        return tuple(dict.fromkeys((self.psu, *self.cells, *self.strata)))

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.keys, self.weight, *self.values)))


@dataclass(frozen=True)
class Scaling:
    """Quantum of the weights, and powers of two by which weighted values are coarser.

    Attributes
    ----------
    quantum : float
    largest : float
        Largest weight in quanta.
    coarser : tuple of int, length m
        Only where the largest weight times the largest value would be too much for a float.
    reach : tuple of float, length m
        Largest absolute value of every item.
    """

    quantum: float
    largest: float
    coarser: tuple[int, ...]
    reach: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Sums:
    """Rows as an engine leaves them, in any order, keys repeated or not.

    Attributes
    ----------
    keys : mapping of column name to (labels, index)
        Every key of the request: sorted labels, some of which may not occur, and the index of
        every row's label, shape (S,).
    n, weight : ndarray of int64, shape (S,)
    products, bases, counts : ndarray of int64, shape (S, m)
        Sums of weighted values, of the weights of valid values, and their number.
    scaling : Scaling
    """

    keys: Mapping[str, tuple[np.ndarray, np.ndarray]]
    n: np.ndarray
    weight: np.ndarray
    products: np.ndarray
    bases: np.ndarray
    counts: np.ndarray
    scaling: Scaling


@dataclass(frozen=True, eq=False)
class PsuCells:
    """Sums by (PSU, cell), sorted by PSU, then cell; S rows, P PSUs, m items.

    Attributes
    ----------
    psus : ndarray, shape (P,)
        Labels, sorted.
    psu : ndarray of int, shape (S,)
        PSU of every row.
    levels : dict of column name to ndarray
        Sorted labels of every cell column.
    level : dict of column name to ndarray of int, shape (S,)
        Level of every row.
    strata : dict of column name to ndarray, shape (P,)
        Labels of every PSU's stratum.
    items : tuple of str, length m
    n : ndarray of int64, shape (S,)
        Respondents.
    weight : ndarray of int64, shape (S,)
        Weights in quanta.
    sums, base, counts : ndarray of int64, shape (S, m)
        Weighted values, in quanta of the item; weights of valid values, in quanta; valid values.
    quantum : float
    item_quantum : ndarray of float, shape (m,)
    """

    psus: np.ndarray
    psu: np.ndarray
    levels: dict[str, np.ndarray]
    level: dict[str, np.ndarray]
    strata: dict[str, np.ndarray]
    items: tuple[str, ...]
    n: np.ndarray
    weight: np.ndarray
    sums: np.ndarray
    base: np.ndarray
    counts: np.ndarray
    quantum: float
    item_quantum: np.ndarray

    @cached_property
    def complete(self) -> bool:
        """No item has a missing value: all share one base."""
        base = self.base
        return base.strides[1:] == (0,) or bool((base == self.weight[:, None]).all())

    def digest(self) -> bytes:
        """Everything in the table as bytes, to compare engines by."""
        labels = [
            "\x1f".join(map(str, part))
            for part in (self.psus, *self.levels.values(), *self.strata.values())
        ]
        numbers = [self.psu, *self.level.values(), self.n, self.weight, self.sums]
        numbers += [self.base, self.counts, self.item_quantum, np.array([self.quantum])]
        whole = [
            np.asarray(part).astype("<f8" if part.dtype.kind == "f" else "<i8") for part in numbers
        ]
        return "\x1e".join(labels).encode() + b"".join(part.tobytes() for part in whole)


def scaling(n: int, low: float, high: float, total: float, exact, reach) -> Scaling:
    """Quanta from what is known of n weights and of the largest absolute value of every item.

    Parameters
    ----------
    low, high, total : float
        Of the weights; `exact` gives their exact sum where that matters.
    reach : sequence of float, length m
    """
    if n and not (low >= 0 and 0 < high < np.inf):
        raise EstimateError(
            "weights must be finite, not negative and not all zero",
            got=f"from {low:g} to {high:g}",
        )
    if not n:
        raise EstimateError("there are no respondents to add up")
    quantum = quantum_of(n, total, exact)
    largest = float(np.floor(high / quantum + 0.5))
    coarser = tuple(
        max(int(np.frexp(largest * value / PRODUCT)[1]), 0) if value else 0 for value in reach
    )
    return Scaling(quantum, largest, coarser, tuple(reach))


def finish(request: Request, found: Sums) -> PsuCells:
    """Sorted, checked table from an engine's rows."""
    _require_room(request, found)
    coded = {name: _occurring(*key) for name, key in found.keys.items()}
    psus, psu = coded[request.psu]
    code = psu.astype(np.int64)
    for name in request.cells:
        code = code * len(coded[name][0]) + coded[name][1]
    step = np.diff(code)
    order: slice | np.ndarray = slice(None)
    if (step < 0).any():
        order = np.argsort(code, kind="stable")
    strata = _strata(request, coded, psus, psu)
    scale = found.scaling
    return PsuCells(
        psus=psus,
        psu=psu[order],
        levels={name: coded[name][0] for name in request.cells},
        level={name: coded[name][1][order] for name in request.cells},
        strata=strata,
        items=request.values,
        n=found.n[order],
        weight=found.weight[order],
        sums=found.products[order],
        base=found.bases[order],
        counts=found.counts[order],
        quantum=scale.quantum,
        item_quantum=np.ldexp(scale.quantum, np.array(scale.coarser, dtype=int)),
    )


def _occurring(labels: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels that occur, and their index."""
    seen = np.bincount(index, minlength=len(labels)) > 0
    if seen.all():
        return labels, index
    return labels[seen], (np.cumsum(seen) - 1)[index]


def _strata(request: Request, coded, psus, psu) -> dict[str, np.ndarray]:
    """Stratum labels of every PSU; PSUs in two strata are named."""
    found, wrong = {}, []
    for name in request.strata:
        labels, code = coded[name]
        low = np.full(len(psus), len(labels))
        high = np.full(len(psus), -1)
        np.minimum.at(low, psu, code)
        np.maximum.at(high, psu, code)
        wrong += [
            (name, psus[place], labels[low[place]], labels[high[place]])
            for place in np.flatnonzero(low != high)
        ]
        found[name] = labels[low]
    refuse_two_strata(wrong)
    return found


def require_columns(known: Sequence[str], request: Request) -> None:
    """All columns asked for that are not there, at once."""
    with collect(EstimateError) as faults:
        for name in request.columns:
            if name not in known:
                faults.add(
                    f"there is no column '{name}'",
                    expected=one_of(known),
                    hint=did_you_mean(name, known),
                )


def refuse_two_strata(wrong: Sequence[tuple]) -> None:
    """Name the PSUs of which two strata are known: (column, PSU, stratum, other stratum) each."""
    with collect(EstimateError) as faults:
        for name, psu, *strata in wrong[:12]:
            first, second = sorted(map(str, strata))
            faults.add(
                f"PSU '{psu}' lies in two strata: {name} '{first}' and '{second}'",
                expected="every PSU in one stratum",
                hint="give PSUs ids that are unique over strata",
            )


def _require_room(request: Request, found: Sums) -> None:
    """No sum can have wrapped around: bounds from counts, then from the sums of weights."""
    scale = found.scaling
    sizes = [("weights", float(found.n.max()) * scale.largest)]
    if sizes[0][1] < ROOM:
        heaviest = float(found.weight.max())
        for name, reach, coarser in zip(request.values, scale.reach, scale.coarser, strict=True):
            sizes.append((f"'{name}'", heaviest * reach / 2.0**coarser))
    with collect(EstimateError) as faults:
        for name, size in sizes:
            if size >= ROOM:
                faults.add(
                    f"sums of {name} may reach {size:.3g} quanta",
                    expected=f"less than {ROOM:.3g}",
                    hint="a weight or an answer is far out of range",
                )
