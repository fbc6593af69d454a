"""The simulated scan records, made again and compared with the committed file."""

import numpy as np
import pandas as pd
import pytest

from survey.instrument.load import load_instrument
from survey.instrument.monitoring import load_monitoring
from survey.io.source import check_files
from survey.io.tables import read_csv
from survey.synthetic.app_population import apportion, category_shares
from survey.synthetic.apps import PREFIX, generate, overall_levels

STUDY, WAVE = "app_monitoring", "2018H1"


@pytest.fixture(scope="module")
def committed(checkout) -> pd.DataFrame:
    path = checkout.raw(STUDY, WAVE) / "scans.csv.gz"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


class TestCommittedFile:
    def test_the_seed_gives_the_committed_records(self, checkout, committed):
        instrument = load_instrument(checkout, STUDY)
        monitoring = load_monitoring(checkout, instrument)
        published = read_csv(checkout.raw(STUDY, WAVE) / "published.csv")
        levels = overall_levels(published, monitoring.grouping)
        made = generate(instrument, monitoring, instrument.waves[WAVE], levels)
        pd.testing.assert_frame_equal(made.astype("str"), committed.astype("str"))

    def test_its_card_says_simulated_and_its_hash_is_noted(self, checkout):
        card = check_files(checkout, STUDY, WAVE, "scans.csv.gz")
        assert card.kind == "simulated"
        assert set(card.files) == {
            "scans.csv.gz",
            "notices.csv",
            "notice_readings.csv",
            "problem_apps.csv",
            "published.csv",
        }

    def test_no_record_could_be_taken_for_a_real_app(self, committed):
        named = committed["app_id"][committed["app_id"].str.contains(".", regex=False)]
        assert named.str.startswith(PREFIX).all()

    def test_older_versions_repeats_and_faults_are_in_it(self, committed):
        assert committed.duplicated().any()
        assert committed.groupby("app_id")["version"].nunique().max() > 1
        assert committed.groupby("app_id")["store"].nunique().max() > 2
        assert (committed["app_id"] == "").any()
        repeated = committed["permissions"].str.split(";").map(lambda p: len(p) > len(set(p)))
        assert repeated.any()


class TestApportion:
    def test_whole_numbers_add_up(self):
        assert apportion(np.array([0.4, 0.4, 0.2]) * 7, 7).tolist() == [3, 3, 1]

    def test_whole_wishes_are_kept(self):
        assert apportion(np.array([2.0, 3.0]), 5).tolist() == [2, 3]


class TestCategoryShares:
    def test_the_weighted_mean_is_the_overall_share(self):
        weights, offsets = np.array([0.5, 0.3, 0.2]), np.array([0.6, -0.6, 0.1])
        shares = category_shares(0.05, weights, offsets)
        assert weights @ shares == pytest.approx(0.05, abs=1e-12)
        assert shares[0] > shares[2] > shares[1]
