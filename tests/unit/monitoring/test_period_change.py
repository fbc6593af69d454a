"""Change between two periods of scans."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from analysis.monitoring import change
from analysis.monitoring.change import cross, states
from survey.errors import EstimateError


def flags(**apps: int) -> pd.Series:
    return pd.Series({app: bool(value) for app, value in apps.items()})


def table(before: pd.Series, after: pd.Series) -> np.ndarray:
    """Apps by what they were before and after; an app that is not named was not seen."""
    apps = before.index.union(after.index)
    return cross(
        *(
            states(period.reindex(apps, fill_value=False), apps.isin(period.index))
            for period in (before, after)
        )
    )


def on_both(before, after, level):
    return change.on_both(table(before, after), level=level)


def on_all(before, after, level):
    return change.on_all(table(before, after), level=level)


BEFORE = flags(a=1, b=1, c=0, d=0, e=1, f=1, g=0)
AFTER = flags(a=1, b=0, c=0, d=1, e=0, f=0, x=1, y=1)


class TestOnBoth:
    def test_only_apps_of_both_periods_count(self):
        found = on_both(BEFORE, AFTER, level=0.95)
        assert (found.n, found.began, found.ceased) == (6, 1, 3)
        assert found.estimate == pytest.approx((1 - 3) / 6)

    def test_the_error_is_that_of_a_mean_of_differences(self):
        found = on_both(BEFORE, AFTER, level=0.95)
        both = ["a", "b", "c", "d", "e", "f"]
        differences = AFTER[both].astype(int) - BEFORE[both].astype(int)
        assert found.se == pytest.approx(differences.std(ddof=0) / np.sqrt(6))

    def test_the_test_is_the_exact_one_of_mcnemar(self):
        found = on_both(BEFORE, AFTER, level=0.95)
        assert found.p_value == pytest.approx(binomtest(1, 4, 0.5).pvalue)

    def test_without_a_common_app_it_is_refused(self):
        with pytest.raises(EstimateError, match="seen in both"):
            on_both(flags(a=1), flags(b=1), level=0.95)


class TestOnAll:
    def test_the_change_is_that_of_the_two_shares(self):
        assert on_all(BEFORE, AFTER, level=0.95).estimate == pytest.approx(4 / 8 - 4 / 7)

    def test_the_variance_takes_the_covariance_of_the_overlap_off(self):
        found = on_all(BEFORE, AFTER, level=0.95)
        p1, p2 = BEFORE.mean(), AFTER.mean()
        both = BEFORE.index.intersection(AFTER.index)
        c = ((BEFORE[both] - p1) * (AFTER[both] - p2)).sum() / (7 * 8)
        assert found.se**2 == pytest.approx(p1 * (1 - p1) / 7 + p2 * (1 - p2) / 8 - 2 * c)

    def test_with_the_same_apps_it_is_the_paired_one(self):
        after = flags(a=1, b=0, c=0, d=1, e=0, f=0, g=1)
        one, two = on_all(BEFORE, after, level=0.95), on_both(BEFORE, after, level=0.95)
        assert one.estimate == pytest.approx(two.estimate)
        assert one.se == pytest.approx(two.se)

    def test_without_overlap_the_variances_add_up(self):
        after = flags(p=1, q=0, r=0)
        found = on_all(BEFORE, after, level=0.95)
        assert found.se**2 == pytest.approx(4 / 7 * 3 / 7 / 7 + 1 / 3 * 2 / 3 / 3)

    def test_the_order_of_apps_does_not_matter(self):
        found = on_all(BEFORE, AFTER, level=0.95)
        assert on_all(BEFORE[::-1], AFTER, level=0.95).estimate == found.estimate
