"""Rows of estimates as a terminal table, JSON, CSV or a workbook.

JSON is a list of rows with the columns of `estimates`; numbers have 10 significant digits
everywhere but in the terminal table, which is for reading.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.results.schema import NUMBERS
from analysis.results.store import round_significant
from survey.design.labels import level_word
from survey.errors import UsageError
from survey.io.atomic import replacing, write_text

Words = Mapping[str, Mapping[float | str, str]]
EPOCH = dt.datetime(2000, 1, 1)  # a workbook made twice has the same bytes
SHOWN = ("estimate", "se", "ci_low", "ci_high", "df", "n", "imputed", "n_eff", "deff")


def show(
    rows: pd.DataFrame, format: str, out: Path | None = None, *, words: Words | None = None
) -> None:
    """Print rows, or write them to a file.

    Parameters
    ----------
    rows : DataFrame
        Columns of the schema.
    format : {"table", "json", "csv", "xlsx"}
    out : Path, optional
        Needed for xlsx; default for the others is standard output.
    words : mapping of column to mapping of code to label, optional
        Shown beside the codes in a table; files hold codes.
    """
    if format == "table":
        if out is not None:
            raise UsageError("a table is for the terminal", hint="add --format csv, json or xlsx")
        _table(rows, words or {})
        return
    rows = rows.copy()
    for column in NUMBERS:
        rows[column] = round_significant(rows[column])
    if format == "xlsx":
        assert out is not None  # checked with the options, before any work is done
        _workbook(rows, out)
    elif format == "csv":
        text = rows.to_csv(index=False, float_format="%.10g", lineterminator="\n")
        _put(text, out)
    else:
        cells = [
            {name: _plain(value) for name, value in row.items()} for row in rows.to_dict("records")
        ]
        _put(json.dumps(cells, ensure_ascii=False, indent=1) + "\n", out)


def _put(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


def _plain(value):
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _table(rows: pd.DataFrame, words: Words) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    named = [c for c in ("category", "domain") if set(rows[c]) - {"", "all"}]
    tested = rows["p_value"].notna().any()
    numbers = [*SHOWN, *(["p_value"] if tested else [])]
    numbers = [c for c in numbers if rows[c].notna().any()]
    console = Console(width=None if sys.stdout.isatty() else 140)
    for (indicator, statistic), part in rows.groupby(["indicator", "statistic"], sort=False):
        table = Table(title=f"{statistic} of {indicator}", title_justify="left")
        for column in named:
            table.add_column(column)
        for column in numbers:
            table.add_column(column, justify="right")
        for row in part.to_dict("records"):
            # Text, not markup: a label such as "[b]" must be shown as it is.
            told = {
                "category": _labelled(str(indicator), str(row["category"]), words),
                "domain": _domain(str(row["domain"]), words),
            }
            cells = [Text(told[c]) for c in named]
            table.add_row(*cells, *(Text(_digits(row[c], c)) for c in numbers))
        console.print(table)
    notes = sorted({reason for reason in rows["reason"] if reason})
    variant = "; ".join(sorted(set(rows["variant"])))
    console.print(Text(f"{variant}; intervals {rows['conf_level'].iloc[0]:.0%}", style="dim"))
    for note in notes:
        console.print(Text(f"note: {note}"))


def _labelled(column: str, code: str, words: Words) -> str:
    """A code with its label, where the file has one; options of a set by their column's label."""
    known = {level_word(value): label for value, label in words.get(column, {}).items()}
    return f"{code} {known[code]}" if code in known else code


def _domain(key: str, words: Words) -> str:
    pairs = [part.split("=", 1) for part in key.split("&")]
    return " & ".join(
        f"{pair[0]}={_labelled(pair[0], pair[1], words)}" if len(pair) == 2 else pair[0]
        for pair in pairs
    )


def _digits(value: float, column: str) -> str:
    if not math.isfinite(value):
        return "-"
    if column in ("n", "df"):
        return f"{value:,.0f}"
    if column in ("n_eff",):
        return f"{value:,.1f}"
    if column == "p_value":
        return "<0.0001" if value < 1e-4 else f"{value:.4f}"
    size = abs(value)
    return f"{value:,.1f}" if size >= 1000 else f"{value:.4g}" if size >= 1 else f"{value:.4f}"


def _workbook(rows: pd.DataFrame, out: Path) -> None:
    """One sheet, a frozen head, full numbers; texts are never read as formulas."""
    import xlsxwriter

    with replacing(out) as unfinished:
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
        }
        book = xlsxwriter.Workbook(unfinished, options)
        book.set_properties({"created": EPOCH})
        sheet = book.add_worksheet("estimates")
        bold = book.add_format({"bold": True, "bottom": 1})
        for column, name in enumerate(rows.columns):
            sheet.write_string(0, column, name, bold)
            widest = max([len(name), *(len(str(value)) for value in rows[name])])
            sheet.set_column(column, column, min(max(widest, 8), 40) + 1)
            for line, value in enumerate(rows[name], start=1):
                if isinstance(value, str):
                    sheet.write_string(line, column, value)
                elif math.isfinite(value):
                    sheet.write_number(line, column, value)
        sheet.freeze_panes(1, 0)
        book.close()
