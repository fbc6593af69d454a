"""Names of people: in a column that holds little else, and in a text that introduces one.

A name is no pattern with a check digit, so it is only called one where its surroundings say so:
nearly every cell of a column is a surname with one or two signs behind it, or a text says "我叫".
The surnames are data, in surnames.yml beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from survey.io.yamlfile import read_yaml

SURNAMES = Path(__file__).with_name("surnames.yml")
ENOUGH = 0.9  # share of the cells that look like names
FEWEST = 3  # different cells; two words can be names by chance
_ENGLISH = re.compile(r"\b[Mm]y (?:full )?name is ([A-Z][\w'\-]+(?: [A-Z][\w'\-]+){0,2})")


@cache
def _chinese() -> str:
    lists = read_yaml(SURNAMES, SURNAMES.name).data
    return "|".join([*lists["double"], *lists["single"]])


@cache
def _name() -> re.Pattern[str]:
    return re.compile(rf"(?:{_chinese()})[\u4e00-\u9fff]{{1,2}}")


@cache
def _introduced() -> re.Pattern[str]:
    return re.compile(
        rf"(?:我叫|我的名字[是叫]|本人(?:叫|姓名)|姓名\s*[::是为]|联系人\s*[::是为]?)\s*"
        rf"((?:{_chinese()})[\u4e00-\u9fff]{{1,2}}(?![\u4e00-\u9fff])|(?:{_chinese()})[\u4e00-\u9fff])"
    )


def looks_like_names(texts: Sequence[str]) -> bool:
    """Whether nearly all different cells of a column are Chinese names of people.

    >>> looks_like_names(["张伟", "李娜娜", "欧阳锋"]), looks_like_names(["北京", "上海", "广东"])
    (True, False)
    """
    cells = set(texts)
    if len(cells) < FEWEST:
        return False
    fitting = sum(bool(_name().fullmatch(text)) for text in cells)
    return fitting >= ENOUGH * len(cells)


def names_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a text introduces somebody by name."""
    if "叫" in text or "名" in text or "联系人" in text:
        for match in _introduced().finditer(text):
            yield match.span(1)
    if "name is" in text:
        for match in _ENGLISH.finditer(text):
            yield match.span(1)
