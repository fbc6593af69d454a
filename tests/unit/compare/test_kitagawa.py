"""The split of a change: parts add up, and their errors are R's."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.compare.kitagawa import kitagawa
from analysis.estimate.parts import split_change
from analysis.estimate.survey import Survey
from survey.errors import EstimateError
from tests import twin

ROOT = Path(twin.__file__).parent
GOLDEN = json.loads((ROOT / "golden" / "change.json").read_text())["kitagawa"]
OLD, NEW = (pd.read_csv(ROOT / "data" / "change" / f"{name}.csv") for name in ("old", "new"))


def waves(old=OLD, new=NEW):
    return {
        name: Survey(frame, weight="w", strata="stratum", psu="psu")
        for name, frame in (("old", old), ("new", new))
    }


def shared_psus():
    keep = {psu for psu in set(OLD["psu"]) & set(NEW["psu"]) if psu[0] != "e"}
    return waves(*(frame[frame["psu"].isin(keep)] for frame in (OLD, NEW)))


class TestKitagawa:
    @given(st.integers(0, 9999), st.integers(1, 8), st.sampled_from(["average", "old"]))
    def test_parts_add_to_the_change(self, seed, groups, standard):
        draws = np.random.default_rng(seed)
        p1, p2 = draws.dirichlet(np.ones(groups), size=2)
        m1, m2 = draws.uniform(0, 10, size=(2, groups))
        parts = kitagawa(p1, m1, p2, m2, standard=standard)
        assert sum(part.value for part in parts) == pytest.approx(p2 @ m2 - p1 @ m1, abs=1e-12)

    @pytest.mark.parametrize("standard", ["average", "old"])
    def test_gradients_are_the_slopes_of_the_parts(self, standard):
        at = [np.array(v) for v in ([0.3, 0.7], [4.0, 6.0], [0.4, 0.6], [5.0, 5.5])]
        step = 1e-6
        for k, part in enumerate(kitagawa(*at, standard=standard)):
            told = np.r_[part.old, part.new]
            for place in range(8):
                up, down = ([v.copy() for v in at] for _ in range(2))
                up[place // 2][place % 2] += step
                down[place // 2][place % 2] -= step
                rise = [kitagawa(*x, standard=standard)[k].value for x in (up, down)]
                assert told[place] == pytest.approx((rise[0] - rise[1]) / (2 * step), abs=1e-8)

    def test_same_shares_leave_no_composition(self):
        parts = kitagawa([0.5, 0.5], [1, 2], [0.5, 0.5], [3, 4])
        assert [part.value for part in parts] == [0.0, 2.0]

    def test_arrays_of_different_groups_are_refused(self):
        with pytest.raises(EstimateError, match="2, 2, 1 and 1 groups"):
            kitagawa([0.5, 0.5], [1, 2], [1.0], [3])


class TestSplitChange:
    @pytest.mark.parametrize("part", ["composition", "within"])
    def test_errors_are_those_of_stacked_linearised_values(self, part):
        rows = split_change(shared_psus(), "y", "age", overlap="psu", unit="psu")
        row = rows.set_index("category").loc["within groups" if part == "within" else part]
        assert row["estimate"] == pytest.approx(GOLDEN[part]["estimate"], rel=1e-8)
        assert row["se"] == pytest.approx(GOLDEN[part]["se"], rel=1e-6)

    def test_the_whole_is_the_change_of_the_mean(self):
        from analysis.estimate.waves import ask_waves

        rows = split_change(waves(), "y", "age", overlap="psu", unit="psu")
        whole = rows.set_index("category").loc["change"]
        want = ask_waves(waves(), lambda s: s.mean("y"), overlap="psu", unit="psu").changes()
        assert whole["estimate"] == pytest.approx(want["estimate"].iloc[0], abs=1e-12)
        assert whole["se"] == pytest.approx(want["se"].iloc[0], rel=1e-10)

    def test_shares_are_split_answer_by_answer(self):
        rows = split_change(waves(), "x", "age", statistic="share").set_index("category")
        for answer in "abc":
            parts = rows.loc[f"{answer}: composition"], rows.loc[f"{answer}: within groups"]
            total = sum(part["estimate"] for part in parts)
            assert total == pytest.approx(rows.loc[f"{answer}: change", "estimate"], abs=1e-12)

    def test_a_group_of_one_wave_only_is_named(self):
        new = NEW.assign(age=NEW["age"].where(NEW["id"] != NEW["id"].iloc[0], 9))
        with pytest.raises(EstimateError, match="1 groups of 'age' are in one wave only: 9"):
            split_change(waves(new=new), "y", "age")
