"""Estimates from one table of cells: against respondents' path, against R, against slow loops."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.cell_replicates import replicate_means, reraked_means
from analysis.estimate.cells import CellSample
from analysis.estimate.quantity import Quantity
from analysis.estimate.variance import Linearised, make_sample
from survey.design import kernels
from survey.design.build import make_design
from survey.design.engines import psu_cell_totals
from survey.design.multipliers import Multipliers, rao_wu
from survey.errors import EstimateError, WeightError
from survey.weights.calibrate import calibrate, weighted_margins
from survey.weights.weigh import CLASS, weigh
from tests import twin
from tests.ratios import margin

GOLDEN = Path(twin.__file__).parent / "golden"
SIZES = {"sex": 2, "age": 4, "edu": 3}
ITEMS = ("score", "member", "rating")


def people(n: int = 3_000, seed: int = 3) -> pd.DataFrame:
    picks = np.random.default_rng(seed)
    unit = picks.integers(0, 60, n)
    rating = picks.integers(1, 6, n).astype(float)
    rating[picks.random(n) < 0.2] = np.nan
    return pd.DataFrame(
        {
            "psu": unit,
            "stratum": unit % 6,
            "region": unit % 3,
            "sex": picks.integers(0, 2, n),
            "age": np.minimum(picks.integers(0, 4, n) + (unit % 5 == 0), 3),
            "edu": picks.integers(0, 3, n),
            "weight": picks.lognormal(0, 0.6, n),
            "score": np.clip(picks.integers(0, 11, n) - unit % 4, 0, 10),
            "member": (picks.random(n) < 0.3).astype(int),
            "rating": rating,
        }
    )


def targets(frame: pd.DataFrame, seed: int = 8) -> list:
    picks = np.random.default_rng(seed)
    shares = {}
    for name, size in SIZES.items():
        share = np.bincount(frame[name], frame["weight"], size) * picks.uniform(0.7, 1.3, size)
        shares[name] = share / share.sum()
    found = [margin(name, shares[name] * 1e6) for name in SIZES]
    return [
        m.__class__(**{**vars(m), "levels": tuple(map(str, range(len(m.counts))))}) for m in found
    ]


def table_of(frame: pd.DataFrame, values=ITEMS, **options):
    return psu_cell_totals(
        frame,
        psu="psu",
        cells=["region", *SIZES],
        strata=["stratum"],
        weight="weight",
        values=values,
        **options,
    )


def by_respondents(frame, item, by, **options):
    """The first path: ratios by domain from one number per respondent."""
    y = frame[item].to_numpy(float)
    inside = ~np.isnan(y)
    keys = frame[by].astype(str).agg("&".join, axis=1) if by else pd.Series("all", frame.index)
    level, words = pd.factorize(keys, sort=True)
    quantity = Quantity(
        "q", "mean", ("",), "all", "", np.where(inside, y, 0)[:, None], inside.astype(int), ""
    )
    design = make_design(
        frame.index.astype(str), strata={"s": frame["stratum"]}, psu=frame["psu"].to_numpy()
    )
    sample = make_sample(design, **options)
    return Linearised(sample, [Breakdown(tuple(words), level)]).estimate(quantity)[0]


class TestLinearised:
    @pytest.mark.parametrize("by", [[], ["region"], ["region", "sex"], ["edu"]])
    @pytest.mark.parametrize("residuals", ["final", "base", "none"])
    def test_raked_means_are_those_of_respondents(self, by, residuals):
        frame = people()
        margins = targets(frame)
        done = calibrate(
            frame["weight"].to_numpy(),
            [frame[name].to_numpy() for name in SIZES],
            margins,
            tolerance=1e-10,
            most_sweeps=500,
        )
        got = CellSample(table_of(frame), margins=margins).means(by, residuals=residuals)
        for place, item in enumerate(ITEMS):
            want = by_respondents(
                frame,
                item,
                by,
                weight=done.weights,
                base_weight=frame["weight"].to_numpy(),
                classes=[frame[name].to_numpy() for name in SIZES],
                residuals=residuals,
            )
            assert got.estimate[:, place] == pytest.approx(want.estimate[:, 0], rel=1e-12)
            assert got.se[:, place] == pytest.approx(want.se[:, 0], rel=2e-12)
            assert got.n[:, place].tolist() == want.n.tolist()
            assert got.df[:, place].tolist() == want.df.tolist()
            assert got.weighted_n[:, place] == pytest.approx(want.weighted_n, rel=1e-12)

    def test_means_without_margins_are_those_of_respondents_to_the_last_digits(self):
        frame = people()
        got = CellSample(table_of(frame)).means(["region"])
        for place, item in enumerate(ITEMS):
            want = by_respondents(frame, item, ["region"], weight=frame["weight"].to_numpy())
            assert got.estimate[:, place] == pytest.approx(want.estimate[:, 0], rel=1e-14)
            assert got.se[:, place] == pytest.approx(want.se[:, 0], rel=1e-13)

    def test_standard_error_is_the_root_of_the_factors_squares(self):
        frame = people()
        got = CellSample(table_of(frame), margins=targets(frame)).means(["region", "edu"])
        assert np.sqrt((got.factor**2).sum(axis=0)) == pytest.approx(got.se, rel=1e-12)


class TestAgainstR:
    def test_errors_of_raked_means_by_domain(self, tmp_path):
        """R's answers on the twin, of which the table holds classes, domains and final weights."""
        rows = json.loads((GOLDEN / "twin_2020H1.json").read_text())["rows"]
        want = {
            row["domain"]: row
            for row in rows
            if row["indicator"] == "score" and row["statistic"] == "mean"
        }
        responses = twin.read_responses("2020H1")
        done = weigh(responses, twin.instrument(tmp_path), "2020H1")
        frame = done.weights.merge(responses.drop(columns="base_weight"), on="respondent")
        names = [m.name for m in done.record.margins]
        score = frame["score"].to_numpy(float, na_value=np.nan)
        words = {"region": "?abcdef", "residence": ["?", "urban", "rural"]}
        frame = frame.assign(
            score=np.where((score >= 0) & (score <= 10), score, np.nan),
            **{k: [v[int(code)] for code in frame[k]] for k, v in words.items()},
            **{name: frame[CLASS + name] for name in names if name != "residence"},
        )
        levels = [np.unique(frame[name], return_inverse=True) for name in names]
        reached = [np.bincount(level, frame["weight"]) for _, level in levels]
        margins = []
        for name, (labels, _), counts in zip(names, levels, reached, strict=True):
            one = margin(name, counts)
            margins.append(one.__class__(**{**vars(one), "levels": tuple(labels)}))
        table = psu_cell_totals(
            frame,
            psu="psu",
            cells=["region", "residence", "sex", "age_group"],
            strata=["region", "residence"],
            weight="weight",
            values=["score"],
        )
        sample = CellSample(table, margins=margins, tolerance=1e-9)
        compared = 0
        for by in ([], ["region"], ["residence"], ["sex"], ["age_group"], ["residence", "sex"]):
            got = sample.means(by)
            for place, domain in enumerate(got.domains):
                row = want.get(domain)
                if row is None:
                    continue
                compared += 1
                assert got.estimate[place, 0] == pytest.approx(row["estimate"], rel=1e-8)
                assert got.se[place, 0] == pytest.approx(row["se"], rel=1e-6)
                assert (got.n[place, 0], got.df[place, 0]) == (row["n"], row["df"])
        assert compared == len(want)

    @pytest.mark.parametrize("policy", ["certainty", "adjust", "average"])
    def test_lonely_psus(self, policy):
        want = json.loads((GOLDEN / "design.json").read_text())["lonely"][policy]
        frame = twin.read_responses("2020H1")
        stratum = frame["region"].astype(str) + "-" + frame["residence"].astype(str)
        lost = stratum.isin(["1-1", "4-2"]) & ~frame["psu"].isin(["1100", "4200"])
        score = frame["score"].to_numpy(float, na_value=np.nan)
        frame = frame.assign(
            stratum=stratum, y=np.where((score >= 0) & (score <= 10), score, np.nan)
        )[~lost]
        table = psu_cell_totals(
            frame, psu="psu", strata=["stratum"], weight="base_weight", values=["y"]
        )
        got = CellSample(table, lonely=policy).means()
        assert got.estimate[0, 0] == pytest.approx(want["estimate"], rel=1e-8)
        assert got.se[0, 0] == pytest.approx(want["se"], rel=1e-6)


