"""Errors of estimates from imputed answers, against formulas done by hand and against R."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.imputation import TOLD
from analysis.estimate.imputed import imputed_of
from analysis.estimate.index import EXCLUDES
from analysis.estimate.redrawing import Fallen
from analysis.estimate.reimputed import Copies, _sources
from analysis.estimate.rubin import _combine_family, combine
from analysis.estimate.variance import Ratios
from analysis.estimate.wave import WaveEstimates, estimate_wave
from analysis.estimate.wavesample import sample_design
from analysis.results.covariance import row_keys
from survey.clean.audit import Ledger
from survey.design.bootstrap import rao_wu
from survey.impute.fill import impute
from survey.instrument.fieldwork import Calibration
from survey.instrument.load import Instrument
from survey.instrument.model import Target
from survey.weights.weigh import weigh
from tests.simulation.imputation import sample
from tests.unit.impute.gaps_study import WAVE, gaps, routing_of

GOLDEN = Path(__file__).parents[2] / "golden" / "imputation"
SCORE = {"items": ["score"], "classes": ["kind"]}
SEX = {"items": ["sex"], "classes": ["kind"]}
BOTH = {"items": ["sex", "score"], "classes": ["kind"]}
NEAR = {"items": ["score"], "method": "nearest", "auxiliaries": {"age": 1}, "neighbours": 3}


class Done:
    """One sample imputed, weighted and estimated."""

    def __init__(self, instrument: Instrument, *, number: int = 3, shuffle: bool = False) -> None:
        frame = sample(number)
        rng = np.random.default_rng(number)
        frame.loc[rng.random(len(frame)) < 0.2, "sex"] = -2
        if shuffle:
            frame = frame.sample(frac=1, random_state=5)
        ledger = Ledger(frame)
        self.table = impute(ledger, routing_of(instrument)).table
        self.got = set(self.table.loc[self.table["imputed"], "respondent"])
        self.instrument = instrument
        self.people = ledger.frame.sort_values("respondent", ignore_index=True)
        self.weighted = weigh(ledger.frame, instrument, WAVE)
        self.done = self.estimates()

    def estimates(self, **policies: object) -> WaveEstimates:
        methods = dict(self.instrument.methods)
        for name, value in policies.items():
            methods[name] = methods[name].model_copy(update={"value": value})
        return estimate_wave(
            self.people,
            self.weighted.weights,
            self.weighted.record,
            replace(self.instrument, methods=methods),
            WAVE,
            kind="simulated",
            imputed=self.table,
        )

    def rows(self, done: WaveEstimates | None = None) -> pd.DataFrame:
        rows = (done or self.done).rows
        return rows[rows["indicator"] == "score"].reset_index(drop=True)


@cache
def made(*names: str, calibrated: bool = False) -> Done:
    steps = {"score": SCORE, "sex": SEX, "both": BOTH, "near": NEAR}
    instrument = gaps(*(steps[name] for name in names))
    return Done(raked(instrument) if calibrated else instrument)


def raked(instrument: Instrument) -> Instrument:
    """The study with weights calibrated to regions."""
    wave = instrument.waves[WAVE]
    codes = instrument.scale_of("region")
    targets = tuple(
        Target(
            margin="region", items="region", level=codes.code(value), count=1000.0 * value,
            unit="person", universe="all", date="2020-03-01", source="a test",
        )
        for value in (1, 2, 3, 4)
    )  # fmt: skip
    return replace(
        instrument,
        waves={WAVE: wave.model_copy(update={"calibrate": Calibration(margins=["region"])})},
        targets={WAVE: targets},
    )


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


class TestReimputation:
    def test_every_copy_of_a_recipient_has_a_donor_of_its_own(self):
        of = made("score")
        people = of.people.assign(weight_base=of.people["base_weight"])
        imputed = imputed_of(people, of.table, of.instrument, WAVE)
        step = imputed.steps[0]
        t = np.full(imputed.n, 3)
        row = np.repeat(np.arange(imputed.n), 3)
        copies = Copies(row, np.tile(np.arange(3), imputed.n), np.ones(len(row)))
        rows = _sources(step, copies, t, 0, Fallen()).reshape(-1, 3)
        assert (rows[np.setdiff1d(np.arange(imputed.n), step.recipients)].std(axis=1) == 0).all()
        differ = rows[step.recipients].std(axis=1) > 0
        assert differ.mean() > 0.9
        assert set(rows[step.recipients].ravel()) <= set(step.donors)

    def test_without_gaps_it_is_the_bootstrap_of_the_design(self):
        of = made("score")
        design = sample_design(of.people, of.instrument.waves[WAVE].design, of.instrument)
        drawn = rao_wu(design, 100, 11)
        w, y = of.people["base_weight"].to_numpy(), of.people["issues__1"].to_numpy(float)
        weights = w[:, None] * drawn.values[design.psu]
        shares = (weights * y[:, None]).sum(axis=0) / weights.sum(axis=0)
        rows = of.estimates(impute_variance="reimputation").rows
        row = rows[(rows["indicator"] == "issues") & (rows["domain"] == "all")].iloc[0]
        assert row["category"] == "spam"
        assert row["se"] == pytest.approx(shares.std(ddof=1), rel=1e-9)

    def test_its_errors_are_near_the_linearised_ones(self):
        of = made("score")
        boot = of.rows(of.estimates(impute_variance="reimputation"))
        assert (boot["se"] / of.rows()["se"]).between(0.75, 1.3).all()

    def test_calibration_is_repeated_in_every_replicate(self):
        of = made("score", calibrated=True)
        boot = of.rows(of.estimates(impute_variance="reimputation"))
        linear = of.rows()
        assert (boot["se"] / linear["se"]).between(0.75, 1.3).all()

    def test_a_domain_that_a_replicate_empties_has_no_error_and_says_why(self):
        of = made("score")
        people = of.people.copy()
        fourth = people[people["kind"].eq(4) & ~people["respondent"].isin(of.got)]
        one_unit = people["psu"].eq(fourth["psu"].mode()[0]) & people["kind"].eq(4)
        people.loc[people["kind"].eq(4) & ~one_unit, "kind"] = 3
        instrument = gaps(SCORE, impute_variance="reimputation", min_base=1, min_cell=0)
        done = estimate_wave(
            people, of.weighted.weights, of.weighted.record, instrument, WAVE,
            kind="simulated", imputed=of.table,
        )  # fmt: skip
        row = of.rows(done).set_index(["statistic", "domain"]).loc[("mean", "kind=four")]
        assert np.isnan(row["se"])
        assert row["estimate"] > 0
        assert (row["quality"], row["cov_family"]) == ("caution", "none")
        assert "a replicate has nobody in the base" in row["reason"]

    def test_a_unit_that_is_certain_to_be_drawn_stands_in_every_replicate(self):
        of = made("score")
        alone = of.people.copy()
        alone.loc[alone["region"] == 1, "psu"] = "0-0"
        wave = of.instrument.waves[WAVE]
        design = wave.design.model_copy(update={"lonely": "certainty"})
        found = {}
        for method in ("rao_shao", "reimputation"):
            instrument = replace(
                gaps(SCORE, impute_variance=method),
                waves={WAVE: wave.model_copy(update={"design": design})},
            )
            done = estimate_wave(
                alone, of.weighted.weights, of.weighted.record, instrument, WAVE,
                kind="simulated", imputed=of.table,
            )  # fmt: skip
            found[method] = of.rows(done)["se"].iloc[0]
        assert found["reimputation"] == pytest.approx(found["rao_shao"], rel=0.3)


class TestRows:
    @pytest.mark.parametrize("method", sorted(TOLD))
    @pytest.mark.parametrize("calibrated", [False, True])
    def test_the_factor_of_every_row_gives_its_error(self, method, calibrated):
        of = made("sex", "score", calibrated=calibrated)
        done = of.estimates(impute_variance=method)
        checked = 0
        for key, row in zip(row_keys(done.rows), done.rows.itertuples(), strict=True):
            if row.cov_family == "none":
                assert key not in done.factors
                continue
            vector = done.factors[key]
            assert np.sqrt(vector @ vector) == pytest.approx(row.se, rel=1e-9, abs=1e-12)
            checked += 1
        assert checked > 10

    @pytest.mark.parametrize("method", sorted(TOLD))
    def test_where_every_respondent_is_a_unit_too(self, method):
        instrument = gaps(SCORE, impute_variance=method, impute_replicates=30)
        wave = instrument.waves[WAVE]
        design = wave.design.model_copy(update={"psu": None})
        instrument = replace(instrument, waves={WAVE: wave.model_copy(update={"design": design})})
        done = Done(instrument).done
        assert done.units == {}
        for key, row in zip(row_keys(done.rows), done.rows.itertuples(), strict=True):
            if row.cov_family != "none":
                vector = done.factors[key]
                assert len(vector) <= 60  # no contribution of a single person is kept
                assert np.sqrt(vector @ vector) == pytest.approx(row.se, rel=1e-8)

    def test_the_imputed_share_is_weighted_and_counts_answer_and_domain(self):
        of = made("sex", "score")
        people = of.people
        w = people["base_weight"].to_numpy()
        told = of.table[of.table["imputed"]]
        lacks = {
            item: people["respondent"].isin(told.loc[told["item"] == item, "respondent"]).to_numpy()
            for item in ("sex", "score")
        }
        rows = of.rows().set_index(["statistic", "domain"])["imputed"]
        assert rows["mean", "all"] == pytest.approx(w[lacks["score"]].sum() / w.sum())
        inside = (people["sex"] == 1).to_numpy()
        touched = (lacks["sex"] | lacks["score"]) & inside
        assert rows["mean", "sex=one"] == pytest.approx(w[touched].sum() / w[inside].sum())

    def test_rows_that_rest_on_no_imputed_answer_say_nothing(self):
        rows = made("score").done.rows
        assert rows.loc[rows["indicator"] == "issues", "imputed"].isna().all()
        assert (rows.loc[rows["imputed"].notna(), "indicator"] == "score").all()

    @pytest.mark.parametrize(
        ("steps", "method", "excludes"),
        [
            (("score",), "rao_shao", False),
            (("score",), "none", True),
            (("near",), "rao_shao", True),
            (("near",), "multiple", False),
            (("near",), "reimputation", False),
        ],
    )
    def test_a_row_whose_error_lacks_imputation_says_so(self, steps, method, excludes):
        of = made(*steps)
        rows = of.estimates(impute_variance=method).rows
        told = rows["reason"].str.contains(EXCLUDES)
        touched = rows["imputed"] > 0
        assert touched.any()
        assert told[touched].all() if excludes else not told.any()
        assert not told[~touched].any()
        assert (rows.loc[told, "quality"] == "caution").all()

    def test_weights_that_rest_on_imputed_margins_flag_every_row(self):
        of = made("score")
        margin = replace(
            made("score", calibrated=True).weighted.record.margins[0], name="m", items=["score"]
        )
        record = replace(of.weighted.record, margins=[margin], method="raking")
        weights = of.weighted.weights.assign(class_m="x")
        done = estimate_wave(
            of.people, weights, record, of.instrument, WAVE, kind="simulated", imputed=of.table
        )
        open_ = done.rows["quality"] != "suppressed"
        assert done.rows.loc[open_, "reason"].str.contains(EXCLUDES).all()

    def test_imputed_answers_do_not_make_up_the_smallest_base(self):
        of = made("score")
        observed = {}
        got = of.people["respondent"].isin(of.table.loc[of.table["imputed"], "respondent"])
        observed = (~got & (of.people["kind"] == 4)).sum()
        rows = of.rows(of.estimates(min_base=int(observed) + 1))
        hidden = rows.set_index(["statistic", "domain"])["quality"]
        assert hidden["mean", "kind=four"] == "suppressed"
        rows = of.rows(of.estimates(min_base=int(observed)))
        assert rows.set_index(["statistic", "domain"])["quality"]["mean", "kind=four"] == "ok"

    @pytest.mark.parametrize("method", sorted(TOLD))
    def test_the_order_of_rows_decides_nothing(self, method):
        instrument = gaps(SEX, SCORE, impute_variance=method)
        first, other = Done(instrument), Done(instrument, shuffle=True)
        pd.testing.assert_frame_equal(first.done.rows, other.done.rows, check_exact=True)

    def test_the_method_is_told_in_the_design(self):
        of = made("score")
        assert "Rao-Shao" in of.done.rows["design"].iloc[0]
        multiple = of.estimates(impute_variance="multiple").rows
        assert "10 imputations combined by Rubin's rules" in multiple["design"].iloc[0]
