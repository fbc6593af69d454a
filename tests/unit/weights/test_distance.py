"""The curves of calibration: their slopes, their integrals, their bounds."""

import numpy as np
import pytest
from scipy.integrate import quad

from survey.errors import WeightError
from survey.weights.distance import make_distance

CASES = [
    ("linear", None),
    ("raking", None),
    ("logit", (0.4, 2.5)),
    ("linear", (0.5, 2.0)),
    ("raking", (0.5, 2.0)),
    ("linear", (-0.5, 3.0)),
    ("raking", (0.0, 3.0)),
]
POINTS = np.array([-1.7, -0.6, -0.1, 0.0, 0.3, 0.65, 1.4])


@pytest.mark.parametrize(("method", "bounds"), CASES)
class TestCurve:
    def test_starts_at_one_with_slope_one(self, method, bounds):
        ratio, slope = make_distance(method, bounds).curve(np.zeros(1))
        assert ratio[0] == pytest.approx(1, rel=1e-14)
        assert slope[0] == pytest.approx(1, rel=1e-14)

    def test_slope_is_the_derivative(self, method, bounds):
        distance, step = make_distance(method, bounds), 1e-6
        numeric = (distance.curve(POINTS + step)[0] - distance.curve(POINTS - step)[0]) / (2 * step)
        assert distance.curve(POINTS)[1] == pytest.approx(numeric, rel=1e-6, abs=1e-9)

    def test_integral_is_the_area_under_the_curve(self, method, bounds):
        distance = make_distance(method, bounds)
        start = distance.integral(np.zeros(1))[0]
        for point in POINTS:
            area = quad(lambda u: distance.curve(np.array([u]))[0][0], 0, point, limit=200)[0]
            assert distance.integral(np.array([point]))[0] - start == pytest.approx(area, abs=1e-7)

    def test_no_ratio_leaves_the_bounds(self, method, bounds):
        low, high = bounds or (-np.inf, np.inf)
        ratio, _ = make_distance(method, bounds).curve(np.linspace(-50, 50, 101))
        assert low <= ratio.min()
        assert ratio.max() <= high
        assert np.isfinite(ratio).all()


class TestRefusals:
    def test_an_unknown_method_names_the_known_ones(self):
        with pytest.raises(WeightError, match="'rakin' is not known") as caught:
            make_distance("rakin")
        assert "one of linear, raking, logit" in str(caught.value)
        assert "did you mean 'raking'?" in str(caught.value)

    def test_logit_without_bounds(self):
        with pytest.raises(WeightError, match="'logit' needs bounds"):
            make_distance("logit")

    @pytest.mark.parametrize("bounds", [(1.1, 3), (0.2, 0.9), (2, 0.5), (np.nan, 2)])
    def test_bounds_that_are_not_around_one(self, bounds):
        with pytest.raises(WeightError, match="lower bound under 1 and an upper bound over 1"):
            make_distance("linear", bounds)

    def test_logit_with_an_infinite_bound(self):
        with pytest.raises(WeightError, match="both finite"):
            make_distance("logit", (0, np.inf))
