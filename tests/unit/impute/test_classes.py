"""Classes, how they are joined, and distances between respondents."""

import numpy as np
import pytest

from survey.errors import DataError
from survey.impute.classes import classes_of
from survey.impute.nearest import Auxiliaries, auxiliaries, neighbours
from tests.unit.impute.gaps_study import answers, gaps


def labels(frame, donors, variables=("kind", "sex"), *, least=2, uses=5):
    donors = np.asarray(donors, dtype=bool)
    return classes_of(
        frame, list(variables), donors, ~donors, least=least, uses=uses, instrument=gaps(), what="s"
    ).tolist()


class TestClasses:
    def test_a_class_with_enough_donors_stays(self):
        frame = answers({}, {}, {}, {"sex": 2}, {"sex": 2}, {"sex": 2})
        found = labels(frame, [1, 1, 0, 1, 1, 0])
        assert found == ["kind=1&sex=1"] * 3 + ["kind=1&sex=2"] * 3

    def test_one_with_too_few_is_joined_with_all_that_agree_before_the_last_variable(self):
        frame = answers({}, {}, {"sex": 2}, {"kind": 2}, {"kind": 2}, {"kind": 2})
        found = labels(frame, [1, 1, 0, 1, 1, 0])
        assert found == ["kind=1"] * 3 + ["kind=2&sex=1"] * 3

    def test_more_gaps_than_donors_may_fill_join_too(self):
        frame = answers({}, {}, {}, {}, {}, {"sex": 2}, {"sex": 2}, {"sex": 2})
        found = labels(frame, [1, 1, 0, 0, 0, 1, 1, 1], uses=1)
        assert set(found) == {"kind=1"}

    def test_a_class_without_gaps_needs_no_donors(self):
        frame = answers({}, {}, {}, {"sex": 2})
        assert labels(frame, [1, 1, 0, 1])[3] == "kind=1&sex=2"

    def test_a_missing_class_variable_is_a_level_of_its_own(self):
        frame = answers({"kind": 99}, {"kind": 98}, {"kind": -2})
        assert labels(frame, [1, 1, 0]) == ["kind=none&sex=1"] * 3

    def test_derived_variables_are_worked_out(self):
        frame = answers({"age": 20}, {"age": 25}, {"age": 39})
        assert labels(frame, [1, 1, 0], ["age_group"]) == ["age_group=1"] * 3

    def test_too_few_donors_of_all_is_an_error_with_the_counts(self):
        with pytest.raises(DataError, match="'s' has 1 donors for 2 missing answers"):
            labels(answers({}, {}, {}), [1, 0, 0])

    def test_those_who_neither_give_nor_get_have_no_class(self):
        found = classes_of(
            answers({}, {}, {}, {}), ["kind"], np.array([True, True, False, False]),
            np.array([False, False, True, False]), least=2, uses=1, instrument=gaps(),
        )  # fmt: skip
        assert found.tolist() == ["kind=1"] * 3 + [""]


class TestDistances:
    def test_gower_by_hand(self):
        frame = answers({"age": 20, "sex": 1}, {"age": 40, "sex": 2}, {"age": 30, "sex": 1})
        of = auxiliaries(frame, {"age": 1, "sex": 3}, np.ones(3, dtype=bool), gaps())
        found = of.distances(np.array([0]), np.array([1, 2]))
        assert found == pytest.approx(np.array([[(1 + 3) / 4, 0.5 / 4]]))

    def test_what_one_of_the_two_lacks_does_not_count(self):
        frame = answers({"age": -2, "sex": 1}, {"age": 40, "sex": 1}, {"age": 20, "sex": 2})
        of = auxiliaries(frame, {"age": 5, "sex": 1}, np.ones(3, dtype=bool), gaps())
        assert of.distances(np.array([0]), np.array([1, 2])).tolist() == [[0.0, 1.0]]

    def test_nothing_in_common_is_as_far_as_can_be(self):
        of = Auxiliaries(np.array([[np.nan], [3.0]]), np.array([True]), np.ones(1), np.ones(1))
        assert of.distances(np.array([0]), np.array([1])).tolist() == [[1.0]]

    def test_neighbours_are_those_of_a_full_sort_and_stay_in_their_class(self):
        rng = np.random.default_rng(4)
        values = rng.normal(size=(40, 1))
        of = Auxiliaries(values, np.array([False]), np.ones(1), np.array([10.0]))
        label = np.where(np.arange(40) % 2, "a", "b")
        places, distance = neighbours(of, np.arange(10), np.arange(10, 40), label, rng.random(40))
        for row in range(10):
            inside = [d for d in range(10, 40) if label[d] == label[row]]
            by_hand = sorted(inside, key=lambda d, row=row: abs(values[d, 0] - values[row, 0]))
            shown = places[row][places[row] >= 0] + 10
            assert shown.tolist() == by_hand
            assert np.isinf(distance[row][len(by_hand) :]).all()
