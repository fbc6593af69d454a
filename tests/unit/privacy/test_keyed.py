"""Keyed hashes: one person, one hash; no key, no hash; the key is nowhere."""

import hashlib
import hmac
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import DataError
from survey.privacy.keyed import FILE, VARIABLE, HashKey, fits, normalised, read_key

STRONG = "k7Qz-unlikely-words-0123456789-ABCDEFGH"
OTHER = "another-secret-of-the-same-length-98765"


def hasher(key=STRONG, study="town", purpose="panel"):
    return read_key({VARIABLE: key}).purpose(study, purpose)


class TestValues:
    def test_it_is_the_hmac_of_the_standard(self):
        def mac(secret, *parts):
            told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
            return hmac.new(secret, told, hashlib.sha256).digest()

        secret = mac(STRONG.encode(), b"perception hash 1", b"town", b"panel")
        want = mac(secret, b"value", b"phone", b"13812345678").hex()
        assert hasher().value("138 1234 5678", "phone") == want

    @pytest.mark.parametrize(
        ("kind", "ways"),
        [
            (
                "phone",
                [
                    "13812345678",
                    "+86 138-1234-5678",
                    "００８６１３８１２３４５６７８",
                    "138 1234 5678",
                ],
            ),
            ("email", ["A.b@Mail.example", " a.b@mail.example "]),
            ("id_card", ["11010519491231002x", "110105 19491231 002X"]),
            ("text", ["Ａ 12", "a  12"]),
        ],
    )
    def test_all_ways_of_writing_a_value_are_one(self, kind, ways):
        assert len({hasher().value(way, kind) for way in ways}) == 1

    def test_studies_purposes_kinds_and_keys_share_nothing(self):
        made = {
            hasher().value("1", "text"),
            hasher(study="city").value("1", "text"),
            hasher(purpose="lottery").value("1", "text"),
            hasher(study="townpanel", purpose="").value("1", "text"),
            hasher().value("1", "phone"),
            hasher(OTHER).value("1", "text"),
        }
        assert len(made) == 6

    @given(st.integers(13000000000, 19999999999))
    def test_a_telephone_number_is_one_however_it_begins(self, number):
        assert normalised(f"+86{number}", "phone") == normalised(str(number), "phone")

    def test_values_unlike_their_kind_are_told(self):
        assert fits("138-1234-5678", "phone")
        assert not fits("no telephone", "phone")
        assert not fits("11010519491231002", "id_card")


class TestKey:
    @pytest.mark.parametrize(
        ("key", "told"),
        [
            ("short", "5 bytes"),
            ("0123456789abcdef" * 3, "24 bytes"),
            ("z" * 40, "pattern"),
            ("abcdefghijkl" * 4, "pattern"),
            (bytes(range(40, 90)).decode(), "pattern"),
        ],
    )
    def test_a_weak_key_is_refused_without_being_shown(self, key, told):
        with pytest.raises(DataError, match=told) as error:
            read_key({VARIABLE: key})
        assert key not in str(error.value)

    def test_no_key_says_what_to_do(self):
        with pytest.raises(DataError, match=VARIABLE) as error:
            read_key({})
        assert error.value.exit_code == 4

    def test_two_keys_are_refused(self, tmp_path):
        with pytest.raises(DataError, match="both set"):
            read_key({VARIABLE: STRONG, FILE: str(tmp_path / "key")})

    @pytest.mark.skipif(os.name != "posix", reason="modes of files")
    def test_a_file_that_others_can_read_is_refused(self, tmp_path):
        path = tmp_path / "key"
        path.write_text(STRONG + "\n")
        path.chmod(0o640)
        with pytest.raises(DataError, match="read by others"):
            read_key({FILE: str(path)})
        path.chmod(0o600)
        assert read_key({FILE: str(path)}) == read_key({VARIABLE: STRONG})

    def test_a_file_that_is_not_there_is_named_by_its_variable(self):
        with pytest.raises(DataError, match="cannot be opened"):
            read_key({FILE: "/nowhere/key"})

    def test_the_key_is_not_in_what_is_printed(self):
        key = HashKey(STRONG.encode())
        assert STRONG not in f"{key!r} {key.purpose('a', 'b')!r}"
        assert key.purpose("a", "b").secret.hex() not in repr(key.purpose("a", "b"))

    def test_fingerprints_tell_keys_apart_and_are_no_value(self):
        assert hasher().fingerprint() == hasher().fingerprint()
        assert hasher().fingerprint() != hasher(OTHER).fingerprint()
        assert not hasher().value("", "text").startswith(hasher().fingerprint())
