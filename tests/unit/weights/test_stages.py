"""Base weights from selection, by hand."""

import numpy as np
import pytest

from survey.errors import WeightError
from survey.weights.stages import (
    Multiplicity,
    equal_chance,
    inclusion_probabilities,
    pps_chance,
    selection_weights,
)


class TestSelectionWeights:
    def test_are_the_inverse_of_the_product_of_chances_by_hand(self):
        # towns 2 of 40 by size 3,000 of 60,000: .1; households 20 of 1,000: .02; 2 lines; 1 of 3
        stages = [pps_chance("town", [3000], 60000, 2), equal_chance("household", [20], 1000)]
        made = selection_weights(
            stages,
            lines=Multiplicity("lines", np.array([2.0]), cap=None),
            members=Multiplicity("adults", np.array([3.0]), cap=None),
        )
        assert made.weights == pytest.approx([3 / (0.1 * 0.02 * 2)])

    def test_caps_count_large_numbers_as_the_cap_and_say_how_many(self):
        made = selection_weights(
            [equal_chance("household", [1, 1], 10)],
            members=Multiplicity("adults", np.array([9.0, 2.0]), cap=4),
        )
        assert made.weights == pytest.approx([40, 20])
        assert made.notes == ("adults: 1 over 4, counted as 4",)

    def test_a_missing_number_of_lines_needs_a_declared_meaning(self):
        stages = [equal_chance("household", [1, 1], 10)]
        lines = np.array([np.nan, 2.0])
        with pytest.raises(WeightError, match="'lines' is missing in 1 rows, first in row 1"):
            selection_weights(stages, lines=Multiplicity("lines", lines, cap=3))
        made = selection_weights(stages, lines=Multiplicity("lines", lines, cap=3, missing=1))
        assert made.weights == pytest.approx([10, 5])
        assert made.notes == ("lines: 1 missing, taken as 1",)

    def test_faults_of_lines_and_members_come_together(self):
        with pytest.raises(WeightError) as caught:
            selection_weights(
                [equal_chance("household", [1, 1], 10)],
                lines=Multiplicity("lines", np.array([0.0, 1.0]), cap=None),
                members=Multiplicity("adults", np.array([1.0, np.nan]), cap=None),
            )
        assert len(caught.value.faults) == 2


class TestChances:
    def test_more_drawn_than_available_names_the_row(self):
        with pytest.raises(WeightError, match=r"stage 'town'.*first: row 2 has 1\.5"):
            equal_chance("town", [1, 3], [2, 2])

    def test_a_unit_larger_than_the_interval_is_a_fault_unless_taken_for_certain(self):
        with pytest.raises(WeightError, match=r"first: row 1 has 1\.2"):
            pps_chance("town", [60], 100, 2)
        assert pps_chance("town", [60, 20], 100, 2, certainty=True).values.tolist() == [1, 0.4]


class TestInclusionProbabilities:
    def test_take_large_units_for_certain_until_none_exceeds_one_by_hand(self):
        # 4 of (100, 30, 10, 10, 10): 100 certain; then 3 of 60: 30 -> 1.5 certain; then 2 of 30
        got = inclusion_probabilities([100, 30, 10, 10, 10], 4)
        assert got == pytest.approx([1, 1, 2 / 3, 2 / 3, 2 / 3])

    def test_add_up_to_the_number_drawn(self):
        sizes = np.random.default_rng(4).lognormal(0, 2, 200)
        assert inclusion_probabilities(sizes, 50).sum() == pytest.approx(50)

    def test_a_draw_of_the_whole_frame_is_certain(self):
        assert inclusion_probabilities([1, 2, 3], 3).tolist() == [1, 1, 1]

    def test_more_than_the_frame_is_refused(self):
        with pytest.raises(WeightError, match="4 units cannot be drawn"):
            inclusion_probabilities([1, 2, 3], 4)
