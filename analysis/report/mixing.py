"""No sentence prints shares of different bases side by side, unless the chapter says why.

Shares that are computed with are guarded where it happens (bound.py, context.py). Here the finished
text of a chapter is read sentence by sentence: shares that merely stand in one sentence invite the
comparison all the same. What a base is, is decided in analysis/results/bases.py. A sentence that
needs both stands in ``{% filter different_bases("reason") %}...{% endfilter %}``; a declaration
around shares of one base fails too, so that none is left behind. Numbers typed into facts.yml have
no row and are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analysis.report.bound import Bindings, linked, without_links
from analysis.results.bases import require_same_base
from analysis.results.select import Row
from survey.errors import Fault, ReportError

# Marks around a declared passage, from the private use area: no text holds them.
OPEN, CLOSE = "\ue000", "\ue001"
_ENDS = re.compile(
    r"""
    (?=\ue000) | (?<=\ue001)            # a declared passage begins or ends
    | (?<=[。！？])[”’」』）]*            # a Chinese sentence ends with its mark
    | (?<=[.!?])["'”’)*]*\s+(?=[\[*"“‘(A-Z\ue000])   # an English one before a capital
    | \n[ \t]*\n                        # paragraphs, headings
    | \n(?=[ \t]*(?:[-*+]|\d+[.)]|\||:::)[ \t]*)  # list items, table rows, blocks
    """,
    re.VERBOSE,
)
_LEAST = 6  # letters by which a piece of a sentence is found again in its template


def declared(text: str, reason: str, bindings: Bindings) -> str:
    """A passage that may print shares of different bases.

    Raises
    ------
    ReportError
        If no reason is given, or the passage prints shares of one base only.
    """
    if not isinstance(reason, str) or not reason.strip():
        raise ReportError(
            "shares of different bases are declared without a reason",
            expected='{% filter different_bases("why both stand in one sentence") %}',
        )
    if not any(_mixed(sentence, bindings) for sentence in sentences(text)):
        raise ReportError(
            "no sentence of this passage prints shares of different bases",
            hint="take the filter 'different_bases' away, or put the whole sentence into it",
        )
    return f"{OPEN}{text}{CLOSE}"


def check_text(text: str, bindings: Bindings, *, source: str = "", where: str = "") -> str:
    """The text of a chapter without the marks of declared passages, once it holds.

    Parameters
    ----------
    text : str
        As rendered, numbers linked to their rows.
    source : str
        The template, in which the line of a fault is looked up.
    where : str
        How messages call the file.

    Raises
    ------
    ReportError
        With every sentence that prints shares of different bases.
    """
    faults = []
    for sentence, free in _with_declarations(text):
        error = None if free else _mixed(sentence, bindings)
        if error is None:
            continue
        line = _line(source, sentence)
        plain = " ".join(without_links(sentence).split())
        faults += [
            Fault(
                f"{fault.what}, in “{plain}”",
                f"{where}:{line}" if line else where,
                "shares of one unit, frame and base in one sentence",
                'write two sentences, or {% filter different_bases("reason") %}; ' + fault.hint,
            )
            for fault in error.faults
        ]
    if faults:
        raise ReportError(faults=faults)
    return text.replace(OPEN, "").replace(CLOSE, "")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a Markdown text, list items and table rows being their own."""
    start = 0
    for found in _ENDS.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    yield text[start:]


def _with_declarations(text: str) -> Iterator[tuple[str, bool]]:
    """Every sentence, and whether it stands in a declared passage."""
    inside = False
    for sentence in sentences(text):
        inside = inside or sentence.startswith(OPEN)
        yield sentence, inside
        inside = inside and not sentence.endswith(CLOSE)


def _mixed(sentence: str, bindings: Bindings) -> ReportError | None:
    rows = _shares(sentence, bindings.rows, bindings.shares)
    try:
        require_same_base(rows)
    except ReportError as error:
        return error
    return None


def _shares(sentence: str, rows: Mapping[str, Row], shares: set[tuple[str, str]]) -> list[Row]:
    """Rows whose share, or part of its interval, the sentence prints; bases printed are none."""
    return [rows[name] for text, name in linked(sentence) if (name, text) in shares]


def _line(source: str, sentence: str) -> int | None:
    """Line of the template that holds the longest piece of the sentence not filled in."""
    pieces = re.split(r"\[[^\[\]]*\]\{[^}]*\}|\[\^[^\]]*\]|\n", sentence)
    for piece in sorted((piece.strip(OPEN + CLOSE + " ") for piece in pieces), key=len)[::-1]:
        at = source.find(piece) if len(piece) >= _LEAST else -1
        if at >= 0:
            return source.count("\n", 0, at) + 1
    return None
