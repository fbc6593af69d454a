"""Looking for identifiers in a text, a cell or a column.

Decided here: what counts as found, and how it is masked. Kinds and their checks: kinds.py. A kind
that is not `sure` by itself (a bank card, an old identity number) is one in a text, where masking
too much does no harm; a column is only called one when nearly all its cells are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from survey.privacy.kinds import KINDS, Kind, plain
from survey.privacy.names import looks_like_names, names_in

SHORTEST = 5  # signs of the shortest identifier: a QQ number
NEARLY_ALL = 0.9  # share of a column's cells, for kinds that chance could make
# Digests, UUIDs and object ids: hexadecimal keys are nobody, whatever digits they hold.
_HEX = r"(?=(?:\d*[a-f]){3})[0-9a-f]{20,}|(?=(?:\d*[A-F]){3})[0-9A-F]{20,}"
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_DIGEST = re.compile(rf"(?<![0-9A-Za-z])(?:{_HEX}|{_UUID})(?![0-9A-Za-z])")
FIRST = 200  # cells looked at before all are
_LONG_NUMBER = re.compile(r"\d(?:[ .\-]{0,2}\d){9}")
_CAN_HOLD = re.compile(
    r"[@:°º]|\d[^\d\n]{0,3}\d[^\d\n]{0,3}\d[^\d\n]{0,3}\d|微信|[Ww]e[Cc]hat|[Vv][Xx]"
)


def found_in(text: str) -> Iterator[tuple[int, int, Kind]]:
    """Every identifier in a text: where it starts and ends, and its kind; they may overlap."""
    if len(text) < SHORTEST:
        return
    flat = plain(text)
    if not _CAN_HOLD.search(flat):
        return
    flat = _without_digests(flat)
    for kind in KINDS:
        for match in kind.pattern.finditer(flat):
            start, end = match.span(1 if _has_part(kind, match) else 0)
            alone = not flat[:start].strip() and not flat[end:].strip()
            if (alone or not kind.whole) and kind.fits(flat[start:end]):
                yield start, end, kind


def _without_digests(flat: str) -> str:
    return _DIGEST.sub(lambda digest: "#" * len(digest[0]), flat)


def _has_part(kind: Kind, match: re.Match[str]) -> bool:
    """Whether group 1 is the identifier: not where it only holds a sign met again (`\\1`)."""
    return bool(match.re.groups) and len(match[1] or "") >= SHORTEST


def masked(text: str) -> str:
    """`text` with every identifier in it replaced by the name of its kind.

    >>> masked("call 138 0000 1111, or a@b.cn")
    'call [mobile number], or [e-mail address]'
    """
    spans = sorted((start, -end, kind.name) for start, end, kind in found_in(text))
    spans += sorted((start, -end, "name") for start, end in names_in(text))
    parts, done = [], 0
    for start, end, name in sorted(spans):
        if start >= done:
            parts += [text[done:start], f"[{name}]"]
            done = -end
        elif -end > done:  # a longer one that begins inside the last: nothing of it is left
            done = -end
    return "".join([*parts, text[done:]]) if parts else text


def kind_in(texts: Iterable[str]) -> str | None:
    """The first kind of identifier, in the order of the kinds, that any of the texts holds.

    All texts are searched as one, a line each: no pattern reaches over the end of a line.
    """
    flat = _without_digests(plain("\n".join(texts)))
    if not _CAN_HOLD.search(flat):
        return None
    long = bool(_LONG_NUMBER.search(flat))
    for kind in KINDS:
        if not kind.sure or (kind.long and not long) or not any(map(flat.__contains__, kind.needs)):
            continue
        for match in kind.pattern.finditer(flat):
            found = match[1] if _has_part(kind, match) else match[0]
            if kind.fits(found) and not _is_whole_line(flat, match, found):
                return kind.name
    return None


def _is_whole_line(flat: str, match: re.Match[str], found: str) -> bool:
    """Whether a cell is thirteen bare digits: a telephone number only among others (kinds.py)."""
    if len(found) != 13 or not found.isdigit():
        return False
    start, end = match.span()
    return flat[max(start - 1, 0) : start] in ("", "\n") and flat[end : end + 1] in ("", "\n")


def kind_of_column(texts: Sequence[str]) -> str | None:
    """The kind of identifier a column of different texts holds, or nothing.

    A sure kind needs one cell; others, and names of people, need nearly all of them.
    """
    kind = kind_in(texts)
    if kind is not None or not len(texts):
        return kind
    for doubtful in (kind for kind in KINDS if not kind.sure):
        if _full_of(texts[:FIRST], doubtful) and _full_of(texts, doubtful):
            return doubtful.name
    named = looks_like_names(texts[:FIRST]) and looks_like_names(texts)
    return "name of a person" if named else None


def _full_of(texts: Sequence[str], kind: Kind) -> bool:
    fitting = 0
    for text in texts:
        match = kind.pattern.fullmatch(plain(text))
        fitting += match is not None and kind.fits(match[0])
    return fitting >= NEARLY_ALL * len(texts)


def numbers_of_people(values: pd.Series) -> str | None:
    """The kind of identifier that whole numbers of a column are; for numbers without a range."""
    large = values[values.abs() >= 1e10].dropna().unique()
    return kind_in(f"{value:.0f}" for value in large[np.mod(large, 1) == 0])
