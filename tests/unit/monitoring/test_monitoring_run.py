"""The stage as a whole, on the shipped study."""

import shutil

import pandas as pd
import pytest

from analysis.monitoring.run import run
from analysis.results import select
from analysis.results.store import read_estimates
from survey.errors import DataError
from survey.io.tables import read_parquet
from survey.progress import Progress
from survey.project import Project
from tests.unit.monitoring.conftest import STUDY, WAVE

ABOUT = {"device_info": 0.8, "contacts_comms": 0.05, "system_info": 0.5, "ads_or_doubtful": 0.95}


def copy_of(checkout: Project, folder) -> Project:
    for part in (f"instruments/{STUDY}", f"data/raw/{STUDY}"):
        shutil.copytree(checkout.root / part, folder / part)
    (folder / "pyproject.toml").touch()
    return Project(folder)


@pytest.fixture(scope="module")
def built(checkout, tmp_path_factory) -> Project:
    project = copy_of(checkout, tmp_path_factory.mktemp("built"))
    run(project, [STUDY], Progress.silent())
    return project


@pytest.fixture(scope="module")
def rows(built) -> pd.DataFrame:
    return read_estimates(built, STUDY)


class TestScanShares:
    @pytest.mark.parametrize(("indicator", "share"), ABOUT.items())
    def test_the_overall_share_is_the_published_one(self, rows, indicator, share):
        made = select.one(rows, indicator=indicator)
        published = select.one(rows, indicator=indicator, kind="published")
        assert made.kind == "simulated"
        assert made.variant == "wilson"
        assert made.estimate == pytest.approx(share, abs=1e-9)
        assert published.estimate == share
        assert published.variant == "about"
        assert "about" in published.reason

    def test_the_base_is_distinct_apps(self, rows, built):
        apps = read_parquet(built.clean(STUDY, WAVE) / "apps.parquet")
        assert apps["app"].is_unique
        assert select.one(rows, indicator="device_info").n == len(apps)

    def test_counting_every_record_would_give_another_share(self, rows, checkout):
        raw = pd.read_csv(checkout.raw(STUDY, WAVE) / "scans.csv.gz", keep_default_na=False)
        naive = raw["behaviours"].str.contains("read_contacts|read_call_log|read_sms").mean()
        assert abs(naive - select.one(rows, indicator="contacts_comms").estimate) > 0.01

    def test_more_apps_ask_for_contacts_than_read_them(self, rows):
        asked = select.one(rows, indicator="contacts_comms_requested").estimate
        assert asked > 3 * select.one(rows, indicator="contacts_comms").estimate

    def test_category_bases_add_up_to_all(self, rows):
        shares = select.many(rows, indicator="device_info", variant="wilson")
        parts = shares[shares["domain"] != "all"]
        assert len(parts) == 14
        assert parts["n"].sum() == shares.loc[shares["domain"] == "all", "n"].item()


class TestBands:
    def test_each_published_level_has_a_band_for_each_category(self, rows):
        bands = select.many(rows, variant="band")
        assert bands.groupby("indicator").size().to_dict() == dict.fromkeys(ABOUT, 14)
        assert bands["kind"].eq("simulated").all()
        assert bands["estimate"].isna().all()

    def test_the_simulated_share_of_every_category_lies_in_its_band(self, rows):
        keys = ["indicator", "domain"]
        bands = select.many(rows, variant="band").set_index(keys)
        shares = select.many(rows, variant="wilson").set_index(keys).loc[bands.index]
        assert (shares["estimate"] > bands["ci_low"]).all()
        assert (shares["estimate"] < bands["ci_high"]).all()

    def test_about_hides_less_of_a_small_level(self, rows):
        published = select.many(rows, kind="published", variant="about").set_index("indicator")
        half = (published["ci_high"] - published["ci_low"]) / 2
        assert half["device_info"] == pytest.approx(0.025)
        assert half["contacts_comms"] == pytest.approx(0.015)
        assert published["conf_level"].isna().all()


class TestPublished:
    def test_kinds_stand_apart_from_the_count(self, rows):
        keys = {"indicator": "problem_kinds", "category": "bundling", "statistic": "share"}
        published = select.one(rows, kind="published", variant="published", **keys)
        counted = select.one(rows, kind="published", variant="counted", **keys)
        assert published.estimate == 0.84
        assert (counted.count, counted.n) == (109, 134)

    def test_units_and_frames_never_mix_in_one_indicator_and_kind(self, rows):
        shares = rows[rows["indicator"].isin(list(ABOUT))]
        assert set(shares["frame"]) == {"scans", "model", "monitoring"}
        assert set(rows.loc[rows["indicator"] == "problem_apps", "frame"]) == {"notices"}
        assert rows.groupby("indicator")["analysis_unit"].nunique().eq(1).all()
        assert set(rows.loc[rows["indicator"].isin(list(ABOUT)), "analysis_unit"]) == {"app"}

    def test_comparisons_are_an_empty_table(self, built):
        assert len(read_parquet(built.comparisons(STUDY))) == 0


class TestIntake:
    def test_every_record_is_accounted_for(self, built):
        intake = pd.read_csv(built.clean(STUDY, WAVE) / "intake.csv").set_index("step")["records"]
        assert intake["read"] == intake.drop("read").sum()

    def test_planted_faults_are_set_aside_with_their_reasons(self, built, monitoring):
        rejects = pd.read_csv(built.clean(STUDY, WAVE) / "rejects.csv", keep_default_na=False)
        counts = rejects["reason"].value_counts()
        simulation = monitoring.simulation
        assert counts.pop("outside_window") == simulation.outside_records
        assert counts.sum() == simulation.malformed_records
        assert len(counts) == 6


class TestRun:
    def test_twice_gives_the_same_bytes(self, built):
        before = built.estimates(STUDY).read_bytes()
        run(built, [STUDY], Progress.silent())
        assert built.estimates(STUDY).read_bytes() == before

    def test_a_survey_study_is_left_alone(self, tiny):
        assert run(tiny, ["tiny"], Progress.silent()) == []

    def test_a_changed_raw_file_is_refused_and_nothing_is_written(self, checkout, tmp_path):
        project = copy_of(checkout, tmp_path)
        path = project.raw(STUDY, WAVE) / "notices.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(",44,", ",45,"), encoding="utf-8")
        with pytest.raises(DataError, match="sha256 differs"):
            run(project, [STUDY], Progress.silent())
        assert not project.estimates(STUDY).exists()


class TestWords:
    def test_every_row_has_words_in_both_languages(self, rows, instrument):
        from analysis.results.wording import Words

        for lang in instrument.study.languages:
            words = Words.of({STUDY: instrument}, lang)
            for indicator in rows["indicator"].unique():
                assert words.indicator(indicator) != indicator
            for domain in set(rows["domain"]) - {"all"}:
                assert words.level(domain) != domain.split("=")[1]
            for category in set(rows["category"]) - {""}:
                assert words.category("problem_kinds", category) != category

    def test_figure_notes_name_the_declared_spread(self, checkout, instrument):
        from survey.io.yamlfile import read_yaml

        spread = f"{instrument.policy('category_spread'):g}"
        figures = read_yaml(checkout.instrument(STUDY) / "figures.yml").data
        bands = [figure for figure in figures if figure["kind"] == "category_bands"]
        assert [figure["number"] for figure in bands] == [2, 3, 4, 5]
        for figure in bands:
            assert all(spread in note for note in figure["note"].values())
