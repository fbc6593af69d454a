"""Words of open answers on disk: read from the raw file, joined with groups, written as counts.

Only reading and writing: what may be shown is decided in keywords.py, what may be quoted in
quotes.py. No text of anybody is written here, only words that enough people used, and quotes that
were approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.results.precision import read_limits
from analysis.text.keywords import keyness, word_counts
from analysis.text.quotes import approved
from survey.clean.coded import answer_id, coded_items, read_codings
from survey.clean.intake import Intake, key_for
from survey.clean.pipeline import map_wave
from survey.clean.run import read_wave
from survey.errors import UsageError, one_of
from survey.instrument.load import Instrument
from survey.io.source import check_files
from survey.io.tables import read_parquet, write_csv
from survey.project import Project
from survey.text.segment import segmenter

SIMULATED = "simulated"


@dataclass(frozen=True)
class Counted:
    """Words of one item; `by` is the item whose points are the groups, or nothing."""

    kind: str
    answered: int
    counts: pd.DataFrame
    keyness: pd.DataFrame
    written: tuple[Path, ...]


def run(project: Project, instrument: Instrument, wave: str, item: str, *, by: str = "") -> Counted:
    """Count the words of an open item and write the tables.

    Raises
    ------
    UsageError
        If the item is not open, or `by` has no points.
    """
    study = instrument.study.id
    entry = instrument.items.get(item)
    if entry is None or entry.kind != "open":
        known = [i.id for i in instrument.items.values() if i.kind == "open"]
        raise UsageError(f"'{item}' is no open item", expected=one_of(known) if known else "one")
    source = check_files(project, study, wave, instrument.waves[wave].raw.file)
    people = _people(project, instrument, wave, item, by)
    frame = next((f for f in coded_items(instrument).values() if f.item == item), None)
    cut = segmenter(
        dictionary=frame.dictionary if frame else (),
        stop=frame.stop if frame else (),
        stem=frame.stem if frame else "",
    )
    words = [cut.words(text) for text in people["text"]]
    groups = people["group"].to_list() if by else [None] * len(people)
    counts = word_counts(words, groups, read_limits(instrument.policy))
    counts = counts.assign(kind=source.kind)
    by_group = keyness(counts).assign(kind=source.kind) if by else counts.iloc[:0]
    said = {answer_id(text) for text in people["text"]}
    quotes = pd.DataFrame(
        [
            {
                "text": _harmless(q.text),
                "approved_by": q.approved_by,
                "approved_on": str(q.approved_on),
            }
            for q in approved(project, study, wave, item, said)
        ]
    ).assign(kind=source.kind)
    tables = {f"words-{by}" if by else "words": counts, f"keyness-{by}": by_group, "quotes": quotes}
    mark = f"-{SIMULATED}" if source.kind == SIMULATED else ""
    folder = project.build(study) / "text"
    written = [
        write_csv(table, folder / f"{wave}-{item}-{name}{mark}.csv")
        for name, table in tables.items()
        if len(table)
    ]
    return Counted(source.kind, len(people), counts, by_group, tuple(written))


def _harmless(text: str) -> str:
    """A text that a spreadsheet takes for no formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _people(
    project: Project, instrument: Instrument, wave: str, item: str, by: str
) -> pd.DataFrame:
    """Included respondents with an answer: its text, and their group (None where missing)."""
    now = instrument.at(wave)
    intake = Intake(key_for(instrument), read_codings(project, instrument, wave))
    mapped = map_wave(read_wave(project, instrument, wave), now, wave, intake)
    texts = pd.DataFrame({"respondent": mapped.answers["respondent"], "text": mapped.texts[item]})
    texts = texts.drop_duplicates("respondent").dropna()
    responses = read_parquet(project.clean(instrument.study.id, wave) / "responses.parquet")
    kept = responses[responses["included"]]
    people = texts.merge(kept, on="respondent", suffixes=("", "_kept")).sort_values("respondent")
    if not by:
        return people[["text"]].assign(group=None)
    scale = now.scales.get(now.items[by].scale or "") if by in now.items else None
    if scale is None or by not in people.columns:
        raise UsageError(f"'{by}' has no groups", expected="an item with a scale, one answer each")
    names = {value: scale.code(value) for value in scale.values()}
    groups = people[by].map(names).astype(object)
    return people[["text"]].assign(group=groups.where(groups.notna(), None))
