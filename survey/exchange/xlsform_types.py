"""The question types of XLSForm and the kinds of item they are, both ways.

`TYPES` is every type of the XLSForm reference, with the spellings pyxform accepts. Decided here:
what kind each is, and which kinds of metadata identify a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from survey.instrument.model import ItemKind

TYPES: dict[str, ItemKind] = {
    "text": "open",
    "note": "note",
    "integer": "number",
    "decimal": "number",
    "range": "number",
    "select_one": "single",
    "select_multiple": "multiple",
    "rank": "ranking",
    "acknowledge": "single",
    "date": "date",
    "time": "time",
    "dateTime": "datetime",
    "geopoint": "place",
    "geotrace": "place",
    "geoshape": "place",
    "start-geopoint": "place",
    "barcode": "open",
    "image": "file",
    "audio": "file",
    "video": "file",
    "file": "file",
    "background-audio": "file",
    "calculate": "computed",
    "hidden": "computed",
    "start": "key",
    "end": "key",
    "today": "key",
    "deviceid": "key",
    "subscriberid": "key",
    "simserial": "key",
    "phonenumber": "key",
    "username": "key",
    "email": "key",
    "audit": "key",
}
SPELLINGS = {
    "string": "text",
    "int": "integer",
    "select one": "select_one",
    "select1": "select_one",
    "select all that apply": "select_multiple",
    "select multiple": "select_multiple",
    "trigger": "acknowledge",
    "datetime": "dateTime",
    "date time": "dateTime",
    "location": "geopoint",
    "gps": "geopoint",
    "photo": "image",
    "picture": "image",
    "start time": "start",
    "end time": "end",
    "device id": "deviceid",
    "imei": "deviceid",
    "uri:deviceid": "deviceid",
    "uri:phonenumber": "phonenumber",
    "uri:username": "username",
    "uri:email": "email",
    "uri:subscriberid": "subscriberid",
    "uri:simserial": "simserial",
    "phone number": "phonenumber",
    "get phone number": "phonenumber",
    "q string": "text",
}
IDENTIFYING = ("deviceid", "subscriberid", "simserial", "phonenumber", "username", "email")
WITH_CHOICES = ("select_one", "select_multiple", "rank")
DEFAULT = {
    "open": "text",
    "note": "note",
    "number": "decimal",
    "single": "select_one",
    "multiple": "select_multiple",
    "ranking": "rank",
    "date": "date",
    "time": "time",
    "datetime": "dateTime",
    "place": "geopoint",
    "file": "image",
    "key": "text",
    "tokens": "text",
    "computed": "calculate",
}
BEGIN = re.compile(r"^begin[ _]+(l?group|l?repeat|loop)", re.IGNORECASE)
END = re.compile(r"^end[ _]+(l?group|l?repeat|loop)", re.IGNORECASE)
_OTHER = re.compile(r"[ _]+or[ _]+(?:specify[ _]+)?other$", re.IGNORECASE)
_FROM_FILE = re.compile(r"^(select_one|select_multiple|rank)_from_file\s+(\S.*)$")
_SELECT = re.compile(
    r"^(select_one|select_multiple|rank|select1|select one|select multiple|select all that apply)"
    r"(?:\s+from)?\s+(\S.*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RowType:
    """One cell of the column `type`.

    Attributes
    ----------
    word : the type itself, as the reference spells it
    written : as the file spells it, without list and "or other"
    choices : name of the list of choices, or of the file that holds them
    """

    word: str
    written: str
    choices: str = ""
    from_file: bool = False
    or_other: bool = False

    @property
    def kind(self) -> ItemKind | None:
        """Kind of item; None for a type that is not known."""
        if self.from_file:
            return "open"
        return TYPES.get(self.word)


def row_type(cell: str) -> RowType:
    """Read a cell of the column `type`."""
    text = " ".join(cell.split())
    file = _FROM_FILE.match(text)
    if file:
        return RowType(file[1].lower(), f"{file[1]}_from_file", file[2], from_file=True)
    other = bool(_OTHER.search(text))
    text = _OTHER.sub("", text)
    select = _SELECT.match(text)
    if select:
        word = SPELLINGS.get(select[1].lower(), select[1].lower())
        return RowType(word, select[1], select[2], or_other=other)
    return RowType(SPELLINGS.get(text.lower(), text), text)
