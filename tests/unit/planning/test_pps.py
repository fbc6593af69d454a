"""Systematic PPS draws: every start enumerated, certainty units, what a draw depends on."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import DataError, UsageError
from survey.planning.draw_record import (
    Columns,
    changed_files,
    read_record,
    record_path,
    write_draw,
)
from survey.planning.frame import read_frame
from survey.planning.pps import draw_pps, inclusion_probabilities, systematic

measures = st.lists(st.floats(0.01, 1000), min_size=1, max_size=25)


def hit_by_all_starts(probability):
    """Length of the starts in [0, 1) that choose each unit: starts between the line's ends."""
    ends = np.cumsum(probability[probability < 1])[:-1]
    edges = np.unique(np.concatenate([[0.0], ends % 1, [1.0]]))
    hit = np.zeros(len(probability))
    for low, high in pairwise(edges):
        chosen = systematic(probability, (low + high) / 2)
        assert chosen.sum() == round(probability.sum())
        hit += (high - low) * chosen
    return hit


class TestInclusionProbabilities:
    @given(measures, st.floats(0, 1))
    def test_all_starts_together_give_every_unit_its_probability(self, measure, part):
        measure = np.array(measure)
        n = max(1, int(part * len(measure)))
        probability = inclusion_probabilities(measure, n)
        assert probability.sum() == pytest.approx(n)
        assert np.allclose(hit_by_all_starts(probability), probability, atol=1e-8)

    def test_proportional_to_size_by_hand(self):
        assert inclusion_probabilities(np.array([1.0, 3.0, 4.0, 2.0]), 2).tolist() == [
            0.2,
            0.6,
            0.8,
            0.4,
        ]

    def test_a_unit_larger_than_a_step_is_certain_and_the_rest_share_what_is_left(self):
        got = inclusion_probabilities(np.array([100.0, 1.0, 1.0, 2.0]), 2)
        assert got.tolist() == [1.0, 0.25, 0.25, 0.5]

    def test_certainty_of_one_can_make_another_certain(self):
        got = inclusion_probabilities(np.array([100.0, 10.0, 4.0, 4.0]), 3)
        assert got.tolist() == [1.0, 1.0, 0.5, 0.5]

    def test_all_units_wanted_are_all_certain(self):
        assert inclusion_probabilities(np.array([5.0, 1.0, 0.1]), 3).tolist() == [1.0, 1.0, 1.0]


FRAME = {
    "units": [f"u{i:02d}" for i in range(20)],
    "measure": [float(1 + i * 7 % 11) for i in range(20)],
    "strata": ["east"] * 12 + ["west"] * 8,
}


def chosen_units(draw, units):
    return sorted(unit for unit, chosen in zip(units, draw.chosen, strict=True) if chosen)


class TestDrawPps:
    def test_shuffled_rows_draw_the_same_units(self):
        order = np.random.default_rng(1).permutation(20)
        shuffled = {name: [column[i] for i in order] for name, column in FRAME.items()}
        one = draw_pps(FRAME["units"], FRAME["measure"], 7, 42, strata=FRAME["strata"])
        other = draw_pps(shuffled["units"], shuffled["measure"], 7, 42, strata=shuffled["strata"])
        assert chosen_units(one, FRAME["units"]) == chosen_units(other, shuffled["units"])

    def test_another_stratum_moves_nobody(self):
        sizes = {"east": 4, "west": 3}
        one = draw_pps(FRAME["units"], FRAME["measure"], sizes, 42, strata=FRAME["strata"])
        more = [*FRAME["units"], "v0", "v1"]
        other = draw_pps(
            more,
            [*FRAME["measure"], 1, 1],
            {**sizes, "new": 1},
            42,
            strata=[*FRAME["strata"], "new", "new"],
        )
        assert one.chosen.tolist() == other.chosen[:20].tolist()

    def test_another_seed_draws_others(self):
        drawn = {
            tuple(draw_pps(FRAME["units"], FRAME["measure"], 7, seed).chosen) for seed in range(20)
        }
        assert len(drawn) > 5

    def test_implicit_order_spreads_the_sample(self):
        county = [i % 4 for i in range(20)]
        draw = draw_pps(FRAME["units"], [1.0] * 20, 4, 3, order=[county])
        assert sorted(np.array(county)[draw.chosen]) == [0, 1, 2, 3]

    def test_one_size_is_split_in_proportion_to_the_measure(self):
        draw = draw_pps(list("abcdefgh"), [3.0] * 4 + [1.0] * 4, 4, 1, strata=list("xxxxyyyy"))
        assert draw.sizes == {"x": 2, "y": 2}
        draw = draw_pps(FRAME["units"], [3.0] * 12 + [0.5] * 8, 10, 1, strata=FRAME["strata"])
        assert draw.sizes == {"east": 8, "west": 2}

    def test_certainty_units_are_named(self):
        draw = draw_pps(list("abcd"), [50.0, 1.0, 1.0, 2.0], 2, 1)
        assert draw.certainty == ("a",)
        assert draw.probability.tolist() == [1.0, 0.25, 0.25, 0.5]

    def test_weights_estimate_the_number_of_units_without_bias(self):
        totals = []
        for seed in range(3000):
            draw = draw_pps(FRAME["units"], FRAME["measure"], 6, seed)
            totals.append((1 / draw.probability[draw.chosen]).sum())
        assert np.mean(totals) == pytest.approx(20, abs=4 * np.std(totals) / np.sqrt(3000))


