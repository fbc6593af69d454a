"""Direct identifiers stop at the door: nothing that names or locates a person is kept.

Declared columns (`identifiers:` in study.yml) are not handed over by the reader at all. Here the
rest is searched: headers such as 姓名 or IP, and cells that hold a mainland mobile number, an
identity-card number (by its check digit), an e-mail or an IP address. Such a column is dropped; if
the column map needs it as a key, that is an error. The report names columns and reasons, never
values. Only the columns of the map go further in any case (recode.py), and open text never does.

One exception: a column mapped to `device` is turned into numbers that say which rows share a
device, for finding duplicates (quality.py). They are never written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from survey.clean.cells import cell_text
from survey.errors import DataError, collect
from survey.instrument.model import Column
from survey.io.readers import RawTable

DEVICE = "device"
LONGEST_HEADER = 40  # a header longer than this is a question, not the name of a field

_HEADER = re.compile(
    r"""^(?:\d+\s*[、.::]\s*)?(?:请?(?:输入|填写|留下)?您?的?)?(?:来自|受访者|被访者|联系人?|用户)?
    (?:姓名|名字|电话|电话号码|手机号|手机号码|联系电话|联系方式|邮箱|电子邮箱|电子邮件|
       身份证|身份证号|身份证号码|IP|IP地址|详细地址|住址|家庭住址|通讯地址|微信号?|QQ号?|
       (?:full|first|last|respondent|family|given)?[ _]?name|(?:e-?)?mail(?:[ _]address)?|
       (?:mobile|tele)?[ _]?phone(?:[ _](?:number|no))?|ip[ _]?(?:address|v4|v6)?|
       (?:home|street|postal)[ _]address|device[ _]?id|imei|mac[ _]?address|latitude|longitude)
    (?:\s*\(.*)?$""",
    re.VERBOSE | re.IGNORECASE,
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 6.2
_ID_CHECKS = "10X98765432"


@dataclass(frozen=True)
class Dropped:
    """A raw column that was not let in, and why; never with a value."""

    column: str
    reason: str


def id_card(found: str) -> bool:
    """Whether 18 digits are a resident identity number: a birth date and a check digit that fit.

    >>> id_card("11010519491231002X"), id_card("110105194912310021")
    (True, False)
    """
    year, month, day = int(found[6:10]), int(found[10:12]), int(found[12:14])
    if not (1850 <= year <= 2150 and 1 <= month <= 12 and 1 <= day <= 31):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, found, strict=False))
    return _ID_CHECKS[total % 11] == found[17].upper()


def ip_address(found: str) -> bool:
    return all(int(part) <= 255 for part in found.split("."))


_VALUES: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "identity-card number": (re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])"), id_card),
    "mobile number": (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d{9}(?!\d)"), bool),
    "e-mail address": (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), bool),
    "IP address": (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), ip_address),
    "IPv6 address": (re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b"), bool),
}


def masked(text: str) -> str:
    """`text` with every identifier in it replaced by the name of its kind."""
    for kind, (pattern, fits) in _VALUES.items():
        for found in dict.fromkeys(match[0] for match in pattern.finditer(text)):
            text = text.replace(found, f"[{kind}]") if fits(found) else text
    return text


def kind_in(texts: Iterable[str]) -> str | None:
    """The first kind of identifier that any of the texts holds."""
    joined = "\n".join(texts)
    for kind, (pattern, fits) in _VALUES.items():
        if any(fits(found[0]) for found in pattern.finditer(joined)):
            return kind
    return None


def names_a_person(header: str) -> bool:
    """Whether a header is that of an identifier, such as 姓名, 来自IP or e-mail."""
    return len(header) <= LONGEST_HEADER and bool(_HEADER.match(header.strip()))


def close_the_door(
    raw: RawTable, columns: Mapping[str, Column], keys: Iterable[str]
) -> tuple[RawTable, tuple[Dropped, ...]]:
    """The table without identifiers, and what was dropped.

    Parameters
    ----------
    columns : item -> place
        The wave's column map.
    keys : items of kind key, whose cells would be kept as they are

    Raises
    ------
    DataError
        If a key stands in a column that identifies people.
    """
    dropped = [Dropped(column, "declared in study.yml") for column in raw.dropped]
    mapped = {raw.find(place.column or ""): item for item, place in columns.items()}
    mapped |= {raw.find(name): item for item, c in columns.items() for name in c.columns.values()}
    frame = raw.frame
    with collect(DataError) as faults:
        for column in frame.columns:
            item = mapped.get(column)
            if item is not None and (item == DEVICE or item not in keys):
                continue  # becomes codes or numbers, or is compared and forgotten
            reason = _reason(frame[column], column, raw.labels.get(column, column))
            if reason is None:
                continue
            if item is not None:
                faults.add(
                    f"item '{item}' would keep a direct identifier: {reason}",
                    where=f"{raw.path}, column '{column}'",
                    hint="map a column with neutral keys; without one for 'respondent', rows are "
                    "numbered in the order of the file",
                )
            dropped.append(Dropped(column, reason))
    frame = frame.drop(columns=[gone.column for gone in dropped if gone.column in frame.columns])
    device = raw.find(columns[DEVICE].column or "") if DEVICE in columns else None
    if device is not None:
        groups = pd.Series(pd.factorize(frame[device])[0], index=frame.index, dtype="Int64")
        frame = frame.assign(**{device: groups.mask(groups < 0)})
        dropped.append(Dropped(device, "compared between rows, not kept"))
    return replace(raw, frame=frame), tuple(dropped)


def _reason(cells: pd.Series, column: str, label: str) -> str | None:
    if names_a_person(column) or names_a_person(label):
        return "header of an identifier"
    kind = kind_in(cell_text(cell) for cell in cells.dropna().unique())
    return f"{kind} in a cell" if kind else None
