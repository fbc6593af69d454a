"""XLSForm in and out: nothing of a form is lost without being told."""

import warnings
import zipfile

import pytest

from survey.errors import DataError
from survey.exchange.xlsform_in import read_xlsform
from survey.exchange.xlsform_out import to_xlsform
from survey.io.sheets import Sheet, workbook_bytes
from survey.io.workbook import read_workbook
from tests.unit.exchange.helpers import SHIPPED, form, through_yaml, types_of

FORMS = ["xlsform_spec_test", "or_other", "specify_other", "choice_filter_test"]
YES_NO = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]


class TestRoundTrip:
    @pytest.mark.parametrize("name", FORMS)
    def test_every_question_type_list_and_name_comes_back(self, name, tmp_path):
        path = SHIPPED / f"pyxform_{name}.xlsx"
        out = tmp_path / "out.xlsx"
        draft = through_yaml(read_xlsform(path), tmp_path)
        out.write_bytes(to_xlsform(draft).bytes())
        assert types_of(out) == types_of(path)

    @pytest.mark.parametrize("name", FORMS)
    def test_items_and_routes_are_equal_after_a_second_import(self, name, tmp_path):
        first = read_xlsform(SHIPPED / f"pyxform_{name}.xlsx")
        out = tmp_path / "out.xlsx"
        out.write_bytes(to_xlsform(through_yaml(first, tmp_path)).bytes())
        second = read_xlsform(out)
        assert second.items == first.items
        assert second.ask_if == first.ask_if
        assert second.scales == first.scales

    @pytest.mark.parametrize("name", FORMS)
    def test_pyxform_converts_what_is_exported(self, name, tmp_path):
        convert = pytest.importorskip("pyxform.xls2xform").convert
        out = tmp_path / "out.xlsx"
        out.write_bytes(to_xlsform(read_xlsform(SHIPPED / f"pyxform_{name}.xlsx")).bytes())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert "<h:html" in convert(str(out), validate=False).xform

    def test_what_no_condition_can_say_is_listed_and_kept_word_by_word(self):
        draft = read_xlsform(SHIPPED / "pyxform_xlsform_spec_test.xlsx")
        told = [str(entry) for entry in draft.not_expressed]
        assert any(t.startswith("email_note: relevant") and "regex()" in t for t in told)
        assert draft.items["email_note"].form["relevant"].startswith("regex(${address}")

    def test_equal_forms_give_equal_bytes(self):
        draft = read_xlsform(SHIPPED / "pyxform_xlsform_spec_test.xlsx")
        assert to_xlsform(draft).bytes() == to_xlsform(draft).bytes()


