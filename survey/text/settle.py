"""Two sheets together: how far the coders agree, what they disagree on, and the final codes.

Decided here: an answer one person coded has that person's codes; one that both coded the same has
them; the rest is decided by a third person, and until then there is no coding. Agreement is
measured on the answers both coded, before anything is settled (agreement.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey.clean.coded import Coding
from survey.errors import DataError
from survey.instrument.codeframe import CodeFrame
from survey.text.agreement import (
    Kappa,
    cohen_kappa,
    jaccard,
    kappa_of_code,
    krippendorff_alpha,
    masi,
)
from survey.text.sheetin import Codes, Sheet

BOTH, DECIDED, RULES = "both", "adjudicated", "rules"
DIGITS = 6  # decimals of the record


@dataclass(frozen=True)
class Agreement:
    """Agreement of two coders on the answers both coded.

    Attributes
    ----------
    codes : id -> kappa of that code, chosen or not
    whole : kappa of the whole set of codes as one category
    alpha_masi, alpha_jaccard : Krippendorff's alpha of the sets
    """

    answers: int
    codes: Mapping[int, Kappa]
    whole: Kappa
    alpha_masi: float
    alpha_jaccard: float
    level: float

    def record(self, frame: CodeFrame) -> dict[str, Any]:
        """The numbers for the record of a coding; codes by name."""
        names = {code.id: code.code for code in frame.codes}
        return {
            "answers": self.answers,
            "conf_level": self.level,
            "whole_set": _numbers(self.whole),
            "alpha_masi": _rounded(self.alpha_masi),
            "alpha_jaccard": _rounded(self.alpha_jaccard),
            "codes": {names[code]: _numbers(kappa) for code, kappa in self.codes.items()},
        }


def agreement(first: Sheet, second: Sheet, frame: CodeFrame, *, level: float) -> Agreement:
    """Agreement on what both coded, for every code in use.

    Raises
    ------
    DataError
        If no answer was coded by both.
    """
    common = sorted(set(first.codes) & set(second.codes))
    if not common:
        raise DataError(
            "no answer is on both sheets", where=second.path, hint="draw them with --double above 0"
        )
    one, other = ([sheet.codes[a] for a in common] for sheet in (first, second))
    pairs = list(zip(one, other, strict=True))
    return Agreement(
        len(common),
        {code.id: kappa_of_code(one, other, code.id, level=level) for code in frame.alive()},
        cohen_kappa(one, other, level=level),
        krippendorff_alpha(pairs, masi),
        krippendorff_alpha(pairs, jaccard),
        level,
    )


def disagreements(first: Sheet, second: Sheet) -> dict[str, tuple[Codes, Codes]]:
    """Answers with different codes on the two sheets."""
    common = sorted(set(first.codes) & set(second.codes))
    return {
        answer: (first.codes[answer], second.codes[answer])
        for answer in common
        if first.codes[answer] != second.codes[answer]
    }


def settled(
    first: Sheet,
    second: Sheet,
    frame: CodeFrame,
    *,
    decided: Sheet | None = None,
    record: Mapping[str, Any] | None = None,
) -> Coding:
    """The final codes.

    Raises
    ------
    DataError
        If the coders disagree on answers that nobody has decided.
    """
    apart = disagreements(first, second)
    third = decided.codes if decided is not None else {}
    waiting = [answer for answer in apart if answer not in third]
    if waiting:
        raise DataError(
            f"{len(waiting)} of {len(apart)} disagreements are not decided",
            where=decided.path if decided else second.path,
            hint="--adjudicate F.xlsx writes them to a sheet, --adjudicated F.xlsx reads it",
        )
    codes, by = {}, {}
    for sheet in (first, second):
        for answer, chosen in sheet.codes.items():
            codes[answer], by[answer] = chosen, sheet.about.coder
    for answer in set(first.codes) & set(second.codes):
        by[answer] = BOTH
    for answer in apart:
        codes[answer], by[answer] = third[answer], DECIDED
    return make_coding(codes, by, frame, record)


def make_coding(
    codes: Mapping[str, Codes],
    by: Mapping[str, str],
    frame: CodeFrame,
    record: Mapping[str, Any] | None = None,
) -> Coding:
    """A coding in the newest version of its frame."""
    names = {code.id: code.code for code in frame.alive()}
    return Coding(codes, by, frame.current, names, dict(record or {}))


def _numbers(kappa: Kappa) -> dict[str, float | int | None]:
    return {
        name: _rounded(value) if isinstance(value, float) else value
        for name, value in vars(kappa).items()
    }


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, DIGITS)
