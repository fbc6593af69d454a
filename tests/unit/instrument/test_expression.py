import pandas as pd
import pytest

from survey.errors import InstrumentError
from survey.instrument.expression import holds, names, parse

PEOPLE = pd.DataFrame({"age": pd.array([17, 20, None], dtype="Int64"), "sex": [1, 2, 1]})


class TestHolds:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("all", [True, True, True]),
            ("age >= 18", [False, True, False]),
            ("not age >= 18", [True, False, True]),
            ("age >= 18 or sex == 1", [True, True, True]),
            ("sex in (1, 3) and age < 18", [True, False, False]),
            ("sex not in (1,)", [False, True, False]),
            ("10 <= age < 18", [True, False, False]),
        ],
    )
    def test_conditions_hold_where_they_say(self, text, expected):
        assert holds(text, PEOPLE).tolist() == expected

    def test_an_unknown_item_is_named(self):
        with pytest.raises(InstrumentError, match="'agee'"):
            holds("agee > 3", PEOPLE)


class TestParse:
    @pytest.mark.parametrize(
        "text",
        ["__import__('os')", "age", "age + 1 > 3", "f(age) > 1", "age > ", "1 < 2", "age in sex"],
    )
    def test_anything_but_a_condition_is_refused(self, text):
        with pytest.raises(InstrumentError, match="is not a condition"):
            parse(text)

    def test_names_are_the_items_used(self):
        assert names("all and age >= 18 or sex in (1, 2)") == {"age", "sex"}


class TestComparison:
    def test_a_code_in_quotation_marks_is_told(self):
        with pytest.raises(InstrumentError, match="'age' and ''x'' cannot be compared"):
            holds("age < 'x'", pd.DataFrame({"age": pd.array([1, 2], "Int64")}))
