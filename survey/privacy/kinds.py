"""Kinds of direct identifiers: how each is written, and the check that tells it from other digits.

Decided here: pattern and check of every kind. How a text or a column is searched is decided in
search.py, which words of a header name an identifier in headers.py and words.yml, what becomes of
a column in survey/clean/identifiers.py.

Patterns look at text after `plain`, which writes full-width signs, other digits, dashes and blanks
as ASCII, sign by sign, so that places in it are places in the text as given.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 6.2
ID_CHECKS = "10X98765432"
PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")  # GB/T 2260
_DASHES = "‐‑‒–—―−﹣－~～"
_BLANKS = "\u00a0\u2002\u2003\u2009\u200b\u200c\u200d\u2060\u3000\ufeff\t"
_SEPARATOR = re.compile(r"[ .\-]+")
_EDGE = r"(?<!\d)(?<!\d\.)"  # not inside a number, nor behind its decimal point
_GAP = r"[ .\-]{0,2}"


@dataclass(frozen=True)
class Kind:
    """One kind of identifier.

    Attributes
    ----------
    name : as messages and masks call it
    pattern : a match is a candidate; group 1, where there is one, is the part that identifies
    fits : whether a candidate is one
    sure : a single find in a column is enough; otherwise the column must be full of them
    whole : only a cell that is nothing else counts
    needs : one of these stands in every text that holds one; "" is in all
    long : holds ten digits with next to nothing between them
    """

    name: str
    pattern: re.Pattern[str]
    fits: Callable[[str], bool]
    sure: bool = True
    whole: bool = False
    needs: tuple[str, ...] = ("",)
    long: bool = False


def plain(text: str) -> str:
    """`text` with full-width signs, other digits, dashes and blanks as ASCII, place by place.

    >>> plain("１３８－００００")
    '138-0000'
    """
    if text.isascii() and "\t" not in text:
        return text
    return "".join(map(_plain_sign, text))


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    if sign in _DASHES:
        return "-"
    if sign in _BLANKS:
        return " "
    if 0xFF01 <= ord(sign) <= 0xFF5E:
        return chr(ord(sign) - 0xFEE0)
    decimal = unicodedata.decimal(sign, None)
    return sign if decimal is None else str(decimal)


def digits_of(found: str) -> str:
    """Digits (and a check letter X) without what stands between them."""
    return re.sub(r"[^\dXx]", "", found).upper()


def born(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return 1850 <= year <= 2150


def id_card(found: str) -> bool:
    """Whether 18 digits are a resident identity number: a birth date and a check digit that fit.

    >>> id_card("11010519491231002X"), id_card("110105194912310021")
    (True, False)
    """
    number = digits_of(found)
    if len(number) != 18 or not number[:17].isdigit():
        return False
    if not born(int(number[6:10]), int(number[10:12]), int(number[12:14])):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, number, strict=False))
    return ID_CHECKS[total % 11] == number[17]


def old_id_card(found: str) -> bool:
    """Whether 15 digits may be an identity number of before 1999: a province and a birth date."""
    number = digits_of(found)
    return (
        len(number) == 15
        and number.isdigit()
        and bool(PROVINCES.match(number))
        and born(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    )


def rounded_id_card(found: str) -> bool:
    """Whether 18 digits are an identity number but for its last ones, lost in a spreadsheet."""
    number = digits_of(found)
    return (
        len(number) == 18
        and number.isdigit()
        and bool(PROVINCES.match(number))
        and born(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    )


def luhn(number: str) -> bool:
    """The check digit of payment cards and device numbers (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def bank_card(found: str) -> bool:
    number = digits_of(found)
    known = re.fullmatch(
        r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|35\d{14}|3[47]\d{13}", number
    )
    return bool(known) and luhn(number) and len(set(number)) > 1


def mobile(found: str) -> bool:
    """Eleven digits from 13 to 19, whole, in few groups, or with something between all of them."""
    bare = re.sub(r"^\(?(?:\+|00)?\(?86\)?[ \-]*(?=1)", "", found.strip())
    groups = [part for part in _SEPARATOR.split(bare) if part]
    number = "".join(groups)
    shaped = len(groups) <= 5 or all(len(part) == 1 for part in groups)
    shaped = shaped and bare.count(".") != 1  # one point makes a decimal number
    return shaped and bool(re.fullmatch(r"1[3-9]\d{9}", number))


def ip_address(found: str) -> bool:
    return all(int(part) <= 255 for part in found.split("."))


def ipv6_address(found: str) -> bool:
    try:
        address = ipaddress.IPv6Address(found)
    except ValueError:
        return False
    return len(found) >= 6 and not address.is_loopback


def coordinates(found: str) -> bool:
    one, other = (abs(float(number)) for number in re.findall(r"-?\d+\.\d+", found)[:2])
    return min(one, other) <= 90 and max(one, other) <= 180


def _any(found: str) -> bool:
    return True


KINDS = (
    Kind(
        "identity-card number",
        re.compile(rf"{_EDGE}\d(?:{_GAP}\d){{16}}{_GAP}[\dXx](?![\dA-Za-z])"),
        id_card,
        long=True,
    ),
    Kind(
        "bank-card number",
        re.compile(rf"{_EDGE}[2-6]\d{{3}}(?:[ \-]?\d){{11,15}}(?!\d)"),
        bank_card,
        sure=False,
        long=True,
    ),
    Kind(
        "identity-card number",
        re.compile(r"(?:身份证|证件)[^\d\n]{0,8}(\d{15}|\d{17}[\dXx])(?![\dXx])"),
        _any,
        needs=("身份证", "证件"),
        long=True,
    ),
    Kind(
        "identity-card number",
        re.compile(r"(?<!\d)\d{15}(?!\d)"),
        old_id_card,
        sure=False,
        whole=True,
        long=True,
    ),
    Kind(
        "identity-card number",
        re.compile(r"(?<!\d)\d{18}(?!\d)"),
        rounded_id_card,
        sure=False,
        whole=True,
        long=True,
    ),
    Kind(
        "mobile number",
        re.compile(
            rf"{_EDGE}(?:(?:\(?(?:\+|00)?\(?86\)?){_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)"
        ),
        mobile,
        long=True,
    ),
    Kind(  # thirteen digits alone may be a number of anything
        "mobile number",
        re.compile(r"(?<!\d)861[3-9]\d{9}(?!\d)"),
        _any,
        sure=False,
        whole=True,
        long=True,
    ),
    Kind(
        "telephone number",
        re.compile(
            r"(?<!\d)(?:\(?(?:\+|00)86\)?[ \-]?)?"
            r"(?:\(0(?:10|2\d|[3-9]\d{2})\)[ \-]?|0(?:10|2\d|[3-9]\d{2})[ \-]{1,2})"
            r"[2-8]\d{2,3}[ \-]?\d{4}(?!\d)"
        ),
        _any,
        needs=("0",),
    ),
    Kind(
        "telephone number",
        re.compile(
            r"(?:电话|座机|固话|[Tt]el|[Pp]hone)[^\d\n]{0,6}"
            r"(0?\d{2,3}[ \-]?[2-8]\d{2,3}[ \-]?\d{4})(?!\d)"
        ),
        _any,
        needs=("话", "座机", "el", "hone"),
    ),
    Kind(
        "telephone number",
        re.compile(r"(?<![0-9A-Za-z_+])\+\d(?:[ \-()]{0,2}\d){8,14}(?!\d)"),
        _any,
        needs=("+",),
    ),
    Kind(
        "e-mail address",
        re.compile(
            r"(?:[A-Za-z0-9._%+\-]{1,64}|[^\x00-\x7f\W]{1,4})@"
            r"(?:[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})+"
            r"|[\w\-]{1,20}\.(?:中国|公司|网络|[A-Za-z]{2,12}))"
        ),
        _any,
        needs=("@",),
    ),
    Kind(
        "IP address",
        re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)"),
        ip_address,
        needs=(".",),
    ),
    Kind(
        "device address",
        re.compile(
            r"(?<![0-9A-Za-z_:\-])[0-9A-Fa-f]{2}(?:([:\-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}(?![0-9A-Za-z_:\-])"
        ),
        _any,
        needs=(":", "-"),
    ),
    Kind(
        "IPv6 address",
        re.compile(
            r"(?<![0-9A-Za-z_:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?(?![0-9A-Za-z_:])"
        ),
        ipv6_address,
        needs=(":",),
    ),
    Kind(
        "account name",
        re.compile(
            r"(?:微信(?:号|ID|id)?|(?<!\w)(?:[Ww]e[Cc]hat(?: ?(?:id|ID))?|[Vv][Xx])(?!\w))"
            r"(?: ?[:是为] ?| {0,2}(?=[A-Za-z]*[\d_\-]))"  # 微信支付 and WeChat Pay are no accounts
            r"([A-Za-z][\w\-]{5,19}|[1-9]\d{4,10})(?!\w)",
            re.ASCII,
        ),
        _any,
        needs=("微信", "hat", "x", "X"),
    ),
    Kind(
        "account name",
        re.compile(r"(?<!\w)[Qq]{2}(?:号码?)?[ :是为\-]{0,4}([1-9]\d{4,10})(?!\w)", re.ASCII),
        _any,
        needs=("qq", "QQ", "Qq", "qQ"),
    ),
    Kind(
        "coordinates",
        re.compile(r"(?<![\d.])-?\d{1,3}\.\d{4,}[ ,;、，]{1,3}-?\d{1,3}\.\d{4,}(?!\d)"),
        coordinates,
        needs=(".",),
    ),
    Kind(
        "coordinates",
        re.compile(
            r"\d{1,3} ?[°º] ?\d{1,2} ?['′’] ?[\d.]{0,8} ?(?:\"|″|”|'')? ?[NSEWnsew北南东西]?"
        ),
        _any,
        needs=("°", "º"),
    ),
)
