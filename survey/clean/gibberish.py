"""Whether an open answer, Chinese or Latin, is no language: a sign, never a proof.

Decided here, each only where its policy is set: one sign repeated; a run along the keyboard or the
alphabet; Latin letters in a row without a vowel; few different letters in a text that is long
enough to judge. Rows of keys and vowels are data (gibberish.yml). Numbers alone may be the answer
and are never gibberish. No published cut-off fits short Chinese answers, so cut-offs are a study's
own and stand in methods.yml with that source.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from survey.io.yamlfile import read_yaml

FIRST = 50  # letters whose variety is judged: a long text repeats its letters anyway
ALPHABET = 26


@dataclass(frozen=True)
class Cutoffs:
    """Policies gibberish_*: more than so many signs, or a smaller share of different letters.

    Attributes
    ----------
    run : one sign in a row
    keys : neighbouring keys or letters of the alphabet in a row
    consonants : Latin letters in a row without a vowel
    diversity : different letters over letters, of texts with at least `signs` letters
    """

    run: float | None = None
    keys: float | None = None
    consonants: float | None = None
    diversity: float | None = None
    signs: float = 8


def is_gibberish(text: str, limits: Cutoffs) -> bool:
    """Whether a text goes beyond any of the cut-offs.

    >>> limits = Cutoffs(run=4, keys=5, consonants=6, diversity=0.3)
    >>> [is_gibberish(t, limits) for t in ("哈哈哈哈哈", "asdfghjk", "xkcdwrtpl", "没有意见")]
    [True, True, True, False]
    """
    flat = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    letters = [sign for sign in flat if sign.isalpha()]
    if not letters and any(sign.isdigit() for sign in flat):
        return False
    beyond = _pattern(limits)
    if beyond is not None and beyond.search(flat):
        return True
    if limits.diversity is None or len(letters) < limits.signs:
        return False
    first = letters[:FIRST]
    most = min(len(first), ALPHABET) if all(letter.isascii() for letter in first) else len(first)
    return len(set(first)) < limits.diversity * most


@lru_cache(maxsize=8)
def _pattern(limits: Cutoffs) -> re.Pattern[str] | None:
    """Matches a run beyond any of the cut-offs; None if none is set."""
    parts = []
    if limits.run is not None:
        parts.append(rf"(.)\1{{{int(limits.run)}}}")
    if limits.keys is not None:
        parts += [re.escape(run) for run in _key_runs(int(limits.keys) + 1)]
    if limits.consonants is not None:
        letters = sorted(set("abcdefghijklmnopqrstuvwxyz") - set(_data()["vowels"]))
        parts.append(f"[{''.join(letters)}]{{{int(limits.consonants) + 1}}}")
    return re.compile("|".join(parts)) if parts else None


def _key_runs(length: int) -> list[str]:
    """Every run of so many neighbouring keys, in both directions."""
    rows = [row for text in _data()["keyboard"] for row in (text, text[::-1])]
    runs = [row[k : k + length] for row in rows for k in range(len(row) - length + 1)]
    return sorted(set(runs))


@lru_cache(maxsize=1)
def _data() -> dict:
    path = Path(__file__).with_name("gibberish.yml")
    return read_yaml(path, path.name).data
