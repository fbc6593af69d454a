"""The simulation of imputation in small: errors that ignore it are too small, ours are not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.simulation.imputation import DOMAINS, LOST, measured, population, sample, summary

SAMPLES = 60
ERROR = np.sqrt(2 / (SAMPLES - 1))  # Monte Carlo error of a variance, relative


@cache
def found() -> pd.DataFrame:
    rows = pd.concat(measured(k, "hot deck", ("none", "rao_shao")) for k in range(SAMPLES))
    return summary(rows).set_index(["method", "domain"])


class TestSamples:
    def test_three_in_ten_scores_are_lost(self):
        lost = np.mean([(sample(k)["score"] == -2).mean() for k in range(20)])
        share = np.bincount(population().columns["kind"], minlength=5)[1:] / 80_000
        assert lost == pytest.approx(share @ LOST, abs=0.02)

    def test_a_sample_is_the_same_again(self):
        pd.testing.assert_frame_equal(sample(5), sample(5))


class TestErrors:
    @pytest.mark.parametrize("domain", DOMAINS)
    def test_estimates_are_where_the_truth_is(self, domain):
        assert abs(found().loc[("rao_shao", domain), "bias"]) < 3 / np.sqrt(SAMPLES)

    @pytest.mark.parametrize("domain", DOMAINS)
    def test_estimated_and_true_variance_agree(self, domain):
        assert found().loc[("rao_shao", domain), "ratio"] == pytest.approx(1, abs=3 * ERROR)

    def test_taking_imputed_answers_for_real_promises_too_much(self):
        ratio = found()["ratio"]
        assert ratio["none", "kind=four"] < 1 - 2 * ERROR
        assert ratio["none", "all"] < 0.8 * ratio["rao_shao", "all"]
