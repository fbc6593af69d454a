"""What changed between two wordings: how alike they are, and where they differ.

Chinese is compared character by character, other writing word by word. What a likeness means for a
comparison is data (rules.yml).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_HAN = r"\u2e80-\u9fff\uf900-\ufaff"
_LETTER = rf"(?![{_HAN}])[^\W_]"
_PIECE = re.compile(rf"[{_HAN}]|(?:{_LETTER})+(?:['’-](?:{_LETTER})+)*|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Segment:
    """A stretch of text that both wordings share, or that only the old or the new one has."""

    kind: Literal["same", "old", "new"]
    text: str


def pieces(text: str) -> list[str]:
    """A text as what is compared: characters of Chinese, words, spaces and marks of the rest."""
    return _PIECE.findall(text)


def segments(old: str, new: str) -> tuple[Segment, ...]:
    """The two wordings as one text of shared, dropped and added stretches.

    >>> [f"{s.kind}:{s.text}" for s in segments("a safe net", "a secure net")]
    ['same:a ', 'old:safe', 'new:secure', 'same: net']
    """
    a, b = pieces(old), pieces(new)
    made: list[Segment] = []
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            made.append(Segment("same", "".join(a[i:j])))
            continue
        made += [Segment("old", "".join(a[i:j]))] if i < j else []
        made += [Segment("new", "".join(b[k:m]))] if k < m else []
    return tuple(made)


def plain(text: str) -> list[str]:
    """What of a text is said: width, case, spaces and punctuation do not count."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [p for p in pieces(folded) if not p.isspace() and any(c.isalnum() for c in p)]


def likeness(old: str, new: str) -> float:
    """Share of what is said that both wordings have in the same order, 0 to 1.

    Twice the pieces in common over the pieces of both (Ratcliff and Obershelp's measure as difflib
    has it); 1 where they differ in punctuation, spaces or case alone.
    """
    a, b = plain(old), plain(new)
    if a == b:
        return 1.0
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
