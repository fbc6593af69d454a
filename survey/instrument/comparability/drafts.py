"""Drafts of decisions, added at the end of comparability.yml; what stands there is not touched.

A draft has the status `proposed`, the proposal of the rules, what changed as a comment, and empty
reasons; `perception check` refuses it until a person has put a decision in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from survey.errors import InstrumentError
from survey.instrument.comparability.rules import Judged, rules, worst
from survey.instrument.comparability.standing import Compared
from survey.instrument.decisions import EVERY_ITEM
from survey.io.atomic import write_text
from survey.io.yamlfile import parse_yaml

HEAD = """\
# Whether items may be compared between waves: same, minor (compared, and said) or broken (not
# compared, unless a bridge is declared). A person decides and says why.
"""


def draft_text(compared: Sequence[Compared], languages: Iterable[str]) -> str:
    """Drafts for two waves: one for what changed of the whole wave, and one for every item that
    changed by itself; nothing where a decision or a draft stands already."""
    undecided = [entry for entry in compared if entry.open and entry.decision is None]
    empty = ", ".join(f"{lang}: ''" for lang in languages)
    lines: list[str] = []
    by_wave = [entry for entry in undecided if _counting(entry.whole)]
    if by_wave:
        lines += _draft(EVERY_ITEM, by_wave[0].waves, by_wave[0].whole, empty)
    for entry in undecided:
        if _counting(entry.own):
            lines += _draft(entry.item, entry.waves, entry.own, empty)
    return "".join(f"{line}\n" for line in lines)


def _counting(found: Iterable[Judged]) -> list[Judged]:
    return [entry for entry in found if entry.proposal != "same"]


def _draft(item: str, waves: tuple[str, str], found: Iterable[Judged], empty: str) -> list[str]:
    names = rules().aspects
    told = [names[entry.difference.aspect]["en"] for entry in _counting(found)]
    return [
        f"- item: {item}  # {'; '.join(told)}",
        f"  waves: [{', '.join(waves)}]",
        "  status: proposed  # a person writes same, minor or broken here, and the reason",
        f"  proposal: {worst(entry.proposal for entry in found)}",
        f"  reason: {{{empty}}}",
    ]


def add_drafts(path: Path, name: str, text: str) -> None:
    """Append drafts to a decisions file, which is made if it is not there.

    Raises
    ------
    InstrumentError
        If the file is no block list that could be added to.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else HEAD
    if before and not before.endswith("\n"):
        before += "\n"
    known = parse_yaml(before, name).data
    whole = before + text
    count = len(known or ())
    after = parse_yaml(whole, name).data
    if not isinstance(after, list) or after[:count] != (known or []):
        raise InstrumentError(
            "drafts cannot be added to this file", where=name, expected="a list of decisions, '- '"
        )
    write_text(path, whole)
