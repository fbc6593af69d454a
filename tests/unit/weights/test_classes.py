"""Respondents in margin categories, and the policies for those outside."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from survey.errors import WeightError
from survey.weights.classes import classify
from survey.weights.margins import Margin
from tests import twin


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    return twin.instrument(tmp_path_factory.mktemp("twin"))


def margin(items, **counts):
    return Margin(
        name="x".join(items),
        items=items,
        levels=tuple(counts),
        counts=np.array(list(counts.values()), dtype=float),
        unit="persons",
        universe="adults",
        source="a census",
        dates=(dt.date(2020, 6, 30),),
    )


SEX = margin(("sex",), male=50, female=50)


def people(**columns):
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"respondent": [f"r{i}" for i in range(n)]})
    for name, values in columns.items():
        frame[name] = pd.array(values, dtype="Int64")
    return frame


def put(frame, margins, policies, instrument, base=None):
    base = np.ones(len(frame)) if base is None else np.asarray(base, dtype=float)
    return classify(frame, base, margins, policies, instrument, where="w.yml:9")


class TestAnswersWithoutTarget:
    def test_without_a_policy_both_sides_are_named(self, instrument):
        with pytest.raises(WeightError) as caught:
            put(people(sex=[1, 2, 3, None]), [SEX], {}, instrument)
        told = str(caught.value)
        assert "1 respondents answer sex = other, which has no target" in told
        assert "sex = blank" in told
        assert "expected sex one of male, female" in told

    def test_exclude_leaves_them_out_and_says_so(self, instrument):
        got = put(people(sex=[1, 2, 3]), [SEX], {"sex=other": "exclude"}, instrument)
        assert got.kept.tolist() == [True, True, False]
        assert "sex=other: 1 respondents excluded from weighting" in got.notes

    def test_own_class_gets_its_base_weighted_share_of_the_total(self, instrument):
        got = put(people(sex=[1, 2, 3]), [SEX], {"sex": "own_class"}, instrument, base=[4, 4, 2])
        assert got.margins[0].levels == ("male", "female", "other")
        assert got.margins[0].counts.tolist() == [40, 40, 20]
        assert got.classes[0].tolist() == [0, 1, 2]

    def test_impute_draws_a_known_answer_that_depends_on_the_id_only(self, instrument):
        frame = people(sex=[1, 1, 1, 2, None, None, 3])
        one = put(frame, [SEX], {"sex": "impute"}, instrument)
        other = put(frame.iloc[::-1], [SEX], {"sex": "impute"}, instrument)
        assert set(one.classes[0]) <= {0, 1}
        assert one.classes[0].tolist() == other.classes[0].tolist()[::-1]

    def test_a_combination_without_target_is_named(self, instrument):
        joint = margin(
            ("sex", "residence"), **{"male:urban": 5, "female:urban": 4, "male:rural": 3}
        )
        with pytest.raises(WeightError, match="1 respondents are in 'female:rural' of margin"):
            put(people(sex=[1, 2, 1, 2], residence=[1, 1, 2, 2]), [joint], {}, instrument)


class TestTargetsWithoutAnswer:
    def test_names_both_sides(self, instrument):
        with pytest.raises(WeightError) as caught:
            put(people(sex=[1, 1]), [SEX], {}, instrument)
        assert "margin 'sex' has a target for 'female' (50), and no respondent" in str(caught.value)
        assert "the sample has one of male" in str(caught.value)

    def test_excluded_by_policy_the_target_leaves_the_margin(self, instrument):
        got = put(people(sex=[1, 1]), [SEX], {"sex=female": "exclude"}, instrument)
        assert got.margins[0].levels == ("male",)
