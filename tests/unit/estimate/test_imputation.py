"""Errors of estimates from imputed answers, against formulas done by hand and against R."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.rubin import _combine_family, combine
from analysis.estimate.variance import Ratios
from analysis.estimate.wave import estimate_wave
from tests.unit.estimate.imputed_wave import Done, made
from tests.unit.impute.gaps_study import WAVE

GOLDEN = Path(__file__).parents[2] / "golden" / "imputation"


def by_hand(of: Done, item_gaps: dict[str, list[str]], domain: str, statistic: str) -> float:
    """Standard error by moving the weights of one PSU at a time, all sums written out.

    A recipient's part of a sum moves with the weighted mean that the donors of its class would
    give it: the shift of Rao and Shao. `item_gaps`: step -> its items.
    """
    people, weight = of.people, of.weighted.weights.set_index("respondent")
    w = weight.loc[people["respondent"], "weight"].to_numpy()
    d = weight.loc[people["respondent"], "base_weight"].to_numpy()
    name, _, level = domain.partition("=")
    code = {"one": 1, "two": 2, "three": 3, "four": 4}.get(level)

    def parts(answers) -> tuple[float, float]:
        """Numerator and base of one respondent with these answers."""
        inside = code is None or answers[name] == code
        score = answers["score"]
        counts = inside and 0 <= score <= 10
        value = float(score >= 7) if statistic == "share" else float(score)
        in_base = inside and (counts or (statistic == "share" and score != -3))
        return (value if counts else 0.0), float(in_base)

    records = people[["sex", "kind", "score"]].astype(int).to_dict("records")
    own = np.array([parts(record) for record in records])
    place = {key: k for k, key in enumerate(people["respondent"])}
    swaps = []  # recipient, its class's donors, and its parts with each donor's answers
    for step, items in item_gaps.items():
        told = of.table[of.table["step"] == step]
        cells = told.drop_duplicates("respondent").set_index("respondent")["cell"]
        donors = sorted(told.loc[told["donor"], "respondent"].unique())
        got = told[told["imputed"]].groupby("respondent")["item"].agg(list)
        for respondent, lacking in got.items():
            assert set(lacking) <= set(items)
            pool = [place[k] for k in donors if cells[k] == cells[respondent]]
            tried = [
                parts({**records[place[respondent]], **{i: records[k][i] for i in lacking}})
                for k in pool
            ]
            swaps.append((place[respondent], np.array(pool), np.array(tried)))
    psu = people["psu"].to_numpy(str)
    start = [np.average(tried, axis=0, weights=d[pool]) for _, pool, tried in swaps]

    def ratio(factor: np.ndarray) -> float:
        sums = ((w * factor)[:, None] * own).sum(axis=0)
        for (row, pool, tried), before in zip(swaps, start, strict=True):
            now = np.average(tried, axis=0, weights=(d * factor)[pool])
            sums = sums + w[row] * factor[row] * (now - before)
        return sums[0] / sums[1]

    variance, step_size = 0.0, 1e-5
    for region in sorted({label.split("-")[0] for label in psu}):
        moved = []
        for unit in sorted({label for label in psu if label.split("-")[0] == region}):
            up, down = (1 + sign * step_size * (psu == unit) for sign in (1, -1))
            moved.append((ratio(up) - ratio(down)) / (2 * step_size))
        n, values = len(moved), np.array(moved)
        variance += n / (n - 1) * ((values - values.mean()) ** 2).sum()
    return float(np.sqrt(variance))


class TestRaoShao:
    @pytest.mark.parametrize(
        ("steps", "gaps_of"),
        [
            (("score",), {"score": ["score"]}),
            (("sex",), {"sex": ["sex"]}),
            (("sex", "score"), {"sex": ["sex"], "score": ["score"]}),
            (("both",), {"sex+score": ["sex", "score"]}),
        ],
    )
    @pytest.mark.parametrize(("domain", "statistic"), [("all", "mean"), ("sex=one", "share")])
    def test_it_is_the_shift_of_class_means_written_out(self, steps, gaps_of, domain, statistic):
        of = made(*steps)
        rows = of.rows()
        row = rows[(rows["domain"] == domain) & (rows["statistic"] == statistic)].iloc[0]
        assert row["se"] == pytest.approx(by_hand(of, gaps_of, domain, statistic), rel=1e-6)

    def test_it_is_near_the_adjusted_jackknife_of_the_paper(self):
        of = made("score")
        people, table = of.people, of.table
        d, psu = people["base_weight"].to_numpy(), people["psu"].to_numpy(str)
        y = people["score"].to_numpy(float)
        got = people["respondent"].isin(table.loc[table["imputed"], "respondent"]).to_numpy()
        kind = people["kind"].to_numpy(int)
        full = np.average(y, weights=d)
        variance = 0.0
        for unit in np.unique(psu):
            kept = np.where(psu == unit, 0.0, d)
            same = np.char.startswith(psu, unit.split("-")[0] + "-")
            units = len(np.unique(psu[same]))
            kept = np.where(same, kept * units / (units - 1), kept)
            moved = y.copy()
            for one in np.unique(kind):
                giving = (kind == one) & ~got
                shift = np.average(y[giving], weights=kept[giving]) - np.average(
                    y[giving], weights=d[giving]
                )
                moved[(kind == one) & got] += shift
            there = kept > 0
            away = np.average(moved[there], weights=kept[there]) - full
            variance += (units - 1) / units * away**2
        row = of.rows()[of.rows()["statistic"] == "mean"].iloc[0]
        assert row["se"] == pytest.approx(np.sqrt(variance), rel=0.02)

    def test_it_adds_to_the_error_that_takes_imputed_answers_for_real(self):
        of = made("score")
        naive = of.rows(of.estimates(impute_variance="none"))
        assert (of.rows()["se"] > naive["se"]).all()

    def test_respondents_linked_to_another_wave_carry_it_too(self):
        of = made("score")
        done = estimate_wave(
            of.people, of.weighted.weights, of.weighted.record, of.instrument, WAVE,
            kind="simulated", imputed=of.table, linked=True,
        )  # fmt: skip
        by_person = done.linked.values
        psu = done.linked.design.psu
        totals = np.array([by_person[psu == unit].sum(axis=0) for unit in range(psu.max() + 1)])
        strata = done.linked.design.stratum
        variance = np.zeros(by_person.shape[1])
        for stratum in np.unique(strata):
            part = totals[strata == stratum]
            spread = ((part - part.mean(axis=0)) ** 2).sum(axis=0)
            variance += len(part) / (len(part) - 1) * spread
        shown = (done.rows["se"] > 0).to_numpy()
        assert np.sqrt(variance[shown]) == pytest.approx(done.rows["se"][shown].to_numpy())


class TestRubin:
    def test_the_rules_agree_with_r(self):
        golden = json.loads((GOLDEN / "rubin.json").read_text())
        with (GOLDEN / "rubin_input.csv").open() as file:
            given = list(csv.DictReader(file))
        for case in {row["case"] for row in given}:
            rows = [row for row in given if row["case"] == case]
            values, within = (
                np.array([[float(row[name])] for row in rows]) for name in ("estimate", "variance")
            )
            done = combine(values, within, np.array([float(rows[0]["complete"])]))
            told = golden[case]
            assert done.value[0] == pytest.approx(told["value"], rel=1e-12)
            assert done.variance[0] == pytest.approx(told["variance"], rel=1e-12)
            assert done.df[0] == pytest.approx(told["df"], rel=1e-9)
            large = combine(values, within, np.array([1e15]))
            assert large.df[0] == pytest.approx(told["df_large"], rel=1e-5)

    def test_imputations_that_agree_leave_the_error_of_the_design(self):
        done = combine(np.full((5, 1), 3.0), np.full((5, 1), 0.04), np.array([20.0]))
        assert (done.value[0], done.variance[0], done.df[0]) == (3.0, pytest.approx(0.04), 20.0)

    def test_imputations_add_to_the_error_and_take_degrees_of_freedom(self):
        of = made("score")
        rows = of.rows(of.estimates(impute_variance="multiple"))
        naive = of.rows(of.estimates(impute_variance="none"))
        assert rows["se"].iloc[0] > naive["se"].iloc[0]
        assert (rows["df"] < naive["df"]).all()

    def test_the_joint_covariance_is_within_plus_between_written_out(self):
        rng = np.random.default_rng(8)
        draws, units, shape = 4, 30, (2, 3)
        sets, tables, inside = [], [], np.zeros((6, 6))
        for _ in range(draws):
            factor, value = rng.normal(size=(units, *shape)), rng.normal(size=shape)
            variance = (factor**2).sum(axis=0)
            one = np.ones(shape)
            base = np.full(shape[0], 50.0)
            sets.append([[Ratios(value, np.sqrt(variance), one, base, base, base, one, factor)]])
            tables.append(value.ravel())
            flat = factor.reshape(units, -1)
            inside += flat.T @ flat / draws
        result = [list(by_place) for by_place in sets[0]]
        _combine_family([(0, 0)], sets, sets[0], result)
        between = np.cov(np.array(tables).T)
        expected = inside + (1 + 1 / draws) * between
        found = result[0][0].factor.reshape(-1, 6)
        assert found.T @ found == pytest.approx(expected, rel=1e-9)
        assert result[0][0].estimate.ravel() == pytest.approx(np.mean(tables, axis=0))
        assert result[0][0].se.ravel() ** 2 == pytest.approx(expected.diagonal(), rel=1e-9)

    def test_rows_without_gaps_keep_estimate_error_and_degrees_of_freedom(self):
        of = made("score")
        plain = of.estimates(impute_variance="none").rows
        multiple = of.estimates(impute_variance="multiple").rows
        for name in ("estimate", "se", "df"):
            issues = plain["indicator"] == "issues"
            pd.testing.assert_series_equal(
                multiple.loc[issues, name], plain.loc[issues, name], rtol=1e-9
            )
