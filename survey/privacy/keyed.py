"""Keyed hashes: an identifier becomes a key that links waves and tells nobody who it is.

Decided here: how a value is normalised, which key is strong enough, and how hashes are kept apart.
The key comes from the environment and is held in memory alone: PERCEPTION_HASH_KEY is the key,
PERCEPTION_HASH_KEY_FILE a file with it. Which columns are hashed is declared in study.yml; where it
happens is survey/clean/identifiers.py.

    secret = HMAC-SHA-256(key, domain of study and purpose)
    hash   = HMAC-SHA-256(secret, kind of value, normalised value)     64 hex digits

A hash without the key cannot be tried against a list of telephone numbers; one of another study or
purpose shares nothing with it. The fingerprint of a key is an HMAC under it of words that are no
value, so that two waves can be told to have the same key or not.

References
----------
.. [1] NIST FIPS 198-1 (2008), The Keyed-Hash Message Authentication Code.
.. [2] RFC 2104 (1997), HMAC: Keyed-Hashing for Message Authentication, section 3 (keys).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from survey.errors import DataError
from survey.instrument.identifying import HashKind
from survey.privacy.kinds import KINDS, digits_of, plain

VARIABLE, FILE = "PERCEPTION_HASH_KEY", "PERCEPTION_HASH_KEY_FILE"
LEAST_BYTES = 32
LEAST_DIFFERENT = 10  # different bytes: less is a pattern, not a key
LONGEST = 4096
_HINT = "make one: python -c 'import secrets; print(secrets.token_hex(32))'"
_HEX = re.compile(rb"[0-9a-fA-F]+")


@dataclass(frozen=True)
class HashKey:
    """The secret of an installation; it is in no message and no file."""

    secret: bytes = field(repr=False)

    def purpose(self, study: str, purpose: str) -> Hasher:
        """What hashes the values of one purpose in one study."""
        return Hasher(_mac(self.secret, b"perception hash 1", study.encode(), purpose.encode()))


@dataclass(frozen=True)
class Hasher:
    secret: bytes = field(repr=False)

    def value(self, text: str, kind: HashKind) -> str:
        """64 hex digits of a value."""
        return _mac(self.secret, b"value", kind.encode(), normalised(text, kind).encode()).hex()

    def fingerprint(self) -> str:
        """Sixteen hex digits that tell two keys apart."""
        return _mac(self.secret, b"fingerprint").hex()[:16]


def _mac(secret: bytes, *parts: bytes) -> bytes:
    """HMAC of parts, each with its length before it: no two lists of parts read the same."""
    told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.new(secret, told, hashlib.sha256).digest()


def normalised(text: str, kind: HashKind) -> str:
    """One form for all ways of writing a value.

    >>> normalised("+86 138-0000-1111", "phone") == normalised("１３８００００１１１１", "phone")
    True
    """
    if kind == "phone":
        number = re.sub(r"[^\d+]", "", plain(text))
        return re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", number).lstrip("+")
    if kind == "id_card":
        return digits_of(plain(text))
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(folded.split()) if kind == "email" else " ".join(folded.split())


def fits(text: str, kind: HashKind) -> bool:
    """Whether a value is written like one of its kind; all texts are."""
    shown = normalised(text, kind)
    names = {"phone": "mobile number", "email": "e-mail address", "id_card": "identity-card number"}
    if kind == "text":
        return bool(shown)
    return any(
        entry.pattern.fullmatch(shown) and entry.fits(shown)
        for entry in KINDS
        if entry.name == names[kind]
    )


def read_key(environment: Mapping[str, str] | None = None) -> HashKey:
    """The key of this environment.

    Raises
    ------
    DataError
        If there is none or two, a file is not for its owner alone, or the key is weak. No message
        holds any part of a key.
    """
    environment = os.environ if environment is None else environment
    given, path = environment.get(VARIABLE, ""), environment.get(FILE, "")
    if given and path:
        raise DataError(f"{VARIABLE} and {FILE} are both set", hint="keep one of them")
    if not given and not path:
        raise DataError(
            "identifiers are to be hashed, and no key is in the environment",
            expected=f"{VARIABLE}, or {FILE} with the path of a file only you can read",
            hint=f"the key of the waves before, or for a first wave a new one; {_HINT}",
        )
    secret = given.encode() if given else _file(Path(path))
    return HashKey(_strong(secret, VARIABLE if given else FILE))


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            state = os.fstat(opened.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise DataError("the key is no file", where=FILE)
            if os.name == "posix" and state.st_mode & 0o077:
                raise DataError(
                    "the file of the key can be read by others than its owner",
                    where=FILE,
                    expected=f"mode 600 (got {stat.S_IMODE(state.st_mode):o})",
                    hint="chmod 600, and think about whether somebody has read it",
                )
            found = opened.read(LONGEST + 1)
    except OSError as fault:
        raise DataError(
            f"the file of the key cannot be opened: {fault.strerror}", where=FILE
        ) from None
    return found.removesuffix(b"\n").removesuffix(b"\r")


def _strong(secret: bytes, where: str) -> bytes:
    """The bytes of a key, hex digits read as such.

    Raises
    ------
    DataError
        If it is short, or a pattern.
    """
    key = bytes.fromhex(secret.decode()) if _is_hex(secret) else secret
    if len(key) < LEAST_BYTES:
        raise DataError(
            f"the key has {len(key)} bytes",
            where=where,
            expected=f"at least {LEAST_BYTES} (two hex digits are one byte)",
            hint=_HINT,
        )
    if len(key) > LONGEST or len(set(key)) < LEAST_DIFFERENT or _repeats(key):
        raise DataError("the key is a pattern, not a secret", where=where, hint=_HINT)
    return key


def _is_hex(secret: bytes) -> bool:
    return len(secret) % 2 == 0 and bool(_HEX.fullmatch(secret))


def _repeats(key: bytes) -> bool:
    """Whether a key is one short piece over and over, or bytes that count up or down."""
    if any(key == (key[:size] * len(key))[: len(key)] for size in range(1, LEAST_BYTES // 2 + 1)):
        return True
    steps = {(b - a) % 256 for a, b in pairwise(key)}
    return len(steps) <= 2
