"""Small tables on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

WIDTH = 140  # columns, where the output is no terminal


def table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True
) -> None:
    """A table on the terminal: text to the left, numbers to the right, if it has numbers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(show_header=any(head), show_lines=not numbers)
    for place, name in enumerate(head):
        shown.add_column(name, justify="right" if place and numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(Text(title))
    console.print(shown)
