"""Which tool a returned file comes from, seen from its name and its first lines."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

from survey.errors import DataError, PerceptionError, UsageError, one_of
from survey.io.readers import OPTIONS, read_raw

BY_SUFFIX = {
    ".sav": "spss",
    ".zsav": "spss",
    ".dta": "stata",
    ".sas7bdat": "sas",
    ".xpt": "sas",
    ".por": "por",
    ".zip": "odk",
}
WJX = ("提交答卷时间", "所用时间")
WJX_SAV = ("totalseconds", "index")
ODK = ("meta:instanceID", "meta/instanceID", "KEY", "_uuid")
HEAD = 65536  # bytes of a text file that are looked at


def origin_of(path: Path) -> str:
    """The origin of a file, one of readers.OPTIONS.

    Raises
    ------
    DataError
        If the file is missing or empty.
    UsageError
        If its name tells nothing.
    """
    if not path.is_file():
        raise DataError("file is missing", where=str(path))
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else suffixes[-1:]
    suffix = suffix if isinstance(suffix, str) else (suffix[0] if suffix else "")
    if suffix in (".csv", ".tsv", ".txt"):
        return _of_text(_head(path))
    if suffix in (".xls", ".xlsx", ".xlsm"):
        return "wjx" if _has(path, "excel", WJX) else "excel"
    if suffix == ".sav" and _has(path, "spss", WJX_SAV):
        return "wjx"
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    raise UsageError(
        f"'{path.name}' does not tell what tool it comes from",
        expected=one_of([*BY_SUFFIX, ".csv", ".xls", ".xlsx"]),
        hint=f"name it with --origin: {one_of(OPTIONS, most=12)}",
    )


def _head(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            told = file.read(HEAD)
    except (OSError, EOFError, zipfile.BadZipFile) as fault:
        raise DataError(f"it cannot be read: {fault}", where=str(path)) from None
    for encoding in ("utf-8-sig", "gb18030", "latin-1"):
        try:
            return told.decode(encoding)
        except UnicodeDecodeError as fault:
            if fault.start > len(told) - 4:  # cut inside a character
                return told[: fault.start].decode(encoding, errors="replace")
    return ""


def _of_text(head: str) -> str:
    lines = head.splitlines()
    first = lines[0] if lines else ""
    if "ImportId" in head and "{" in head:
        return "qualtrics"
    if all(word in first for word in WJX):
        return "wjx"
    names = {name.strip().strip('"') for name in first.replace(";", ",").split(",")}
    if names & {"Respondent ID", "RespondentID", "respondent_id"}:
        return "surveymonkey"
    if names & set(ODK):
        return "odk"
    return "csv"


def _has(path: Path, origin: str, names: tuple[str, ...]) -> bool:
    """Whether a file that some reader opens has all these columns."""
    try:
        found = read_raw(path, origin, {}).frame.columns
    except PerceptionError:
        return False
    return set(names) <= set(found)
