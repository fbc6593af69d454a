"""Whether a column's header names an identifier: 姓名, 来自IP, E-mail, RecipientLastName.

The words are data, in words.yml beside this file; here is how a header is read: without its number,
the mark of its kind of question and polite words around it, with humps and underscores as blanks.
A header that is a whole question ("do you worry that your name ...") names nothing.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from survey.io.yamlfile import read_yaml
from survey.privacy.kinds import plain

LONGEST = 40  # signs; a longer header is a question, not the name of a field
WORDS = Path(__file__).with_name("words.yml")

_NUMBER = re.compile(r"^(?:第\s*\d+\s*题|[Qq]?\d+(?:[._\-]\d+)*)\s*[、.::)]*\s*|^\(\d+\)\s*")
_KIND = re.compile(
    r"[\((\[【]\s*(?:[^\)\]】]*(?:题|必答|选填|必填)|可选|必填)[^\)\]】]*[\))\]】]?\s*$"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def words() -> dict[str, list[str]]:
    """The lists of words.yml."""
    return read_yaml(WORDS, WORDS.name).data


@cache
def _pattern() -> re.Pattern[str]:
    def one_of(name: str) -> str:
        return "|".join(re.escape(word) for word in sorted(words()[name], key=len, reverse=True))

    chinese = (
        rf"(?:{one_of('before')})*(?:{one_of('fields_zh')})(?:{one_of('after')})*(?:\s*\(.*\)?)?"
    )
    english = (
        rf"(?:(?:{one_of('before_en')}) )*(?:{one_of('fields_en')})"
        rf"(?: (?:{one_of('after_en')}))*(?: ?\d{{1,2}})?(?:\s*\(.*\)?)?"
    )
    return re.compile(rf"(?:{chinese}|{english})", re.IGNORECASE)


def names_a_person(header: str) -> bool:
    """Whether a header is that of an identifier.

    >>> names_a_person("3、联系电话 (填空题 *必答)"), names_a_person("RecipientEmail")
    (True, True)
    >>> names_a_person("是否泄露过电话")
    False
    """
    return any(_is_field(plain(part)) for part in _parts(header))


def _parts(header: str) -> list[str]:
    """The header, and the row of a matrix or form it may name behind the question."""
    text = header.strip()
    pieces = [text, *re.split(r"\s*(?:[—–:：]|--+)\s*", text)[1:]]
    return [*pieces, *re.findall(r"^第\s*\d+\s*题\s*[(（](.+)[)）]$", text)]


def _is_field(part: str) -> bool:
    text = _KIND.sub("", part.strip())
    text = _NUMBER.sub("", text).strip(" :：_*?？。.")
    if not text or len(text) > LONGEST:
        return False
    spaced = " ".join(re.sub(r"[_.\-]+", " ", _HUMP.sub(" ", text)).split())
    return any(_pattern().fullmatch(shape) for shape in (text, spaced))
