"""Codes in the data of a Stata file made into its extended missing values .a to .z.

pyreadstat writes letters only where the first cells of a column hold a number. Decided here: how
.a to .z look as doubles and as codes of value labels, and where a column stands in a row. Which
code gets which letter is decided in dta.py.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np

FIRST_LABEL = 2_147_483_622  # .a in a set of value labels
_FIRST_DOUBLE, _NEXT_DOUBLE = 0x7FE0010000000000, 1 << 40
_DOUBLE, _LONG_TEXT = 65526, 32768
_WIDTHS = {_LONG_TEXT: 8, 65526: 8, 65527: 4, 65528: 4, 65529: 2, 65530: 1}
TYPES, DATA = 2, 9  # entries of the file's map


def put_letters(
    data: bytearray, order: str, places: tuple[int, ...], letters: Mapping[int, Mapping[str, float]]
) -> None:
    """Replace codes in a whole file, in place.

    Parameters
    ----------
    data : the file
    order : "<" or ">"
    places : the file's map of positions
    letters : number of a column -> letter -> the code that stands in its cells
    """
    types = _types(data, order, places)
    widths = [_WIDTHS.get(kind, kind) for kind in types]
    start, end = places[DATA] + len(b"<data>"), places[DATA + 1] - len(b"</data>")
    rows = (end - start) // max(sum(widths), 1)
    table = np.frombuffer(data, np.uint8, rows * sum(widths), start).reshape(rows, -1)
    for column, codes in letters.items():
        if types[column] != _DOUBLE:
            raise ValueError(f"column {column} is not of doubles")
        at = sum(widths[:column])
        cells = table[:, at : at + 8].copy().view(f"{order}f8")[:, 0]
        bits = cells.copy().view(f"{order}u8")
        for letter, code in codes.items():
            bits[cells == code] = _FIRST_DOUBLE + (ord(letter) - ord("a")) * _NEXT_DOUBLE
        table[:, at : at + 8] = bits.view(np.uint8).reshape(rows, 8)


def _types(data: bytearray, order: str, places: tuple[int, ...]) -> tuple[int, ...]:
    start = places[TYPES] + len(b"<variable_types>")
    end = places[TYPES + 1] - len(b"</variable_types>")
    return struct.unpack(f"{order}{(end - start) // 2}H", data[start:end])
