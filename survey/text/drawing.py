"""Who codes which answers: a sample that two coders both see, and the rest divided between them.

Different answers are coded once each, however many people gave them. An answer's place in the draw
follows from the seed and the answer alone, so that rows in another order give the same sheets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from survey.errors import UsageError

CODERS = ("a", "b")


@dataclass(frozen=True)
class Drawn:
    """Digests of the answers of each coder, in the order in which they code them.

    Attributes
    ----------
    double : answers both coders see
    """

    sheets: Mapping[str, tuple[str, ...]]
    double: frozenset[str]


def draw(answers: Mapping[str, int], *, double: float, seed: int) -> Drawn:
    """Divide answers between two coders.

    Parameters
    ----------
    answers : digest -> how many people gave the answer
    double : share of the different answers that both code, in [0, 1]
    seed : int

    Raises
    ------
    UsageError
        If the share is no share.
    """
    if not 0 <= double <= 1:
        raise UsageError(f"--double {double:g} is no share", expected="a number from 0 to 1")
    order = sorted(answers, key=lambda answer: (_place(seed, "draw", answer), answer))
    both = order[: round(double * len(order))]
    rest = order[len(both) :]
    sheets = {}
    for place, coder in enumerate(CODERS):
        own = [*both, *rest[place :: len(CODERS)]]
        shuffled = sorted((_place(seed, coder, answer), answer) for answer in own)
        sheets[coder] = tuple(answer for _, answer in shuffled)
    return Drawn(sheets, frozenset(both))


def _place(seed: int, purpose: str, answer: str) -> bytes:
    return hashlib.sha256(f"{seed}|{purpose}|{answer}".encode()).digest()
