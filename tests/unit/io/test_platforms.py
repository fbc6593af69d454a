"""Exports of survey platforms: header rows, options in cells, repeat groups, one text for many."""

import io
import zipfile

import pandas as pd
import pytest

from survey.errors import DataError
from survey.io import delimited
from survey.io.readers import read_raw
from tests.fuzz.seeds import KOBO, MONKEY, QUALTRICS, odk_zip


def put(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


class TestQualtrics:
    def test_three_header_rows_become_names_wordings_and_ids(self, tmp_path):
        raw = read_raw(put(tmp_path, "q.csv", QUALTRICS), "qualtrics", {})
        assert raw.frame["Q2"].to_list() == ["31", "44"]
        assert raw.labels["Q2"] == "How old?"
        assert raw.import_ids == {
            "ResponseId": "_recordId",
            "StartDate": "startDate",
            "Q1_1": "QID1_1",
            "Q1_2": "QID1_2",
            "Q2": "QID2",
        }

    def test_a_question_with_a_column_per_answer_is_a_set(self, tmp_path):
        (one,) = read_raw(put(tmp_path, "q.csv", QUALTRICS), "qualtrics", {}).sets
        assert (one.name, one.variables, one.label) == ("Q1", ("Q1_1", "Q1_2"), "Which?")

    def test_a_matrix_is_no_set(self, tmp_path):
        text = (
            "ResponseId,Q1_1,Q1_2\nResponse ID,Rate - Dogs,Rate - Cats\nR_1,Good,Bad\nR_2,Bad,Bad\n"
        )
        assert read_raw(put(tmp_path, "q.csv", text), "qualtrics", {}).sets == ()

    def test_tab_separated_utf_16_is_read_by_its_mark(self, tmp_path):
        data = QUALTRICS.replace(",", "\t").encode("utf-16")
        raw = read_raw(put(tmp_path, "q.tsv", data), "qualtrics", {})
        assert len(raw.frame) == 2
        assert "byte-order mark of utf-16" in raw.report[0]

    def test_another_file_is_refused(self, tmp_path):
        with pytest.raises(DataError, match="no export of Qualtrics"):
            read_raw(put(tmp_path, "q.csv", "a,b\n1,2\n"), "qualtrics", {})


class TestSurveyMonkey:
    def test_two_header_rows_in_latin_1(self, tmp_path):
        raw = read_raw(put(tmp_path, "m.csv", MONKEY.encode("latin-1")), "surveymonkey", {})
        assert list(raw.frame) == [
            "RespondentID",
            "Which films? [Episode I]",
            "Which films? [Episode II]",
            "Café name?",
        ]
        assert raw.frame["Café name?"].to_list() == ["Año", "B"]
        assert raw.encoding == "latin-1"
        assert [one.variables for one in raw.sets] == [tuple(raw.frame.columns[1:3])]

    def test_one_header_row_is_seen_and_may_be_said(self, tmp_path):
        text = "RespondentID,Pies? - Apple,Pies? - Plum\n1,Apple,\n2,,Plum\n"
        path = put(tmp_path, "m.csv", text)
        for options in ({}, {"header_rows": 1}):
            raw = read_raw(path, "surveymonkey", options)
            assert len(raw.frame) == 2
            assert raw.sets[0].label == "Pies?"


class TestOdk:
    def test_repeats_are_tables_of_their_own(self, tmp_path):
        raw = read_raw(put(tmp_path, "form.zip", odk_zip()), "odk", {})
        assert raw.frame["name"].to_list() == ["Ann", "Bob"]
        child = raw.children["form-child"].frame
        assert child["PARENT_KEY"].to_list() == ["uuid:1", "uuid:1"]

    def test_a_repeat_without_its_parent_is_a_fault(self, tmp_path):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("form.csv", "KEY,name\nuuid:1,Ann\n")
            archive.writestr("form-c.csv", "age,PARENT_KEY,KEY\n3,uuid:9,uuid:9/c[1]\n")
        with pytest.raises(DataError, match=r"1 rows of the repeat 'form-c' have no parent"):
            read_raw(put(tmp_path, "form.zip", packed.getvalue()), "odk", {})

    def test_kobo_with_semicolons_and_a_column_per_option(self, tmp_path):
        raw = read_raw(put(tmp_path, "k.csv", KOBO), "odk", {})
        (one,) = raw.sets
        assert (one.name, one.variables) == ("pets", ("pets/dog", "pets/cat"))
        assert raw.frame["pets/dog"].to_list() == ["1", "0", None]
        assert "';'" in raw.report[1]

    def test_a_named_question_is_split_and_an_unnamed_text_is_not(self, tmp_path):
        text = "KEY,pets,remark\nk1,dog cat,two words\nk2,cat,\nk3,,\n"
        raw = read_raw(put(tmp_path, "k.csv", text), "odk", {"multiple": "pets"})
        assert raw.frame["pets/dog"].to_list() == ["1", "0", None]
        assert raw.frame["remark"].to_list() == ["two words", None, None]
        assert [one.name for one in raw.sets] == ["pets"]


class TestDelimited:
    def test_a_set_comes_apart_and_a_blank_is_not_zero(self):
        frame = pd.DataFrame({"q": ["1;3;", None, "2;"]}, dtype=object)
        table, one = delimited.expand(frame, "q", [1, 2, 3, 4])
        assert table["q_1"].fillna(-1).to_list() == [1, -1, 0]
        assert table["q_4"].fillna(-1).to_list() == [0, -1, 0]
        assert one.variables == ("q_1", "q_2", "q_3", "q_4")

    def test_the_report_names_the_columns(self, tmp_path):
        raw = read_raw(put(tmp_path, "d.csv", "id,q\n1,1;3;\n2,2;\n"), "csv", {})
        assert any("'q' holds sets of codes" in told for told in raw.report)


class TestEncodings:
    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"id,a\n1,x\n", "ASCII"),
            ("id,a\n1,男\n".encode(), "every byte fits UTF-8"),
            ("id,a\n1,男\n".encode("utf-8-sig"), "byte-order mark"),
            ("id,性别\n1,男\n".encode("gb18030"), "3 of its 3 two-byte signs are of GB 2312"),
        ],
    )
    def test_the_reason_is_told(self, tmp_path, data, why):
        assert why in read_raw(put(tmp_path, "a.csv", data), "csv", {}).report[0]

    def test_french_that_fits_gb18030_by_chance_is_not_read_as_chinese(self, tmp_path):
        data = "id,a\n1,\xe9tat\n".encode("latin-1")
        assert data.decode("gb18030") != "id,a\n1,état\n"
        with pytest.raises(DataError, match="may be GB18030 or a Western encoding"):
            read_raw(put(tmp_path, "a.csv", data), "csv", {})
        raw = read_raw(put(tmp_path, "a.csv", data), "csv", {"encoding": "windows-1252"})
        assert raw.frame["a"].to_list() == ["état"]
