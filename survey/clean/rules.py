"""Rules between answers: who was asked what, what lies outside a range, what excludes what.

Decided here: an answer given where the questionnaire asks nothing becomes not-asked; a number
outside its scale becomes no answer; an exclusive option gives way to the others. Every change goes
through the ledger (audit.py). How conditions read is decided in survey/instrument/expression.py.
"""

from __future__ import annotations

import pandas as pd

from survey.clean.answers import as_text, columns_of, given, put_text, set_column, without_missing
from survey.clean.audit import Ledger
from survey.clean.derive import with_derived
from survey.instrument.expression import holds, names
from survey.instrument.load import Instrument
from survey.instrument.model import Item, MissingKind, Scale

EVERYBODY = "all"
SECONDS = "seconds"  # the reserved item that holds the length of the interview


class Routing:
    """Who is asked which item of one wave."""

    def __init__(self, instrument: Instrument, wave: str) -> None:
        self.instrument = instrument
        self.wave_name = wave
        self.wave = instrument.waves[wave]
        self.questionnaire = instrument.questionnaires[instrument.waves[wave].questionnaire]
        self.order = self.questionnaire.order()
        self.not_questions = {SECONDS, instrument.waves[wave].design.base_weight}
        self.conditions: dict[str, list[str]] = {}
        for item in [*self.order, *(i for i in instrument.items if i not in self.order)]:
            asked = instrument.asked_as(item)
            both = [
                instrument.items[asked].universe,
                self.questionnaire.ask_if.get(asked, EVERYBODY),
            ]
            self.conditions[item] = [text for text in dict.fromkeys(both) if text != EVERYBODY]

    def items(self, frame: pd.DataFrame) -> list[Item]:
        """Items with codes that the frame holds and nobody derives, in the order of asking."""
        found = (self.instrument.items[name] for name in self.conditions)
        return [
            item
            for item in found
            if item.kind in ("single", "multiple", "number")
            and item.derive is None
            and columns_of(frame, item.id)
        ]

    def has(self, frame: pd.DataFrame, item: Item) -> bool:
        """Whether a frame holds an item."""
        return bool(columns_of(frame, item.id))

    def questions(self, frame: pd.DataFrame) -> list[Item]:
        """Items of the questionnaire that are put to a respondent."""
        wanted = set(self.order) - self.not_questions
        return [item for item in self.items(frame) if item.id in wanted]

    def scale(self, item: Item) -> Scale | None:
        return self.instrument.scales[item.scale] if item.scale else None

    def asked(self, frame: pd.DataFrame, item: Item) -> pd.Series:
        """bool, one per row: where universe and routing of an item hold, given the answers."""
        asked = pd.Series(True, index=frame.index)
        for condition in self.conditions[item.id]:
            asked &= holds(condition, self.seen(frame, condition))
        return asked

    def seen(self, frame: pd.DataFrame, condition: str) -> pd.DataFrame:
        """The columns a condition uses, missing codes as blanks."""
        wanted = names(condition)
        if not wanted <= set(frame.columns):
            frame = with_derived(frame, self.instrument)
        seen = {}
        for name in sorted(wanted & set(frame.columns)):
            item = self.instrument.items.get(name)
            seen[name] = without_missing(frame, name, self.scale(item)) if item else frame[name]
        return pd.DataFrame(seen, index=frame.index)

    def missing_text(self, item: Item, kind: MissingKind) -> str:
        """How a missing answer of an item is written: its code, or "" for a blank."""
        scale = self.scale(item)
        code = scale.missing_code(kind) if scale and item.kind != "multiple" else None
        return "" if code is None else str(code)


