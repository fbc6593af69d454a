"""No number is typed in a chapter: what a result is, the data say.

A digit outside `{{ }}` and `{% %}` fails the build, unless a pattern of report.yml allows it (the
title of a law, a date, "10 分制"). What Markdown itself needs (list marks, link targets,
attributes, table rules) is not prose. Which numbers may be bound is decided in context.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from survey.errors import Fault, ReportError
from survey.io.text import text_of

_NOT_PROSE = re.compile(
    r"""
    <!--.*?-->                      # comments
    | \{\{.*?\}\} | \{%.*?%\}       # what the template fills in
    | ^[ \t]*```.*?^[ \t]*```       # code blocks
    | `[^`\n]*`                     # code
    | \]\([^)\n]*\)                 # link targets
    | <https?://[^>\n]*>
    | \{[^{}\n]*\}                  # attributes
    | \[\^[^\]\n]*\]                # footnote marks
    | ^[ \t]*\(?[0-9]{1,2}[.)](?=[ \t])   # list marks
    # heads: "## 1.2", "# Annex 1"
    | ^\#+[ \t]+(?:[A-Za-z]+[ \t]+)?(?:[A-Z]\.)?[0-9]+(?:\.[0-9]+)*(?=[.:\s])
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_NUMBER = re.compile(
    r"[-−]?[0-9０-９]+(?:[.,][0-9]+)*\s?[%％‰]?"
    r"|百分之(?!百(?![零一二三四五六七八九]))[零一二三四五六七八九十百点]+"
    r"|[一二两三四五六七八九]成(?=[以左的用为是]|[，。、；）]|$)"
)


def check_chapters(chapters: Iterable[Path], allow: Sequence[str], root: Path) -> None:
    """Refuse every unbound number of every chapter.

    Raises
    ------
    ReportError
        With all of them, each with its place.
    """
    faults = []
    for path in chapters:
        where = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        faults += unbound_numbers(text_of(path, where, ReportError), allow, where)
    if faults:
        raise ReportError(faults=faults)


def unbound_numbers(text: str, allow: Sequence[str], where: str) -> list[Fault]:
    """The numbers typed in one chapter's source that no pattern of `allow` covers."""
    prose = _NOT_PROSE.sub(_blank, text)
    for pattern in allow:
        prose = re.sub(pattern, _blank, prose, flags=re.MULTILINE)
    faults = []
    for found in _NUMBER.finditer(prose):
        line = prose.count("\n", 0, found.start()) + 1
        start, end = max(0, found.start() - 12), found.end() + 12
        around = " ".join(text[start:end].split())
        faults.append(
            Fault(
                f"the number '{found[0].strip()}' is typed, not bound (“…{around}…”)",
                f"{where}:{line}",
                "{{ one(...) | percent }}, {{ fact(...) }} or another result",
                "a title or a date belongs into 'allow' of report.yml",
            )
        )
    return faults


def _blank(found: re.Match) -> str:
    """Spaces in place of a match, line ends kept, so that places stay true."""
    return re.sub(r"[^\n]", " ", found[0])
