"""Raw columns that identify people, as study.yml declares them.

A plain name is dropped where it is read. A `hash` keeps what links answers of one person and
nothing else: the column may be mapped to an item of kind key, which then holds keyed hashes. How
they are made is decided in survey/privacy/keyed.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from survey.instrument.entry import Entry, Identifier

HashKind = Literal["phone", "email", "id_card", "text"]


class HashedColumn(Entry):
    """A column that is hashed under a key of the environment.

    column : as it is called in raw files; several entries may serve one purpose
    hash : the purpose; hashes of one study and purpose can be compared, no others
    kind : how values are written, so that all ways of writing one give one hash
    """

    column: str
    hash: Identifier
    kind: HashKind = "text"


def dropped_names(declared: Iterable[str | HashedColumn]) -> list[str]:
    """Columns that no reader hands over."""
    return [entry for entry in declared if isinstance(entry, str)]


def hashed_columns(declared: Iterable[str | HashedColumn]) -> list[HashedColumn]:
    return [entry for entry in declared if isinstance(entry, HashedColumn)]
