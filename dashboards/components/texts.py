"""Words of the dashboard itself, by language, from texts.yml beside the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from survey.errors import ReportError
from survey.io.yamlfile import read_yaml


@lru_cache(maxsize=1)
def _all() -> dict[str, dict[str, str]]:
    path = Path(__file__).parents[1] / "texts.yml"
    return read_yaml(path, path.name).data


def say(name: str, lang: str, **values: object) -> str:
    """One text in one language with its blanks filled."""
    if name not in _all():
        raise ReportError(f"texts.yml has no text '{name}'")
    return _all()[name][lang].format(**values)


def heading(text: str) -> str:
    """`text` with its first letter as a heading or label has it; Chinese stays as it is."""
    return text[:1].upper() + text[1:]


def attributes(*, testid: str = "", label: str = "") -> dict[str, Any]:
    """Attributes with a hyphen: what tests find an element by, its name for screen readers."""
    named = {"data-testid": testid, "aria-label": label}
    return {name: value for name, value in named.items() if value}
