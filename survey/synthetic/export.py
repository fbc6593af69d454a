"""Simulated codes as the cells of a raw file: the wave's column map, walked backwards.

Each collection tool writes its own way: SPSS holds codes, 问卷星's number export holds the number
of the option, a CSV holds words. Files are written so that the same cells give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re

import numpy as np
import pandas as pd

from survey.instrument.load import Instrument
from survey.instrument.model import Column, Scale
from survey.io.atomic import replacing
from survey.synthetic.plan import Extra, Plan
from survey.synthetic.population import stream

MADE = dt.datetime(2000, 1, 1)  # in place of the time of writing, which would change the bytes
SPSS_DATE, SPSS_TIME = (92, b"01 Jan 00"), (101, b"00:00:00")  # header offsets and values
LANGUAGE = "zh"  # of the words in raw files


def cells(instrument: Instrument, plan: Plan, wave: str, people: pd.DataFrame) -> pd.DataFrame:
    """The raw table of a wave: a column per raw column, cells as the tool writes them.

    Blank cells are None. Numbers are float where the tool writes numbers, otherwise text.
    """
    entry = instrument.waves[wave]
    columns: dict[str, list] = {}
    for item, column in entry.columns.items():
        if column.columns:
            for option, name in column.columns.items():
                columns[name] = _options(instrument, item, people[f"{item}__{option}"])
        elif instrument.items[item].kind == "multiple":
            columns[column.column or item] = _joined(instrument, item, column, people)
        else:
            columns[column.column or item] = _single(instrument, plan, wave, item, column, people)
    table = pd.DataFrame(columns, dtype=object)
    for extra in plan.waves[wave].extra:
        table.insert(extra.at, extra.column, _extra(instrument, plan, wave, extra, people))
    return table.astype(object).where(table.notna(), None)


def _single(instrument, plan: Plan, wave: str, item: str, column: Column, people) -> list:
    entry = instrument.items[item]
    if item == "submitted" and plan.waves[wave].time == "datetime":
        return people[item].dt.to_pydatetime().tolist()
    if item == "submitted":
        return people[item].dt.strftime(plan.waves[wave].time).tolist()
    if entry.kind == "key":
        whole = item == "respondent" and people[item].str.fullmatch("[1-9][0-9]*").all()
        return [float(value) for value in people[item]] if whole else people[item].tolist()
    if entry.scale is None:
        text = instrument.waves[wave].raw.origin == "csv"
        return [f"{value:.2f}" if text else float(value) for value in people[item]]
    write = _writer(instrument.scale_of(item), column, instrument.waves[wave].raw.origin)
    written = [write(int(value)) for value in people[item]]
    if item == "province":
        rng = stream(plan, wave, "official names")
        long = rng.random(len(written)) < plan.waves[wave].official_names
        points = instrument.scale_of(item).points
        for row in np.flatnonzero(long):
            written[row] = points[int(people[item].iloc[row])].aliases[0]
    return written


def _writer(scale: Scale, column: Column, origin: str):
    """A function from a code to the cell that stands for it."""
    named = {code: cell for cell, code in column.codes.items()}
    blanks = {scale.missing_code("no_answer")} if origin == "csv" else set()

    def write(code: int):
        if code in named:
            return named[code] if origin == "csv" else float(named[code])
        if code in blanks:
            return None
        if origin == "csv" and code in scale.points:
            return scale.text(code, LANGUAGE)
        if origin == "csv" and scale.missing.get(code) == "not_asked":
            return None
        told = code if code in scale.missing else code - column.shift
        if column.pattern:
            return re.sub(r"\(.*\)", str(told), column.pattern.strip("^$"))
        return str(told) if origin == "csv" else float(told)

    return write


def _options(instrument: Instrument, item: str, chosen: pd.Series) -> list:
    blank = instrument.scale_of(item).missing_code("no_answer")
    return chosen.astype("Float64").fillna(blank).astype(float).tolist()


def _joined(instrument: Instrument, item: str, column: Column, people: pd.DataFrame) -> list:
    scale = instrument.scale_of(item)
    options = [f"{item}__{value}" for value in scale.values()]
    words = [scale.text(value, LANGUAGE) for value in scale.values()]
    chosen = people[options].fillna(0).to_numpy(dtype=bool)
    told = [(column.split or "").join(np.array(words)[row]) for row in chosen]
    return [cell or None for cell in told]


def _extra(instrument: Instrument, plan: Plan, wave: str, extra: Extra, people) -> list:
    """Identifiers nobody owns: numbers no operator assigns, addresses kept for documentation."""
    rng = stream(plan, wave, extra.column)
    points = instrument.scale_of("province").points
    if extra.kind == "phone":
        return [f"1000{number:07d}" for number in rng.integers(0, 10**7, len(people))]
    if extra.kind == "ip":  # RFC 5737, TEST-NET-3
        numbers = rng.integers(1, 255, len(people))
        places = [points[code].text[LANGUAGE] for code in people["province"]]
        return [
            extra.text.format(address=f"203.0.113.{number}", place=place)
            for number, place in zip(numbers, places, strict=True)
        ]
    return [extra.text] * len(people)


# -- files -----------------------------------------------------------------------------------------


def write_raw(instrument: Instrument, wave: str, table: pd.DataFrame, path) -> None:
    """Write the raw file of a wave in the form its `raw` entry names."""
    raw = instrument.waves[wave].raw
    with replacing(path) as unfinished:
        if raw.origin == "spss":
            _write_spss(instrument, wave, table, unfinished)
        elif raw.origin == "csv":
            text = io.StringIO()
            table.to_csv(text, index=False, lineterminator="\r\n")
            encoding = str(raw.options.get("encoding", "utf-8"))
            unfinished.write_bytes(text.getvalue().encode(encoding))
        else:
            _write_sheet(table, unfinished)


def _write_sheet(table: pd.DataFrame, path) -> None:
    """One sheet, one header row, as 问卷星 gives it."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, table.columns)
        for place, name in enumerate(table.columns):
            sheet.write_column(1, place, table[name])