class TestMeaning:
    def imported(self, folder, rows, choices=YES_NO):
        return read_xlsform(form(folder, rows, choices))

    def test_languages_are_told_apart_by_their_headers(self):
        draft = read_xlsform(SHIPPED / "pyxform_xlsform_spec_test.xlsx")
        assert draft.languages == ["en", "zh"]
        assert draft.items["address"].text == {"en": "Enter an address", "zh": "您好"}

    @pytest.mark.parametrize(
        ("relevant", "condition"),
        [
            ("${a} = 'yes'", "a == 1"),
            ("selected(${a}, 'yes')", "a == 1"),
            ("${a} = 'yes' or ${a} = 'no'", "a in (1, 2)"),
            ("not(${a} = 'yes')", "not a == 1"),
            ("${a} != 'yes'", "not a == 1"),
            ("${a} != ''", "a == a"),
            ("${n} >= 18 and ${n} < 65", "n >= 18 and n < 65"),
            ("18 <= ${n}", "n >= 18"),
            ("selected(${m}, 'no') and ${a} = 'yes'", "m__2 == 1 and a == 1"),
            ("(${a} = 'yes' or ${n} > 3) and ${m} != ''", None),
        ],
    )
    def test_a_relevance_becomes_a_condition(self, tmp_path, relevant, condition):
        rows = [
            ["type", "name", "label", "relevant"],
            ["select_one yn", "a", "A"],
            ["select_multiple yn", "m", "M"],
            ["decimal", "n", "N"],
            ["text", "t", "T", relevant],
        ]
        expected = condition or "(a == 1 or n > 3) and (m__1 == 1 or m__2 == 1)"
        assert self.imported(tmp_path, rows).ask_if == {"t": expected}

    def test_a_group_s_condition_holds_for_everything_in_it(self, tmp_path):
        rows = [
            ["type", "name", "label", "relevant"],
            ["select_one yn", "a", "A"],
            ["begin_group", "g", "G", "${a} = 'yes'"],
            ["select_one yn", "b", "B"],
            ["text", "t", "T", "${b} = 'no'"],
            ["end_group"],
        ]
        draft = self.imported(tmp_path, rows)
        assert draft.ask_if == {"b": "a == 1", "t": "a == 1 and b == 2"}
        survey = to_xlsform(draft).survey
        assert [row.get("relevant") for row in survey[1:4]] == ["${a} = 'yes'", None, "${b} = 'no'"]

    def test_a_constraint_tells_range_exclusive_option_and_most_options_apart(self, tmp_path):
        rows = [
            ["type", "name", "label", "constraint"],
            ["integer", "age", "Age", ". >= 10 and . <= 99"],
            ["select_multiple yn", "m", "M", "not(selected(., 'no') and count-selected(.) > 1)"],
            ["select_multiple yn", "k", "K", "count-selected(.) <= 1"],
        ]
        draft = self.imported(tmp_path, rows)
        assert draft.scales[draft.items["age"].scale].range == (10, 99)
        assert draft.items["m"].exclusive == [2]
        assert draft.items["k"].most == 1
        again = [row["constraint"] for row in to_xlsform(draft).survey]
        assert again == [row[3] for row in rows[1:]]

    def test_a_choice_filter_says_where_each_option_is_offered(self):
        draft = read_xlsform(SHIPPED / "pyxform_choice_filter_test.xlsx")
        assert draft.items["county"].show_if == {"state == 2": [1, 2], "state == 1": [3, 4]}

    def test_a_filter_that_compares_with_nothing_is_listed(self):
        draft = read_xlsform(SHIPPED / "pyxform_or_other.xlsx")
        assert any("pastel=yes" in entry.what for entry in draft.not_expressed)

    def test_or_other_becomes_an_option_and_a_text(self):
        draft = read_xlsform(SHIPPED / "pyxform_or_other.xlsx")
        assert draft.items["fav_color_other"].kind == "open"
        assert draft.ask_if["fav_color_other"] == "fav_color == 6"

    def test_what_identifies_a_person_is_never_read_past_intake(self):
        draft = read_xlsform(SHIPPED / "pyxform_xlsform_spec_test.xlsx")
        assert draft.identifiers == [
            "everything-deviceid",
            "everything-uri_deviceid",
            "everything-phonenumber",
        ]
        assert "deviceid" not in draft.columns


class TestRefusals:
    def test_a_workbook_without_a_survey_sheet(self, tmp_path):
        with pytest.raises(DataError, match="has no sheet 'survey'"):
            read_xlsform(_answers(tmp_path))

    def test_a_file_that_is_no_workbook(self, tmp_path):
        path = tmp_path / "form.xlsx"
        path.write_bytes(b"PK\x03\x04 nothing of use")
        with pytest.raises(DataError, match="not a readable workbook"):
            read_xlsform(path)

    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path):
        path = tmp_path / "bomb.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b" " * (300 << 20))
        with pytest.raises(DataError, match="would unpack to 314,572,800 bytes"):
            read_workbook(path)


def _answers(folder):
    path = folder / "other.xlsx"
    path.write_bytes(workbook_bytes([Sheet("answers", ["a"], [["1"]])]))
    return path
