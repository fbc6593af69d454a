"""Fixed words of exported questionnaires, by language; whatever a study says itself comes first.

Read from words.yml beside this module. A language without words of its own gets the English ones.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from survey.io.yamlfile import read_yaml

LANGUAGE_NAMES = {
    "en": "English (en)",
    "zh": "中文 (zh)",
    "fr": "Français (fr)",
    "de": "Deutsch (de)",
    "es": "Español (es)",
    "nl": "Nederlands (nl)",
}


def word(key: str, lang: str, **values: object) -> str:
    """A fixed phrase; `{name}` in it is filled from `values`."""
    said = _words()[key]
    return said.get(lang, said["en"]).format(**values)


def missing_text(kind: str, lang: str) -> str:
    """What a respondent reads for a missing answer of some kind."""
    return word(f"missing_{kind}", lang)


@cache
def _words() -> dict[str, dict[str, str]]:
    return read_yaml(Path(__file__).with_name("words.yml"), "survey/exchange/words.yml").data
