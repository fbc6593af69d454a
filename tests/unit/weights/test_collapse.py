"""Small categories are joined in the declared order, logged, and frozen."""

import numpy as np
import pytest

from survey.errors import WeightError
from survey.weights.collapse import Small, adjacent, collapse
from tests.ratios import margin

AGES = margin("age", [100, 200, 300, 400])  # age0 to age3


def joined(sizes, order, *, counts=AGES, small=None):
    classes = np.repeat(np.arange(len(sizes)), sizes)
    return collapse(
        counts, classes, np.ones(len(classes)), order=order, small=small or Small(respondents=10)
    )


class TestCollapse:
    def test_nothing_is_joined_where_nothing_is_small(self):
        done = joined([10, 20, 30, 40], adjacent(AGES.levels))
        assert done.groups == (0, 1, 2, 3)
        assert done.log == ()
        assert done.apply(AGES).levels == AGES.levels

    def test_a_small_category_goes_where_the_order_says(self):
        done = joined([10, 4, 30, 40], [("age1", "age2"), ("age1", "age0")])
        assert done.groups == (0, 1, 1, 2)
        made = done.apply(AGES)
        assert made.levels == ("age0", "age1+age2", "age3")
        assert made.counts.tolist() == [100, 500, 400]
        assert done.classes(np.array([0, 1, 2, 3, -1])).tolist() == [0, 1, 1, 2, -1]

    def test_every_join_is_logged_with_its_reason(self):
        done = joined([10, 4, 30, 40], [("age1", "age2")])
        assert str(done.log[0]) == (
            "'age1' joined with 'age2': few respondents (4 respondents, adjustment 4.2)"
        )

    def test_joined_categories_that_are_still_small_go_on_as_one(self):
        done = joined([3, 3, 3, 40], [("age0", "age1"), ("age1", "age2"), ("age2", "age3")])
        assert done.apply(AGES).levels == ("age0+age1+age2+age3",)
        assert [join.level for join in done.log] == ["age0", "age0+age1", "age0+age1+age2"]

    def test_a_large_adjustment_is_a_reason_of_its_own(self):
        done = joined(
            [60, 20, 30, 40], adjacent(AGES.levels), small=Small(respondents=10, adjustment=3)
        )
        assert [join.reason for join in done.log] == ["large adjustment"]
        assert done.log[0].adjustment == pytest.approx(100 / 60 / (1000 / 150))

    def test_an_empty_category_can_be_joined(self):
        done = joined([10, 0, 30, 40], [("age1", "age0")])
        assert done.apply(AGES).levels == ("age0+age1", "age2", "age3")
        assert done.log[0].adjustment == np.inf

    def test_ordered_categories_join_the_one_before(self):
        assert adjacent(["a", "b", "c"]) == (("c", "b"), ("b", "a"), ("a", "b"), ("b", "c"))

    def test_a_small_category_without_a_join_is_named(self):
        with pytest.raises(WeightError) as caught:
            joined([10, 4, 30, 5], [("age0", "age1")])
        text = str(caught.value)
        assert "category 'age1' is small (few respondents: 4 respondents" in text
        assert "category 'age3' is small" in text
        assert "at least 10 respondents" in text

    def test_a_join_of_an_unknown_category_is_named(self):
        with pytest.raises(WeightError, match="names the category 'age9'"):
            joined([10, 10, 30, 50], [("age9", "age1")])

    def test_a_margin_with_other_categories_is_refused(self):
        done = joined([10, 4, 30, 40], [("age1", "age2")])
        with pytest.raises(WeightError, match="has other categories"):
            done.apply(margin("sex", [1, 2]))
