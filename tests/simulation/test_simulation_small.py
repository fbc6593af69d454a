"""The simulation in small: frozen populations, samples, verdicts, and defects that must fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.simulation import harness, measures, populations
from tests.simulation.cells import Cell, cells
from tests.simulation.defects import DEFECTS
from tests.simulation.harness import chunk, judged, recommended, sampled, summary
from tests.simulation.populations import ICC, SHARES, fingerprint, icc, load
from tests.simulation.samples import Plan, draw, draw_two, generator, make_universe

FEW_SAMPLES = 200
SLACK = 3.0  # Monte Carlo errors
MAIN = "rho 0.2, f 0.01, 10 PSUs"
FINITE = "rho 0.2, f 0.4, 10 PSUs"


class TestPopulations:
    @pytest.mark.parametrize("name", list(ICC))
    def test_shares_are_exactly_what_the_cells_say(self, name):
        population = load(name)
        found = {key: population.columns[key].mean() for key in SHARES}
        assert found == pytest.approx(SHARES, abs=2e-6)

    @pytest.mark.parametrize("answer", [*SHARES, "score"])
    @pytest.mark.parametrize(("name", "target"), list(ICC.items()))
    def test_people_of_one_psu_are_as_alike_as_the_cells_say(self, name, target, answer):
        population = load(name)
        found = icc(population.columns[answer], population.psu, population.region)
        assert found == pytest.approx(target, abs=5e-4)

    def test_intraclass_correlation_of_a_table_worked_by_hand(self):
        y, psu = np.array([1, 3, 5, 7, 6, 8.0]), np.array([0, 0, 1, 1, 2, 2])
        # between: 2 ((2 - 5)^2 + (6 - 5)^2 + (7 - 5)^2) / 2 = 14; within: (2 + 2 + 2) / 3 = 2
        assert icc(y, psu, np.zeros(3, dtype=int)) == pytest.approx((14 - 2) / (14 + 2))

    def test_another_population_under_the_same_name_is_refused(self, monkeypatch):
        monkeypatch.setattr(populations, "hashes", lambda: {"low": "0" * 64})
        with pytest.raises(ValueError, match="'low' is not the frozen one"):
            load.__wrapped__("low")

    def test_one_changed_answer_changes_the_fingerprint(self):
        arrays = {"score": np.array([1, 2, 3], dtype=np.uint8)}
        assert fingerprint(arrays) != fingerprint({"score": np.array([1, 2, 4], dtype=np.uint8)})


class TestSamples:
    def test_people_are_drawn_with_the_probability_their_weight_says(self):
        universe = make_universe(load("low"), Plan(2, 0.4, strata=6))
        counts = np.zeros(len(universe.population.psu))
        inverse = np.zeros_like(counts)
        rounds = 3000
        for number in range(rounds):
            sample = draw(universe, generator("probabilities", number))
            np.add.at(counts, sample.row, 1)
            inverse[sample.row] = sample.weight
        expected = rounds / inverse[universe.members]
        off = (counts[universe.members] - expected) / np.sqrt(expected)
        assert np.abs(off).max() < 4.5
        assert np.mean(off**2) == pytest.approx(1, abs=0.3)

    @pytest.mark.parametrize("psus", [0.0, 0.5, 1.0])
    @pytest.mark.parametrize("people", [0.0, 0.5, 1.0])
    def test_waves_share_the_psus_and_people_of_the_plan(self, psus, people):
        plan = Plan(10, 0.01, take=4, shared_psus=psus, shared_people=people)
        old, new = draw_two(make_universe(load("low"), plan), generator("shared", 1))
        assert np.isin(new.psu, old.psu).mean() == psus
        assert np.isin(new.row, old.row).mean() == pytest.approx(psus * people, abs=0.01)

    def test_a_sample_depends_on_its_cell_and_number_only(self):
        universe = cells()[MAIN].universe
        one, same = (draw(universe, generator(MAIN, 7)) for _ in range(2))
        other = draw(universe, generator(MAIN, 8))
        assert np.array_equal(one.row, same.row)
        assert not np.array_equal(one.row, other.row)


class TestMeasures:
    @pytest.mark.parametrize("cell", [MAIN, FINITE])
    def test_what_is_measured_is_what_the_public_methods_return(self, cell):
        sample = draw(cells()[cell].universe, generator(cell, 0))
        measured = measures.described(sample)
        survey = measures.survey_of(
            sample, answers=("rare", "half", "score", "amount", "quarter", "domain")
        )
        where = "domain == 1"
        public = {
            ("share .02", "beta"): survey.share("rare", interval="beta").rows.iloc[1],
            ("share .5", "logit"): survey.share("half").rows.iloc[1],
            ("mean", "t"): survey.mean("score").rows.iloc[0],
            ("ratio", "t"): survey.ratio("amount", "score").rows.iloc[0],
            ("total", "t"): survey.total("quarter").rows.iloc[0],
            ("mean of domain", "t"): survey.mean("score", where=where).rows.iloc[0],
            ("total of domain", "t"): survey.total("score", where=where).rows.iloc[0],
            ("share .25 of domain", "logit"): survey.share("quarter", where=where).rows.iloc[1],
            ("quantile 0.5", "mean"): survey.quantile("score", 0.5, interval="mean").rows.iloc[0],
        }
        for (name, kind), row in public.items():
            one = measured[name]
            told = [row["estimate"], row["df"], row["ci_low"], row["ci_high"]]
            assert [one.value, one.df, *one.bounds[kind]] == pytest.approx(told, rel=1e-9)

    def test_raked_weights_meet_the_margins_of_the_population(self):
        sample = draw(cells()["raked, rho 0.2, f 0.01, 10 PSUs"].universe, generator("raked", 0))
        weight, classes = measures.rake(sample)
        for margin, level in zip(measures.margins(sample.universe), classes, strict=True):
            assert np.bincount(level, weight) == pytest.approx(margin.counts, rel=1e-9)


def normal_samples(factor: float, number: int = 4000) -> harness.Samples:
    """Means with a known error; the claimed standard error is `factor` times the true one."""
    truth = cells()[MAIN].truth()["mean"]
    value = truth + 0.1 * np.random.default_rng(3).normal(size=(number, 1))
    se = np.full_like(value, 0.1 * factor)
    return harness.Samples(
        ("mean",), (("mean", "t"),), value, se, np.full_like(value, 200.0),
        value - 1.96 * se, value + 1.96 * se,
    )  # fmt: skip


class TestVerdicts:
    def test_right_errors_pass(self):
        row = judged(summary(cells()[MAIN], normal_samples(1.0))).iloc[0]
        assert row["ok"]
        assert row["ratio"] == pytest.approx(1, abs=4 * row["ratio_error"])
        assert row["ratio_error"] == pytest.approx(np.sqrt(2 / 4000), rel=0.1)

    @pytest.mark.parametrize("factor", [0.9, 1.15])
    def test_errors_that_are_too_small_or_too_large_fail(self, factor):
        row = judged(summary(cells()[MAIN], normal_samples(factor))).iloc[0]
        assert not row["coverage_ok"]
        assert not row["ratio_ok"]

    def test_a_sample_without_an_interval_is_a_miss(self):
        samples = normal_samples(1.0)
        missing = samples.low.copy()
        missing[:400] = np.nan
        row = summary(cells()[MAIN], replace(samples, low=missing)).iloc[0]
        assert row["without"] == pytest.approx(0.1)
        assert row["coverage"] < 0.9

    def test_limits_are_wider_below_30_degrees_of_freedom(self):
        rows = summary(cells()[MAIN], normal_samples(1.0)).assign(coverage=0.93)
        few, many = rows.assign(df=29.0), rows.assign(df=30.0)
        assert judged(few)["coverage_ok"].all()
        assert not judged(many)["coverage_ok"].any()

    def test_a_quantile_may_be_covered_always(self):
        rows = summary(cells()[MAIN], normal_samples(1.0))
        rows = rows.assign(statistic="quantile 0.5", coverage=1.0)
        assert judged(rows)["coverage_ok"].all()
        assert not judged(rows.assign(coverage=0.93))["coverage_ok"].any()

    def test_attrition_is_judged_by_the_bias_that_is_left(self):
        cell = cells()["attrition, rho 0.2, f 0.01, 10 PSUs"]
        rows = summary(cell, sampled(cell, range(3)))
        bias = np.where(rows["statistic"] == "second wave, adjusted", 0.1, 0.3)
        assert not judged(rows.assign(bias=bias))["ok"].any()
        assert judged(rows.assign(bias=bias * [1, 0.7]))["ok"].all()

    @pytest.mark.parametrize(
        ("statistic", "df", "interval"),
        [("share .02", 30, "beta"), ("share .02", 28, "logit"), ("share .25", 200, "logit"),
         ("mean", 5, "t"), ("share .02, trimmed", 99, "beta")],
    )  # fmt: skip
    def test_the_recommended_interval_is_judged(self, statistic, df, interval):
        assert recommended(statistic, df) == interval


class TestHarness:
    def test_chunks_together_are_one_run(self):
        whole = chunk((MAIN, 0, 4))[1]
        parts = harness.joined([chunk((MAIN, 0, 1))[1], chunk((MAIN, 1, 4))[1]])
        assert np.array_equal(whole.value, parts.value)
        assert np.array_equal(whole.high, parts.high)

    @pytest.mark.parametrize("name", sorted({defect.cell for defect in DEFECTS.values()}))
    def test_the_code_passes_where_defects_are_planted(self, name):
        rows = judged_of(cells()[name])
        failed = rows[rows["judged"] & ~rows["ok"]]
        assert failed.empty, failed.to_string()

    @pytest.mark.parametrize("name", list(DEFECTS))
    def test_a_planted_defect_fails(self, name):
        defect = DEFECTS[name]
        rows = judged_of(cells()[defect.cell], defect.measure)
        assert not rows.loc[rows["judged"], "ok"].all()


def judged_of(cell: Cell, measure=None):
    samples = sampled(cell, range(FEW_SAMPLES), measure)
    return judged(summary(cell, samples), slack=SLACK)
