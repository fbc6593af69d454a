"""One wave from its raw table to clean responses, without touching a disk.

The order is decided here: door, map, key, corrections, range, routing, exclusive options, edits,
quality, imputation, derived items, columns. What each step does is decided in its own module;
reading and writing, in run.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from survey.clean.answers import FLAGS, as_text, columns_of
from survey.clean.audit import KEPT, Ledger
from survey.clean.coded import with_coded
from survey.clean.corrections import apply_corrections
from survey.clean.derive import with_derived
from survey.clean.edits import EditCounts, apply_edits
from survey.clean.evidence import evidence_of
from survey.clean.identifiers import DEVICE, Admitted, Dropped, Hashed, close_the_door
from survey.clean.intake import NOTHING, Intake, kept_as_they_are
from survey.clean.judge import Verdict, judge
from survey.clean.measures import Measures
from survey.clean.opentext import kept_texts, open_texts
from survey.clean.recode import recode
from survey.clean.rules import (
    Routing,
    apply_exclusive,
    apply_range,
    apply_routing,
    fill_blanks,
)
from survey.errors import DataError, Faults, collect
from survey.impute.fill import Filled, impute
from survey.instrument.edits import COLUMN
from survey.instrument.load import Instrument
from survey.instrument.model import SampleDesign
from survey.io.readers import RawTable
from survey.privacy.search import masked

MOST_ROWS = 5  # respondents named in a fault about many


@dataclass(frozen=True)
class Cleaned:
    """A wave after cleaning.

    Attributes
    ----------
    responses : DataFrame, sorted by respondent
        Excluded respondents included; see `finish` for the columns.
    audit : DataFrame
        One row per change or exclusion, see audit.py.
    mapped : DataFrame, index `source_row`
        The table on which replaying the audit gives the responses.
    dropped : identifiers that were not let in
    unmapped : raw columns nobody mapped
    verdict : which signs of quality were looked for
    hashed : identifiers let in as keyed hashes
    texts : masked open answers that the study keeps, see opentext.py
    coded : item -> counts of its coding, see coded.py
    edited : edit -> what it does and how often, see edits.py
    filled : what was imputed, see survey/impute/fill.py
    """

    responses: pd.DataFrame
    audit: pd.DataFrame
    mapped: pd.DataFrame
    dropped: tuple[Dropped, ...]
    unmapped: tuple[str, ...]
    verdict: Verdict
    hashed: tuple[Hashed, ...] = ()
    texts: pd.DataFrame = field(default_factory=pd.DataFrame)
    coded: dict[str, dict[str, Any]] = field(default_factory=dict)
    edited: dict[str, dict[str, object]] = field(default_factory=dict)
    filled: Filled | None = None

    def summary(self) -> dict[str, Any]:
        """Counts for people and for the methods annex; holds no answer of anybody."""
        excluded = self.responses.loc[~self.responses["included"], "exclusion"]
        marks = [item for item in self.audit["item"].unique() if item.startswith(COLUMN)]
        changed = self.audit[~self.audit["item"].isin([*FLAGS, *marks, "included"])]
        return {
            "respondents": len(self.responses),
            "included": int(self.responses["included"].sum()),
            "excluded": _counts(excluded),
            "flagged": {flag: int(self.responses[flag].sum()) for flag in FLAGS},
            "taken_back": int((self.audit["rule"] == KEPT).sum()),
            "changed_answers": _counts(changed["rule"]),
            "thresholds": dict(sorted(self.verdict.thresholds.items())),
            "not_looked_for": dict(sorted(self.verdict.not_looked_for.items())),
            "dropped_columns": [
                {"column": masked(d.column), "reason": d.reason} for d in self.dropped
            ],
            "unmapped_columns": [masked(column) for column in self.unmapped],
            **({"hashed_columns": [vars(column) for column in self.hashed]} if self.hashed else {}),
            **({"coded_answers": self.coded} if self.coded else {}),
            **({"edits": self.edited} if self.edited else {}),
            **({"imputed": self.filled.counts} if self.filled and self.filled.counts else {}),
        }


@dataclass(frozen=True)
class Mapped:
    """A wave as codes, before anything is changed.

    Attributes
    ----------
    answers : DataFrame, index `source_row`
    admitted : what came through the door, and what did not
    texts : masked open answers, see opentext.py
    coded : item -> counts of its coding, see coded.py
    """

    answers: pd.DataFrame
    admitted: Admitted
    texts: pd.DataFrame
    coded: dict[str, dict[str, Any]]


def map_wave(raw: RawTable, instrument: Instrument, wave: str, intake: Intake = NOTHING) -> Mapped:
    """The mapped table of a wave (coded, blanks filled), and what came through the door."""
    keys, numbers = kept_as_they_are(instrument)
    admitted = close_the_door(
        raw,
        instrument.waves[wave].columns,
        keys,
        numbers=numbers,
        hashing=intake.hashing(instrument),
    )
    texts = open_texts(admitted.table, instrument, wave)
    answers = recode(admitted.table, instrument, wave)
    answers, coded = with_coded(answers, texts, instrument, intake.codings)
    return Mapped(fill_blanks(answers, Routing(instrument, wave)), admitted, texts, coded)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A wave whose answers follow all rules, before anybody is judged.

    Attributes
    ----------
    put : what map_wave returned
    ledger : the answers, and the changes so far
    measures : what each interview shows before edits, see measures.py
    edits : what edits found and did
    """

    put: Mapped
    ledger: Ledger
    measures: Measures
    edits: EditCounts


