"""Overlaps declared in wave files: changes, stored factors, bytes; against any-file surveys."""

import numpy as np
import pandas as pd
import pytest

from analysis.compare.run import compare
from analysis.estimate import run as stage
from analysis.estimate.residual import on_classes
from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves
from analysis.results.covariance import read_factors
from analysis.results.schema import KEY
from survey.errors import InstrumentError
from survey.instrument.check import check
from survey.instrument.load import load_instrument
from survey.instrument.template import new_wave
from survey.io.tables import read_parquet, write_parquet
from survey.progress import Progress
from survey.weights import run as weights
from tests import twin

SILENT = Progress.silent()
PSU = "overlap: {2020H1: {unit: psu}}\n"
RESPONDENT = "overlap: {2020H1: {unit: respondent}}\n"


def project(root, *, overlap="", persons=False):
    made = twin.make_project(root)
    for wave in twin.WAVES:
        path = made.instrument("twin") / "waves" / f"{wave}.yml"
        text = path.read_text(encoding="utf-8")
        if persons:
            text = text.replace("psu: psu, base", "base")
        path.write_text(text + (overlap if wave == twin.WAVES[-1] else ""), encoding="utf-8")
    return made


def build(made):
    weights.run(made, ["twin"], SILENT)
    return {path.stem: path for path in stage.run(made, ["twin"], SILENT)}


def changes(built, **key):
    rows = read_parquet(built["comparisons"])
    rows = rows[(rows["statistic"] == "change") & rows["se"].notna()]
    for column, word in key.items():
        rows = rows[rows[column] == word]
    return rows


def surveys(made, *, persons=False):
    """The waves as files: final weights, and the categories they were calibrated to."""
    sides = {}
    for wave in twin.WAVES:
        folder = made.clean("twin", wave)
        frame = read_parquet(folder / "weights.parquet").merge(
            read_parquet(folder / "responses.parquet").drop(columns="base_weight"), on="respondent"
        )
        frame["y"] = frame["score"].where(frame["score"].between(0, 10))
        margins = [name for name in frame if name.startswith("class_")]
        classes = [pd.factorize(frame[name], sort=True)[0] for name in margins]
        sides[wave] = Survey(
            frame, weight="weight", strata=["region", "residence"],
            psu=() if persons else "psu",
            calibration=[on_classes(classes, frame["weight"].to_numpy())],
        )  # fmt: skip
    return sides


@pytest.fixture(scope="module")
def by_psu(tmp_path_factory):
    made = project(tmp_path_factory.mktemp("psu"), overlap=PSU)
    return made, build(made)


@pytest.fixture(scope="module")
def by_person(tmp_path_factory):
    made = project(tmp_path_factory.mktemp("person"), overlap=RESPONDENT, persons=True)
    return made, build(made)


@pytest.fixture(scope="module")
def independent(tmp_path_factory):
    return build(project(tmp_path_factory.mktemp("none")))


class TestChanges:
    def test_without_a_declaration_samples_are_independent(self, independent):
        row = changes(independent, indicator="score", domain="all").iloc[0]
        rows = read_parquet(independent["estimates"])
        levels = rows[(rows["indicator"] == "score") & (rows["domain"] == "all")]
        levels = levels[(levels["statistic"] == "mean") & (levels["kind"] == "simulated")]
        assert row["se"] == pytest.approx(np.sqrt((levels["se"] ** 2).sum()), rel=1e-9)
        assert row["variant"] == "raked, independent samples, year-on-year"

    @pytest.mark.parametrize("domain", ["all", "residence=urban"])
    def test_shared_psus_are_those_of_the_surveys_as_files(self, by_psu, domain):
        made, built = by_psu
        row = changes(built, indicator="score", domain=domain).iloc[0]
        rows = ask_waves(
            surveys(made), lambda s: s.mean("y", by=() if domain == "all" else "residence"),
            overlap="psu", unit="psu",
        ).changes()  # fmt: skip
        want = rows.iloc[0]  # the first level of residence is urban
        assert row["se"] == pytest.approx(want["se"], rel=1e-8)
        assert row["df"] == want["df"]
        assert row["variant"] == "raked, shared PSUs, year-on-year"

    def test_shared_respondents_are_those_of_the_surveys_as_files(self, by_person):
        made, built = by_person
        row = changes(built, indicator="score", domain="all").iloc[0]
        want = ask_waves(
            surveys(made, persons=True), lambda s: s.mean("y"),
            overlap="respondent", unit="respondent",
        ).changes()  # fmt: skip
        assert row["se"] == pytest.approx(want["se"].iloc[0], rel=1e-8)
        assert row["df"] == want["df"].iloc[0]

    def test_respondents_in_unlike_psus_have_their_own_covariance(self, tmp_path):
        made = project(tmp_path, overlap=RESPONDENT)
        row = changes(build(made), indicator="score", domain="all").iloc[0]
        want = ask_waves(
            surveys(made), lambda s: s.mean("y"), overlap="respondent", unit="respondent"
        ).changes()
        assert row["se"] == pytest.approx(want["se"].iloc[0], rel=1e-8)

    def test_every_row_with_an_error_has_a_change_with_one(self, by_psu, by_person, independent):
        sizes = [len(changes(built)) for built in (by_psu[1], independent)]
        assert sizes[0] == sizes[1] > 100
        levels = read_parquet(by_person[1]["estimates"])
        words = ["indicator", "statistic", "category", "domain", "base_kind"]
        known = levels[levels["se"].notna()].groupby(words)["wave"].nunique()
        assert len(changes(by_person[1])) == (known == 2).sum()