def weights_of(frame, sample, multipliers, r):
    """Weight of every respondent in replicate r, the slow way."""
    place = {label: k for k, label in enumerate(sample.design.psus)}
    psu = frame["psu"].astype(str).map(place).to_numpy()
    return frame["weight"].to_numpy() * multipliers.values[psu, r]


def slow_means(frame, weight, by):
    groups = frame.groupby(by)[list(ITEMS)] if by else [((), frame[list(ITEMS)])]
    found = []
    for _, rows in groups:
        w = weight[rows.index]
        valid = rows.notna().to_numpy()
        found.append((w[:, None] * rows.fillna(0)).sum().to_numpy() / (w[:, None] * valid).sum(0))
    return np.array(found)


class TestReplicates:
    def test_values_are_means_with_weights_times_multipliers(self):
        frame = people()
        sample = CellSample(table_of(frame))
        draws = rao_wu(sample.design, 20, 11)
        for by, got in zip(
            ([], ["region"]), replicate_means(sample, draws, ([], ["region"])), strict=True
        ):
            for r in range(20):
                want = slow_means(frame, weights_of(frame, sample, draws, r), by)
                assert got.values[r] == pytest.approx(want, rel=1e-12)
            assert got.se == pytest.approx(
                np.sqrt(((got.values - got.values.mean(axis=0)) ** 2).sum(axis=0) / 19), rel=1e-12
            )

    def test_reraked_values_are_those_of_respondents_calibrated_again(self):
        frame = people()
        margins = targets(frame)
        sample = CellSample(table_of(frame), margins=margins, tolerance=1e-12)
        draws = rao_wu(sample.design, 20, 11)
        whole, regions = reraked_means(sample, draws, ([], ["region"]))
        for r in range(20):
            base = weights_of(frame, sample, draws, r)
            kept = base > 0
            done = calibrate(
                base[kept],
                [frame[name].to_numpy()[kept] for name in SIZES],
                margins,
                tolerance=1e-11,
                most_sweeps=500,
            )
            weight = np.zeros(len(frame))
            weight[kept] = done.weights
            assert whole.values[r] == pytest.approx(slow_means(frame, weight, []), rel=1e-10)
            assert regions.values[r] == pytest.approx(
                slow_means(frame, weight, ["region"]), rel=1e-10
            )
        assert (whole.errors <= 5e-13).all()
        assert (whole.sweeps >= 2).all()

    def test_a_multiplier_of_one_is_the_full_sample(self):
        frame = people()
        sample = CellSample(table_of(frame), margins=targets(frame))
        ones = Multipliers(np.ones((60, 2)), 1.0, np.ones(2), True, 59, "other")
        got = reraked_means(sample, ones, (["region"],))[0]
        assert got.values[1] == pytest.approx(sample.means(["region"]).estimate, rel=1e-12)
        assert (got.sweeps == sample.raking.sweeps).all()

    def test_values_and_errors_do_not_depend_on_threads_or_compiled_loops(self, monkeypatch):
        frame = people()
        margins = targets(frame)

        def run(threads):
            sample = CellSample(table_of(frame), margins=margins)
            draws = rao_wu(sample.design, 37, 11)
            parts = [
                sample.means(["region"]),
                *reraked_means(sample, draws, ([],), threads=threads),
            ]
            parts += replicate_means(sample, draws, ([], ["region"]), threads=threads)
            return [part.factor.tobytes() for part in parts]

        monkeypatch.setattr(kernels, "compiled", lambda rows: None)
        plain = run(1)
        monkeypatch.setattr(kernels, "compiled", lambda rows: kernels._compiled())
        assert run(1) == plain
        assert run(2) == plain

    def test_a_replicate_that_empties_a_category_is_named(self):
        frame = people()
        frame.loc[frame["psu"] != 17, "edu"] = frame["edu"].clip(upper=1)
        frame.loc[frame["psu"] == 17, "edu"] = 2
        sample = CellSample(table_of(frame), margins=targets(frame))
        keep = np.ones((60, 3))
        keep[sample.design.psus.index("17"), 1] = 0
        draws = Multipliers(keep, 1.0, np.ones(3), False, 2, "other")
        with pytest.raises(EstimateError) as caught:
            reraked_means(sample, draws)
        assert [fault.what for fault in caught.value.faults] == [
            "replicate 2 empties category '2' of margin 'edu'"
        ]

    def test_a_replicate_that_does_not_converge_is_named_with_its_error(self):
        frame = people()
        sample = CellSample(table_of(frame), margins=targets(frame))
        sample.raking = sample.raking.__class__(**{**vars(sample.raking), "most_sweeps": 2})
        with pytest.raises(EstimateError, match=r"replicate 1 does not meet .* 2 sweeps: off by"):
            reraked_means(sample, rao_wu(sample.design, 5, 1))

    def test_a_domain_that_a_replicate_empties_has_no_standard_error(self):
        frame = people()
        frame.loc[frame["psu"] == 17, "region"] = 9
        sample = CellSample(table_of(frame))
        keep = np.ones((60, 3))
        keep[sample.design.psus.index("17"), 1] = 0
        got = replicate_means(
            sample, Multipliers(keep, 1.0, np.ones(3), False, 2, ""), (["region"],)
        )
        assert np.isnan(got[0].se).all(axis=1).tolist() == [False, False, False, True]