def prepare(raw: RawTable, instrument: Instrument, wave: str, intake: Intake = NOTHING) -> Prepared:
    """Map a wave and apply corrections and the rules between answers.

    Raises
    ------
    DataError, InstrumentError
        With every fault of the step that fails.
    """
    put = map_wave(raw, instrument, wave, intake)
    mapped = put.answers
    device = mapped.pop(DEVICE) if DEVICE in mapped.columns else None
    evidence = evidence_of(put.admitted.table, instrument, wave, device)
    routing = Routing(instrument, wave)
    ledger = Ledger(mapped)
    _single_out_keys(ledger)
    apply_corrections(ledger, instrument, wave)
    apply_range(ledger, routing)
    stray = apply_routing(ledger, routing, mapped)
    apply_exclusive(ledger, routing)
    answers = ledger.frame.copy(deep=False)
    edits = apply_edits(ledger, routing, mapped)
    return Prepared(put, ledger, Measures(answers, routing, evidence, stray), edits)


def clean_wave(
    raw: RawTable, instrument: Instrument, wave: str, intake: Intake = NOTHING
) -> Cleaned:
    """Clean one wave.

    Parameters
    ----------
    intake : Intake
        What comes beside the raw file: the key for hashes, coded open answers.

    Raises
    ------
    DataError, InstrumentError
        With every fault of the step that fails.
    """
    ready = prepare(raw, instrument, wave, intake)
    put, ledger = ready.put, ready.ledger
    mapped, dropped = put.answers, put.admitted.dropped
    verdict = judge(ledger, ready.measures, instrument, wave)
    filled = impute(ledger, Routing(instrument, wave))
    with collect(DataError) as faults:
        responses = finish(ledger.frame, instrument, wave, faults)
        _require_design(responses, instrument.waves[wave].design, faults, raw.path)
    used = {name for column in instrument.waves[wave].columns.values() for name in _places(column)}
    used_columns = {raw.find(name) for name in used}
    gone = {drop.column for drop in dropped}
    unmapped = tuple(c for c in raw.frame.columns if c not in used_columns and c not in gone)
    return Cleaned(
        responses,
        ledger.audit(),
        mapped,
        dropped,
        unmapped,
        verdict,
        put.admitted.hashed,
        kept_texts(put.texts, ledger.frame["respondent"], instrument),
        put.coded,
        ready.edits.summary(instrument.edits.of(wave)),
        filled,
    )


def finish(
    answers: pd.DataFrame, instrument: Instrument, wave: str, faults: Faults | None = None
) -> pd.DataFrame:
    """Responses as they are kept: derived items added, columns in order, sorted by respondent.

    Columns: respondent; items in the order of the questionnaire, then all others in the order of
    the instrument; flag_*; edit_* of edits that mark records; included; exclusion.
    """
    frame = with_derived(answers, instrument, faults)
    marks = [edit.column for edit in instrument.edits.of(wave, "flag")]
    frame = frame.assign(**{mark: False for mark in marks if mark not in frame.columns})
    questionnaire = instrument.questionnaires[instrument.waves[wave].questionnaire]
    items = dict.fromkeys(["respondent", *questionnaire.order(), *instrument.items])
    columns = [column for item in items for column in columns_of(frame, item)]
    kept = [*columns, *FLAGS, *marks, "included", "exclusion"]
    return frame[kept].sort_values("respondent", kind="stable").reset_index(drop=True)


def _single_out_keys(ledger: Ledger) -> None:
    """A key met again gets a number behind it, and its row is left out: one row, one respondent."""
    keys = ledger.frame["respondent"]
    again = keys.duplicated()
    if not again.any():
        return
    times = keys.groupby(keys).cumcount() + 1
    ledger.exclude(again, rule="duplicate_key", reason="the respondent's key was met before")
    ledger.change(
        "respondent",
        again,
        as_text(ledger.frame, "respondent") + "#" + times.astype(str),
        rule="duplicate_key",
        reason="the respondent's key was met before",
    )


def _require_design(
    responses: pd.DataFrame, design: SampleDesign, faults: Faults, path: str
) -> None:
    """Strata, PSU and base weight of every included respondent."""
    included = responses[responses["included"]]
    for item in filter(None, [*design.items(), design.base_weight]):
        if item not in responses.columns:
            faults.add(f"design item '{item}' has no column and is not derived", where=path)
            continue
        blank = included.loc[included[item].isna(), "respondent"]
        if len(blank):
            shown = ", ".join(blank.head(MOST_ROWS))
            more = f" and {len(blank) - MOST_ROWS} more" if len(blank) > MOST_ROWS else ""
            faults.add(
                f"design item '{item}' is blank for {shown}{more}",
                where=path,
                hint="complete it in the raw file or by a correction, or exclude the respondents",
            )


def _places(column) -> list[str]:
    return list(column.columns.values()) if column.columns else [column.column]


def _counts(rules: pd.Series) -> dict[str, int]:
    return dict(sorted(Counter(rules).items()))
