"""Words of the quality report in Chinese and English; they are data (words.yml)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from survey.io.yamlfile import read_yaml
from survey.weights.sheet import require_language


def say(name: str, language: str, **values: str) -> str:
    """A word of words.yml, filled in."""
    require_language(language)
    return _words()[name][language].format(**values)


def said(name: str) -> bool:
    """Whether there is such a word."""
    return name in _words()


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("words.yml")
    return read_yaml(path, path.name).data