def fill_blanks(frame: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Mapped answers with blanks as what they mean: not asked, or asked without an answer."""
    frame = frame.copy(deep=False)  # columns are copied when they change
    for item in routing.items(frame):
        if item.kind == "multiple":
            continue
        blank = frame[item.id].isna()
        asked = routing.asked(frame, item)
        for where, text in (
            (blank & ~asked, routing.missing_text(item, "not_asked")),
            (blank & asked, routing.missing_text(item, "no_answer")),
        ):
            if text and where.any():
                put_text(frame, item.id, pd.Series(text, index=frame.index[where]))
    return frame


def apply_range(ledger: Ledger, routing: Routing) -> None:
    """A number outside its scale is no answer."""
    for item in routing.items(ledger.frame):
        scale = routing.scale(item)
        if item.kind != "number" or scale is None or scale.range is None:
            continue
        low, high = scale.range
        answered = given(ledger.frame, item.id, scale)
        outside = answered & ~ledger.frame[item.id].between(low, high).fillna(False)
        ledger.change(
            item.id,
            outside,
            routing.missing_text(item, "no_answer"),
            rule="range",
            reason=f"outside {low} to {high}",
        )


def apply_routing(ledger: Ledger, routing: Routing, mapped: pd.DataFrame) -> pd.Series:
    """An answer given where nothing was asked is not asked; what became asked is no answer.

    `mapped` is the table before any change: a not-asked code that only an earlier change made
    wrong is told apart from one the collection tool wrote.

    Returns
    -------
    Series of int
        Answers of each row that were given where nothing was asked.
    """
    stray = pd.Series(0, index=ledger.frame.index)
    for item in routing.items(ledger.frame):
        if not routing.conditions[item.id]:
            continue
        asked = routing.asked(ledger.frame, item)
        condition = " and ".join(routing.conditions[item.id])
        not_asked = routing.missing_text(item, "not_asked")
        stray += ~asked & given(ledger.frame, item.id, routing.scale(item))
        ledger.change(
            item.id, ~asked, not_asked, rule="routing", reason=f"asked only if {condition}"
        )
        fresh = asked & ~routing.asked(mapped, item)
        if not fresh.any():
            continue
        ledger.change(
            item.id,
            fresh & as_text(ledger.frame, item.id).eq(not_asked),
            routing.missing_text(item, "no_answer"),
            rule="routing",
            reason=f"a change made this hold: {condition}",
        )
    return stray


def apply_exclusive(ledger: Ledger, routing: Routing) -> None:
    """An exclusive option (none of these) chosen beside others is taken back."""
    for item in routing.items(ledger.frame):
        frame = ledger.frame
        options = columns_of(frame, item.id)
        alone = [set_column(item.id, option) for option in item.exclusive]
        alone = [column for column in alone if column in options]
        if item.kind != "multiple" or not alone:
            continue
        others = _any_is(frame, [c for c in options if c not in alone], 1)
        both = others & _any_is(frame, alone, 1)
        kept = frame.loc[both, options]
        kept[alone] = kept[alone].where(kept[alone].ne(1), 0)
        ledger.change(
            item.id,
            both,
            as_text(kept, item.id),
            rule="exclusive",
            reason="an option that excludes the others was chosen beside them",
        )


def _any_is(frame: pd.DataFrame, columns: list[str], value: int) -> pd.Series:
    """Rows in which one of the columns holds a value; bool."""
    found = pd.Series(False, index=frame.index)
    for column in columns:
        found |= frame[column].eq(value).fillna(False).astype(bool)
    return found


def count_questions(frame: pd.DataFrame, routing: Routing) -> tuple[pd.Series, pd.Series]:
    """Questions put to each respondent, and how many of them have no answer at all.

    Do not know and refused are answers here. Two Series of int, one per row.
    """
    put = pd.Series(0, index=frame.index)
    unanswered = put.copy()
    for item in routing.questions(frame):
        asked = routing.asked(frame, item)
        put += asked
        unanswered += asked & _empty(frame, item, routing.scale(item))
    return put, unanswered


def _empty(frame: pd.DataFrame, item: Item, scale: Scale | None) -> pd.Series:
    """Where an item is blank or coded as no answer."""
    columns = columns_of(frame, item.id)
    blank = pd.Series(True, index=frame.index)
    for column in columns:
        blank &= frame[column].isna()
    code = scale.missing_code("no_answer") if scale else None
    return blank if code is None else blank | _any_is(frame, columns, code)
