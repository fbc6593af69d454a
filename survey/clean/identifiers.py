"""Direct identifiers stop at the door: nothing that names or locates a person is kept.

Columns declared in study.yml are not handed over by the reader at all, or, where they are declared
with `hash`, become keyed hashes here. The rest is searched: headers such as 姓名 or IP, and cells
that hold a telephone, identity-card or bank-card number, an e-mail or IP address. Such a column is
dropped; if the column map needs it as a key, that is an error. The report names columns and
reasons, never values. Only the columns of the map go further in any case (recode.py). What is an
identifier is decided in survey/privacy, how one is hashed in survey/privacy/keyed.py.

One exception: a column mapped to `device` is turned into numbers that say which rows share a
device, for finding duplicates (quality.py). They are never written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from survey.clean.cells import cell_text, distinct
from survey.errors import DataError, Faults, collect
from survey.instrument.model import Column, HashedColumn
from survey.io.readers import RawTable
from survey.privacy.headers import names_a_person
from survey.privacy.keyed import Hasher, HashKey, fits
from survey.privacy.search import kind_of_column, masked, numbers_of_people

DEVICE = "device"


@dataclass(frozen=True)
class Dropped:
    """A raw column that was not let in, and why; never with a value.

    `column` is its name in the file; whoever writes it down masks it first.
    """

    column: str
    reason: str


@dataclass(frozen=True)
class Hashed:
    """A column that was let in as keyed hashes.

    Attributes
    ----------
    key : fingerprint of the key that made them
    unlike : cells that are not written like one of their kind
    """

    item: str
    purpose: str
    kind: str
    key: str
    unlike: int


@dataclass(frozen=True)
class Admitted:
    """What came through the door, and what did not."""

    table: RawTable
    dropped: tuple[Dropped, ...]
    hashed: tuple[Hashed, ...]


@dataclass(frozen=True)
class Hashing:
    """What a study wants hashed, and the key to do it with."""

    study: str
    columns: tuple[HashedColumn, ...] = ()
    key: HashKey | None = None


def close_the_door(
    raw: RawTable,
    columns: Mapping[str, Column],
    keys: Collection[str],
    *,
    numbers: Collection[str] = (),
    hashing: Hashing | None = None,
) -> Admitted:
    """The table without identifiers, what was dropped, and what was hashed.

    Parameters
    ----------
    columns : item -> place
        The wave's column map.
    keys : items of kind key, whose cells would be kept as they are
    numbers : items whose numbers are kept whatever they are
    hashing : Hashing, optional

    Raises
    ------
    DataError
        If a key or number stands in a column that identifies people, or a column is to be hashed
        that no key holds.
    """
    dropped = [Dropped(column, "declared in study.yml") for column in raw.dropped]
    mapped = _items_by_column(raw, columns)
    with collect(DataError) as faults:
        raw, hashed, done = _hash(raw, mapped, keys, hashing, dropped, faults)
        gone = _searched(raw, mapped, set(keys), set(numbers), done, dropped, faults)
    frame = raw.frame.drop(columns=gone)
    device = raw.find(columns[DEVICE].column or "") if DEVICE in columns else None
    if device is not None:
        groups = pd.Series(pd.factorize(frame[device])[0], index=frame.index, dtype="Int64")
        frame = frame.assign(**{device: groups.mask(groups < 0)})
        dropped.append(Dropped(device, "compared between rows, not kept"))
    return Admitted(replace(raw, frame=frame), tuple(dropped), hashed)


def _items_by_column(raw: RawTable, columns: Mapping[str, Column]) -> dict[str | None, str]:
    mapped = {raw.find(place.column or ""): item for item, place in columns.items()}
    return mapped | {
        raw.find(name): item for item, place in columns.items() for name in place.columns.values()
    }


# -- hashed --------------------------------------------------------------------------------------


def _hash(
    raw: RawTable,
    mapped: Mapping[str | None, str],
    keys: Collection[str],
    hashing: Hashing | None,
    dropped: list[Dropped],
    faults: Faults,
) -> tuple[RawTable, tuple[Hashed, ...], set[str]]:
    """Declared columns as hashes where a key holds them, out of the table elsewhere."""
    made: list[Hashed] = []
    done: set[str] = set()
    frame = raw.frame
    for entry in hashing.columns if hashing else ():
        column = raw.find(entry.column)
        if column is None or column not in frame.columns:
            continue
        item = mapped.get(column)
        if item is None:
            frame = frame.drop(columns=column)
            dropped.append(Dropped(column, "declared in study.yml, no key holds it"))
        elif item not in keys or item == DEVICE:
            faults.add(
                f"item '{item}' would hold hashes of '{masked(column)}'",
                where=raw.path,
                expected="an item of kind key",
            )
        elif hashing is None or hashing.key is None:
            faults.add(f"there is no key to hash item '{item}' with", where=raw.path)
        else:
            hasher = hashing.key.purpose(hashing.study, entry.hash)
            cells, unlike = _hashes(frame[column], entry, hasher)
            frame = frame.assign(**{column: cells})
            made.append(Hashed(item, entry.hash, entry.kind, hasher.fingerprint(), unlike))
        done.add(column)
    return replace(raw, frame=frame), tuple(made), done


def _hashes(cells: pd.Series, entry: HashedColumn, hasher: Hasher) -> tuple[pd.Series, int]:
    """A column as hashes, blanks as None; and how many cells are unlike their kind."""
    texts = {cell: cell_text(cell) for cell in distinct(cells).cells}
    words = {cell: hasher.value(text, entry.kind) if text else None for cell, text in texts.items()}
    odd = [cell for cell, text in texts.items() if text and not fits(text, entry.kind)]
    hashes = cells.astype(object).map(words).astype(object)
    return hashes.where(hashes.notna(), None), int(cells.isin(odd).sum())


# -- searched ------------------------------------------------------------------------------------


def _searched(
    raw: RawTable,
    mapped: Mapping[str | None, str],
    keys: set[str],
    numbers: set[str],
    done: set[str],
    dropped: list[Dropped],
    faults: Faults,
) -> list[str]:
    """Columns that hold identifiers and that nothing maps; a fault for each that something does."""
    gone = []
    for column in raw.frame.columns:
        item = mapped.get(column)
        if column in done or item == DEVICE:
            continue
        if item is None or item in keys:
            reason = _reason(raw.frame[column], column, raw.labels.get(column, column))
        elif item in numbers and raw.frame[column].dtype == "float64":
            kind = numbers_of_people(raw.frame[column])
            reason = f"{kind} in a cell" if kind else None
        elif item in numbers:
            kind = kind_of_column(_texts(raw.frame[column]))
            reason = f"{kind} in a cell" if kind and "number" in kind else None
        else:
            continue  # becomes codes
        if reason is not None and item is not None:
            faults.add(
                f"item '{item}' would keep a direct identifier: {reason}",
                where=f"{raw.path}, column '{masked(column)}'",
                hint="map a column with neutral keys; without one for 'respondent', rows are "
                "numbered in the order of the file"
                if item in keys
                else "give the item a scale with a range: what lies outside is no answer",
            )
        if reason is not None:
            gone.append(column)
            dropped.append(Dropped(column, reason))
    return gone


def _reason(cells: pd.Series, column: str, label: str) -> str | None:
    if names_a_person(column) or names_a_person(label):
        return "header of an identifier"
    kind = kind_of_column(_texts(cells))
    return f"{kind} in a cell" if kind else None


def _texts(cells: pd.Series) -> list[str]:
    """The different cells of a column as text."""
    texts = (cell_text(cell) for cell in distinct(cells).cells)
    return [text for text in texts if text]
