"""A code as a label: whole numbers without their decimal point."""

from __future__ import annotations


def level_word(value) -> str:
    """Text of a code: 3.0 is ``3``, a missing code is ``""``."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():  # numpy's float64 is a float
        return str(int(value))
    return str(value)
