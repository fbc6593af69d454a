"""The estimates stage on the twin: rows, factors, published numbers, bytes, honesty."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate import run as stage
from analysis.results.covariance import read_factors
from analysis.results.schema import COLUMNS, KEY
from survey.errors import DataError
from survey.io.tables import read_parquet, write_parquet
from survey.progress import Progress
from survey.weights import run as weights
from tests import twin

SILENT = Progress.silent()
PUBLISHED = """\
wave,indicator,statistic,category,domain,estimate,unit,source,note
2020H1,score,mean,,all,6.4,points10,A paper,n was not published
2021H1,score,mean,,all,6.3,points10,A paper,
2021H1,issues,share,sold,,25.3,percent,A paper,
"""


def build(project):
    weights.run(project, [twin.STUDY], SILENT)
    written = stage.run(project, [twin.STUDY], SILENT)
    return {path.stem: path for path in written}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    project = twin.make_project(tmp_path_factory.mktemp("twin"))
    (project.raw("twin", "2020H1") / "published.csv").write_text(PUBLISHED, encoding="utf-8")
    return project, build(project)


class TestRows:
    def test_have_the_columns_of_the_schema_and_a_row_per_indicator_and_domain(self, built):
        rows = read_parquet(built[1]["estimates"])
        assert list(rows) == list(COLUMNS)
        headline = rows[(rows["indicator"] == "score") & (rows["statistic"] == "mean")]
        computed = headline[headline["kind"] == "simulated"]
        assert computed["domain"].nunique() == 1 + 3 + 4 + 6 + 2 + 6
        assert set(computed["wave"]) == {"2020H1", "2021H1"}

    def test_numbers_have_ten_digits(self, built):
        rows = read_parquet(built[1]["estimates"])
        for value in rows["estimate"].dropna():
            assert value == float(f"{value:.9e}")

    def test_every_row_of_a_family_has_a_factor_that_gives_its_error(self, built):
        rows = read_parquet(built[1]["estimates"])
        factors = read_factors(built[1]["factors"])
        family = rows[rows["cov_family"] != "none"]
        assert len(family) == len(factors.vectors) > 400
        keys = ["|".join(key) for key in family[list(KEY)].itertuples(index=False)]
        se = [np.sqrt(factors.vectors[key] @ factors.vectors[key]) for key in keys]
        assert family["se"].to_numpy() == pytest.approx(se, rel=1e-9)

    def test_suppressed_rows_keep_their_key_and_nothing_else(self, built):
        rows = read_parquet(built[1]["estimates"])
        hidden = rows[rows["quality"] == "suppressed"]
        assert "sex=other" in set(hidden["domain"])
        numbers = ["estimate", "se", "ci_low", "ci_high", "n", "n_eff", "weighted_n", "deff", "cv"]
        assert hidden[[*numbers, "count", "df"]].isna().all(axis=None)
        assert (hidden["reason"] != "").all()


class TestPublished:
    def test_are_rows_of_their_own_kind_beside_the_computed_ones(self, built):
        rows = read_parquet(built[1]["estimates"])
        published = rows[rows["kind"] == "published"].set_index(["wave", "indicator"])
        assert published.loc[("2021H1", "issues"), "estimate"] == 0.253
        assert published.loc[("2020H1", "score"), "se"] != published.loc[("2020H1", "score"), "se"]
        assert published.loc[("2020H1", "score"), "design"] == "A paper"

    def test_change_has_the_difference_and_no_error(self, built):
        rows = read_parquet(built[1]["comparisons"])
        change = rows[(rows["kind"] == "published") & (rows["statistic"] == "change")]
        assert change["estimate"].tolist() == [-0.1]
        assert change["se"].isna().all()
        assert change["p_value"].isna().all()

    def test_every_fault_of_the_file_is_named_with_its_line(self, built, tmp_path):
        project = twin.make_project(tmp_path)
        weights.run(project, [twin.STUDY], SILENT)
        wrong = PUBLISHED.replace("6.4,points10,A paper", "six,points,")
        wrong = wrong.replace("2021H1,issues", "2021H2,isues")
        (project.raw("twin", "2020H1") / "published.csv").write_text(wrong, encoding="utf-8")
        with pytest.raises(DataError) as caught:
            stage.run(project, [twin.STUDY], SILENT)
        told = str(caught.value)
        for part in ("published.csv:2: unknown unit 'points'", "estimate 'six' is not a number"):
            assert part in told
        for part in ("needs its source", "published.csv:4: unknown wave '2021H2'", "'issues'?"):
            assert part in told

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("2020H1,score,mean,,all,nan,points10,A paper,", "'nan' is not a number"),
            ("2020H1,issues,share,soldd,all,0.2,share,A paper,", "unknown category 'soldd'"),
            ("2020H1,score,mean,,sex=malee,6,points10,A paper,", "unknown domain 'sex=malee'"),
            ("2020H1,score,mean,,nowhere=1,6,points10,A paper,", "unknown domain 'nowhere=1'"),
            ("2020H1,score,mean,,all,6.1,points10,A paper,", "repeats line 2"),
        ],
    )
    def test_a_published_number_that_meets_no_estimate_is_told(self, tmp_path, line, told):
        project = twin.make_project(tmp_path)
        weights.run(project, [twin.STUDY], SILENT)
        path = project.raw("twin", "2020H1") / "published.csv"
        path.write_text(f"{PUBLISHED}{line}\n", encoding="utf-8")
        with pytest.raises(DataError, match=f"published.csv:5: .*{told}"):
            stage.run(project, [twin.STUDY], SILENT)


class TestBytes:
    def test_shuffled_clean_files_give_the_same_rows(self, built, tmp_path):
        project = twin.make_project(tmp_path)
        (project.raw("twin", "2020H1") / "published.csv").write_text(PUBLISHED, encoding="utf-8")
        weights.run(project, [twin.STUDY], SILENT)
        for wave in twin.WAVES:
            for name in ("responses", "weights"):
                path = project.clean("twin", wave) / f"{name}.parquet"
                write_parquet(read_parquet(path).sample(frac=1, random_state=5), path)
        written = {path.stem: path for path in stage.run(project, [twin.STUDY], SILENT)}
        for name in ("estimates", "comparisons"):
            one, other = read_parquet(built[1][name]), read_parquet(written[name])
            pd.testing.assert_frame_equal(
                one.drop(columns="run_id"), other.drop(columns="run_id"), check_exact=True
            )

    def test_twice_the_same_input_gives_the_same_files(self, built):
        before = {name: path.read_bytes() for name, path in built[1].items()}
        assert {name: path.read_bytes() for name, path in build(built[0]).items()} == before


class TestVolunteers:
    @pytest.fixture
    def rows(self, tmp_path):
        project = twin.make_project(tmp_path)
        for wave in twin.WAVES:
            path = project.instrument("twin") / "waves" / f"{wave}.yml"
            text = path.read_text(encoding="utf-8")
            start = text.index("design:")
            end = text.index("calibrate:")
            path.write_text(
                text[:start] + "design: {kind: nonprobability}\n" + text[end:], encoding="utf-8"
            )
        built = build(project)
        return read_parquet(built["estimates"]), read_factors(built["factors"])

    def test_every_row_is_model_based_and_for_careful_use(self, rows):
        shown = rows[0][rows[0]["quality"] != "suppressed"]
        assert set(shown["quality"]) == {"caution"}
        assert shown["variant"].str.contains("model-based").all()
        assert shown["reason"].str.contains("no margin of error").all()
        assert shown["n_eff"].notna().all()

    def test_factors_are_shorter_than_the_sample_and_give_the_errors(self, rows):
        table, factors = rows
        family = table[table["cov_family"] == "twin/2020H1/score"]
        keys = ["|".join(key) for key in family[list(KEY)].itertuples(index=False)]
        assert len(factors.vectors[keys[0]]) <= len(family)
        se = [np.sqrt(factors.vectors[key] @ factors.vectors[key]) for key in keys]
        assert family["se"].to_numpy() == pytest.approx(se, rel=1e-9)