class TestBadInput:
    def test_margins_that_do_not_fit_the_table_are_named_all_at_once(self):
        frame = people()
        margins = targets(frame)
        odd = margin("edu", [1, 2, 3, 4])
        odd = odd.__class__(**{**vars(odd), "levels": ("0", "1", "5", "6")})
        with pytest.raises(EstimateError) as caught:
            CellSample(table_of(frame), margins=[margins[0], odd, margin("income", [1, 2])])
        assert [fault.what for fault in caught.value.faults] == [
            "category '2' of margin 'edu' has no target",
            "margin 'edu', category '5' has no respondents",
            "margin 'edu', category '6' has no respondents",
            "margin 'income' needs 'income', no cell column of the table",
        ]

    def test_margins_that_cannot_be_met_name_the_category(self):
        frame = people().assign(edu=lambda d: np.minimum(d["age"], 2))
        with pytest.raises(WeightError, match=r"margin '.*', category '.' cannot be met"):
            CellSample(table_of(frame), margins=targets(frame)[1:])

    def test_a_domain_that_is_no_cell_column_is_named(self):
        with pytest.raises(EstimateError, match="domain 'town' is no cell column"):
            CellSample(table_of(people())).means(["town"])


class TestMargins:
    def test_are_met_by_the_final_weights_of_the_table(self):
        frame = people()
        margins = targets(frame)
        sample = CellSample(table_of(frame), margins=margins)
        weight = sample.weight * sample._row
        rows = [sample.table.level[name] for name in SIZES]
        for seen, one in zip(weighted_margins(weight, rows, margins), margins, strict=True):
            assert np.abs(seen / one.counts - 1).max() <= 1e-10