def _write_spss(instrument: Instrument, wave: str, table: pd.DataFrame, path) -> None:
    import pyreadstat

    labels: dict[str, str] = {}
    values: dict[str, dict[int | float, str]] = {}
    missing: dict[str, list] = {}
    for item, column in instrument.waves[wave].columns.items():
        entry = instrument.items[item]
        for option, name in (column.columns or {0: column.column or item}).items():
            labels[name] = entry.text[LANGUAGE]
            if entry.scale is None:
                continue
            scale = instrument.scale_of(item)
            if column.columns:
                labels[name] += f" - {scale.text(option, LANGUAGE)}"
            elif scale.points or scale.ends:
                values[name] = {v: scale.text(v, LANGUAGE) for v in scale.points or scale.ends}
            missing[name] = _user_missing(scale)
    typed = table.copy()
    for name in table.columns:
        if isinstance(table[name].iloc[0], float):
            typed[name] = table[name].astype(float)
        elif isinstance(table[name].iloc[0], dt.datetime):
            typed[name] = pd.to_datetime(table[name])
    pyreadstat.write_sav(
        typed,
        str(path),
        column_labels=[labels.get(name, name) for name in typed.columns],
        variable_value_labels=values,
        missing_ranges={name: spans for name, spans in missing.items() if spans},
        row_compress=True,
    )
    _unstamp(path)


def _user_missing(scale: Scale) -> list:
    """A range for each side, as SPSS allows: above the points and below them."""
    high = sorted(code for code in scale.missing if code > 0)
    low = sorted(code for code in scale.missing if code < 0)
    spans: list = [{"lo": high[0], "hi": high[-1]}] if high else []
    return spans + (low[:1] if spans else low[:3])


def _unstamp(path) -> None:
    """Replace the time of writing in an SPSS header."""
    content = bytearray(path.read_bytes())
    for offset, value in (SPSS_DATE, SPSS_TIME):
        content[offset : offset + len(value)] = value
    path.write_bytes(bytes(content))
