"""Parts of a Qualtrics payload, whichever way the file writes them.

Only access; what a part means for an item is decided in qsf_questions.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def pairs(part: Any) -> list[tuple[str, dict[str, Any]]]:
    """Entries of a mapping, or of a list that Qualtrics writes for one."""
    if isinstance(part, dict):
        entries: Iterable = part.items()
    elif isinstance(part, list):
        entries = enumerate(part, start=1)
    else:
        return []
    return [(str(key), value) for key, value in entries if isinstance(value, dict)]


def ordered(payload: dict[str, Any], part: str, order: str) -> list[tuple[str, dict[str, Any]]]:
    found = dict(pairs(payload.get(part)))
    wanted = payload.get(order)
    keys = [str(key) for key in wanted if not isinstance(key, (dict, list))] if wanted else []
    keys = [key for key in dict.fromkeys(keys) if key in found]
    return [(key, found[key]) for key in [*keys, *(k for k in found if k not in keys)]]


def row_tag(payload: dict[str, Any], row: str, tag: str) -> str:
    tags = payload.get("ChoiceDataExportTags")
    own = tags.get(row) if isinstance(tags, dict) else None
    return f"{tag}_{own or row}"


def settings_of(payload: dict[str, Any]) -> dict[str, Any]:
    validation = payload.get("Validation")
    settings = validation.get("Settings") if isinstance(validation, dict) else None
    return settings if isinstance(settings, dict) else {}


def forced(payload: dict[str, Any]) -> bool:
    return settings_of(payload).get("ForceResponse") == "ON"


def number(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
