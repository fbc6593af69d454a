"""From raw cells to codes: what is understood, and what is refused by name."""

import pytest

from survey.clean.recode import recode
from survey.errors import DataError
from survey.io.readers import RawTable
from tests.unit.clean.clinic_answers import USUAL, raw_table, with_columns


def answers(cleaned, item):
    return cleaned.mapped[item].to_list()


class TestSingleAnswers:
    @pytest.mark.parametrize(
        ("cell", "code"),
        [("1", 1), (1.0, 1), ("男", 1), ("man", 1), ("  女士 ", 2), ("Ｗoman", 2), ("female", 2)],
    )
    def test_a_cell_may_be_code_word_alias_or_name(self, cleaned, cell, code):
        assert answers(cleaned({"q1": cell}), "sex") == [code]

    def test_ends_of_a_scale_are_words_of_their_numbers(self, cleaned):
        rows = [{"q4": "very good"}, {"q4": "很不满意"}, {"q4": "98"}]
        assert answers(cleaned(*rows), "score") == [10, 0, 98]

    def test_codes_of_the_map_come_before_everything_else(self, cleaned, clinic):
        swapped = with_columns(clinic, sex={"column": "q1", "codes": {"1": 2, "2": 1, "m": 1}})
        rows = [{"q1": "1"}, {"q1": "2"}, {"q1": "m"}]
        assert answers(cleaned(*rows, instrument=swapped), "sex") == [2, 1, 1]

    def test_shift_moves_numbers_and_a_forgotten_one_is_suspected(self, cleaned, clinic):
        shifted = with_columns(clinic, score={"column": "q4", "shift": -1})
        rows = [{"q4": 1.0}, {"q4": 11.0}]
        assert answers(cleaned(*rows, instrument=shifted), "score") == [0, 10]
        with pytest.raises(DataError, match=r"unknown answer '11'(.|\n)*shift: -1"):
            cleaned(*rows)

    def test_a_pattern_takes_the_answer_out_of_the_cell(self, cleaned, clinic):
        rated = with_columns(clinic, score={"column": "q4", "pattern": r"^(\d+)分$"})
        assert answers(cleaned({"q4": "7分"}, instrument=rated), "score") == [7]
        with pytest.raises(DataError, match="does not fit the pattern"):
            cleaned({"q4": "7"}, instrument=rated)

    def test_a_blank_is_no_answer_if_asked_and_not_asked_if_not(self, cleaned):
        done = cleaned({"q4": None}, {"q3": "2", "q4": None, "q5": None}, {"q1": None})
        assert answers(done, "score") == [97, -1, 7]
        assert answers(done, "sex") == [1, 1, 8]


class TestUnknownAnswers:
    def test_every_unknown_cell_is_listed_with_place_count_and_hint(self, cleaned):
        rows = [{"q1": "Womn"}, {"q1": "Womn", "q3": "maybe"}, {"q7a": "9"}]
        with pytest.raises(DataError) as error:
            cleaned(*rows)
        told = {fault.what: fault for fault in error.value.faults}
        assert set(told) == {
            "unknown answer 'Womn' to item 'sex' (2 cells)",
            "unknown answer 'maybe' to item 'visits' (1 cell)",
            "unknown answer '9' to item 'kind_staff' (1 cell)",
        }
        first = told["unknown answer 'Womn' to item 'sex' (2 cells)"]
        assert first.where == "answers.csv, column 'q1', respondent row 1"
        assert first.hint == "did you mean 'Woman'?"
        assert first.expected == "one of 1 男, 2 女"

    def test_an_identifier_in_an_unknown_cell_is_not_printed(self, cleaned):
        with pytest.raises(DataError) as error:
            cleaned({"q1": "call 13812345678"})
        assert "13812345678" not in str(error.value)
        assert "call [mobile number]" in str(error.value)

    def test_a_column_full_of_unknown_cells_is_cut_short(self, cleaned):
        with pytest.raises(DataError, match=r"and 5 more unknown answers to item 'sex'"):
            cleaned(*({"q1": f"x{n}"} for n in range(45)))


class TestMissingColumns:
    def test_all_missing_columns_are_told_with_the_near_ones(self, clinic):
        raw = raw_table({})
        raw = RawTable(
            frame=raw.frame.rename(columns={"q7a": "q7_a", "q3": "visit"}), path="answers.csv"
        )
        with pytest.raises(DataError) as error:
            recode(raw, clinic, "2020H1")
        text = str(error.value)
        assert "answers.csv: column 'q7a' of item 'kind_staff' is missing" in text
        assert "near are q7_a" in text
        assert "column 'q3' of item 'visits' is missing" in text


class TestNumbers:
    def test_decimals_and_whole_numbers(self, cleaned):
        done = cleaned({"w": "1.5", "time": "95秒"}, {"w": "2", "time": 120.0})
        assert answers(done, "base_weight") == [1.5, 2.0]
        assert str(done.mapped["base_weight"].dtype) == "float64"
        assert answers(done, "seconds") == [95, 120]
        assert str(done.mapped["seconds"].dtype) == "Int64"

    def test_a_number_nobody_can_count_is_refused(self, cleaned):
        with pytest.raises(DataError, match="unknown answer '1e400' to item 'age'"):
            cleaned({"q2": "1e400"})

    def test_words_are_no_numbers(self, cleaned):
        with pytest.raises(DataError, match=r"unknown answer 'thirty' to item 'age'"):
            cleaned({"q2": "thirty"})