class TestFiles:
    def test_comparisons_can_be_made_again_from_the_files(self, by_psu, by_person):
        for made, built in (by_psu, by_person):
            rows = read_parquet(built["estimates"])
            again = compare(rows, read_factors(built["factors"]), load_instrument(made, "twin"))
            stored = read_parquet(built["comparisons"])
            again = again.set_index(list(KEY))["se"]
            stored = stored.set_index(list(KEY))["se"]
            assert again[stored.index].to_numpy() == pytest.approx(
                stored.to_numpy(), rel=1e-8, nan_ok=True
            )

    def test_psus_are_stored_with_their_strata(self, by_psu):
        units = read_factors(by_psu[1]["factors"]).units["twin/2021H1"]
        assert len(units.labels) == len(set(units.labels)) == len(units.strata)
        assert len(set(units.strata)) == 12

    def test_no_respondent_is_named_in_any_file(self, by_person):
        made, built = by_person
        ids = read_parquet(made.clean("twin", "2020H1") / "responses.parquet")["respondent"]
        assert {"factors", "covariances"} <= set(built)
        for path in built.values():
            frame = read_parquet(path)
            words = {w for c in frame for w in frame[c] if isinstance(w, str)}
            assert not words & set(ids)
        assert not read_factors(built["factors"]).units

    def test_covariances_go_when_the_overlap_does(self, tmp_path):
        made = project(tmp_path, overlap=RESPONDENT, persons=True)
        path = build(made)["covariances"]
        wave = made.instrument("twin") / "waves" / "2021H1.yml"
        text = wave.read_text(encoding="utf-8")
        wave.write_text(text.replace(RESPONDENT, ""), encoding="utf-8")
        assert "covariances" not in build(made)
        assert not path.exists()

    def test_shuffled_rows_give_the_same_bytes(self, by_person, tmp_path):
        made = project(tmp_path, overlap=RESPONDENT, persons=True)
        weights.run(made, ["twin"], SILENT)
        for wave in twin.WAVES:
            for name in ("responses", "weights"):
                path = made.clean("twin", wave) / f"{name}.parquet"
                write_parquet(read_parquet(path).sample(frac=1, random_state=3), path)
        written = {path.stem: path for path in stage.run(made, ["twin"], SILENT)}
        for name in ("covariances", "comparisons"):
            one, other = (read_parquet(b[name]) for b in (by_person[1], written))
            pd.testing.assert_frame_equal(
                one.drop(columns="run_id", errors="ignore"),
                other.drop(columns="run_id", errors="ignore"),
                check_exact=True,
            )


class TestDeclaration:
    def test_every_fault_is_told(self, tmp_path):
        made = project(
            tmp_path, overlap="overlap: {2020H1: {unit: psu}, 2019H1: {unit: psu}}\n", persons=True
        )
        with pytest.raises(InstrumentError) as caught:
            check(made, load_instrument(made, "twin"))
        assert "overlapping wave '2019H1' is not defined" in str(caught.value)
        assert "by psu, but a wave names no PSU column" in str(caught.value)

    def test_two_files_may_not_disagree(self, tmp_path):
        made = project(tmp_path, overlap=PSU)
        path = made.instrument("twin") / "waves" / "2020H1.yml"
        path.write_text(
            path.read_text(encoding="utf-8") + "overlap: {2021H1: {unit: respondent}}\n",
            encoding="utf-8",
        )
        with pytest.raises(InstrumentError, match="by psu here and by respondent there"):
            check(made, load_instrument(made, "twin"))

    def test_an_unknown_unit_is_told(self, tmp_path):
        made = project(tmp_path, overlap="overlap: {2020H1: {unit: person}}\n")
        with pytest.raises(InstrumentError, match=r"2021H1\.yml"):
            load_instrument(made, "twin")

    def test_a_new_wave_does_not_inherit_it(self, tmp_path):
        made = project(tmp_path, overlap=PSU)
        written = new_wave(made, "twin", "2022H1")
        assert "overlap" not in written[0].read_text(encoding="utf-8")
