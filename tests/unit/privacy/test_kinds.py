"""Identifiers are known by how they are written and by their check digits."""

import random
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.privacy.kinds import ID_WEIGHTS, id_card, luhn, old_id_card
from survey.privacy.search import found_in, kind_in, kind_of_column, masked

WRITTEN = {
    "mobile number": [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+86 138 1234 5678",
        "+8613812345678",
        "0086-13812345678",
        "(86)13812345678",
        "１３８１２３４５６７８",
        "138－1234－5678",
        "1 3 8 1 2 3 4 5 6 7 8",
        "138\u200b1234\u200b5678",
    ],
    "identity-card number": [
        "11010519491231002X",
        "110105 19491231 002x",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "身份证：110105491231002",
    ],
    "telephone number": [
        "010-62345678",
        "(010)62345678",
        "0755 8234 5678",
        "+86 10 6234 5678",
        "电话01062345678",
    ],
    "e-mail address": ["a.b+c@mail.example.org", " 张三@公司.中国", "ａ＠ｂ．ｃｎ"],
    "IP address": ["203.0.113.9", "203.0.113.169(上海-上海)"],
    "IPv6 address": [
        "2001:db8::1",
        "2001:0db8:0000:0000:0000:0000:0000:0001",
        "::ffff:203.0.113.9",
    ],
    "device address": ["00:1B:44:11:3A:B7", "00-1B-44-11-3A-B7"],
    "account name": [
        "微信 abc_12345",
        "微信号：wxid_a1b2c3",
        "QQ：12345678",
        "QQ12345678",
        "VX:abc123456",
    ],
    "coordinates": ["39.9042, 116.4074", "39°54′26″N"],
}


class TestWays:
    @pytest.mark.parametrize(("kind", "text"), [(k, t) for k, ts in WRITTEN.items() for t in ts])
    def test_every_way_of_writing_one_is_found_alone_and_in_a_sentence(self, kind, text):
        assert kind_in([text]) is not None
        for before, after in (("谢谢，", "。再见"), ("我的是", "吗"), ("it is ", " thanks")):
            told = masked(f"{before}{text}{after}")
            assert told.startswith(before)
            assert told.endswith(after)
            assert not any(sign.isdigit() for sign in told.replace(f"[{kind}]", ""))
            assert f"[{kind}]" in told

    @pytest.mark.parametrize(
        "text",
        [
            "2018050713812345678001",
            "version 1.2.3",
            "999.1.1.1",
            "12:30:45",
            "2018-05-07 12:30:45",
            "0.13812345678",
            "1.3812345678",
            "1234567890",
            "std::map",
            "2010-2014",
            "1;3;5;7;9;11;13;15",
            "微信支付 很方便",
            "WeChat Protection",
            "微信小程序 太多",
            "13-12-2014 15:00",
            "0212345678",
            "12800000000",
        ],
    )
    def test_other_digits_stay(self, text):
        assert masked(text) == text
        assert kind_in([text]) is None

    def test_a_digest_is_nobody_whatever_digits_it_holds(self):
        digest = "ab13812345678" + "c" * 51
        assert masked(digest) == digest


class TestChecks:
    @given(st.integers(100000, 999999), st.dates(), st.integers(0, 999), st.integers(0, 16))
    def test_one_wrong_digit_is_noticed(self, region, born, order, place):
        if not 1850 <= born.year <= 2150:
            return
        body = f"{region}{born:%Y%m%d}{order:03d}"
        total = sum(w * int(d) for w, d in zip(ID_WEIGHTS, body, strict=True))
        number = body + "10X98765432"[total % 11]
        assert id_card(number)
        other = str((int(number[place]) + 1) % 10)
        assert not id_card(number[:place] + other + number[place + 1 :])

    def test_an_old_number_needs_a_province_and_a_date(self):
        assert old_id_card("110105491231002")
        assert not old_id_card("990105491231002")
        assert not old_id_card("110105491331002")

    @given(st.text("0123456789", min_size=12, max_size=18))
    def test_the_check_digit_of_a_card_is_unique(self, body):
        assert sum(luhn(body + digit) for digit in "0123456789") == 1


class TestColumns:
    def test_fifteen_digits_are_identity_numbers_where_all_of_them_fit(self):
        fitting = [f"11010549{month:02d}{day:02d}{n:03d}" for n, (month, day) in enumerate(
            [(1, 2), (3, 30), (12, 31), (7, 7)]
        )]  # fmt: skip
        assert kind_of_column(fitting) == "identity-card number"
        assert kind_of_column([*fitting, "123456789012345", "223456789012345"]) is None

    def test_cards_need_more_than_one_lucky_number(self):
        card = "6222020000000000000"
        cards = [c for n in range(60) if luhn(c := str(int(card) + n))]
        assert kind_of_column(cards) == "bank-card number"
        assert kind_of_column([str(int(card) + n) for n in range(60)]) is None

    def test_identity_numbers_that_a_spreadsheet_rounded_are_still_seen(self):
        assert kind_of_column(["110105194912310000", "310101198001010000"]) is not None

    def test_a_column_of_names_is_seen_and_one_of_places_is_not(self):
        assert kind_of_column(["张伟", "李娜娜", "王芳", "欧阳锋"]) == "name of a person"
        assert kind_of_column(["北京", "上海", "广东", "江苏"]) is None

    def test_thirteen_digits_are_telephones_where_all_of_them_are(self):
        assert kind_of_column(["8618200833004", "8618206005375"]) == "mobile number"
        assert kind_of_column(["8618200833004", *(str(10**12 * 3 + n) for n in range(50))]) is None
        assert kind_of_column(["tel 8618200833004", "x"]) == "mobile number"

    def test_random_keys_of_survey_platforms_are_nobody(self):
        draw = random.Random(1)
        signs = string.ascii_letters + string.digits
        keys = ["R_" + "".join(draw.choices(signs, k=15)) for _ in range(100_000)]
        assert kind_of_column(keys) is None
        for bits in (96, 128, 256):
            hexadecimal = [f"{draw.getrandbits(bits):0{bits // 4}x}" for _ in range(20_000)]
            assert kind_of_column(hexadecimal) is None
        uuids = [str(uuid.UUID(int=draw.getrandbits(128))) for _ in range(20_000)]
        assert kind_of_column(uuids) is None

    def test_spaces_behind_the_end_of_a_cell_do_not_join_two(self):
        assert kind_in(["1381234", "5678"]) is None


class TestMask:
    def test_names_that_introduce_themselves_are_masked(self):
        assert masked("我叫张伟，住在北京") == "我叫[name]，住在北京"
        assert masked("My name is John Smith and I agree") == "My name is [name] and I agree"

    @given(st.text(max_size=60))
    def test_a_masked_text_holds_nothing_more_to_mask(self, text):
        once = masked(text)
        assert masked(once) == once

    @given(st.text(max_size=20), st.integers(13000000000, 19999999999), st.text(max_size=20))
    def test_a_number_never_gets_through_between_words(self, before, number, after):
        text = f"{before}，{number}，{after}"
        assert str(number) not in masked(text)
        assert any(kind.name for *_, kind in found_in(text))

    @pytest.mark.parametrize("text", ["a" * 100_000, "1 " * 50_000, "1:" * 50_000, "a.b-" * 40_000])
    def test_a_long_text_takes_no_time(self, text):
        import time

        begin = time.process_time()
        masked(text)
        assert time.process_time() - begin < 5
