"""Direct identifiers stop at the door."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.clean.identifiers import close_the_door
from survey.clean.run import clean_to_disk
from survey.errors import DataError
from survey.instrument.load import load_instrument
from survey.io.atomic import sha256
from survey.privacy.headers import names_a_person
from survey.privacy.kinds import id_card
from survey.privacy.search import kind_in, masked
from survey.project import Project
from tests.unit.clean.clinic_answers import WAVE, raw_table, with_columns

SECRETS = {
    "姓名": "张伟",
    "联系电话": "13812345678",
    "说明": "请打 +86 139-0000-1111 或 13900001111",
    "备注": "11010519491231002X",
    "contact": "someone@example.org",
    "来源": "203.0.113.169(上海-上海)",
    "登记号": "REG-77-SECRET",
}


class TestHeaders:
    @pytest.mark.parametrize(
        "header",
        [
            "姓名",
            "您的姓名",
            "3、联系电话 (填空题 *必答)",
            "来自IP",
            "IP地址",
            "手机号码",
            "E-mail",
            "Full name",
            "phone number",
            "ip_address",
            "身份证号",
            "家庭住址",
            "device_id",
            "微信",
        ],
    )
    def test_a_field_that_names_a_person_is_known_by_its_header(self, header):
        assert names_a_person(header)

    @pytest.mark.parametrize(
        "header",
        [
            "2、手机价格",
            "您的手机品牌是？",
            "username policy",
            "是否泄露过电话",
            "来源",
            "ip trust",
            "您是否担心姓名和电话被泄露？",
            "q1",
            "name of your operator",
            "地区",
        ],
    )
    def test_a_question_about_such_things_is_not(self, header):
        assert not names_a_person(header)


class TestValues:
    def test_kinds_are_told_apart(self):
        assert kind_in(["110105194912310021"]) is None  # the check digit is wrong
        assert kind_in(["11010519491231002x"]) == "identity-card number"
        assert kind_in(["2018050713812345678001"]) is None  # digits within a longer number
        assert kind_in(["tel 8613812345678"]) == "mobile number"
        assert kind_in(["version 1.2.3", "999.1.1.1"]) is None
        assert kind_in(["a@b.cn"]) == "e-mail address"
        assert kind_in(["2001:0db8:0000:0000:0000:0000:0000:0001"]) == "IPv6 address"

    def test_text_is_masked_by_kind(self):
        told = masked("13812345678, a@b.cn, 203.0.113.9, 12 Main Street")
        assert told == "[mobile number], [e-mail address], [IP address], 12 Main Street"

    @given(st.integers(100000, 999999), st.dates(), st.integers(0, 999))
    def test_the_check_digit_is_the_one_of_the_standard(self, region, born, order):
        if born.year < 1850 or born.year > 2150:
            return
        body = f"{region}{born:%Y%m%d}{order:03d}"
        fitting = [check for check in "0123456789X" if id_card(body + check)]
        assert len(fitting) == 1
        digits = [int(digit) for digit in body] + ["0123456789X".index(fitting[0])]
        total = sum(value * pow(2, 17 - place, 11) for place, value in enumerate(digits))
        assert total % 11 == 1  # ISO 7064, MOD 11-2


class TestDoor:
    def test_columns_are_dropped_by_header_and_by_value_and_reported_without_values(self, clinic):
        raw = raw_table({"姓名": "张伟", "note": "13812345678", "q9": 13812345678.0, "ok": "fine"})
        admitted = close_the_door(raw, clinic.waves[WAVE].columns, ["respondent", "psu"])
        assert {drop.column for drop in admitted.dropped} == {"姓名", "note", "q9"}
        assert "ok" in admitted.table.frame.columns
        assert "13812345678" not in str(admitted.dropped)

    def test_a_key_that_is_a_phone_number_is_refused_without_printing_it(self, clinic):
        raw = raw_table({"id": "13812345678"}, {"id": "13812345679"})
        with pytest.raises(DataError, match="'respondent' would keep a direct identifier") as error:
            close_the_door(raw, clinic.waves[WAVE].columns, ["respondent", "psu"])
        assert "138123" not in str(error.value)

    def test_devices_are_compared_and_not_kept(self, cleaned, clinic):
        same = with_columns(clinic, device={"column": "ip_address"})
        rows = [
            {"ip_address": "203.0.113.1"},
            {"ip_address": "203.0.113.2"},
            {"ip_address": "203.0.113.1"},
        ]
        done = cleaned(*rows, instrument=same)
        assert done.responses["flag_duplicate"].to_list() == [False, False, True]
        assert "device" not in {*done.responses.columns, *done.mapped.columns}
        assert "203.0.113" not in done.responses.to_csv() + done.audit.to_csv()


class TestNothingLeaks:
    @pytest.fixture
    def project(self, clinic, tmp_path) -> Project:
        """The clinic study on disk, with a raw file full of secrets."""
        import shutil

        from tests.unit.clean.clinic_answers import DATA

        shutil.copytree(DATA / "cleaning" / "instruments", tmp_path / "instruments")
        rows = [SECRETS | {"q2": "13812345678" if n == 1 else "30"} for n in range(3)]
        raw = tmp_path / "data" / "raw" / "clinic" / WAVE / "answers.csv"
        raw.parent.mkdir(parents=True)
        raw_table(*rows).frame.to_csv(raw, index=False)
        raw.with_name("source.yml").write_text(
            f"producer: t\nlicence: t\nkind: simulated\nfiles: {{answers.csv: {sha256(raw)}}}\n"
        )
        return Project(tmp_path)

    def test_no_file_that_is_written_holds_an_identifier(self, project):
        written = clean_to_disk(project, load_instrument(project, "clinic"), WAVE)
        text = ""
        for path in written:
            is_table = path.suffix == ".parquet"
            text += pd.read_parquet(path).to_csv() if is_table else path.read_text("utf-8")
        for secret in (*SECRETS.values(), "138123", "139000", "203.0", "张伟"):
            assert secret not in text
        assert "[mobile number]" in text  # the age that was a phone number, in the audit

    def test_the_report_names_every_dropped_column(self, project):
        *_, report = clean_to_disk(project, load_instrument(project, "clinic"), WAVE)
        told = {
            drop["column"]: drop["reason"]
            for drop in json.loads(report.read_text())["dropped_columns"]
        }
        assert set(told) == set(SECRETS)
        assert told["登记号"] == "declared in study.yml"
        assert told["备注"] == "identity-card number in a cell"
