"""Names of raw columns: every column has one, and no two are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def column_names(header: Iterable[str]) -> list[str]:
    """Header cells as names: blanks trimmed, `column 3` for an empty one, `x (2)` for a second x.

    >>> column_names([" id ", "", "Q1", "Q1"])
    ['id', 'column 2', 'Q1', 'Q1 (2)']
    """
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(header, start=1):
        name = cell.strip() or f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
