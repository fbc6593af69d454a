"""Open answers of a wave, with every identifier in them masked.

Open items never become columns of the responses. Their texts are read for coding
(survey/text) and for counting words; they are written to data/clean only where an item says
`keep_text: true`, as texts.parquet. Masking takes out what can be known by its form; what people
tell of themselves in their own words stays, so kept texts are still personal data.
"""

from __future__ import annotations

import pandas as pd

from survey.clean.cells import cell_text
from survey.instrument.load import Instrument
from survey.io.readers import RawTable
from survey.privacy.search import masked

COLUMNS = ("respondent", "item", "text")


def open_texts(raw: RawTable, instrument: Instrument, wave: str) -> pd.DataFrame:
    """The answers to a wave's open items, masked.

    Returns
    -------
    DataFrame, index `source_row` (1 is the first row under the header)
        A column per open item that the wave has a column for, object: text, or None where there
        is none.
    """
    rows = pd.RangeIndex(1, len(raw.frame) + 1, name="source_row")
    made: dict[str, pd.Series] = {}
    for item, place in instrument.waves[wave].columns.items():
        entry = instrument.items.get(item)
        name = raw.find(place.column or "")
        if entry is None or entry.kind != "open" or name is None:
            continue
        cells = raw.frame[name].set_axis(rows).astype(object)
        words = {cell: _answer(cell_text(cell), raw) for cell in cells.dropna().unique()}
        texts = cells.map(words).astype(object)
        made[item] = texts.where(texts.notna(), None)
    return pd.DataFrame(made, index=rows)


def _answer(text: str, raw: RawTable) -> str | None:
    return masked(text) if text and text not in raw.missing_words else None


def kept_texts(texts: pd.DataFrame, respondents: pd.Series, instrument: Instrument) -> pd.DataFrame:
    """The texts a study keeps, one row per answer, by respondent and item; see `keep_text`.

    Parameters
    ----------
    texts : as `open_texts` returns them
    respondents : keys with the same index
    """
    kept = [item for item in texts.columns if instrument.items[item].keep_text]
    parts = [
        pd.DataFrame({"respondent": respondents, "item": item, "text": texts[item]}).dropna()
        for item in kept
    ]
    rows = pd.concat(parts) if parts else pd.DataFrame(columns=list(COLUMNS))
    rows = rows.sort_values(["respondent", "item"], kind="stable").reset_index(drop=True)
    return rows[list(COLUMNS)].astype("str")
