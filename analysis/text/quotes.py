"""Answers that may be quoted: only those a person approved, word for word, in a study's quotes.yml.

Decided here: a quote must be an answer that was given, and hold nothing that masking would take
out. Without an entry no text of anybody leaves the raw data.

    - {item: remarks, wave: 2024H1, text: 担心信息被卖, approved_by: the ethics board,
       approved_on: 2024-07-01}
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from survey.clean.coded import answer_id
from survey.errors import InstrumentError, collect
from survey.instrument.entry import Entry, Identifier
from survey.io.yamlfile import entries, read_yaml, to_model
from survey.privacy.search import masked
from survey.project import Project

FILE = "quotes.yml"


class Quote(Entry):
    item: Identifier
    wave: str
    text: str
    approved_by: str
    approved_on: dt.date


def approved(
    project: Project, study: str, wave: str, item: str, given: Collection[str]
) -> list[Quote]:
    """The quotes of one item of a wave, in the order of the file.

    Parameters
    ----------
    given : digests of the answers that were given, see survey/clean/coded.py

    Raises
    ------
    InstrumentError
        With every quote that identifies somebody or that nobody said.
    """
    path = project.instrument(study) / FILE
    if not path.exists():
        return []
    document = read_yaml(path, project.relative(path))
    found: list[Quote] = []
    with collect(InstrumentError) as faults:
        for place in entries(document, list, "a list of quotes"):
            quote = to_model(Quote, document, place)
            if (quote.wave, quote.item) != (wave, item):
                continue
            where = document.where(place)
            if masked(quote.text) != quote.text:
                faults.add("a quote holds an identifier", where=where, hint="quote it masked")
            elif answer_id(quote.text) not in given:
                faults.add(
                    "nobody gave this answer",
                    where=where,
                    expected="an answer as it is on a coding sheet, word for word",
                )
            found.append(quote)
    return found