class TestRefusals:
    def test_units_without_a_size_and_repeated_units_are_named_together(self):
        with pytest.raises(DataError) as caught:
            draw_pps(["a", "b", "b", "c"], [1.0, 0.0, 2.0, np.nan], 2, 1)
        assert [str(f).split("\n")[0] for f in caught.value.faults] == [
            "unit 'b' occurs more than once",
            "unit 'b' has the size 0",
            "unit 'c' has the size nan",
        ]

    def test_more_units_than_the_frame_has(self):
        with pytest.raises(UsageError, match="a sample of 5 cannot be split"):
            draw_pps(list("abcd"), [1.0] * 4, 5, 1)

    def test_strata_without_a_size_are_named(self):
        with pytest.raises(UsageError, match="stratum 'y': no units wanted") as caught:
            draw_pps(list("abcd"), [1.0] * 4, {"x": 1, "z": 1}, 1, strata=list("xxyy"))
        assert "stratum 'z' has a size but no units" in str(caught.value)


class TestRecord:
    def written(self, folder):
        lines = [f"{u},{m:g},{s}" for u, m, s in zip(*FRAME.values(), strict=True)]
        path = folder / "frame.csv"
        path.write_text("\n".join(["id,households,region", *lines]) + "\n", encoding="utf-8")
        draw = draw_pps(FRAME["units"], FRAME["measure"], 7, 42, strata=FRAME["strata"])
        columns = Columns("id", "households", strata=("region",))
        return draw, write_draw(read_frame(path), draw, columns, folder / "sample.csv")

    def test_holds_what_a_second_draw_needs(self, tmp_path):
        draw, path = self.written(tmp_path)
        record = read_record(path)
        sizes = {part["stratum"]: part["drawn"] for part in record["strata"]}
        again = draw_pps(
            FRAME["units"], FRAME["measure"], sizes, record["seed"], strata=FRAME["strata"]
        )
        assert again.chosen.tolist() == draw.chosen.tolist()
        assert {part["stratum"]: part["start"] for part in record["strata"]} == again.starts

    def test_sees_files_that_have_changed(self, tmp_path):
        _, path = self.written(tmp_path)
        assert changed_files(read_record(path), tmp_path) == []
        (tmp_path / "frame.csv").write_text("id,households\nx,1\n")
        (tmp_path / "sample.csv").unlink()
        assert changed_files(read_record(path), tmp_path) == ["frame.csv", "sample.csv"]

    def test_is_refused_where_it_is_none(self, tmp_path):
        path = record_path(tmp_path / "sample.csv")
        path.write_text(json.dumps({"kind": "shopping list"}))
        with pytest.raises(DataError, match="not the record of a draw"):
            read_record(path)

    def test_a_frame_with_a_column_of_weights_is_refused(self, tmp_path):
        path = tmp_path / "frame.csv"
        path.write_text("id,households,base_weight\na,1,1\nb,1,1\n", encoding="utf-8")
        draw = draw_pps(["a", "b"], [1.0, 1.0], 1, 1)
        with pytest.raises(DataError, match="already has the columns base_weight"):
            write_draw(read_frame(path), draw, Columns("id", "households"), tmp_path / "s.csv")
