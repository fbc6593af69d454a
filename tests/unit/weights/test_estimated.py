"""Totals that are estimates: how estimates move with them, and the variance that adds."""

import numpy as np
import pytest

from survey.design.replicable import Multipliers
from survey.errors import WeightError
from survey.weights.estimated import (
    EstimatedStep,
    estimated_totals,
    extra_factor,
    replicate_totals,
    slopes,
)
from survey.weights.fitted import totals_step
from survey.weights.generalised import calibrate_totals
from survey.weights.replicated import Weighting, replicate_weights
from tests.calibration import OPTIONS, households

FRAME = households()
BASE = FRAME["base"].to_numpy()
X = np.column_stack([np.ones(len(FRAME)), FRAME["hours"], FRAME["income"]])
TOTALS = (BASE @ X) * [1.02, 1.05, 1.08]
NAMES = ("persons", "hours", "income")
Y = FRAME["score"].to_numpy()
CV = np.array([0.01, 0.02, 0.03]) * TOTALS
COVARIANCE = CV[:, None] * CV * np.array([[1, 0.5, 0.3], [0.5, 1, 0.2], [0.3, 0.2, 1]])
METHODS = [("linear", None), ("raking", None), ("logit", (0.3, 3)), ("linear", (0.8, 1.5))]


def estimated(covariance=COVARIANCE):
    return estimated_totals(TOTALS, covariance, names=NAMES, source="a larger survey")


def means(method, bounds, totals):
    """Total and mean of the score with weights calibrated to the totals."""
    done = calibrate_totals(BASE, X, totals, method=method, bounds=bounds, **OPTIONS)
    weighted = done.weights @ Y
    return done, np.array([weighted, weighted / done.weights.sum()])


def linearised(done, mean):
    return np.column_stack([Y, (Y - mean) / done.weights.sum()])


@pytest.mark.parametrize(("method", "bounds"), METHODS)
class TestSlopes:
    def test_are_the_derivatives_by_the_totals(self, method, bounds):
        done, values = means(method, bounds, TOTALS)
        got = slopes(done, X, linearised(done, values[1]))
        for place in range(3):
            step = np.zeros(3)
            step[place] = 1e-5 * TOTALS[place]
            up, down = (means(method, bounds, TOTALS + s * step)[1] for s in (1, -1))
            assert got[place] == pytest.approx((up - down) / (2 * step[place]), rel=1e-5)

    def test_extra_variance_is_the_slopes_around_the_covariance(self, method, bounds):
        done, values = means(method, bounds, TOTALS)
        linear = linearised(done, values[1])
        extra = extra_factor(estimated(), done, X, linear)
        by = slopes(done, X, linear)
        assert extra.T @ extra == pytest.approx(by.T @ COVARIANCE @ by, rel=1e-9)

    @pytest.mark.parametrize("mse", [True, False])
    def test_replicates_carry_the_same_variance(self, method, bounds, mse):
        """Replicates of a census (every multiplier 1): all that varies are the totals."""
        small = COVARIANCE * 1e-6  # small enough for calibration to be linear in the totals
        count, rscales = 8, np.array([1, 0, 2, 1, 1, 0.5, 1, 1])
        made = replicate_totals(estimated(small), scale=0.25, rscales=rscales, mse=mse)
        step = totals_step(BASE, X, TOTALS, method=method, bounds=bounds, **OPTIONS)
        ones = Multipliers(np.ones((1, count)), 0.25, rscales, mse, 5.0, "other")
        weighting = Weighting(BASE, {"calibration": EstimatedStep(step, made)})
        sets = replicate_weights(weighting, ones, np.zeros(len(BASE), dtype=int))
        values = np.concatenate([Y @ block / block.sum(axis=0) for _, block in sets.blocks()])
        done, full = means(method, bounds, TOTALS)
        used = rscales > 0
        centre = full[1] if mse else values[used].mean()
        variance = 0.25 * (rscales * (values - centre) ** 2).sum()
        extra = extra_factor(estimated(small), done, X, linearised(done, full[1]))[:, 1:]
        assert variance == pytest.approx((extra**2).sum(), rel=1e-3)


class TestEstimatedTotals:
    def test_post_stratification_to_estimates_has_the_textbook_variance(self):
        """Dever and Valliant (2010): the cells' means around the covariance of their totals."""
        cell = np.digitize(FRAME["age"], [35, 55])
        dummies = (cell[:, None] == np.arange(3)).astype(float)
        totals = np.array([9e3, 12e3, 11e3])
        covariance = np.diag([4e4, 9e4, 1e4]) - 5e3
        given = estimated_totals(totals, covariance, names=("a", "b", "c"), source="census")
        done = calibrate_totals(BASE, dummies, totals, method="linear", **OPTIONS)
        means = np.array([np.average(Y[cell == k], weights=BASE[cell == k]) for k in range(3)])
        extra = extra_factor(given, done, dummies, Y[:, None])
        assert (extra**2).sum() == pytest.approx(means @ covariance @ means, rel=1e-9)

    def test_an_auxiliary_the_others_explain_changes_nothing(self):
        more = np.column_stack([X, X[:, 0] + X[:, 1]])
        mix = np.vstack([np.eye(3), [1, 1, 0]])
        given = estimated_totals(
            mix @ TOTALS, mix @ COVARIANCE @ mix.T, names=(*NAMES, "both"), source="a survey"
        )
        done = calibrate_totals(BASE, more, mix @ TOTALS, method="raking", **OPTIONS)
        alone = calibrate_totals(BASE, X, TOTALS, method="raking", **OPTIONS)
        one = extra_factor(given, done, more, Y[:, None])
        other = extra_factor(estimated(), alone, X, Y[:, None])
        assert (one**2).sum() == pytest.approx((other**2).sum(), rel=1e-6)

    def test_a_covariance_that_is_none_is_refused(self):
        bent = COVARIANCE.copy()
        bent[0, 1] *= 3
        with pytest.raises(WeightError, match="not symmetric"):
            estimated(bent)
        with pytest.raises(WeightError, match="negative variances"):
            estimated(COVARIANCE - 2 * np.diag(CV**2))
        with pytest.raises(WeightError, match=r"has the shape \(2, 2\)"):
            estimated(COVARIANCE[:2, :2])

    def test_a_missing_total_is_named(self):
        with pytest.raises(WeightError, match="auxiliary 'hours' or its covariance is missing"):
            estimated_totals(
                np.array([1, np.nan, 3]), np.eye(3), names=NAMES, source="a larger survey"
            )

    def test_too_few_replicates_are_refused(self):
        with pytest.raises(WeightError, match=r"2 replicates cannot carry .* 3 estimated totals"):
            replicate_totals(estimated(), scale=1.0, rscales=np.ones(2), mse=True)
