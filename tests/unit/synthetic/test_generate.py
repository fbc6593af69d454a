"""The simulated waves of security_perception: repeatable, of the stated design, calibrated."""

import numpy as np
import pandas as pd
import pytest

from survey.errors import InstrumentError
from survey.instrument.load import load_instrument
from survey.io.readers import read_raw
from survey.synthetic.export import cells, write_raw
from survey.synthetic.generate import _final_weight, generate
from survey.synthetic.plan import aims, load_plan, published
from survey.synthetic.population import allocate
from survey.synthetic.settle import pick, rake

STUDY = "security_perception"
WAVES = ["2013H1", "2017H1", "2018H1"]


@pytest.fixture(scope="module")
def instrument(checkout):
    return load_instrument(checkout, STUDY)


@pytest.fixture(scope="module")
def plan(checkout):
    return load_plan(checkout, STUDY)


@pytest.fixture(scope="module")
def waves(checkout, instrument, plan):
    return {wave: generate(checkout, instrument, plan, wave) for wave in WAVES}


def valid(people: pd.DataFrame) -> pd.DataFrame:
    return people[people["fault"] == ""]


def corrected(instrument, wave: str, people: pd.DataFrame) -> pd.DataFrame:
    """The truth behind the planted entry errors."""
    people = people.copy()
    for edit in instrument.corrections[wave]:
        people.loc[people["respondent"] == edit.respondent, edit.item] = int(edit.new)
    return people


def as_read(table: pd.DataFrame) -> pd.DataFrame:
    """Cells as text, as the suite's readers give them."""

    def text(cell) -> str:
        if cell is None or cell != cell:
            return ""
        if hasattr(cell, "isoformat"):
            return cell.isoformat()
        return f"{cell:.10g}" if isinstance(cell, float) else str(cell)

    return table.map(text).reset_index(drop=True)


@pytest.mark.parametrize("wave", WAVES)
class TestCommittedFiles:
    def test_hold_the_values_that_are_made_again(self, checkout, instrument, plan, waves, wave):
        raw = instrument.waves[wave].raw
        path = checkout.raw(STUDY, wave) / raw.file
        found = read_raw(path, "excel" if raw.origin == "wjx" else raw.origin, raw.options).frame
        pd.testing.assert_frame_equal(
            as_read(found), as_read(cells(instrument, plan, wave, waves[wave])), check_dtype=False
        )

    def test_are_written_with_the_same_bytes_twice(self, instrument, plan, waves, wave, tmp_path):
        table = cells(instrument, plan, wave, waves[wave]).head(200)
        for name in ("one", "two"):
            write_raw(instrument, wave, table, tmp_path / name)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()

    def test_hold_no_identifier_once_the_declared_columns_are_gone(
        self, checkout, instrument, wave
    ):
        raw = instrument.waves[wave].raw
        path = checkout.raw(STUDY, wave) / raw.file
        table = read_raw(path, raw.origin, raw.options, drop=instrument.study.identifiers)
        assert len(table.dropped) == 2
        text = table.frame.astype(str)
        assert not text.apply(lambda c: c.str.contains(r"203\.0\.113|^1000\d{7}")).any(axis=None)


@pytest.mark.parametrize("wave", WAVES)
class TestDesign:
    def test_every_province_and_residence_has_four_blocks_and_sixty_completes(self, waves, wave):
        strata = valid(waves[wave]).groupby(["province", "residence"])
        assert len(strata) == 62
        assert strata.size().min() >= 60
        assert (strata["psu"].nunique() == 4).all()

    def test_base_weights_of_all_interviews_come_to_the_universe(self, instrument, waves, wave):
        people = waves[wave][waves[wave]["fault"] != "duplicate"]
        total = sum(t.count for t in instrument.targets[wave] if t.margin == "sex")
        stood_for = (people["base_weight"] * people["lines"]).sum()
        assert stood_for == pytest.approx(total, rel=1e-4)

    def test_published_numbers_are_met_by_the_raked_answers(
        self, checkout, instrument, plan, waves, wave
    ):
        people = valid(corrected(instrument, wave, waves[wave])).assign(
            age_group=lambda frame: np.digitize(frame["age"], [20, 30, 40, 50]) + 1
        )
        weight = _final_weight(instrument, wave, people)
        said = (people["safety_score"] <= 10).to_numpy()
        score = np.average(people["safety_score"][said], weights=weight[said])
        scale = instrument.scale_of("issues")
        wanted = aims(checkout, instrument, plan, wave)
        assert score == pytest.approx(wanted["score"], abs=0.002)
        for value in scale.values()[:-1]:
            chosen = people[f"issues__{value}"]
            asked = chosen.notna().to_numpy()
            share = np.average(chosen[asked].astype(float), weights=weight[asked])
            assert share == pytest.approx(wanted[scale.code(value)], abs=5e-5)

    def test_published_numbers_come_from_the_file_beside_the_raw_file(
        self, checkout, instrument, plan, wave
    ):
        known = published(checkout, instrument, wave)
        wanted = aims(checkout, instrument, plan, wave)
        assert len(known) >= 1
        for row in known.itertuples():
            assert wanted[row.category or row.indicator] == row.estimate
            assert row.category not in plan.waves[wave].issues