class TestKeys:
    def test_rows_are_numbered_where_no_key_is_mapped(self, cleaned, clinic):
        nameless = with_columns(clinic, respondent=None)
        rows = [{"q2": str(20 + n)} for n in range(10)]
        keys = answers(cleaned(*rows, instrument=nameless), "respondent")
        assert keys[:2] == ["01", "02"]

    def test_a_blank_key_is_a_fault(self, cleaned):
        with pytest.raises(DataError, match=r"1 rows have no respondent key(.|\n)*hint"):
            cleaned({"id": None}, {})

    @pytest.mark.parametrize("cell", ["2020/1/5 10:00:00", "2020-01-05T10:00:00", "2020年1月5日"])
    def test_submission_is_kept_as_a_date(self, cleaned, cell):
        assert answers(cleaned({"date": cell}), "submitted") == ["2020-01-05"]

    def test_open_text_is_never_read(self, cleaned, clinic):
        open_too = with_columns(clinic, remarks={"column": "q9"})
        done = cleaned({"q9": "my name is ..."}, instrument=open_too)
        assert "remarks" not in done.responses.columns


class TestSets:
    def sets(self, done):
        return done.mapped.filter(like="issues__").astype(object).values.tolist()

    def test_joined_options_come_apart_even_if_one_holds_the_separator(self, cleaned):
        done = cleaned({"q5": "Price, fees,Waiting"}, {"q5": "3"}, {"q5": "1,3,"})
        assert self.sets(done) == [[1, 1, 0, 0], [0, 0, 1, 0], [1, 0, 1, 0]]

    def test_one_unknown_part_is_named_alone(self, cleaned):
        with pytest.raises(DataError, match=r"unknown answer 'Wating' to item 'issues' \(1 cell\)"):
            cleaned({"q5": "1,Wating"})

    def test_an_unknown_part_is_counted_over_all_cells_that_hold_it(self, cleaned):
        with pytest.raises(DataError) as error:
            cleaned({"q5": "1,Wating"}, {}, {"q5": "Wating"}, {"q5": "2,Wating"})
        (fault,) = error.value.faults
        assert fault.what == "unknown answer 'Wating' to item 'issues' (3 cells)"
        assert fault.where.endswith("respondent row 1")
        assert fault.hint == "did you mean 'Waiting'?"

    def test_words_of_an_option_column_contradict_nothing(self, cleaned, clinic):
        apart = with_columns(clinic, issues={"columns": {1: "i1", 2: "i2"}})
        labels = {"i2": {1.0: "Waiting"}}
        done = cleaned({"i1": 0.0, "i2": 1.0}, instrument=apart, value_labels=labels)
        assert done.mapped["issues__2"].to_list() == [1]

    def test_columns_by_option_say_chosen_not_chosen_or_nothing(self, cleaned, clinic):
        columns = {1: "i1", 2: "i2", 3: "i3"}
        apart = with_columns(clinic, issues={"columns": columns, "chosen": ["1", "x"]})
        done = cleaned(
            {"i1": 1.0, "i2": 0.0, "i3": 0.0},
            {"i1": "x", "i2": None, "i3": None},
            {"i1": None, "i2": None, "i3": None},
            {"i1": "0", "i2": "Waiting", "i3": "98"},
            instrument=apart,
        )
        table = done.mapped[["issues__1", "issues__2", "issues__3"]]
        assert table.iloc[0].to_list() == [1, 0, 0]
        assert table.iloc[1].to_list() == [1, 0, 0]
        assert table.iloc[2].isna().all()
        assert table.iloc[3].to_list() == [0, 1, 0]
        assert done.mapped["issues__9"].isna().all()  # was not on the list

    def test_do_not_know_is_no_choice(self, cleaned):
        assert cleaned({"q5": "98"}).mapped.filter(like="issues__").isna().all(axis=None)


class TestSpss:
    def test_words_of_the_file_explain_a_value_that_is_no_code(self, cleaned):
        labels = {"q1": {5.0: "Woman", 1.0: "Man"}}
        assert answers(cleaned({"q1": 5.0}, value_labels=labels), "sex") == [2]

    def test_words_that_contradict_the_scale_are_a_fault(self, cleaned):
        labels = {"q1": {1.0: "女", 2.0: "男"}}
        with pytest.raises(DataError, match=r"the file calls value 1 '女', which is code 2"):
            cleaned({"q1": 1.0}, value_labels=labels)

    def test_a_declared_missing_value_without_a_code_says_what_to_do(self, cleaned):
        with pytest.raises(DataError, match="the file declares this value missing"):
            cleaned({"q1": 77.0}, user_missing={"q1": ((70.0, 79.0),)})


def test_the_usual_answers_are_clean(cleaned):
    done = cleaned({})
    assert done.audit.empty
    assert done.responses["respondent"].to_list() == ["A1"]
    assert USUAL["q4"] == str(done.responses["score"][0])
