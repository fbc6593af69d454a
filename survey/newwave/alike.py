"""How alike two short texts are, quickly: headers, labels, options, in Chinese or Latin writing.

Pairs of neighbouring characters are compared (Dice's coefficient), so that one word more or less
does not matter much; a text that stands whole inside a longer one is nearly as good as its equal.
"""

from __future__ import annotations

import re
from functools import lru_cache

from survey.clean.cells import folded

INSIDE = 0.9  # of a short text that stands whole in a longer one
SHORTEST = 3  # characters of a text that may count as standing inside another
_NUMBER = re.compile(
    r"^\s*(?:第\s*\d+\s*题|[a-z]{0,2}\d+[a-z]?(?:_\d+)*)?\s*[、.．:：]?\s*", re.IGNORECASE
)
_KIND = re.compile(r"\s*[(（][^()（）]*(?:题|填空)[^()（）]*[)）]\s*")
_PLAIN = re.compile(r"[\W_]+")


def bare(header: str) -> str:
    """A header without its number and the kind of question: 10、您的性别是？ (单选题 *必答).

    >>> bare("9、您的性别是？ (单选题 *必答)")
    '您的性别是？'
    """
    text = _KIND.sub("", header).strip()
    cut = _NUMBER.sub("", text, count=1)
    return cut or text


@lru_cache(maxsize=65536)
def _pairs(text: str) -> tuple[str, frozenset[str]]:
    plain = _PLAIN.sub("", folded(text))
    grams = {plain[k : k + 2] for k in range(len(plain) - 1)} or ({plain} if plain else set())
    return plain, frozenset(grams)


def alike(one: str, other: str) -> float:
    """0 to 1; 1 where the texts differ in case, width and punctuation alone.

    >>> alike("信任_应用", "信任应用软件") > alike("信任_应用", "信任投诉救济")
    True
    """
    (a, first), (b, second) = _pairs(one), _pairs(other)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    dice = 2 * len(first & second) / (len(first) + len(second))
    short, long = sorted((a, b), key=len)
    if len(short) >= SHORTEST and short in long:
        return max(dice, INSIDE)
    inside = len(first & second) / min(len(first), len(second))
    return max(dice, INSIDE * inside * inside) if len(short) > SHORTEST else dice
