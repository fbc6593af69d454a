"""Whether two waves may be linked by hashed keys: only where one key made both.

The fingerprint of a key is written beside the clean responses (cleaning.json, `hashed_columns`).
Which waves are linked at all is declared in their files (`overlap:`).
"""

from __future__ import annotations

import json
from pathlib import Path

from survey.errors import DataError
from survey.project import Project

RECORD = "cleaning.json"


def hashed_with(folder: Path, item: str) -> tuple[str, str] | None:
    """Purpose and fingerprint of the key an item of a clean wave was hashed with; None: it was not.

    Raises
    ------
    DataError
        If the record of the cleaning cannot be read.
    """
    path = folder / RECORD
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8")).get("hashed_columns", [])
        return next(((one["purpose"], one["key"]) for one in told if one["item"] == item), None)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataError("is no record of a cleaning", where=str(path)) from None


def require_one_key(
    project: Project, study: str, waves: tuple[str, str], *, item: str = "respondent"
) -> None:
    """Refuse to link waves whose keys cannot be compared.

    Raises
    ------
    DataError
        If one wave is hashed and the other is not, or they have other purposes or other keys.
    """
    made = [hashed_with(project.clean(study, wave), item) for wave in waves]
    if made[0] == made[1]:
        return
    first, second = waves
    if None in made:
        plain = waves[made.index(None)]
        what = f"'{item}' is hashed in one of {first} and {second}, and not in {plain}"
    elif made[0] is not None and made[1] is not None and made[0][0] != made[1][0]:
        what = f"'{item}' is hashed for '{made[0][0]}' in {first}, for '{made[1][0]}' in {second}"
    else:
        what = f"'{item}' was hashed with different keys in {first} and {second}"
    raise DataError(
        what,
        where=project.relative(project.clean(study, second) / RECORD),
        hint="clean both waves with the key of the first, or declare no overlap of respondents",
    )
