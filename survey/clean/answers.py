"""A wave's answers as a frame: which columns an item has, and how an answer is written as text.

The frame has one row per row of the raw file (index `source_row`, from 1). An item of kind single
or number is a column of codes, a multiple-response set `issues` the columns `issues__<option>`
(1 chosen, 0 not, <NA> no answer for the whole set). Text is the form of answers in the audit and
in corrections: "" blank, "1;3" the chosen options of a set, "none" a set with nothing chosen.
"""

from __future__ import annotations

import pandas as pd

from survey.instrument.model import Scale

BETWEEN = "__"  # of a set's name and its option
NONE_CHOSEN = "none"
FLAG = "flag_"  # before the name of a sign, see signs.py
FLAGS = tuple(
    f"{FLAG}{sign}"
    for sign in (
        "speed",
        "straight",
        "duplicate",
        "attention",
        "missing",
        "pages",
        "flat",
        "match",
        "device",
        "routing",
        "impossible",
        "gibberish",
    )
)


def set_column(item: str, option: int) -> str:
    """Column of one option of a multiple-response set."""
    return f"{item}{BETWEEN}{option}"


def set_columns(frame: pd.DataFrame, item: str) -> list[str]:
    """Columns of a multiple-response set, in the order of its options; none if it is no set."""
    return [column for column in frame.columns if column.startswith(f"{item}{BETWEEN}")]


def columns_of(frame: pd.DataFrame, item: str) -> list[str]:
    """The columns holding an item: its own, or those of its options; none if it is absent."""
    return [item] if item in frame.columns else set_columns(frame, item)


def given(frame: pd.DataFrame, item: str, scale: Scale | None) -> pd.Series:
    """Where an item has an answer: neither blank nor a missing code. bool, one per row."""
    if item not in frame.columns:
        answered = pd.Series(False, index=frame.index)
        for column in set_columns(frame, item):
            answered |= frame[column].notna()
        return answered
    answered = frame[item].notna()
    return answered & ~frame[item].isin(list(scale.missing)) if scale is not None else answered


def without_missing(frame: pd.DataFrame, item: str, scale: Scale | None) -> pd.Series:
    """A column with its missing codes as blanks, as conditions look at it."""
    return frame[item].where(given(frame, item, scale))


def as_text(frame: pd.DataFrame, item: str) -> pd.Series:
    """Answers as text (see above), one per row."""
    columns = columns_of(frame, item)
    if columns == [item]:
        return _plain(frame[item])
    options = [column.rpartition(BETWEEN)[2] for column in columns]
    texts = pd.Series("", index=frame.index, dtype=object)
    for column, option in zip(columns, options, strict=True):
        texts = texts.where(frame[column].ne(1).fillna(True), texts + ";" + option)
    texts = texts.str.removeprefix(";")
    return texts.mask(texts.eq("") & frame[columns].notna().any(axis=1), NONE_CHOSEN)


def _plain(values: pd.Series) -> pd.Series:
    cells = values.astype(object)
    words = {cell: _word(cell) for cell in cells.dropna().unique()}
    return cells.map(words).fillna("").astype(object)


def _word(value: object) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)


def put_text(frame: pd.DataFrame, item: str, texts: pd.Series) -> None:
    """Write answers given as text into the rows of `texts`' index; the inverse of `as_text`."""
    columns = columns_of(frame, item)
    if columns == [item]:
        frame.loc[texts.index, item] = _parsed(texts, frame[item].dtype)
        return
    chosen = texts.str.split(";")
    for column in columns:
        option = column.rpartition(BETWEEN)[2]
        values = chosen.map(lambda options, option=option: int(option in options)).astype("Int8")
        offered = frame[column].notna().any()  # an option that was not on the list stays blank
        frame.loc[texts.index, column] = values.mask(texts.eq("") | (not offered), pd.NA)


def _parsed(texts: pd.Series, dtype) -> pd.Series:
    if pd.api.types.is_bool_dtype(dtype):
        return texts.eq("True")
    if pd.api.types.is_numeric_dtype(dtype):
        return pd.to_numeric(texts.mask(texts.eq(""))).astype(dtype)
    return texts.astype(dtype)
