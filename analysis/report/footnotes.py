"""Citations of facts as footnotes: in full at their first mention in a section, then by number.

Chapters carry marks such as `[^fact-gdpr_fine]` (context.py puts them there). How a source is
cited is decided in sources.yml.
"""

from __future__ import annotations

import re

from analysis.report.context import SOURCE
from analysis.report.spec import Spec
from analysis.results.wording import Words

# a heading, or a mark; a note is told at the beginning of a line, where a mark has no colon
_STEP = re.compile(r"^#{1,6} .*$|(?!^\[\^[^\]\n]+\]:)\[\^([^\]\n]+)\]", re.MULTILINE)


def with_citations(markdown: str, spec: Spec, words: Words) -> str:
    """`markdown` with every fact's mark as a footnote, or as the number of the one before it.

    Numbers are those a reader sees: footnotes typed in chapters are counted too.
    """
    count = 0
    told: dict[tuple[str, str], int] = {}  # citation -> number of its note in this section
    notes: list[str] = []

    def mark(found: re.Match) -> str:
        nonlocal count
        if found[1] is None:
            told.clear()
            return found[0]
        if not found[1].startswith(SOURCE):
            count += 1
            return found[0]
        fact = spec.facts[found[1].removeprefix(SOURCE)]
        key = (fact.source, fact.locator.get(words.lang, ""))
        if key in told:
            return f"[{told[key]}]{{.again}}"
        count += 1
        told[key] = count
        notes.append(f"[^cite-{count}]: {citation(fact, spec, words)}")
        return f"[^cite-{count}]"

    return _STEP.sub(mark, markdown) + "\n\n" + "\n\n".join(notes) + "\n"


def citation(fact, spec: Spec, words: Words) -> str:
    """A source in full: text, place in it, address, day it was read."""
    source = spec.sources[fact.source]
    text = source.text[words.lang]
    if fact.locator:
        text += words.phrase("locator", place=fact.locator[words.lang])
    if source.url:
        text += f" <{source.url}>"
    if source.retrieved:
        text += words.phrase("retrieved", date=source.retrieved)
    return words.phrase("cited", text=text)
