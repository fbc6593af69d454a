"""Replicates imputed anew, and what rows of imputed answers say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.imputation import TOLD
from analysis.estimate.imputed import imputed_of
from analysis.estimate.index import EXCLUDES
from analysis.estimate.redrawing import Fallen
from analysis.estimate.reimputed import Copies, _sources
from analysis.estimate.wave import estimate_wave
from analysis.estimate.wavesample import sample_design
from analysis.results.covariance import row_keys
from survey.design.bootstrap import rao_wu
from tests.unit.estimate.imputed_wave import SCORE, SEX, Done, made
from tests.unit.impute.gaps_study import WAVE, gaps


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