@pytest.mark.parametrize("wave", WAVES)
class TestAnswers:
    def test_scores_heap_on_five_six_eight_and_ten(self, waves, wave):
        counts = valid(waves[wave])["safety_score"].value_counts()
        assert min(counts[5], counts[6]) > counts[7] > counts[9]
        assert counts[8] > counts[7]
        assert counts[10] > counts[9]

    def test_scores_spread_by_about_two_points(self, waves, wave):
        score = valid(waves[wave])["safety_score"]
        assert 1.9 < score[score <= 10].std() < 2.4

    def test_nobody_names_nothing_and_none_excludes_the_rest(self, instrument, waves, wave):
        options = [f"issues__{v}" for v in instrument.scale_of("issues").values()]
        answered = waves[wave][options].dropna().astype(int)
        assert (answered.sum(axis=1) >= 1).all()
        assert (answered[answered["issues__8"] == 1].sum(axis=1) == 1).all()

    def test_valid_grids_are_never_straight_and_attention_is_passed(self, instrument, waves, wave):
        grid = instrument.questionnaires["v1"].grids[0]
        answers = valid(waves[wave])[grid]
        assert (answers.where(answers <= 5).nunique(axis=1) > 1).all()
        assert (valid(waves[wave])["attention_check"] == 4).all()

    def test_every_fault_is_planted(self, plan, waves, wave):
        people = waves[wave]
        counts = people["fault"].value_counts()
        for kind in ("speed", "straight", "attention", "duplicate"):
            expected = getattr(plan.faults, kind) * plan.waves[wave].completes
            assert counts[kind] == round(expected)
        astray = (people["had_incident"] == 2) & people["incident_type"].between(1, 5)
        assert astray.sum() >= round(plan.faults.routing * plan.waves[wave].completes)
        median = people["seconds"].median()
        assert (people.loc[people["fault"] == "speed", "seconds"] < 0.3 * median).all()
        assert (valid(people)["seconds"] > 0.5 * median).all()

    def test_entry_errors_are_those_the_corrections_put_right(self, instrument, waves, wave):
        people = valid(waves[wave]).set_index("respondent")
        edits = instrument.corrections[wave]
        assert edits
        for edit in edits:
            assert people.loc[edit.respondent, edit.item] == int(edit.old)


class TestParts:
    def test_allocation_gives_every_stratum_the_floor_and_uses_all_completes(self):
        size = allocate(pd.Series([1000.0, 10.0, 1.0]), 100, 20)
        assert size.sum() == 100
        assert size.min() >= 20
        assert list(size) == sorted(size, reverse=True)

    def test_raking_meets_both_margins(self):
        sex = np.array([1, 1, 2, 2, 2])
        place = np.array([1, 2, 1, 2, 2])
        weight = rake(np.ones(5), [sex, place], [{1: 60, 2: 40}, {1: 30, 2: 70}])
        assert weight[sex == 1].sum() == pytest.approx(60, rel=1e-10)
        assert weight[place == 2].sum() == pytest.approx(70, rel=1e-10)

    def test_raking_to_an_impossible_pair_of_margins_is_told(self):
        codes = np.array([1, 2])
        with pytest.raises(InstrumentError, match="cannot be raked"):
            rake(np.ones(2), [codes, codes], [{1: 60, 2: 40}, {1: 30, 2: 70}])

    @pytest.mark.parametrize("gap", [0.0, 0.0003, 0.05, 0.4])
    def test_picked_effects_make_up_the_gap(self, gap):
        effect = np.random.default_rng(1).uniform(0.0001, 0.001, 2000)
        chosen = pick(effect, gap, 2e-4)
        assert len(set(chosen)) == len(chosen)
        assert effect[chosen].sum() == pytest.approx(gap, abs=2e-4)

    def test_a_gap_too_wide_is_told(self):
        with pytest.raises(InstrumentError, match="too few"):
            pick(np.array([0.1, 0.1]), 0.5, 0.01)
