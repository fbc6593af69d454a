"""Raking and bounded calibration: margins met, against R, and what cannot be met."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from survey.errors import WeightError
from survey.weights.calibrate import calibrate, weighted_margins
from tests import twin
from tests.ratios import margin

GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "design.json").read_text())


def run(base, classes, margins, **options):
    return calibrate(base, classes, margins, **({"tolerance": 1e-10, "most_sweeps": 500} | options))


@st.composite
def samples(draw):
    """A sample whose cells are all filled, so that any margins can be met."""
    sizes = draw(st.lists(st.integers(2, 4), min_size=1, max_size=3))
    cells = np.indices(sizes).reshape(len(sizes), -1)
    picks = np.random.default_rng(draw(st.integers(0, 9999)))
    extra = picks.integers(0, cells.shape[1], 30)
    classes = [np.r_[row, row[extra]] for row in cells]
    base = picks.uniform(0.2, 5, len(classes[0]))
    shares = [picks.dirichlet(np.full(size, 5.0)) for size in sizes]
    assume(all(share.min() > 0.02 for share in shares))
    return base, classes, [margin(f"m{k}", share * 1e6) for k, share in enumerate(shares)]


class TestRaking:
    @settings(max_examples=60, deadline=None)
    @given(samples())
    def test_meets_every_margin_to_the_tolerance(self, sample):
        base, classes, margins = sample
        done = run(base, classes, margins)
        for seen, one in zip(
            weighted_margins(done.weights, classes, margins), margins, strict=True
        ):
            assert np.abs(seen / one.counts - 1).max() <= 1e-10
        assert done.error <= 1e-10

    @settings(max_examples=20, deadline=None)
    @given(samples(), st.randoms(use_true_random=False))
    def test_any_row_order_gives_the_same_bytes(self, sample, random):
        base, classes, margins = sample
        order = list(range(len(base)))
        random.shuffle(order)
        one = run(base, classes, margins).weights
        other = run(base[order], [level[order] for level in classes], margins).weights
        assert one[order].tobytes() == other.tobytes()

    @settings(max_examples=20, deadline=None)
    @given(samples(), st.floats(0.01, 100))
    def test_the_scale_of_base_weights_does_not_matter(self, sample, scale):
        base, classes, margins = sample
        one, other = run(base, classes, margins), run(base * scale, classes, margins)
        assert one.weights == pytest.approx(other.weights, rel=1e-8)
        assert one.ratio == pytest.approx(other.ratio, rel=1e-8)

    def test_margins_that_no_weights_can_meet_name_margin_and_category(self):
        classes = [np.array([0, 0, 1]), np.array([0, 0, 1])]  # the two margins are one
        with pytest.raises(
            WeightError,
            match=r"margin '[ab]', category '[ab][01]' cannot be met: .* after 500 sweeps",
        ):
            run(np.ones(3), classes, [margin("a", [60, 40]), margin("b", [50, 50])])


class TestBounds:
    @pytest.mark.parametrize("place", [0, 1])
    def test_weights_are_those_of_r_calibrate_logit(self, place):
        want = GOLDEN["logit"][place]
        frame = twin.read_responses("2020H1")
        sex = frame["sex"].replace(3, 2)
        columns = [sex, frame["age_group"], frame["residence"]]
        margins = [
            margin("sex", [5.2e6, 4.8e6]),
            margin("age_group", [2.6e6, 3.5e6, 2.4e6, 1.5e6]),
            margin("residence", [7e6, 3e6]),
        ]
        classes = [column.to_numpy(int) - 1 for column in columns]
        done = run(frame["base_weight"].to_numpy(), classes, margins, bounds=want["bounds"])
        assert done.weights[:10] == pytest.approx(want["first"], rel=1e-8)
        assert [done.ratio.min(), done.ratio.max()] == pytest.approx(want["ratio"], rel=1e-8)

    @settings(max_examples=40, deadline=None)
    @given(samples(), st.floats(0.05, 0.6), st.floats(2.0, 6.0))
    def test_no_ratio_leaves_the_bounds_and_margins_hold(self, sample, low, high):
        base, classes, margins = sample
        try:
            done = run(base, classes, margins, bounds=(low, high))
        except WeightError as error:
            assert "cannot be met within the bounds" in str(error)  # noqa: PT017
            return
        assert low - 1e-12 <= done.ratio.min()
        assert done.ratio.max() <= high + 1e-12
        assert done.error <= 1e-10

    def test_bounds_that_are_too_tight_name_margin_category_and_bounds(self):
        classes = [np.array([0, 0, 0, 1])]
        with pytest.raises(WeightError) as caught:
            run(np.ones(4), classes, [margin("a", [20, 80])], bounds=(0.5, 2))
        assert "margin 'a', category 'a0' cannot be met within the bounds 0.5 to 2" in str(
            caught.value
        )
        assert "widen the bounds" in str(caught.value)

    def test_bounds_must_be_around_one(self):
        with pytest.raises(WeightError, match=r"ratio are 1\.2 to 3"):
            run(np.ones(2), [np.array([0, 1])], [margin("a", [1, 1])], bounds=(1.2, 3))
